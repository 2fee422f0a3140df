import { wrongType, wrongValue } from "./arguments.ts";
import { parseIsoDate } from "./epoch_day.ts";
import { quote } from "./quote.ts";

/** The epoch day of a date, or an error that names the argument. */
export function toEpochDay(value: unknown, name: string): number {
  const expected = "a date as YYYY-MM-DD";
  if (typeof value !== "string") throw wrongType(name, expected, value);
  const day = parseIsoDate(value);
  if (typeof day === "number") return day;
  if (day === "malformed") throw wrongValue(name, expected, value);
  throw new RangeError(
    `Cannot use ${quote(value)} as ${name}: there is no such day`,
  );
}

/** The epoch days of a range's ends, both included. */
export function toEpochDays(start: unknown, end: unknown): [number, number] {
  const first = toEpochDay(start, "startDate");
  const last = toEpochDay(end, "endDate");
  if (last < first) {
    throw new RangeError(
      `Cannot use '${start}' to '${end}' as a range: the end is before the start`,
    );
  }
  return [first, last];
}

/**
 * Asserts that a value is a date of the form `YYYY-MM-DD` that exists.
 *
 * @param value Any value.
 * @param name What the error calls it.
 * @throws {TypeError} If it is not a string.
 * @throws {RangeError} If it has another form, or there is no such day.
 */
export function assertIsoDate(
  value: unknown,
  name = "date",
): asserts value is string {
  toEpochDay(value, name);
}

/**
 * Asserts that two values are dates, and the second is not before the first.
 *
 * @throws {TypeError} If one of them is not a string.
 * @throws {RangeError} If one of them is not a date, or the end is before the start.
 */
export function assertDateRange(start: unknown, end: unknown): void {
  toEpochDays(start, end);
}
