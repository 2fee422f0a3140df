import type { RangeSource } from "../base/mod.ts";
import { withFile } from "./file_errors.ts";

/** A file as a {@linkcode RangeSource}, to be disposed of at its end. */
export interface FileSource extends RangeSource, Disposable {}

/**
 * Opens a file to read ranges of it. It stays the same file, also where another one takes
 * its place.
 *
 * @param path The file's path.
 * @returns The file, which `readIndexed()` of `./gzip` and `openIndexed()` of `./rows` read.
 * @throws {LocalFileError} If it cannot be read.
 *
 * @example
 * ```ts
 * import { openFileSource } from "@flatbed/flatbed/download";
 * import { assertEquals } from "@std/assert";
 *
 * await Deno.writeTextFile("day.csv", "ticker,close\nAAPL,185.64\n");
 * using file = await openFileSource("day.csv");
 * assertEquals(new TextDecoder().decode(await file.slice(13, 17)), "AAPL");
 * ```
 */
export async function openFileSource(path: string): Promise<FileSource> {
  const file = await withFile("read", path, () => Deno.open(path));
  let size: number;
  try {
    ({ size } = await withFile("read", path, () => file.stat()));
  } catch (error) {
    file.close();
    throw error;
  }
  // There is one position for all: reads come one after the other.
  let last: Promise<unknown> = Promise.resolve();
  const read = async (
    start: number,
    length: number,
    into = new Uint8Array(length),
  ) => {
    const bytes = into.length < length
      ? new Uint8Array(length)
      : into.subarray(0, length);
    file.seekSync(start, Deno.SeekMode.Start); // reads nothing
    for (let at = 0; at < length;) {
      const count = await file.read(bytes.subarray(at));
      if (count === null) {
        throw new Error("it has become shorter");
      }
      at += count;
    }
    return bytes;
  };
  return {
    size,
    slice(start, end, { signal, into } = {}) {
      const slice = last.then(() => {
        signal?.throwIfAborted();
        return withFile("read", path, () => read(start, end - start, into));
      });
      last = slice.catch(() => {});
      return slice;
    },
    [Symbol.dispose]: () => file.close(),
  };
}
