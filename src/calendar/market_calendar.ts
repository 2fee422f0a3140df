import { ALWAYS_OPEN } from "./_always_open.ts";
import { CMES } from "./_cmes.ts";
import {
  assertDateRange,
  assertString,
  civilOf,
  formatEpochDay,
  quote,
  toEpochDay,
  weekdayOf,
  wrongType,
} from "../base/mod.ts";
import { FOREX } from "./_forex.ts";
import type { MarketRules } from "./_market_rules.ts";
import { instantOf } from "./_wall_clock.ts";
import { XNYS } from "./_xnys.ts";
import { type YearTable, yearTable } from "./_year_table.ts";
import { CALENDAR_IDS, type CalendarId } from "./calendar_id.ts";
import type { Holiday } from "./holiday.ts";
import type { TradingSession } from "./trading_session.ts";

const RULES: Record<CalendarId, MarketRules> = {
  XNYS,
  CMES,
  FOREX,
  "24/7": ALWAYS_OPEN,
};

/**
 * The days and hours on which a market trades, and so the dates for which a
 * flat file can be expected. A calendar is an expectation: the bucket's listing
 * is the truth about which files there are. Where it is not known whether a
 * date has a file, these calendars say that it has.
 *
 * **XNYS**, the New York Stock Exchange, for stocks, options and indices. Every
 * day of 1990 to 2035 is checked against two independent projects' tables of
 * the exchange's hours and closings. Closures decreed after July 2026 are not
 * known; later years follow the exchange's present rules, which makes those
 * from 2036 on, against which nothing is checked, a projection. Sessions are
 * the regular ones, 09:30 to 16:00 in New York, with early closes, and with
 * late opens where the exchange's history lists them; files also hold trades
 * from before and after.
 *
 * **CMES**, CME Globex, for futures. Known, from CME Group's announcements and
 * from what exchange_calendars and pandas_market_calendars record of its
 * holiday schedules: a session begins at 17:00 in Chicago on the evening before
 * and ends at 16:00 on its date; Globex is closed on New Year's Day, Good
 * Friday and Christmas Day, except that it trades for a morning on Good Fridays
 * on which the monthly employment report comes out; on other holidays in the
 * United States trading is halted early. Each group of products has hours of
 * its own: early closes here are those of equity index futures. Assumed: that a
 * file's date is the `session_end_date` of its rows; that a date has a file
 * wherever any group trades, which takes in those holidays (although CME Group
 * counts their trades towards the next day) and the national days of mourning
 * of 2018-12-05 and 2025-01-09, given here with regular hours; that Good Friday
 * of 2026 was such a morning; and that dates before the first file of
 * 2017-04-03 and after 2026 follow the present rules.
 *
 * **FOREX**, currencies. Known, from Massive's listings of 2018 to 2025:
 * Sundays have files, Saturdays have none, and Good Friday and holidays in the
 * United States do have one. The market trades from Sunday 17:00 to Friday 17:00
 * in New York, so that Sunday's and Friday's sessions are cut short. Assumed:
 * that a file holds a UTC day, as Massive documents for its bars, and that
 * Christmas Day and New Year's Day have a file as well, since trading resumes
 * on their evenings.
 *
 * **24/7**, crypto: every day, as UTC days.
 *
 * Dates before 1990-01-01 and after 2100-12-31 are an error for all but `24/7`.
 * Daylight saving follows the law in force since 2007, and its predecessor
 * before.
 *
 * @example Usage
 * ```ts
 * import { MarketCalendar } from "@flatbed/flatbed/calendar";
 *
 * const calendar = MarketCalendar.for("XNYS");
 * console.log(calendar.isTradingDay("2024-03-29")); // false: Good Friday
 * console.log(calendar.tradingDays("2024-01-01", "2024-01-31").length); // 21
 * ```
 */
export class MarketCalendar {
  static readonly #known = new Map<string, MarketCalendar>();
  readonly #id: CalendarId;
  readonly #rules: MarketRules;
  readonly #firstDay: number;
  readonly #lastDay: number;
  readonly #years = new Map<number, YearTable>();

  private constructor(id: CalendarId) {
    this.#id = id;
    this.#rules = RULES[id];
    this.#firstDay = toEpochDay(this.#rules.firstDate, "firstDate");
    this.#lastDay = toEpochDay(this.#rules.lastDate, "lastDate");
  }

  /**
   * The calendar of a market: always the same object for the same name.
   *
   * @example Usage
   * ```ts
   * import { MarketCalendar } from "@flatbed/flatbed/calendar";
   *
   * console.log(MarketCalendar.for("24/7").isTradingDay("2024-12-25")); // true
   * ```
   *
   * @param id The calendar's name.
   * @returns The calendar.
   * @throws {TypeError} If `id` is not a string.
   * @throws {RangeError} If there is no calendar of that name.
   */
  static for(id: CalendarId): MarketCalendar {
    const known = MarketCalendar.#known.get(id);
    if (known !== undefined) return known;
    assertString(id, "id");
    if (!CALENDAR_IDS.includes(id)) {
      throw new RangeError(
        `Cannot find the calendar ${quote(id)}: the calendars are ${
          CALENDAR_IDS.join(", ")
        }`,
      );
    }
    const calendar = new MarketCalendar(id);
    MarketCalendar.#known.set(id, calendar);
    return calendar;
  }

