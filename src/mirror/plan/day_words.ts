import { type Abortable, assertDateRange } from "../../base/mod.ts";
import type { DataTypeName } from "../../catalog/mod.ts";
import type { Mirror } from "../mirror.ts";

/** Days that somebody has named one by one, and as ranges. */
export interface NamedDays {
  /** Single dates, `YYYY-MM-DD`. */
  dates: string[];
  /** Ranges, both ends included. */
  ranges: [from: string, to: string][];
}

const DAYS = /^(\d{4}-\d{2}-\d{2})(?:\.\.(\d{4}-\d{2}-\d{2}))?$/;

/**
 * Reads a date or a range of dates, such as `2024-01-02` or `2024-01-02..2024-01-31`.
 *
 * @param word The text.
 * @param days What it is added to.
 * @returns Whether it is one of them.
 * @throws {RangeError} If there is no such date, or the range is reversed.
 */
export function readDayWord(word: string, days: NamedDays): boolean {
  const [, from, to] = DAYS.exec(word) ?? [];
  if (from === undefined) return false;
  assertDateRange(from, to ?? from);
  if (to === undefined) days.dates.push(from);
  else days.ranges.push([from, to]);
  return true;
}

/**
 * The days whose absence is to be accepted, or which are to be expected again: those that
 * are named and not so yet, and of a range those that are missing, or were accepted.
 *
 * @param mirror The mirror.
 * @param dataType The dataset's id.
 * @param days What was named.
 * @param accept Whether to accept; otherwise they are expected again.
 * @param options Ends the search.
 * @returns The dates, in order.
 * @throws {RangeError} If there is no such dataset or date.
 */
export async function daysToAccept<Name extends string>(
  mirror: Mirror,
  dataType: DataTypeName<Name>,
  { dates, ranges }: NamedDays,
  accept: boolean,
  { signal }: Abortable = {},
): Promise<string[]> {
  const accepted = mirror.acceptedDates(dataType);
  const inRanges: string[] = [];
  for (const [from, to] of merged(ranges)) {
    const days = accept
      ? (await mirror.missing({ dataTypes: [dataType], from, to, signal }))
        .map(({ date }) => date)
      : accepted.filter((date) => date >= from && date <= to);
    inRanges.push(...days);
  }
  const isAccepted = new Set(accepted);
  return [...new Set([...dates, ...inRanges])].sort()
    .filter((date) => isAccepted.has(date) !== accept);
}

/** The same days by ranges that do not overlap: each is looked for once. */
function merged(ranges: NamedDays["ranges"]): NamedDays["ranges"] {
  const merged: NamedDays["ranges"] = [];
  for (const [from, to] of ranges.toSorted(([a], [b]) => a < b ? -1 : 1)) {
    const last = merged.at(-1);
    if (last === undefined || from > last[1]) merged.push([from, to]);
    else if (to > last[1]) last[1] = to;
  }
  return merged;
}
