import { assertIsoDate } from "../base/mod.ts";
import { type Command, InvalidArgumentError, Option } from "commander";
import { addDays, isoDateAt, MarketCalendar } from "../calendar/mod.ts";
import {
  type Dataset,
  DATASETS,
  type DataType,
  getDataset,
  getFileDates,
  lastDueDate,
  newYorkDate,
} from "../catalog/mod.ts";
import type { DatesByType } from "../mirror/mod.ts";
import { matchDataTypes, messageOf } from "./arguments.ts";
import { notTogether, UsageError } from "./usage.ts";

/** Words that stand for a date: how many days before today. */
const WORDS: Readonly<Record<string, number>> = { today: 0, yesterday: 1 };

/** Reads a date from the command line. */
export function parseDate(value: string): string {
  try {
    assertIsoDate(value);
    return value;
  } catch (error) {
    throw new InvalidArgumentError(
      /^\d{4}-\d{2}-\d{2}$/.test(value)
        ? messageOf(error).replace(/^Cannot use .* as date: /, "")
        : "write dates as 2024-01-02",
    );
  }
}

/** Reads a date, or a word for one, which {@linkcode readDates} puts a date in place of. */
function parseDay(value: string): string {
  return Object.hasOwn(WORDS, value) ? value : parseDate(value);
}

/** Reads a length of time that ends with a range's last day. */
export function parseLast(value: string): string {
  if (!/^[1-9]\d{0,3}[dwmy]$/.test(value)) {
    throw new InvalidArgumentError(
      "Expected trading days, weeks, months or years, as 5d, 2w, 3m or 1y.",
    );
  }
  return value;
}

/** The dates that a command is about. */
export interface DateRange {
  /** The first date. */
  from: string;
  /** The last date. */
  to: string;
}

/** The options that name dates, as commander reads them. */
export interface DateOptions {
  date?: string;
  /** A configuration may name one for each data type, or pattern of data types. */
  from?: string | Readonly<Record<string, string>>;
  to?: string;
  last?: string;
}

const LAST_HELP =
  "instead of --from: the last trading days, weeks, months or years, such as 5d, 2w, 3m or 1y";
const WORDS_HELP = "today or yesterday, in the market's time zone";

/** Gives a command the options that name a date, or a range of them. */
export function addDateOptions(command: Command): Command {
  return addRangeOptions(
    command.addOption(
      new Option("--date <date>", `one date, or ${WORDS_HELP}`)
        .argParser(parseDay),
    ),
  );
}

/** Gives a command the options that name a range of dates. */
export function addRangeOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--from <date>", "the first date").argParser(parseDay),
    )
    .addOption(
      new Option("--to <date>", "the last date (default: today)")
        .argParser(parseDay),
    )
    .addOption(new Option("--last <time>", LAST_HELP).argParser(parseLast));
}

/** Asserts that options name dates in one way only. */
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

/** Whether options name any dates. */
export function haveDates({ date, from, to, last }: DateOptions): boolean {
  return [date, from, to, last].some((value) => value !== undefined);
}

/** The dates of a data type that the options name, or `undefined` where they name none. */
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

/** The end of the service's calendar day may be tomorrow in New York already. */
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

/** A range up to today: nobody has files of the future. */
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

/** The dates that the options name for data types; what they do not name is left open. */
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

/** One date where all data types have the same. */
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
    const today = dateOf("today", dataset, now);
    return { from: startOf(last, end ?? today, dataset, now), to: end };
  }
  const named = typeof from === "object" ? fromFor(dataset.id, from) : from;
  const start = named === undefined ? undefined : dateOf(named, dataset, now);
  if (start !== undefined && end !== undefined && end < start) {
    throw new UsageError(`--from ${start} is after --to ${end}`);
  }
  return { from: start, to: end };
}

/** The first date that a configuration names for a data type: by its name, or else by the first pattern. */
function fromFor(
  id: DataType,
  dates: Readonly<Record<string, string>>,
): string | undefined {
  const pattern = Object.keys(dates).find((name) =>
    matchDataTypes(name).some((dataset) => dataset.id === id)
  );
  return dates[id] ?? (pattern === undefined ? undefined : dates[pattern]);
}

/** A date, or the one that a word stands for where a dataset's market is. */
function dateOf(value: string, { calendar }: Dataset, now: Date): string {
  const daysAgo = WORDS[value];
  if (daysAgo === undefined) return value;
  const { timeZone } = MarketCalendar.for(calendar);
  return addDays(isoDateAt(now, timeZone), -daysAgo);
}

/** The date with which the given time begins that ends with another one. */
function startOf(
  last: string,
  date: string,
  dataset: Dataset,
  now: Date,
): string {
  const count = Number(last.slice(0, -1));
  if (last.endsWith("d")) return tradingDaysBefore(count, date, dataset, now);
  if (last.endsWith("w")) return addDays(date, 1 - 7 * count);
  const [year = 0, month = 0, day = 0] = date.split("-").map(Number);
  const months = year * 12 + month - 1 - count * (last.endsWith("y") ? 12 : 1);
  const [newYear, newMonth] = [Math.floor(months / 12), months % 12 + 1];
  const lastDay = new Date(Date.UTC(newYear, newMonth, 0)).getUTCDate();
  const two = (value: number) => String(value).padStart(2, "0");
  const four = String(newYear).padStart(4, "0");
  return addDays(`${four}-${two(newMonth)}-${two(Math.min(day, lastDay))}`, 1);
}

/** The first of the last so many days up to a date whose files are expected, and due. */
function tradingDaysBefore(
  count: number,
  date: string,
  { id, firstDate }: Dataset,
  now: Date,
): string {
  const due = lastDueDate(now);
  const end = date < due ? date : due;
  if (end <= firstDate) return end;
  // Two days of three are trading days, but not around Christmas.
  const window = addDays(end, -Math.ceil(count * 1.5) - 10);
  const days = getFileDates(id, window < firstDate ? firstDate : window, end);
  return days.at(-count) ?? days[0] ?? end;
}

const WEEKDAYS = [
  ...["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday"],
  "Saturday",
];

/** Why no file of a range is expected, as a sentence without its end. */
export function describeNoDays(
  { id, calendar, firstDate }: Dataset,
  { from, to }: DateRange,
): string {
  if (to < firstDate) return `${id} begins on ${firstDate}`;
  if (from !== to) return "There is no trading day in that time";
  const holiday = MarketCalendar.for(calendar).holidays(
    Number(from.slice(0, 4)),
  )
    .find(({ date, kind }) => date === from && kind !== "early-close");
  const day = WEEKDAYS[new Date(from).getUTCDay()];
  return `${from} is a ${
    holiday === undefined ? day : `holiday (${holiday.name})`
  }: no file of ${id} is expected`;
}
