import {
  assertBoolean,
  assertDateRange,
  assertIsoDate,
  assertOptions,
  type OptionNames,
} from "../base/mod.ts";
import { dayOfWeek, eachDay, MarketCalendar } from "../calendar/mod.ts";
import type { DataType, DataTypeName } from "./dataset.ts";
import { getDataset } from "./get_dataset.ts";

/**
 * What a date means to a dataset:
 *
 * - `expected`: a file is due, and its absence is a gap;
 * - `optional`: a file may exist, and its absence is no gap;
 * - `none`: no file should exist.
 */
export type FileDay = "expected" | "optional" | "none";

/** On which days of the week, 0 for Sunday, a dataset has files. */
interface FileDayRule {
  /** A file is due if the dataset's calendar has a session. */
  readonly expectedOn: readonly number[];
  /** A file may exist even if none is due. */
  readonly optionalOn: readonly number[];
  /** Sessions whose files were never published, and are not going to be. */
  readonly neverPublished?: readonly string[];
}

const WEEKDAYS = [1, 2, 3, 4, 5] as const;
const EVERY_DAY = [0, ...WEEKDAYS, 6] as const;

const SESSIONS: FileDayRule = { expectedOn: WEEKDAYS, optionalOn: [] };
const ANY_WEEKDAY: FileDayRule = { expectedOn: WEEKDAYS, optionalOn: WEEKDAYS };
const WEEKDAYS_AND_SUNDAYS: FileDayRule = {
  expectedOn: WEEKDAYS,
  optionalOn: [0, ...WEEKDAYS],
};
const WEEKDAYS_AND_WEEKENDS: FileDayRule = {
  expectedOn: WEEKDAYS,
  optionalOn: [0, 6],
};
const ALWAYS: FileDayRule = { expectedOn: EVERY_DAY, optionalOn: [] };

/**
 * The days of every dataset.
 *
 * Source: inventories published by users, counted against the calendars until
 * 2026-08. Stocks have exactly the sessions. Options have about three files more, such
 * as that of trades on 2022-06-20, and no trades file of 2018-10-12. Indices have day
 * files on all weekdays from 2023-03-09 on, holidays included. Futures have files on
 * weekdays, and quotes on most Sundays too. Forex has some Sundays and a few Saturdays.
 */
const RULES: Readonly<Record<DataType, FileDayRule>> = {
  stocks_daily: SESSIONS,
  stocks_minute: SESSIONS,
  stocks_trades: SESSIONS,
  stocks_quotes: SESSIONS,
  options_daily: ANY_WEEKDAY,
  options_minute: ANY_WEEKDAY,
  options_trades: { ...ANY_WEEKDAY, neverPublished: ["2018-10-12"] },
  options_quotes: ANY_WEEKDAY,
  futures_cme_session: ANY_WEEKDAY,
  futures_cme_minute: ANY_WEEKDAY,
  futures_cme_trades: ANY_WEEKDAY,
  futures_cme_quotes: WEEKDAYS_AND_SUNDAYS,
  futures_cbot_session: ANY_WEEKDAY,
  futures_cbot_minute: ANY_WEEKDAY,
  futures_cbot_trades: ANY_WEEKDAY,
  futures_cbot_quotes: WEEKDAYS_AND_SUNDAYS,
  futures_comex_session: ANY_WEEKDAY,
  futures_comex_minute: ANY_WEEKDAY,
  futures_comex_trades: ANY_WEEKDAY,
  futures_comex_quotes: WEEKDAYS_AND_SUNDAYS,
  futures_nymex_session: ANY_WEEKDAY,
  futures_nymex_minute: ANY_WEEKDAY,
  futures_nymex_trades: ANY_WEEKDAY,
  futures_nymex_quotes: WEEKDAYS_AND_SUNDAYS,
  indices_daily: ANY_WEEKDAY,
  indices_minute: ANY_WEEKDAY,
  indices_values: ANY_WEEKDAY,
  forex_daily: WEEKDAYS_AND_WEEKENDS,
  forex_minute: WEEKDAYS_AND_WEEKENDS,
  forex_quotes: WEEKDAYS_AND_WEEKENDS,
  crypto_daily: ALWAYS,
  crypto_minute: ALWAYS,
  crypto_trades: ALWAYS,
};

/**
 * What a date means to a dataset: whether a file is due, or may exist.
 *
 * @param dataType The dataset's id.
 * @param date The date, `YYYY-MM-DD`.
 * @returns `expected`, `optional` or `none`.
 * @throws {TypeError} If an argument is not a string.
 * @throws {RangeError} If there is no such dataset or date, or the dataset's calendar does not reach to it.
 *
 * @example
 * ```ts
 * import { getFileDay } from "@flatbed/flatbed/catalog";
 * import { assertEquals } from "@std/assert";
 *
 * // Good Friday.
 * assertEquals(getFileDay("indices_daily", "2023-04-07"), "optional");
 * assertEquals(getFileDay("stocks_daily", "2023-04-07"), "none");
 * ```
 */
export function getFileDay<Name extends string>(
  dataType: DataTypeName<Name>,
  date: string,
): FileDay {
  const { id, calendar } = getDataset(dataType);
  assertIsoDate(date);
  const { expectedOn, optionalOn, neverPublished } = RULES[id];
  const weekday = dayOfWeek(date);
  const isSession = MarketCalendar.for(calendar).isTradingDay(date);
  if (isSession && expectedOn.includes(weekday)) {
    return neverPublished?.includes(date) ? "optional" : "expected";
  }
  return optionalOn.includes(weekday) ? "optional" : "none";
}

/** Options of {@linkcode getFileDates}. */
export interface FileDatesOptions {
  /**
   * Whether optional days are included.
   *
   * @default {false}
   */
  optional?: boolean;
}

const FILE_DATES_OPTIONS: OptionNames<FileDatesOptions> = { optional: true };

/**
 * The dates in a range whose files are expected, both ends included, oldest first.
 *
 * @param dataType The dataset's id.
 * @param startDate The first date, `YYYY-MM-DD`.
 * @param endDate The last date, `YYYY-MM-DD`.
 * @param options Whether optional days are included.
 * @returns The dates, `YYYY-MM-DD`.
 * @throws {TypeError} If an argument has the wrong type.
 * @throws {RangeError} If there is no such dataset or date, or the range is reversed.
 *
 * @example
 * ```ts
 * import { getFileDates } from "@flatbed/flatbed/catalog";
 * import { assertEquals } from "@std/assert";
 *
 * const range = ["forex_daily", "2024-01-05", "2024-01-08"] as const;
 * assertEquals(getFileDates(...range), ["2024-01-05", "2024-01-08"]);
 * assertEquals(getFileDates(...range, { optional: true }), [
 *   "2024-01-05",
 *   "2024-01-06",
 *   "2024-01-07",
 *   "2024-01-08",
 * ]);
 * ```
 */
export function getFileDates<Name extends string>(
  dataType: DataTypeName<Name>,
  startDate: string,
  endDate: string,
  options: FileDatesOptions = {},
): string[] {
  const { id } = getDataset(dataType);
  assertDateRange(startDate, endDate);
  assertOptions(options, FILE_DATES_OPTIONS);
  const { optional = false } = options;
  assertBoolean(optional, "optional");
  return Array.from(eachDay(startDate, endDate)).filter((date) => {
    const day = getFileDay(id, date);
    return day === "expected" || optional && day === "optional";
  });
}
