import { assertEquals } from "@std/assert";
import {
  type ColumnName,
  type DataType,
  getDataset,
} from "../../src/catalog/mod.ts";

/** Each name that the type has for a dataset, and no other: else it does not compile. */
type Names<Id extends DataType> = Record<ColumnName<Id>, true>;

const bars: Names<
  | "stocks_daily"
  | "stocks_minute"
  | "options_daily"
  | "options_minute"
  | "forex_daily"
  | "forex_minute"
  | "crypto_daily"
  | "crypto_minute"
> = {
  ticker: true,
  volume: true,
  open: true,
  close: true,
  high: true,
  low: true,
  window_start: true,
  transactions: true,
};
const optionTrades: Names<"options_trades"> = {
  ticker: true,
  conditions: true,
  correction: true,
  exchange: true,
  price: true,
  sip_timestamp: true,
  size: true,
};
const stockTrades: Names<"stocks_trades"> = {
  ...optionTrades,
  id: true,
  participant_timestamp: true,
  sequence_number: true,
  tape: true,
  trf_id: true,
  trf_timestamp: true,
};
const optionQuotes: Names<"options_quotes"> = {
  ticker: true,
  ask_exchange: true,
  ask_price: true,
  ask_size: true,
  bid_exchange: true,
  bid_price: true,
  bid_size: true,
  sequence_number: true,
  sip_timestamp: true,
};
const stockQuotes: Names<"stocks_quotes"> = {
  ...optionQuotes,
  conditions: true,
  indicators: true,
  participant_timestamp: true,
  tape: true,
  trf_timestamp: true,
};
const futuresMinute: Names<"futures_cme_minute"> = {
  ...bars,
  exchange: true,
  session_end_date: true,
};
const futuresSession: Names<"futures_cme_session"> = {
  ...futuresMinute,
  dollar_volume: true,
};
const futuresTrades: Names<"futures_cme_trades"> = {
  ticker: true,
  timestamp: true,
  sequence_number: true,
  conditions: true,
  price: true,
  size: true,
  correction: true,
  exchange: true,
  session_end_date: true,
};
const futuresQuotes: Names<"futures_cme_quotes"> = {
  ticker: true,
  timestamp: true,
  ask_timestamp: true,
  ask_price: true,
  ask_size: true,
  bid_timestamp: true,
  bid_price: true,
  bid_size: true,
  exchange: true,
  session_end_date: true,
};
const indices: Names<"indices_daily" | "indices_minute"> = {
  ticker: true,
  open: true,
  close: true,
  high: true,
  low: true,
  window_start: true,
};
const any: Names<"indices_values" | "forex_quotes" | "crypto_trades"> = {};

const FUTURES = {
  session: futuresSession,
  minute: futuresMinute,
  trades: futuresTrades,
  quotes: futuresQuotes,
};

const NAMES: Readonly<Record<DataType, Record<string, true>>> = {
  stocks_daily: bars,
  stocks_minute: bars,
  stocks_trades: stockTrades,
  stocks_quotes: stockQuotes,
  options_daily: bars,
  options_minute: bars,
  options_trades: optionTrades,
  options_quotes: optionQuotes,
  futures_cme_session: FUTURES.session,
  futures_cme_minute: FUTURES.minute,
  futures_cme_trades: FUTURES.trades,
  futures_cme_quotes: FUTURES.quotes,
  futures_cbot_session: FUTURES.session,
  futures_cbot_minute: FUTURES.minute,
  futures_cbot_trades: FUTURES.trades,
  futures_cbot_quotes: FUTURES.quotes,
  futures_comex_session: FUTURES.session,
  futures_comex_minute: FUTURES.minute,
  futures_comex_trades: FUTURES.trades,
  futures_comex_quotes: FUTURES.quotes,
  futures_nymex_session: FUTURES.session,
  futures_nymex_minute: FUTURES.minute,
  futures_nymex_trades: FUTURES.trades,
  futures_nymex_quotes: FUTURES.quotes,
  indices_daily: indices,
  indices_minute: indices,
  indices_values: any,
  forex_daily: bars,
  forex_minute: bars,
  forex_quotes: any,
  crypto_daily: bars,
  crypto_minute: bars,
  crypto_trades: any,
};

Deno.test("ColumnName has the columns that the table of datasets has", () => {
  for (const [id, names] of Object.entries(NAMES)) {
    const { columns } = getDataset(id);
    assertEquals(Object.keys(names).toSorted(), columns?.toSorted() ?? [], id);
  }
});

Deno.test("ColumnName of what is not known to the compiler is any text", () => {
  const name: ColumnName = "anything";
  const other: ColumnName<"crypto_trades"> = "anything";
  // @ts-expect-error -- bars have no such column
  const wrong: ColumnName<"stocks_minute"> = "anything";
  assertEquals([name, other, wrong], ["anything", "anything", "anything"]);
});
