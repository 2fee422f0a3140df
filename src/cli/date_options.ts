import { type Command, InvalidArgumentError, Option } from "commander";
import { assertIsoDate } from "../base/mod.ts";
import { isLastLength } from "../catalog/mod.ts";
import { messageOf } from "./arguments.ts";

/** The words for a date, as days before today. */
export const DAYS_AGO: Readonly<Record<string, number>> = {
  today: 0,
  yesterday: 1,
};

/** Parses a date. */
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

/** Parses a date, or a word for one, which `readDates()` resolves. */
function parseDay(value: string): string {
  return Object.hasOwn(DAYS_AGO, value) ? value : parseDate(value);
}

/** Parses a length of time up to the last day of a range. */
export function parseLast(value: string): string {
  if (!isLastLength(value)) {
    throw new InvalidArgumentError(
      "Expected trading days, weeks, months or years, such as 5d, 2w, 3m or 1y.",
    );
  }
  return value;
}

/** The date options, as commander parses them. */
export interface DateOptions {
  date?: string;
  /** A configuration may have one for each data type, or pattern of data types. */
  from?: string | Readonly<Record<string, string>>;
  to?: string;
  last?: string;
}

const LAST_HELP =
  "instead of --from: the last trading days, weeks, months or years, such as 5d, 2w, 3m or 1y";
const WORDS_HELP = "today or yesterday, in the market's time zone";

/** Adds the options that name a date, or a range of dates, to a command. */
export function addDateOptions(command: Command): Command {
  return addRangeOptions(addDateOption(command));
}

/** Adds the option that names a date to a command. */
export function addDateOption(command: Command): Command {
  return command.addOption(
    new Option("--date <date>", `one date, or ${WORDS_HELP}`)
      .argParser(parseDay),
  );
}

/** Adds the options that name a range of dates to a command. */
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

/** Whether options name any dates. */
export function haveDates({ date, from, to, last }: DateOptions): boolean {
  return [date, from, to, last].some((value) => value !== undefined);
}
