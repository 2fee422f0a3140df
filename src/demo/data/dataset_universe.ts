import type { Dataset } from "../../catalog/mod.ts";
import { futureUniverse } from "./future_universe.ts";
import { optionUniverse } from "./option_universe.ts";
import { COINS, CURRENCIES, INDICES, STOCKS } from "./ticker_table.ts";
import {
  inventNames,
  readTable,
  type Ticker,
  toTicker,
  type Universe,
  universeOf,
} from "./universe.ts";

/** The asset classes, as the first word of a dataset's id names them. */
export type AssetClass =
  | "stocks"
  | "options"
  | "futures"
  | "indices"
  | "forex"
  | "crypto";

/** A dataset's asset class, and for futures the exchange. */
export function assetClassOf(
  { id }: Dataset,
): { asset: AssetClass; exchange: string } {
  const [asset, exchange = ""] = id.split("_");
  return { asset: asset as AssetClass, exchange };
}

/** How many universes are kept: those of a listing's neighbours are the same. */
const CACHE_SIZE = 16;
const cache = new Map<string, Universe>();

/** The tickers of a dataset's file of a date, at least `size` of them. */
export function datasetUniverse(
  dataset: Dataset,
  size: number,
  date: string,
): Universe {
  const { asset, exchange } = assetClassOf(dataset);
  const period = asset === "options"
    ? date
    : asset === "futures"
    ? date.slice(0, 7)
    : "";
  const name = [asset, exchange, size, period].join();
  let universe = cache.get(name);
  if (universe === undefined) {
    universe = makeUniverse(asset, exchange, size, date);
    for (const oldest of cache.keys()) {
      if (cache.size < CACHE_SIZE) break;
      cache.delete(oldest);
    }
    cache.set(name, universe);
  }
  return universe;
}

function makeUniverse(
  asset: AssetClass,
  exchange: string,
  size: number,
  date: string,
): Universe {
  switch (asset) {
    case "options":
      return optionUniverse(size, date);
    case "futures":
      return futureUniverse(exchange, size, date);
    case "stocks":
      return universeOf((limit) => named("", STOCKS, limit), size, ".");
    case "indices":
      return universeOf((limit) => named("I:", INDICES, limit), size, ".");
    case "forex":
      return universeOf(forexPairs, size, ".");
    case "crypto":
      return universeOf(coinPairs, size, ".");
  }
}

function named(prefix: string, table: string, limit: number): Ticker[] {
  const known = readTable(table);
  const prices = new Map(known);
  return inventNames(known.map(([name]) => name), limit, [3, 4, 4])
    .map((name) => toTicker(prefix + name, prices.get(name)));
}

function forexPairs(): Ticker[] {
  const currencies = readTable(CURRENCIES);
  const pairs: Ticker[] = [];
  for (let far = 1; far < currencies.length; far++) {
    for (let near = 0; near < far; near++) {
      const [a, worthA] = currencies[near] ?? ["USD", 1];
      const [b, worthB] = currencies[far] ?? ["EUR", 1];
      pairs.push(
        toTicker(`C:${b}-${a}`, worthB / worthA),
        toTicker(`C:${a}-${b}`, worthA / worthB),
      );
    }
  }
  return pairs;
}

function coinPairs(limit: number): Ticker[] {
  const known = readTable(COINS);
  const prices = new Map(known);
  const names = inventNames(known.map(([name]) => name), limit, [3, 4]);
  return ([["USD", 1], ["EUR", 0.92], ["GBP", 0.79]] as const).flatMap((
    [currency, rate],
  ) =>
    names.map((name) => {
      const coin = toTicker(name, prices.get(name));
      return toTicker(`X:${name}-${currency}`, coin.price * rate);
    })
  );
}
