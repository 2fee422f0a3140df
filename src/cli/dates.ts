import { addDays, isoDateAt, MarketCalendar } from "../calendar/mod.ts";
import {
  type Dataset,
  DATASETS,
  type DataType,
  getDataset,
  newYorkDate,
  startOfLast,
} from "../catalog/mod.ts";
import type { DatesByType } from "../mirror/mod.ts";
import { matchDataTypes } from "./arguments.ts";
import { type DateOptions, DAYS_AGO } from "./date_options.ts";
import { notTogether, UsageError } from "./usage.ts";

/** A range of dates, both ends included. */
export interface DateRange {
  /** The first date. */
  from: string;
  /** The last date. */
  to: string;
}

/** Asserts that the date options do not exclude each other. */
function assertOneWay({ date, from, to, last }: DateOptions): void {
  if (
    date !== undefined &&
    (from !== undefined || to !== undefined || last !== undefined)
  ) {
    throw notTogether("--date", "--from, --to or --last");
  }
  if (last !== undefined && from !== undefined) {
    throw notTogether("--last", "--from");
  }
}

/** Resolves the date options for a data type; `undefined` if there are none. */
export function readDates(
  options: DateOptions,
  dataset: Dataset,
  now = new Date(),
): DateRange | undefined {
  assertOneWay(options);
  const { date } = options;
  if (date !== undefined) {
    const day = dateOf(date, dataset, now);
    return { from: day, to: day };
  }
  const { from, to } = readRangeOf(options, dataset, now);
  if (from === undefined) {
    if (to !== undefined) throw new UsageError("--to needs --from or --last");
    return undefined;
  }
  const last = to ?? newYorkDate(now);
  if (last < from) throw inFuture("--from", from, now);
  return { from, to: last };
}

/** Whether a date is after tomorrow in New York: other time zones may be a day ahead. */
function isFuture(date: string, now: Date): boolean {
  return date > addDays(newYorkDate(now), 1);
}

function inFuture(option: string, date: string, now: Date): UsageError {
  return new UsageError(
    `${option} ${date} is in the future: today is ${
      newYorkDate(now)
    } in New York`,
  );
}

/** Limits a range to today. */
export function untilToday(
  { from, to }: DateRange,
  { date }: DateOptions,
  now = new Date(),
): DateRange {
  if (isFuture(from, now)) {
    throw inFuture(date === undefined ? "--from" : "--date", from, now);
  }
  const today = newYorkDate(now);
  return { from, to: to > today && to !== from ? today : to };
}

/** Resolves the date options for data types; an end that is not given is left open. */
export function readRange(
  options: DateOptions,
  dataTypes: readonly DataType[] = DATASETS.map(({ id }) => id),
  now = new Date(),
): { from: DatesByType | undefined; to: DatesByType | undefined } {
  assertOneWay(options);
  const ranges = dataTypes.map((id) =>
    [id, readRangeOf(options, getDataset(id), now)] as const
  );
  for (const [, { from = "" }] of ranges) {
    if (isFuture(from, now)) throw inFuture("--from", from, now);
  }
  return {
    from: together(ranges.map(([id, { from }]) => [id, from])),
    to: together(ranges.map(([id, { to }]) => [id, to])),
  };
}

/** A single date if all data types have the same. */
function together(
  dates: readonly [DataType, string | undefined][],
): DatesByType | undefined {
  const different = new Set(dates.map(([, date]) => date));
  if (different.size < 2) return different.values().next().value;
  return Object.fromEntries(dates.filter(([, date]) => date !== undefined));
}

function readRangeOf(
  { from, to, last }: DateOptions,
  dataset: Dataset,
  now: Date,
): { from: string | undefined; to: string | undefined } {
  const end = to === undefined ? undefined : dateOf(to, dataset, now);
  if (last !== undefined) {
    return { from: startOfLast(last, dataset.id, { to: end, now }), to: end };
  }
  const named = typeof from === "object" ? fromFor(dataset.id, from) : from;
  const start = named === undefined ? undefined : dateOf(named, dataset, now);
  if (start !== undefined && end !== undefined && end < start) {
    throw new UsageError(`--from ${start} is after --to ${end}`);
  }
  return { from: start, to: end };
}

/** The first date that a configuration has for a data type: by its name, else by the first pattern that matches. */
function fromFor(
  id: DataType,
  dates: Readonly<Record<string, string>>,
): string | undefined {
  const pattern = Object.keys(dates).find((name) =>
    matchDataTypes(name).some((dataset) => dataset.id === id)
  );
  return dates[id] ?? (pattern === undefined ? undefined : dates[pattern]);
}

/** Resolves a date, or a word for one in the time zone of the dataset's market. */
function dateOf(value: string, { calendar }: Dataset, now: Date): string {
  const daysAgo = DAYS_AGO[value];
  if (daysAgo === undefined) return value;
  const { timeZone } = MarketCalendar.for(calendar);
  return addDays(isoDateAt(now, timeZone), -daysAgo);
}
