/**
 * Decompresses gzip data of any number of members, and verifies it; reads parts of its
 * content without the rest. Nothing here does any I/O or needs a permission; it also runs in
 * Node and in browsers.
 *
 * {@linkcode gunzip} decompresses a stream, {@linkcode findGzipFault} verifies one.
 * {@linkcode decompressSync} and {@linkcode Decompressor} also pass data on that is not
 * gzip. {@linkcode indexGzip} notes where inflating can begin, and {@linkcode readIndexed}
 * begins there; {@linkcode exportGzidx} writes the same for other tools.
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
  bytesSource,
  type Checkpoint,
  Decompressor,
  decompressSync,
  exportGzidx,
  findGzipFault,
  FlatbedError,
  type FlatbedErrorCode,
  type FlatbedErrorOptions,
  gunzip,
  GzipError,
  type GzipIndex,
  indexGzip,
  IntegrityError,
  type PackedCheckpoint,
  type RangeSource,
  readIndexed,
  type ReadIndexedOptions,
  type SliceOptions,
  TooLargeError,
} from "./src/gzip/mod.ts";
