import { editDistance } from "../base/mod.ts";
import type { DataType } from "./dataset.ts";
import { DATASETS } from "./dataset_table.ts";

/** The first word of data types, by the names that a market also has. */
const MARKETS: Readonly<Record<string, string>> = {
  stock: "stocks",
  stocks: "stocks",
  equity: "stocks",
  equities: "stocks",
  shares: "stocks",
  sip: "stocks",
  option: "options",
  options: "options",
  opra: "options",
  index: "indices",
  indexes: "indices",
  indices: "indices",
  future: "futures",
  futures: "futures",
  forex: "forex",
  fx: "forex",
  currency: "forex",
  currencies: "forex",
  crypto: "crypto",
  cryptos: "crypto",
  coins: "crypto",
  coin: "crypto",
};

/** The exchanges of futures, the second word of their data types. */
const EXCHANGES = ["cme", "cbot", "comex", "nymex"];

/** The last word of data types, by the names that what a row is also has, as in the REST interface. */
const KINDS: Readonly<Record<string, string>> = {
  day: "daily",
  days: "daily",
  daily: "daily",
  eod: "daily",
  grouped: "daily",
  "1d": "daily",
  ohlc: "daily",
  ohlcv: "daily",
  candles: "daily",
  bars: "daily",
  minute: "minute",
  minutes: "minute",
  minutely: "minute",
  min: "minute",
  mins: "minute",
  "1m": "minute",
  "1min": "minute",
  intraday: "minute",
  session: "session",
  sessions: "session",
  trade: "trades",
  trades: "trades",
  tick: "trades",
  ticks: "trades",
  quote: "quotes",
  quotes: "quotes",
  nbbo: "quotes",
  bbo: "quotes",
  value: "values",
  values: "values",
  snapshot: "values",
};

/** A data type's name in words. */
interface Meaning {
  markets: Set<string>;
  exchanges: Set<string>;
  kinds: Set<string>;
}

/** How many letters may be wrong in a word: none in a short one, since it is another word. */
function tolerance(word: string): number {
  return word.length < 4 ? 0 : word.length < 8 ? 1 : 2;
}

/** The word of a list that a word means, misspelt or not. */
function meaningOf(
  word: string,
  words: readonly string[],
): string | undefined {
  if (words.includes(word)) return word;
  const most = tolerance(word);
  return most === 0
    ? undefined
    : words.find((known) => editDistance(word, known) <= most);
}

function read(name: string): Meaning {
  const meaning: Meaning = {
    markets: new Set(),
    exchanges: new Set(),
    kinds: new Set(),
  };
  const words = name.slice(0, 60)
    .replaceAll(/([a-z])([A-Z])/g, "$1 $2").toLowerCase()
    .split(/[^a-z0-9]+/).slice(0, 8);
  for (const word of words) {
    const market = meaningOf(word, Object.keys(MARKETS));
    const exchange = meaningOf(word, EXCHANGES);
    const kind = meaningOf(word, Object.keys(KINDS));
    if (market !== undefined) meaning.markets.add(MARKETS[market] ?? market);
    else if (exchange !== undefined) meaning.exchanges.add(exchange);
    else if (kind !== undefined) meaning.kinds.add(KINDS[kind] ?? kind);
  }
  return meaning;
}

/**
 * Suggests data types for an unknown name: its words may be misspelt, in another order or
 * case, or synonyms such as `day` for `daily`. If a market has no files of that
 * kind, its other data types are suggested.
 *
 * @param name The name that was written.
 * @returns The nearest data types in the catalog's order; none if nothing is near.
 *
 * @example
 * ```ts
 * import { suggestDataTypes } from "@flatbed/flatbed/catalog";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(suggestDataTypes("STOCKS-DAY"), ["stocks_daily"]);
 * assertEquals(suggestDataTypes("futures_cme_daily"), ["futures_cme_session"]);
 * ```
 */
export function suggestDataTypes(name: string): DataType[] {
  const { markets, exchanges, kinds } = read(name);
  if (exchanges.size > 0) markets.add("futures");
  if (markets.size + kinds.size === 0) return [];
  const ofMarket = DATASETS.filter(({ id }) => {
    const [market = "", exchange = ""] = id.split("_");
    return (markets.size === 0 || markets.has(market)) &&
      (exchanges.size === 0 || exchanges.has(exchange));
  }).map(({ id }) => id);
  if (kinds.size === 0) return ofMarket;
  const ofKind = ofMarket.filter((id) => {
    const kind = id.slice(id.lastIndexOf("_") + 1);
    // A futures file of days is one of sessions, and no other file is.
    return kinds.has(kind) || kind === "session" && kinds.has("daily") ||
      kind === "daily" && kinds.has("session");
  });
  return ofKind.length > 0 ? ofKind : markets.size > 0 ? ofMarket : [];
}
