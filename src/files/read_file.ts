import { withFile } from "./file_errors.ts";

const CHUNK = 256 * 1024;

/**
 * A file's bytes, piece by piece. Each is good until the next one is asked for.
 *
 * @throws {LocalFileError} If it cannot be read.
 */
export async function* readFile(path: string): AsyncGenerator<Uint8Array> {
  using file = await withFile("read", path, () => Deno.open(path));
  const buffer = new Uint8Array(CHUNK);
  while (true) {
    const count = await withFile("read", path, () => file.read(buffer));
    if (count === null) return;
    yield buffer.subarray(0, count);
  }
}
