/**
 * The name of a calendar: an exchange by its ISO 10383 market identifier code
 * (`XNYS`) or its customary name (`CMES`), `FOREX` for currencies, or `24/7`
 * for a market that never closes.
 */
export type CalendarId = "XNYS" | "CMES" | "FOREX" | "24/7";

/**
 * The name of every calendar.
 *
 * @example Usage
 * ```ts
 * import { CALENDAR_IDS } from "@flatbed/flatbed/calendar";
 *
 * console.log(CALENDAR_IDS); // ["XNYS", "CMES", "FOREX", "24/7"]
 * ```
 */
export const CALENDAR_IDS: readonly CalendarId[] = Object.freeze([
  "XNYS",
  "CMES",
  "FOREX",
  "24/7",
]);
