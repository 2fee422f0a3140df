/**
 * ISO dates, and the days and hours on which markets trade: which dates a
 * dataset has a file for.
 *
 * Nothing here does any I/O or needs a permission; it runs in a browser.
 *
 * ```ts
 * import { MarketCalendar } from "@flatbed/flatbed/calendar";
 *
 * const calendar = MarketCalendar.for("XNYS");
 * console.log(calendar.tradingDays("2024-01-01", "2024-01-05"));
 * // ["2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05"]
 * console.log(calendar.session("2024-01-02")?.open.toISOString());
 * // "2024-01-02T14:30:00.000Z"
 * ```
 *
 * @module
 */

export * from "./calendar_id.ts";
export * from "./holiday.ts";
export * from "./iso_date.ts";
export * from "./market_calendar.ts";
export * from "./trading_session.ts";
