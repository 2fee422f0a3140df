import { assertArray, assertIsoDate } from "../../base/mod.ts";
import {
  type DataType,
  getDataset,
  getFileDay,
  isDue,
} from "../../catalog/mod.ts";
import type { MirrorContext } from "../mirror_context.ts";
import { whyNotAcceptable } from "./why_not_acceptable.ts";

/**
 * Notes that upstream never has the files of some days.
 *
 * @throws {RangeError} If nothing is missing of one of the days.
 */
export async function acceptMissing(
  context: MirrorContext,
  dataType: DataType,
  dates: readonly string[],
): Promise<void> {
  const now = context.now();
  const { firstDate } = getDataset(dataType);
  for (const date of dates) {
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
  context.manifest.acceptMissing(dataType, dates, now);
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