  /**
   * The calendar's name.
   *
   * @example Usage
   * ```ts
   * import { MarketCalendar } from "@flatbed/flatbed/calendar";
   *
   * console.log(MarketCalendar.for("CMES").id); // "CMES"
   * ```
   *
   * @returns The name.
   */
  get id(): CalendarId {
    return this.#id;
  }

  /**
   * The time zone that the calendar's dates are meant in, by its name in the
   * IANA database: the market's own, or `UTC` for `FOREX` and `24/7`.
   *
   * @example Usage
   * ```ts
   * import { MarketCalendar } from "@flatbed/flatbed/calendar";
   *
   * console.log(MarketCalendar.for("XNYS").timeZone); // "America/New_York"
   * ```
   *
   * @returns The time zone's name.
   */
  get timeZone(): string {
    return this.#rules.timeZone;
  }

  /**
   * Whether the market trades on a date, if only for part of the day.
   *
   * @example Usage
   * ```ts
   * import { MarketCalendar } from "@flatbed/flatbed/calendar";
   *
   * const calendar = MarketCalendar.for("XNYS");
   * console.log(calendar.isTradingDay("2024-07-03")); // true
   * console.log(calendar.isTradingDay("2024-07-04")); // false
   * ```
   *
   * @param date The date.
   * @returns `true` on a trading day.
   * @throws {TypeError} If `date` is not a string.
   * @throws {RangeError} If `date` is not a date, or outside the calendar.
   */
  isTradingDay(date: string): boolean {
    return this.#isOpen(this.#day(date));
  }

