import { addDays, isoDateAt } from "../calendar/mod.ts";

const HOUR_MS = 3_600_000;

/** The last date that the calendars know. */
const LAST_DATE = "2100-12-31";

/** Midnight in New York at the start of a date, in milliseconds. */
export function newYorkMidnight(date: string): number {
  const inSummer = new Date(`${date}T04:00:00Z`);
  return isoDateAt(inSummer, "America/New_York") === date
    ? inSummer.getTime()
    : inSummer.getTime() + HOUR_MS;
}

/** When the files of a date appear: at 11:00 in New York on the day after, in milliseconds. */
export function publicationTime(date: string): number {
  // Counted back from the next midnight, which is behind any change of the clocks.
  return newYorkMidnight(addDays(date, 2)) - 13 * HOUR_MS;
}

/** The last date whose files are there. */
export function lastPublishedDate(now: Date): string {
  const yesterday = addDays(isoDateAt(now, "America/New_York"), -1);
  const last = now.getTime() >= publicationTime(yesterday)
    ? yesterday
    : addDays(yesterday, -1);
  return last < LAST_DATE ? last : LAST_DATE;
}
