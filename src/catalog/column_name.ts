/** The names of columns, by what a row is. */
export interface ColumnNames {
  /** Of bars of stocks, options, forex and crypto. */
  bar:
    | "ticker"
    | "volume"
    | "open"
    | "close"
    | "high"
    | "low"
    | "window_start"
    | "transactions";
  /** Of futures' minutes; sessions also have `dollar_volume`. */
  futuresBar: ColumnNames["bar"] | "exchange" | "session_end_date";
  /** Of trades of options. */
  optionTrade:
    | "ticker"
    | "conditions"
    | "correction"
    | "exchange"
    | "price"
    | "sip_timestamp"
    | "size";
  /** Of trades of stocks. */
  stockTrade:
    | ColumnNames["optionTrade"]
    | "id"
    | "participant_timestamp"
    | "sequence_number"
    | "tape"
    | "trf_id"
    | "trf_timestamp";
  /** Of quotes of options. */
  optionQuote:
    | "ticker"
    | "ask_exchange"
    | "ask_price"
    | "ask_size"
    | "bid_exchange"
    | "bid_price"
    | "bid_size"
    | "sequence_number"
    | "sip_timestamp";
  /** Of quotes of stocks. */
  stockQuote:
    | ColumnNames["optionQuote"]
    | "conditions"
    | "indicators"
    | "participant_timestamp"
    | "tape"
    | "trf_timestamp";
  /** Of trades of futures. */
  futuresTrade:
    | "ticker"
    | "timestamp"
    | "sequence_number"
    | "conditions"
    | "price"
    | "size"
    | "correction"
    | "exchange"
    | "session_end_date";
  /** Of quotes of futures. */
  futuresQuote:
    | "ticker"
    | "timestamp"
    | "ask_timestamp"
    | "ask_price"
    | "ask_size"
    | "bid_timestamp"
    | "bid_price"
    | "bid_size"
    | "exchange"
    | "session_end_date";
}

/**
 * The names of the columns of a dataset's files, by its id: what {@linkcode getColumns}
 * says of them when a program runs. Any text, where the id is not known to the compiler
 * or no source shows the columns.
 */
export type ColumnName<Id extends string = string> = Id extends
  | `${"stocks" | "options" | "forex" | "crypto"}_minute`
  | `${"stocks" | "options" | "forex" | "crypto"}_daily` ? ColumnNames["bar"]
  : Id extends "stocks_trades" ? ColumnNames["stockTrade"]
  : Id extends "stocks_quotes" ? ColumnNames["stockQuote"]
  : Id extends "options_trades" ? ColumnNames["optionTrade"]
  : Id extends "options_quotes" ? ColumnNames["optionQuote"]
  : Id extends `futures_${string}_session`
    ? ColumnNames["futuresBar"] | "dollar_volume"
  : Id extends `futures_${string}_minute` ? ColumnNames["futuresBar"]
  : Id extends `futures_${string}_trades` ? ColumnNames["futuresTrade"]
  : Id extends `futures_${string}_quotes` ? ColumnNames["futuresQuote"]
  : Id extends "indices_daily" | "indices_minute"
    ? Exclude<ColumnNames["bar"], "volume" | "transactions">
  : string;
