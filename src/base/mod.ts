/**
 * What every room may use. Nothing here does any I/O or needs a permission; it also runs
 * in Node and in browsers.
 *
 * @module
 */

export { type Abortable, checkAbortable } from "./abortable.ts";
export { ahead } from "./ahead.ts";
export {
  assertArray,
  assertBoolean,
  assertFunction,
  assertInteger,
  assertIterable,
  assertOneOf,
  assertSeconds,
  assertSignal,
  assertString,
  wrongType,
  wrongValue,
} from "./arguments.ts";
export { asError } from "./as_error.ts";
export { assertBucketName } from "./bucket_name.ts";
export * from "./epoch_day.ts";
export {
  assertDateRange,
  assertIsoDate,
  toEpochDay,
  toEpochDays,
} from "./iso_date.ts";
export { assertKey, assertPrefix } from "./object_key.ts";
export { escapeInvisible, plainText, quote } from "./quote.ts";
export {
  assertOptions,
  nearestOption,
  type OptionNames,
} from "./assert_options.ts";
export { bashWord, bashWords } from "./bash_word.ts";
export { ByteCollector } from "./byte_collector.ts";
export {
  type ByteRange,
  countBytes,
  missingRanges,
  unionRanges,
} from "./byte_ranges.ts";
export { describeWork } from "./describe_work.ts";
export { didYouMean } from "./did_you_mean.ts";
export { editDistance } from "./edit_distance.ts";
export * from "./errors.ts";
export {
  endsRun,
  ERROR_POLICY,
  type ErrorPolicy,
  mayPass,
  passesSoon,
} from "./error_policy.ts";
export { formatBytes, formatDifferentBytes } from "./format_bytes.ts";
export { formatCount, grouped } from "./format_count.ts";
export { formatDuration } from "./format_duration.ts";
export { freeBytes } from "./free_bytes.ts";
export { monthsOf } from "./months_of.ts";
export { nearest } from "./nearest.ts";
export { nextTurn, takingTurns } from "./next_turn.ts";
export { Pace } from "./pace.ts";
export { type ByteSource, passOn, type Tap } from "./pass_on.ts";
export { piecesOf } from "./pieces_of.ts";
export { pull } from "./pull.ts";
export {
  bytesSource,
  countSlices,
  type RangeSource,
  type SliceOptions,
} from "./range_source.ts";
export { tooLarge } from "./too_large.ts";
export { AdaptiveSemaphore } from "./adaptive_semaphore.ts";
export { forEach } from "./for_each.ts";
export { type LinkedSignal, linkSignals } from "./linked_signal.ts";
export { importPackage } from "./import_package.ts";
export { isNotCapable } from "./is_not_capable.ts";
export { NEW_YORK } from "./time_zone.ts";
export { WEEKDAYS } from "./weekdays.ts";
