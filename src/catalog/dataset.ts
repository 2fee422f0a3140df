import type { CalendarId } from "../calendar/mod.ts";

/** What one row of a dataset's files is. */
export type DatasetKind =
  | "day_aggs"
  | "minute_aggs"
  | "session_aggs"
  | "trades"
  | "quotes"
  | "values";

/** A dataset's id: one of the 33 kinds of flat files. */
export type DataType =
  | "stocks_daily"
  | "stocks_minute"
  | "stocks_trades"
  | "stocks_quotes"
  | "options_daily"
  | "options_minute"
  | "options_trades"
  | "options_quotes"
  | "futures_cme_session"
  | "futures_cme_minute"
  | "futures_cme_trades"
  | "futures_cme_quotes"
  | "futures_cbot_session"
  | "futures_cbot_minute"
  | "futures_cbot_trades"
  | "futures_cbot_quotes"
  | "futures_comex_session"
  | "futures_comex_minute"
  | "futures_comex_trades"
  | "futures_comex_quotes"
  | "futures_nymex_session"
  | "futures_nymex_minute"
  | "futures_nymex_trades"
  | "futures_nymex_quotes"
  | "indices_daily"
  | "indices_minute"
  | "indices_values"
  | "forex_daily"
  | "forex_minute"
  | "forex_quotes"
  | "crypto_daily"
  | "crypto_minute"
  | "crypto_trades";

/** One kind of flat file, with the facts known about it. All figures are advisory. */
export interface Dataset {
  /** The data type, such as `stocks_minute`. */
  readonly id: DataType;
  /** The start of every key in the live bucket, such as `us_stocks_sip/minute_aggs_v1`. */
  readonly prefix: string;
  /** What one row is. */
  readonly kind: DatasetKind;
  /** The first date that the documentation promises; the bucket's listing is the truth. */
  readonly firstDate: string;
  /** The calendar that says on which dates a file is to be expected. */
  readonly calendar: CalendarId;
  /** A usual day's compressed size in bytes, from and to. */
  readonly typicalCompressedBytesPerDay: readonly [number, number];
  /** The columns in order, or `null` where no source shows them; the header row is the truth. */
  readonly columns: readonly string[] | null;
  /** What else a user should know. */
  readonly note?: string;
}

/**
 * A data type by name. A literal must be one to compile; a `string` that is known at run
 * time only is checked when it is used.
 */
export type DataTypeName<Name extends string = string> = Name extends DataType
  ? Name
  // A record that needs no such name: the name is not a single literal.
  : Record<never, never> extends Record<Name, true> ? Name
  : DataType;
