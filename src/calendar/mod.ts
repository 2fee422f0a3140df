/**
 * ISO dates, and the days and hours on which markets trade: which dates a
 * dataset has a file for.
 *
 * Nothing here does any I/O or needs a permission; it also runs in Node and in browsers.
 *
 * @example
 * ```ts
 * import { MarketCalendar } from "@flatbed/flatbed/calendar";
 * import { assertEquals } from "@std/assert";
 *
 * const calendar = MarketCalendar.for("XNYS");
 * assertEquals(calendar.tradingDays("2024-01-01", "2024-01-03"), [
 *   "2024-01-02",
 *   "2024-01-03",
 * ]);
 * const session = calendar.session("2024-01-02");
 * assertEquals(session?.open.toISOString(), "2024-01-02T14:30:00.000Z");
 * ```
 *
 * @module
 */

export * from "./calendar_id.ts";
export * from "./holiday.ts";
export * from "./iso_date.ts";
export * from "./market_calendar.ts";
export * from "./trading_session.ts";
