import { pull } from "../base/mod.ts";
import { toGzipError } from "./gzip_error.ts";
import { openGunzip } from "./open_gunzip.ts";

/**
 * Decompresses gzip data of any number of members, and of any size in little memory.
 * Stricter than most: data that is damaged, truncated, or followed by anything but zero
 * padding is an error, at the end at the latest.
 *
 * Without WebAssembly, data may have one member only, and no padding.
 *
 * @param source The data, in pieces of any length.
 * @param name What errors call the data: a key or a path.
 * @returns The content, in pieces that stay valid.
 * @throws {GzipError} If the data is damaged, truncated, or followed by something else.
 *
 * @example
 * ```ts
 * import { gunzip } from "@flatbed/flatbed/gzip";
 * import { assertEquals } from "@std/assert";
 *
 * const stored = new Blob(["ticker,volume\nAAPL,100\n"]).stream()
 *   .pipeThrough(new CompressionStream("gzip"));
 * const decoder = new TextDecoder();
 * let csv = "";
 * for await (const bytes of gunzip(stored, "day.csv.gz")) {
 *   csv += decoder.decode(bytes, { stream: true });
 * }
 * assertEquals(csv, "ticker,volume\nAAPL,100\n");
 * ```
 */
export function gunzip(
  source: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<Uint8Array> {
  return pull(async (take) => {
    try {
      using gunzip = openGunzip((bytes) => take(bytes.slice()));
      for await (const data of source) await gunzip.write(data);
      await gunzip.end();
    } catch (error) {
      throw toGzipError(error, name);
    }
  });
}
