/**
 * Decompresses gzip data of any number of members, and verifies it. Nothing here does
 * any I/O or needs a permission; it also runs in Node and in browsers.
 *
 * {@linkcode gunzip} decompresses a stream, {@linkcode findGzipFault} verifies one.
 * {@linkcode decompressSync} and {@linkcode Decompressor} also pass data on that is not
 * gzip.
 *
 * @example
 * ```ts
 * import { gunzip } from "@flatbed/flatbed/gzip";
 *
 * const stored = new Blob(["ticker,close\nAAPL,185.64\n"]).stream()
 *   .pipeThrough(new CompressionStream("gzip"));
 * for await (const bytes of gunzip(stored, "day.csv.gz")) {
 *   console.log(new TextDecoder().decode(bytes));
 * }
 * ```
 *
 * @module
 */

export {
  FlatbedError,
  type FlatbedErrorCode,
  type FlatbedErrorOptions,
  IntegrityError,
  TooLargeError,
} from "../base/mod.ts";
export { Decompressor } from "./decompressor.ts";
export { decompressSync } from "./decompress_sync.ts";
export { findGzipFault } from "./find_gzip_fault.ts";
export { gunzip } from "./gunzip.ts";
export { GzipError } from "./gzip_error.ts";
export { canInflate } from "./inflater.ts";
