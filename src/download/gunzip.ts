import { gunzipWeb } from "./gunzip_web.ts";
import { gunzipZlib, type Zlib } from "./gunzip_zlib.ts";

/**
 * Decompresses gzip data of any number of members, with zero padding behind the last
 * one or none, piece by piece: a file of any size takes little memory. It is strict,
 * where others are not: data that is cut or damaged, or followed by anything else, is
 * an error, at the end at the latest.
 *
 * @param source The data, in pieces of any length.
 * @param name What the data is called in errors: a key or a path.
 * @throws {IntegrityError} If the data is damaged, ends early, or goes on with something else.
 *
 * @example
 * ```ts
 * import { gunzip } from "@flatbed/flatbed/download";
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
  // Measured in one run, of output: zlib 340 MB/s, `DecompressionStream` 140 MB/s;
  // and zlib knows where a member ends.
  const zlib = process.getBuiltinModule?.("node:zlib");
  return zlib === undefined
    ? gunzipWeb(source, name)
    : gunzipZlib(zlib, source, name);
}

/** Node's and Deno's global; a browser has none. */
const process: { getBuiltinModule?: (id: string) => Zlib | undefined } =
  (globalThis as { process?: typeof process }).process ?? {};
