import {
  assertFunction,
  assertInteger,
  assertOptions,
  assertSignal,
  assertString,
  type OptionNames,
} from "../base/mod.ts";
import type { PutOptions } from "./object_store.ts";
import { MAX_PART_BYTES, MIN_PART_BYTES } from "./upload_part_size.ts";

const NAMES: OptionNames<PutOptions> = {
  signal: true,
  onRetry: true,
  size: true,
  partSize: true,
  concurrency: true,
  ifAbsent: true,
  ifMatch: true,
  contentType: true,
  metadata: true,
  resume: true,
  onAbandon: true,
};

/** How much metadata S3 takes, in bytes of names and values. */
const MAX_METADATA_BYTES = 2048;

/**
 * Checks the options of `put()`.
 *
 * @throws {TypeError} If one has the wrong type.
 * @throws {RangeError} If one has an impossible value.
 */
export function assertPutOptions(options: PutOptions): void {
  assertOptions(options, NAMES, "put()");
  const { size, partSize, concurrency, metadata = {} } = options;
  assertSignal(options.signal);
  assertFunction(options.onRetry, "onRetry");
  assertFunction(options.onAbandon, "onAbandon");
  if (size !== undefined) assertInteger(size, "size", 0);
  if (concurrency !== undefined) assertInteger(concurrency, "concurrency", 1);
  if (partSize !== undefined) {
    assertInteger(partSize, "partSize", MIN_PART_BYTES);
    if (partSize > MAX_PART_BYTES) {
      throw new RangeError(
        `Cannot use partSize: expected an integer ≤ ${MAX_PART_BYTES}, got ${partSize}`,
      );
    }
  }
  let bytes = 0;
  for (const [name, value] of Object.entries(metadata)) {
    assertString(value, `metadata.${name}`);
    bytes += name.length + value.length;
    if (
      !/^[\w-]+$/.test(name) ||
      !/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(value)
    ) {
      throw new RangeError(
        `Cannot use metadata.${name}: expected printable ASCII without blanks around it, and a name of letters, digits, - and _`,
      );
    }
  }
  if (bytes > MAX_METADATA_BYTES) {
    throw new RangeError(
      `Cannot use metadata: expected at most ${MAX_METADATA_BYTES} bytes, got ${bytes}`,
    );
  }
}
