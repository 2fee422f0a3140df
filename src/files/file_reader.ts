import type { ByteSource } from "../base/mod.ts";
import { withFile, withFileSync } from "./file_errors.ts";

const BUFFER_SIZE = 256 * 1024;

/** Reads a file from its first byte on. */
export interface FileReader extends ByteSource, Disposable {
  /** The position of the next byte. */
  readonly position: number;
  /** The next bytes, those before the one at `end` alone, or `null` where there are none. They are good until the next call. */
  read(end?: number): Promise<Uint8Array | null>;
}

/**
 * Opens a file to read it; that ends with the signal, and blocks the thread where it may.
 *
 * @throws {LocalFileError} If it cannot be read.
 */
export async function openFileReader(
  path: string,
  signal?: AbortSignal,
  allowSyncIO = false,
): Promise<FileReader> {
  const file = await withFile("read", path, () => Deno.open(path));
  const buffer = new Uint8Array(BUFFER_SIZE);
  let position = 0;
  return {
    get position() {
      return position;
    },
    async read(end = Infinity) {
      signal?.throwIfAborted();
      if (position >= end) return null;
      const into = buffer.subarray(0, end - position);
      const count = allowSyncIO
        ? withFileSync("read", path, () => file.readSync(into))
        : await withFile("read", path, () => file.read(into));
      if (count === null) return null;
      position += count;
      return into.subarray(0, count);
    },
    [Symbol.dispose]: () => file.close(),
  };
}
