import { assertIsoDate, NEW_YORK } from "../base/mod.ts";
import { addDays, isoDateAt } from "../calendar/mod.ts";

const HOUR = 3_600_000;

/**
 * When the files of a day are due: at 11:00 in New York on the calendar day after it.
 *
 * Source: the service's documentation of its flat files, which promises them for
 * about 11:00 Eastern time on the following day. It is an expectation: a file that is
 * listed earlier is there.
 *
 * @param date The file's date, `YYYY-MM-DD`.
 * @returns The instant.
 * @throws {TypeError} If `date` is not a string.
 * @throws {RangeError} If there is no such date.
 *
 * @example
 * ```ts
 * import { dueAt } from "@flatbed/flatbed/catalog";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(dueAt("2024-01-02").toISOString(), "2024-01-03T16:00:00.000Z");
 * assertEquals(dueAt("2024-07-02").toISOString(), "2024-07-03T15:00:00.000Z");
 * ```
 */
export function dueAt(date: string): Date {
  assertIsoDate(date);
  // Counted back from the next midnight: the clocks change before 11:00.
  return new Date(newYorkMidnight(addDays(date, 2)).getTime() - 13 * HOUR);
}

/**
 * Whether the files of a day are due, by {@linkcode dueAt}.
 *
 * @param date The files' date, `YYYY-MM-DD`.
 * @param now The current time.
 * @returns `true` from that instant on.
 * @throws {TypeError} If an argument has the wrong type.
 * @throws {RangeError} If there is no such date.
 *
 * @example
 * ```ts
 * import { isDue } from "@flatbed/flatbed/catalog";
 * import { assert, assertFalse } from "@std/assert";
 *
 * assertFalse(isDue("2024-01-02", new Date("2024-01-03T15:59:59Z")));
 * assert(isDue("2024-01-02", new Date("2024-01-03T16:00:00Z")));
 * ```
 */
export function isDue(date: string, now: Date): boolean {
  return dueAt(date).getTime() <= now.getTime();
}

/**
 * The date in New York, where the service publishes its files.
 *
 * @param now The current time.
 * @returns The date, `YYYY-MM-DD`.
 * @throws {TypeError} If `now` is not a `Date`.
 * @throws {RangeError} If `now` is not a valid date.
 *
 * @example
 * ```ts
 * import { newYorkDate } from "@flatbed/flatbed/catalog";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(newYorkDate(new Date("2024-01-03T04:59:59Z")), "2024-01-02");
 * ```
 */
export function newYorkDate(now: Date): string {
  return isoDateAt(now, NEW_YORK);
}

/**
 * The last date whose files are due, by {@linkcode dueAt}.
 *
 * @param now The current time.
 * @returns The date, `YYYY-MM-DD`, whether or not the market traded on it.
 * @throws {TypeError} If `now` is not a `Date`.
 * @throws {RangeError} If `now` is not a valid date.
 *
 * @example
 * ```ts
 * import { lastDueDate } from "@flatbed/flatbed/catalog";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(lastDueDate(new Date("2024-01-03T15:59:59Z")), "2024-01-01");
 * assertEquals(lastDueDate(new Date("2024-01-03T16:00:00Z")), "2024-01-02");
 * ```
 */
export function lastDueDate(now: Date): string {
  const yesterday = addDays(newYorkDate(now), -1);
  return isDue(yesterday, now) ? yesterday : addDays(yesterday, -1);
}

/**
 * The instant at which a date begins in New York.
 *
 * @param date The date, `YYYY-MM-DD`.
 * @returns The instant.
 * @throws {TypeError} If `date` is not a string.
 * @throws {RangeError} If there is no such date.
 *
 * @example
 * ```ts
 * import { newYorkMidnight } from "@flatbed/flatbed/catalog";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(
 *   newYorkMidnight("2024-01-02").toISOString(),
 *   "2024-01-02T05:00:00.000Z",
 * );
 * ```
 */
export function newYorkMidnight(date: string): Date {
  assertIsoDate(date);
  const inSummer = new Date(`${date}T04:00:00Z`);
  return newYorkDate(inSummer) === date
    ? inSummer
    : new Date(inSummer.getTime() + HOUR);
}
