import {
  type Abortable,
  assertArray,
  assertBoolean,
  assertIsoDate,
  assertOptions,
  assertSignal,
} from "../../base/mod.ts";
import {
  type DataType,
  getDataset,
  getFileDay,
  isDue,
} from "../../catalog/mod.ts";
import type { MirrorContext } from "../mirror_context.ts";
import { whyNotAcceptable } from "./why_not_acceptable.ts";

/** Options of `Mirror.acceptMissing`. */
export interface AcceptOptions extends Abortable {
  /**
   * Whether it is only found out whether the days can be accepted.
   *
   * @default {false}
   */
  dryRun?: boolean;
}

/** Checks the options of `Mirror.acceptMissing`. */
export function checkAcceptOptions(options: AcceptOptions): void {
  assertOptions(options, { signal: true, dryRun: true });
  assertSignal(options.signal);
  assertBoolean(options.dryRun ?? false, "dryRun");
}

/**
 * Notes that upstream never has the files of some days.
 *
 * @throws {RangeError} If nothing is missing of one of the days.
 */
export async function acceptMissing(
  context: MirrorContext,
  dataType: DataType,
  dates: readonly string[],
  { dryRun = false, signal }: AcceptOptions,
): Promise<void> {
  const now = context.now();
  const { firstDate } = getDataset(dataType);
  for (const date of dates) {
    signal?.throwIfAborted();
    const isExpected = date >= firstDate &&
      getFileDay(dataType, date) === "expected";
    const isMine = context.isMine(context.catalog.getKey(dataType, date));
    const why = !isMine
      ? "it does not belong to the mirror's shard"
      : !isExpected
      ? "no file of that day is expected"
      : !isDue(date, now)
      ? "it is not due yet"
      : await whyNotAcceptable(context, dataType, date);
    if (why !== undefined) {
      throw new RangeError(
        `Cannot accept that ${dataType} lacks ${date}: ${why}`,
      );
    }
  }
  if (!dryRun) context.manifest.acceptMissing(dataType, dates, now);
}

/**
 * Asserts that a value is an array of dates.
 *
 * @throws {TypeError} If it is not an array, or holds something else than strings.
 * @throws {RangeError} If there is no such date.
 */
export function assertDates(dates: unknown): asserts dates is string[] {
  assertArray(dates, "dates");
  for (const date of dates) assertIsoDate(date);
}
