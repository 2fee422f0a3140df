import { addDays, assertIsoDate, isoDateAt } from "../calendar/mod.ts";

const HOUR = 3_600_000;
const ZONE = "America/New_York";

/**
 * When the files of a trading day are due: at 11:00 in New York on the calendar day
 * after it.
 *
 * Source: the service's documentation of its flat files, which promises them for
 * about 11:00 Eastern time on the following day. It is an expectation: a file that is
 * listed earlier is there.
 *
 * @throws {TypeError} If `date` is not a string.
 * @throws {RangeError} If there is no such date.
 *
 * @example
 * ```ts
 * import { dueAt } from "@flatbed/flatbed/mirror";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(dueAt("2024-01-02").toISOString(), "2024-01-03T16:00:00.000Z");
 * assertEquals(dueAt("2024-07-02").toISOString(), "2024-07-03T15:00:00.000Z");
 * ```
 */
export function dueAt(date: string): Date {
  assertIsoDate(date);
  // Counted back from the next midnight: the clocks change before 11:00.
  const next = addDays(date, 2);
  const inSummer = Date.parse(`${next}T04:00:00Z`);
  const midnight = isoDateAt(new Date(inSummer), ZONE) === next
    ? inSummer
    : inSummer + HOUR;
  return new Date(midnight - 13 * HOUR);
}

/**
 * Whether the files of a trading day are due, by {@linkcode dueAt}.
 *
 * @throws {TypeError} If an argument has the wrong type.
 * @throws {RangeError} If there is no such date.
 *
 * @example
 * ```ts
 * import { isDue } from "@flatbed/flatbed/mirror";
 * import { assert, assertFalse } from "@std/assert";
 *
 * assertFalse(isDue("2024-01-02", new Date("2024-01-03T15:59:59Z")));
 * assert(isDue("2024-01-02", new Date("2024-01-03T16:00:00Z")));
 * ```
 */
export function isDue(date: string, now: Date): boolean {
  return dueAt(date).getTime() <= now.getTime();
}

/** The date in New York. */
export function newYorkDate(now: Date): string {
  return isoDateAt(now, ZONE);
}

/** The last date whose files are due. */
export function lastDueDate(now: Date): string {
  const yesterday = addDays(newYorkDate(now), -1);
  return isDue(yesterday, now) ? yesterday : addDays(yesterday, -1);
}
