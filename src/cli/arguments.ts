import { type Command, InvalidArgumentError, Option } from "commander";
import { didYouMean } from "../base/mod.ts";
import { addDays, assertIsoDate } from "../calendar/mod.ts";
import {
  type Dataset,
  DATASETS,
  newYorkDate,
  suggestDataTypes,
} from "../catalog/mod.ts";
import { UsageError } from "./usage.ts";

/** Reads a date from the command line. */
export function parseDate(value: string): string {
  try {
    assertIsoDate(value);
    return value;
  } catch (error) {
    throw new InvalidArgumentError(messageOf(error));
  }
}

/** Makes a reader of integers from `least` on. */
export function parseInteger(least: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (
      !/^\d+$/.test(value) || number < least || !Number.isSafeInteger(number)
    ) {
      throw new InvalidArgumentError(
        `An integer of ${least} or more is wanted.`,
      );
    }
    return number;
  };
}

/** Reads a number above zero. */
export function parsePositive(value: string): number {
  const number = Number(value);
  if (value.trim() === "" || !(number > 0 && number < Infinity)) {
    throw new InvalidArgumentError("A number above 0 is wanted.");
  }
  return number;
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
  from?: string;
  to?: string;
}

/** Gives a command the options that name dates. */
export function addDateOptions(command: Command): Command {
  return command
    .addOption(new Option("--date <date>", "one date").argParser(parseDate))
    .addOption(
      new Option("--from <date>", "the first date").argParser(parseDate),
    )
    .addOption(
      new Option(
        "--to <date>",
        "the last date (default: yesterday, in New York)",
      )
        .argParser(parseDate),
    );
}

/** The dates that the options name, or `undefined` where they name none. */
export function readDates(
  { date, from, to }: DateOptions,
  now = new Date(),
): DateRange | undefined {
  if (date !== undefined) {
    if (from !== undefined || to !== undefined) {
      throw new UsageError("--date goes without --from and --to");
    }
    return { from: date, to: date };
  }
  if (from === undefined) {
    if (to !== undefined) throw new UsageError("--to goes with --from");
    return undefined;
  }
  const last = to ?? addDays(newYorkDate(now), -1);
  if (last < from) {
    throw new UsageError(
      `--from ${from} is after ${to ? "--to" : "yesterday,"} ${last}`,
    );
  }
  return { from, to: last };
}

/** The datasets that names stand for; a name may hold `*`, as in `stocks_*`. */
export function readDataTypes(names: readonly string[]): Dataset[] {
  const found = new Set<Dataset>();
  for (const name of names) {
    const matching = matchDataTypes(name);
    if (matching.length === 0) throw noDataType(name);
    for (const dataset of matching) found.add(dataset);
  }
  return [...found];
}

/** The datasets that one name stands for: none, one, or many where it holds `*`. */
export function matchDataTypes(name: string): Dataset[] {
  const [first = "", ...rest] = name.split("*");
  const last = rest.pop();
  if (last === undefined) return DATASETS.filter(({ id }) => id === name);
  // Each part where it comes first: a regular expression would try all other places too.
  return DATASETS.filter(({ id }) => {
    if (!id.startsWith(first)) return false;
    let at = first.length;
    for (const part of rest) {
      const found = id.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return id.length - last.length >= at && id.endsWith(last);
  });
}

/** A name stands for no data type: what it may have been meant for. */
export function noDataType(name: string): UsageError {
  const hint = didYouMean(suggestDataTypes(name)) ||
    "; 'flatbed datasets' lists them";
  return new UsageError(`There is no data type '${name.slice(0, 60)}'${hint}`);
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
