/**
 * Days as numbers, counted from 1970-01-01, and where a calendar has them.
 *
 * @module
 */

const DAY = 86_400_000;

/** The number of a date, `YYYY-MM-DD`. */
export function dayOf(date: string): number {
  return Math.round(Date.parse(`${date}T00:00:00Z`) / DAY);
}

/** The number of a year's first day. */
export function newYearOf(year: number): number {
  return Math.round(Date.UTC(year, 0, 1) / DAY);
}

/** The date of a day's number, `YYYY-MM-DD`. */
export function dateOf(day: number): string {
  return new Date(day * DAY).toISOString().slice(0, 10);
}

/** The year of a day's number. */
export function yearOf(day: number): number {
  return new Date(day * DAY).getUTCFullYear();
}

/** The weekday of a day's number, 0 for Monday. */
export function weekdayOf(day: number): number {
  return (day % 7 + 10) % 7;
}

/** The column of a day in its year's calendar: its week. */
export function columnOf(day: number, newYear: number): number {
  return Math.floor((day - newYear + weekdayOf(newYear)) / 7);
}

/** A year has days of so many weeks at the most: a leap year that begins on a Sunday. */
export const COLUMNS = 54;

/** The columns in which the months of a year begin. */
export function monthColumns(year: number): number[] {
  const newYear = newYearOf(year);
  return Array.from(
    { length: 12 },
    (_, month) => columnOf(Math.round(Date.UTC(year, month, 1) / DAY), newYear),
  );
}
