/**
 * Gzip data of any number of members: decompressed piece by piece or as a whole, and
 * entered in its middle. Nothing here does any I/O or needs a permission; it also runs in
 * Node and in browsers.
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
export { gunzip } from "./gunzip.ts";
export { gunzipWhole } from "./gunzip_whole.ts";
export { GzipError } from "./gzip_error.ts";
export { canInflate } from "./inflater.ts";
export { isGzip } from "./is_gzip.ts";
export { Decompressor } from "./decompressor.ts";
export { findGzipFault } from "./find_gzip_fault.ts";