  /**
   * The trading days of a range, both ends included, in order.
   *
   * @example Usage
   * ```ts
   * import { MarketCalendar } from "@flatbed/flatbed/calendar";
   *
   * const calendar = MarketCalendar.for("XNYS");
   * console.log(calendar.tradingDays("2024-03-28", "2024-04-02"));
   * // ["2024-03-28", "2024-04-01", "2024-04-02"]
   * ```
   *
   * @param startDate The first date.
   * @param endDate The last date.
   * @returns The dates, none where the market does not trade in between.
   * @throws {TypeError} If one of them is not a string.
   * @throws {RangeError} If one of them is not a date, or outside the
   * calendar, or the end is before the start.
   */
  tradingDays(startDate: string, endDate: string): string[] {
    assertDateRange(startDate, endDate);
    const last = this.#day(endDate);
    const dates: string[] = [];
    for (let day = this.#day(startDate); day <= last; day++) {
      if (this.#isOpen(day)) dates.push(formatEpochDay(day));
    }
    return dates;
  }

  /**
   * The first trading day after a date.
   *
   * @example Usage
   * ```ts
   * import { MarketCalendar } from "@flatbed/flatbed/calendar";
   *
   * const calendar = MarketCalendar.for("XNYS");
   * console.log(calendar.nextTradingDay("2024-03-28")); // "2024-04-01"
   * ```
   *
   * @param date The date, a trading day or not.
   * @returns The trading day, always after `date`.
   * @throws {TypeError} If `date` is not a string.
   * @throws {RangeError} If `date` is not a date, or outside the calendar,
   * or the calendar ends before the next trading day.
   */
  nextTradingDay(date: string): string {
    return this.#nearest(date, 1);
  }

  /**
   * The last trading day before a date.
   *
   * @example Usage
   * ```ts
   * import { MarketCalendar } from "@flatbed/flatbed/calendar";
   *
   * const calendar = MarketCalendar.for("XNYS");
   * console.log(calendar.previousTradingDay("2024-04-01")); // "2024-03-28"
   * ```
   *
   * @param date The date, a trading day or not.
   * @returns The trading day, always before `date`.
   * @throws {TypeError} If `date` is not a string.
   * @throws {RangeError} If `date` is not a date, or outside the calendar,
   * or the calendar begins after the previous trading day.
   */
  previousTradingDay(date: string): string {
    return this.#nearest(date, -1);
  }

  /**
   * Whether the market closes on a date before its regular time. Late opens do
   * not count, nor does the regular end of the week of `FOREX`.
   *
   * @example Usage
   * ```ts
   * import { MarketCalendar } from "@flatbed/flatbed/calendar";
   *
   * const calendar = MarketCalendar.for("XNYS");
   * console.log(calendar.isEarlyClose("2024-07-03")); // true
   * console.log(calendar.isEarlyClose("2024-07-04")); // false: closed
   * ```
   *
   * @param date The date.
   * @returns `true` on a trading day with an early close.
   * @throws {TypeError} If `date` is not a string.
   * @throws {RangeError} If `date` is not a date, or outside the calendar.
   */
  isEarlyClose(date: string): boolean {
    const day = this.#day(date);
    return this.#table(day).closes.has(day);
  }

  /**
   * The hours of trading on a date, as instants. Sessions of a calendar never
   * overlap; that of `CMES` begins on the evening before its date.
   *
   * @example Usage
   * ```ts
   * import { MarketCalendar } from "@flatbed/flatbed/calendar";
   *
   * const session = MarketCalendar.for("XNYS").session("2024-07-03");
   * console.log(session?.open.toISOString()); // "2024-07-03T13:30:00.000Z"
   * console.log(session?.close.toISOString()); // "2024-07-03T17:00:00.000Z"
   * ```
   *
   * @param date The date.
   * @returns The session, or `null` where the market does not trade.
   * @throws {TypeError} If `date` is not a string.
   * @throws {RangeError} If `date` is not a date, or outside the calendar.
   */
  session(date: string): TradingSession | null {
    const day = this.#day(date);
    if (!this.#isOpen(day)) return null;
    const { opens, closes } = this.#table(day);
    const zone = this.#rules.timeZone;
    const hours = { ...this.#rules, ...this.#weekdayHours(day) };
    const late = opens.get(day);
    const early = closes.get(day);
    return {
      open: instantOf(
        late === undefined ? hours.open : { time: late, zone },
        day,
      ),
      close: instantOf(
        early === undefined ? hours.close : { time: early, zone },
        day,
      ),
    };
  }

  /**
   * The time that a date stands for, as instants: midnight to midnight on the market's
   * clock, and for `CMES` the evening before it as well, when its session begins.
   *
   * @example Usage
   * ```ts
   * import { MarketCalendar } from "@flatbed/flatbed/calendar";
   *
   * const { start, end } = MarketCalendar.for("CMES").bounds("2024-07-03");
   * console.log(start.toISOString()); // "2024-07-02T22:00:00.000Z"
   * console.log(end.toISOString()); // "2024-07-04T05:00:00.000Z"
   * ```
   *
   * @param date The date, a trading day or not.
   * @returns The first instant, and the first one behind it.
   * @throws {TypeError} If `date` is not a string.
   * @throws {RangeError} If `date` is not a date, or outside the calendar.
   */
  bounds(date: string): { start: Date; end: Date } {
    const day = this.#day(date);
    const { open, timeZone: zone } = this.#rules;
    const isFromEve = (open.days ?? 0) < 0;
    return {
      start: instantOf(isFromEve ? open : { time: "00:00", zone }, day),
      end: instantOf({ time: "00:00", zone, days: 1 }, day),
    };
  }

  /**
   * The closures and early closes of a year, in order of their dates. Weekends
   * are not among them, and a holiday that falls on a weekend is only there
   * where the market keeps it on another day.
   *
   * @example Usage
   * ```ts
   * import { MarketCalendar } from "@flatbed/flatbed/calendar";
   *
   * for (const { date, name, kind } of MarketCalendar.for("XNYS").holidays(2024)) {
   *   console.log(date, name, kind);
   * }
   * ```
   *
   * @param year The year, a whole number.
   * @returns The year's entries, none for `FOREX` and `24/7`.
   * @throws {TypeError} If `year` is not a number.
   * @throws {RangeError} If `year` is not a whole number, or outside the
   * calendar.
   */
  holidays(year: number): Holiday[] {
    if (typeof year !== "number") throw wrongType("year", "an integer", year);
    const firstYear = Number(this.#rules.firstDate.slice(0, 4));
    const lastYear = Number(this.#rules.lastDate.slice(0, 4));
    if (!Number.isInteger(year) || year < firstYear || year > lastYear) {
      throw new RangeError(
        `Cannot use ${year} as year: the calendar ${this.#id} holds the years ${firstYear} to ${lastYear}`,
      );
    }
    return this.#tableOf(year).holidays.map((entry) => ({ ...entry }));
  }

  #day(date: string): number {
    const day = toEpochDay(date, "date");
    if (day < this.#firstDay || day > this.#lastDay) {
      throw new RangeError(
        `Cannot use '${date}' as date: the calendar ${this.#id} reaches from ${this.#rules.firstDate} to ${this.#rules.lastDate}`,
      );
    }
    return day;
  }

  #isOpen(day: number): boolean {
    return this.#rules.weekdays.includes(weekdayOf(day)) &&
      !this.#table(day).closed.has(day);
  }

  #nearest(date: string, step: 1 | -1): string {
    let day = this.#day(date) + step;
    while (day >= this.#firstDay && day <= this.#lastDay) {
      if (this.#isOpen(day)) return formatEpochDay(day);
      day += step;
    }
    throw new RangeError(
      step === 1
        ? `Cannot find a trading day after '${date}': the calendar ${this.#id} ends on ${this.#rules.lastDate}`
        : `Cannot find a trading day before '${date}': the calendar ${this.#id} begins on ${this.#rules.firstDate}`,
    );
  }

  #weekdayHours(day: number): Partial<Pick<MarketRules, "open" | "close">> {
    return this.#rules.weekdayHours?.[weekdayOf(day)] ?? {};
  }

  #table(day: number): YearTable {
    return this.#tableOf(civilOf(day).year);
  }

  #tableOf(year: number): YearTable {
    let table = this.#years.get(year);
    if (table === undefined) {
      table = yearTable(this.#rules, year);
      this.#years.set(year, table);
    }
    return table;
  }
}
