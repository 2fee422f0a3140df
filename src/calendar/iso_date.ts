import {
  assertInteger,
  assertString,
  FIRST_EPOCH_DAY,
  formatEpochDay,
  LAST_EPOCH_DAY,
  parseIsoDate,
  quote,
  toEpochDay,
  toEpochDays,
  weekdayOf,
  wrongType,
} from "../base/mod.ts";
import { wallDate } from "./_wall_date.ts";

/**
 * Whether a value is a date: a string of exactly the form `YYYY-MM-DD` that
 * names a day which exists in the Gregorian calendar, from `0001-01-01` to
 * `9999-12-31`.
 *
 * @example Usage
 * ```ts
 * import { isIsoDate } from "@flatbed/flatbed/calendar";
 *
 * console.log(isIsoDate("2024-02-29")); // true
 * console.log(isIsoDate("2024-02-30")); // false
 * console.log(isIsoDate("2024-2-9")); // false
 * ```
 *
 * @param value Any value.
 * @returns `true` where the value is a date.
 */
export function isIsoDate(value: unknown): value is string {
  return typeof value === "string" && typeof parseIsoDate(value) === "number";
}

/**
 * The date that lies a number of days after (or, where negative, before) a
 * date.
 *
 * @example Usage
 * ```ts
 * import { addDays } from "@flatbed/flatbed/calendar";
 *
 * console.log(addDays("2024-02-28", 2)); // "2024-03-01"
 * console.log(addDays("2024-01-01", -1)); // "2023-12-31"
 * ```
 *
 * @param date The date to start from.
 * @param days A whole number of calendar days.
 * @returns The date.
 * @throws {TypeError} If `date` is not a string or `days` not a number.
 * @throws {RangeError} If `date` is not a date, `days` is not a whole
 * number, or the result lies outside the years 0001 to 9999.
 */
export function addDays(date: string, days: number): string {
  const start = toEpochDay(date, "date");
  assertInteger(days, "days", Number.MIN_SAFE_INTEGER);
  const result = start + days;
  if (result < FIRST_EPOCH_DAY || result > LAST_EPOCH_DAY) {
    throw new RangeError(
      `Cannot add ${days} days to '${date}': the result is outside the years 0001 to 9999`,
    );
  }
  return formatEpochDay(result);
}

/**
 * The number of calendar days from one date to another, negative where the
 * second is the earlier one.
 *
 * @example Usage
 * ```ts
 * import { daysBetween } from "@flatbed/flatbed/calendar";
 *
 * console.log(daysBetween("2024-02-28", "2024-03-01")); // 2
 * ```
 *
 * @param from The date to count from.
 * @param to The date to count to.
 * @returns The number of days.
 * @throws {TypeError} If one of them is not a string.
 * @throws {RangeError} If one of them is not a date.
 */
export function daysBetween(from: string, to: string): number {
  const start = toEpochDay(from, "from");
  return toEpochDay(to, "to") - start;
}

/**
 * The day of the week that a date falls on.
 *
 * @example Usage
 * ```ts
 * import { dayOfWeek } from "@flatbed/flatbed/calendar";
 *
 * console.log(dayOfWeek("2024-01-01")); // 1
 * ```
 *
 * @param date The date.
 * @returns 0 for Sunday to 6 for Saturday, as `Date.prototype.getDay()`.
 * @throws {TypeError} If `date` is not a string.
 * @throws {RangeError} If `date` is not a date.
 */
export function dayOfWeek(date: string): number {
  return weekdayOf(toEpochDay(date, "date"));
}

/**
 * Every calendar day of a range, both ends included, in order. The range is
 * checked at once, before the first day is asked for.
 *
 * @example Usage
 * ```ts
 * import { eachDay } from "@flatbed/flatbed/calendar";
 *
 * for (const date of eachDay("2024-02-28", "2024-03-01")) {
 *   console.log(date);
 * }
 * ```
 *
 * @param start The first date.
 * @param end The last date.
 * @returns A generator of dates.
 * @throws {TypeError} If one of them is not a string.
 * @throws {RangeError} If one of them is not a date, or the end is before
 * the start.
 */
export function eachDay(
  start: string,
  end: string,
): Generator<string, void, unknown> {
  return generateDays(...toEpochDays(start, end));
}

function* generateDays(
  first: number,
  last: number,
): Generator<string, void, unknown> {
  for (let day = first; day <= last; day++) yield formatEpochDay(day);
}

/**
 * The date that a calendar on the wall shows in a time zone at an instant.
 *
 * @example Usage
 * ```ts
 * import { isoDateAt } from "@flatbed/flatbed/calendar";
 *
 * const instant = new Date("2024-01-02T03:00:00Z");
 * console.log(isoDateAt(instant, "America/New_York")); // "2024-01-01"
 * console.log(isoDateAt(instant, "UTC")); // "2024-01-02"
 * ```
 *
 * @param instant The instant.
 * @param timeZone A name from the IANA time zone database, or `UTC`.
 * @returns The date.
 * @throws {TypeError} If `instant` is not a `Date` or `timeZone` not a
 * string.
 * @throws {RangeError} If `instant` is an invalid date or lies outside the
 * years 0001 to 9999, or the time zone is not known.
 */
export function isoDateAt(instant: Date, timeZone: string): string {
  if (!(instant instanceof Date)) {
    throw wrongType("instant", "a Date", instant);
  }
  if (Number.isNaN(instant.getTime())) {
    throw new RangeError("Cannot use an invalid Date as instant");
  }
  assertString(timeZone, "timeZone");
  const [year, month, day] = dateIn(timeZone, instant);
  if (year < 1 || year > 9999) {
    throw new RangeError(
      "Cannot write instant as a date: it is outside the years 0001 to 9999",
    );
  }
  return [
    String(year).padStart(4, "0"),
    String(month).padStart(2, "0"),
    String(day).padStart(2, "0"),
  ].join("-");
}

function dateIn(timeZone: string, instant: Date): [number, number, number] {
  try {
    return wallDate(instant, timeZone);
  } catch (cause) {
    throw new RangeError(
      `Cannot use ${quote(timeZone)} as timeZone: no such time zone is known`,
      { cause },
    );
  }
}
