import type { ByteSource } from "../base/mod.ts";
import { withFile, withFileSync } from "./file_errors.ts";

/** The most that is read at once. */
const BUFFER_BYTES = 256 * 1024;

/** Reads a file from the beginning. */
export interface FileReader extends ByteSource, Disposable {
  /** The position of the next byte. */
  readonly position: number;
  /**
   * The next bytes, or `null` at the end of the file or at the offset `end`. Valid until
   * the next call.
   */
  read(end?: number): Promise<Uint8Array | null>;
}

/**
 * Opens a file to read it to its end.
 *
 * @param path The file's path.
 * @param signal Aborts the reading.
 * @param allowSyncIO Use `readSync()`.
 * @param start Where to begin.
 * @throws {LocalFileError} If it cannot be read.
 */
export async function openFileReader(
  path: string,
  signal?: AbortSignal,
  allowSyncIO = false,
  start = 0,
): Promise<FileReader> {
  const file = await withFile("read", path, () => Deno.open(path));
  if (start > 0) file.seekSync(start, Deno.SeekMode.Start); // reads nothing
  const buffer = new Uint8Array(BUFFER_BYTES);
  let position = start;
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
