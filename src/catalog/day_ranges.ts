import { formatCount } from "../base/mod.ts";
import { addDays } from "../calendar/mod.ts";
import type { DataTypeName } from "./dataset.ts";
import { getFileDates } from "./file_days.ts";

/** A day's file. */
export interface Day {
  /** The dataset's id. */
  dataType: DataTypeName;
  /** The date, `YYYY-MM-DD`. */
  date: string;
}

/** Consecutive expected days of a data type. */
export interface DayRange {
  /** The dataset's id. */
  dataType: DataTypeName;
  /** The first date. */
  from: string;
  /** The last date. */
  to: string;
  /** How many days these are. */
  days: number;
}

/** The most ranges that a sentence names. */
const MOST_NAMED = 5;

/**
 * Groups days into ranges, between which a file is expected on some day.
 *
 * @param days The days, in any order.
 * @returns The ranges, by data type and date.
 */
export function toRanges(days: readonly Day[]): DayRange[] {
  const ranges: DayRange[] = [];
  const sorted = days.toSorted((a, b) =>
    compare(a.dataType, b.dataType) || compare(a.date, b.date)
  );
  for (const { dataType, date } of sorted) {
    const last = ranges.at(-1);
    const isNext = last?.dataType === dataType && last.to < date &&
      getFileDates(dataType, addDays(last.to, 1), date).length === 1 &&
      getFileDates(dataType, date, date).length === 1;
    if (last !== undefined && isNext) {
      last.to = date;
      last.days++;
    } else {
      ranges.push({ dataType, from: date, to: date, days: 1 });
    }
  }
  return ranges;
}

/**
 * The first few ranges of days as the end of a sentence, and the number of further days.
 *
 * @param days The days, in any order.
 * @returns The text.
 */
export function describeDays(days: readonly Day[]): string {
  const ranges = toRanges(days);
  const named = ranges.slice(0, MOST_NAMED).map((
    { dataType, from, to, days },
  ) =>
    days === 1
      ? `${dataType} ${from}`
      : `${dataType} ${from} to ${to} (${formatCount(days, "day")})`
  );
  const others = ranges.slice(MOST_NAMED)
    .reduce((sum, { days }) => sum + days, 0);
  return `${named.join(", ")}${
    others > 0 ? ` and ${formatCount(others, "day")} more` : ""
  }`;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
