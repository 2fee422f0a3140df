import fc from "fast-check";

const DAY = 86_400_000;

/**
 * Whether a text is a date of the years 0001 to 9999, by the engine's own `Date`: what
 * it reads must be what it writes.
 */
export function isRealDate(text: string): boolean {
  const midnight = `${text}T00:00:00.000Z`;
  const time = Date.parse(midnight);
  return !Number.isNaN(time) && !text.startsWith("0000") &&
    new Date(time).toISOString() === midnight;
}

/** The date so many days after another one, by the engine's own `Date`. */
export function laterBy(date: string, days: number): string {
  return new Date(Date.parse(date) + days * DAY).toISOString().slice(0, 10);
}

/** Any date from `first` to `last`. */
export function dateBetween(
  first: string,
  last: string,
): fc.Arbitrary<string> {
  const from = Date.parse(first) / DAY;
  const to = Date.parse(last) / DAY;
  return fc.integer({ min: from, max: to })
    .map((day) => new Date(day * DAY).toISOString().slice(0, 10));
}

/** Any date that can be written: of the years 0001 to 9999. */
export function anyDate(): fc.Arbitrary<string> {
  return dateBetween("0001-01-01", "9999-12-31");
}

/** Texts that look like dates, most of which are none. */
export function likeDate(): fc.Arbitrary<string> {
  const digits = (count: number, max: number) =>
    fc.nat({ max }).map((number) => String(number).padStart(count, "0"));
  return fc.tuple(digits(4, 9999), digits(2, 14), digits(2, 33))
    .map((parts) => parts.join("-"));
}
