/**
 * How the page writes figures: as the command line does where that has a way.
 *
 * @module
 */

export { formatBytes } from "../src/base/format_bytes.ts";
export { formatCount } from "../src/base/format_count.ts";
export { formatDuration } from "../src/base/format_duration.ts";

const COUNT = new Intl.NumberFormat("en-US");
const TIME = new Intl.DateTimeFormat("sv-SE", {
  dateStyle: "short",
  timeStyle: "medium",
});

/** A whole number: `105,014`. */
export function formatNumber(value: number): string {
  return COUNT.format(value);
}

/** An instant in the browser's zone: `2024-01-03 11:04:05`. */
export function formatTime(instant: string | number | Date): string {
  return TIME.format(new Date(instant));
}

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/** A date with its weekday: `Tue 2024-01-02`. */
export function formatDate(date: string): string {
  return `${WEEKDAYS[new Date(`${date}T00:00:00Z`).getUTCDay()]} ${date}`;
}
