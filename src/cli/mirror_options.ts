import { type Command, InvalidArgumentError, Option } from "commander";
import { addDays } from "../calendar/mod.ts";
import { newYorkDate } from "../catalog/mod.ts";
import { type DateOptions, parseDate, readDates } from "./arguments.ts";
import { UsageError } from "./usage.ts";

/** The folder of a mirror where none is named. */
export const DEFAULT_FOLDER = "./flatbed-data";

/** Asserts that there is a mirror in a folder. */
export async function assertMirror(folder: string): Promise<void> {
  try {
    await Deno.stat(`${folder}/.flatbed`);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    throw new NoMirrorError(
      `There is no mirror in ${folder}: 'flatbed sync' makes one, and 'flatbed verify --rebuild' one of files that are there`,
    );
  }
}

/** Asserts that a folder is there. */
export async function assertFolder(folder: string): Promise<void> {
  try {
    await Deno.stat(folder);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new NoMirrorError(`There is no folder ${folder}`);
  }
}

/** There is no mirror in a folder: no wrong usage, but nothing to tell either. */
class NoMirrorError extends Error {
  override name = "NoMirrorError";
}

/** Gives a command the option that names a mirror's folder. */
export function addFolderOption(command: Command): Command {
  return command.addOption(
    new Option("--out <dir>", "the mirror's folder").default(DEFAULT_FOLDER)
      .argParser(parseFolder),
  );
}

function parseFolder(value: string): string {
  if (value === "~" || value.startsWith("~/")) {
    throw new InvalidArgumentError(
      "~ is known to a shell only, and not behind a =: write the path out.",
    );
  }
  return value;
}

/** The options that name a range of dates of a mirror. */
export interface RangeOptions {
  from?: string;
  to?: string;
  last?: string;
}

/** Gives a command the options that name a range of dates of a mirror. */
export function addRangeOptions(command: Command, isLastKnown = true): Command {
  command
    .addOption(
      new Option("--from <date>", "the first date").argParser(parseDate),
    )
    .addOption(
      new Option("--to <date>", "the last date (default: today, in New York)")
        .argParser(parseDate),
    );
  if (isLastKnown) {
    command.addOption(
      new Option(
        "--last <time>",
        "instead of --from: so many days, months or years, as 5d, 3m or 1y",
      ).argParser(parseLast),
    );
  }
  return command;
}

function parseLast(value: string): string {
  if (!/^[1-9]\d{0,3}[dmy]$/.test(value)) {
    throw new InvalidArgumentError(
      "Days, months or years are wanted, as 5d, 3m or 1y.",
    );
  }
  return value;
}

/** The dates that the options name; what they do not name is left open. */
export function readRange(
  { from, to, last }: RangeOptions,
  now = new Date(),
): { from: string | undefined; to: string | undefined } {
  if (last !== undefined && from !== undefined) {
    throw new UsageError("--last goes without --from");
  }
  if (last !== undefined) {
    return {
      from: startOf(last, to ?? newYorkDate(now)),
      to,
    };
  }
  if (from !== undefined && to !== undefined) {
    const dates: DateOptions = { from, to };
    readDates(dates);
  }
  return { from, to };
}

/** The date so many days, months or years before another one, and a day later. */
function startOf(last: string, date: string): string {
  const count = Number(last.slice(0, -1));
  if (last.endsWith("d")) return addDays(date, 1 - count);
  const [year = 0, month = 0, day = 0] = date.split("-").map(Number);
  const months = year * 12 + month - 1 - count * (last.endsWith("y") ? 12 : 1);
  const [newYear, newMonth] = [Math.floor(months / 12), months % 12 + 1];
  const lastDay = new Date(Date.UTC(newYear, newMonth, 0)).getUTCDate();
  const two = (value: number) => String(value).padStart(2, "0");
  const four = String(newYear).padStart(4, "0");
  return addDays(`${four}-${two(newMonth)}-${two(Math.min(day, lastDay))}`, 1);
}

/** Reads a number of bytes a second, as 500k, 20M or 1G: thousands, millions, milliards. */
export function parseRate(value: string): number {
  const match = /^(\d+(?:\.\d+)?)([kKmMgG]?)(?:B(?:\/s)?)?$/.exec(value);
  const [, number = "", unit = ""] = match ?? [];
  const factor = { "": 1, k: 1e3, m: 1e6, g: 1e9 }[unit.toLowerCase()] ?? 0;
  const rate = Math.round(Number(number) * factor);
  if (match === null || rate < 1) {
    throw new InvalidArgumentError(
      "Bytes a second are wanted, as 500k, 20M or 1G.",
    );
  }
  return rate;
}
