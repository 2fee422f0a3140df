/**
 * gzip data, as other rooms use it. What is for users is in gzip.ts.
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
export { GzipVerifier, type GzipVerifierOptions } from "./gzip_verifier.ts";
export { gunzip } from "./gunzip.ts";
export { GzipError, toGzipError } from "./gzip_error.ts";
export { canInflate } from "./inflater.ts";
export { CheckpointCollector } from "./checkpoint_collector.ts";
export { crc32, shiftCrc32 } from "./crc32.ts";
export { deflateRaw } from "./deflate_raw.ts";
export { exportGzidx } from "./gzidx.ts";
export { GzipFault } from "./gzip_fault.ts";
export {
  checkpointBefore,
  type GzipIndex,
  type PackedCheckpoint,
} from "./gzip_index.ts";
export { indexGzip, SMALLEST_DISTANCE, USUAL_DISTANCE } from "./index_gzip.ts";
export { inflateRaw } from "./inflate_raw.ts";
export type { Scratch, UsedRanges, UseNotes } from "./inflater.ts";
export {
  type BareCheckpoint,
  type Checkpoint,
  type GzipPosition,
  type MemberEnd,
  MemberReader,
  type MemberReaderOptions,
} from "./member_reader.ts";
export { readIndexed, type ReadIndexedOptions } from "./read_indexed.ts";
export { storeGzip } from "./store_gzip.ts";
export { slicesOf } from "./slices_of.ts";
export { unpackWindow } from "./window.ts";
export {
  bytesSource,
  type RangeSource,
  type SliceOptions,
} from "../base/mod.ts";
