import type { DataType } from "../catalog/mod.ts";

/** What tickers begin with, by the first word of the data types. */
const PREFIXES: Readonly<Record<string, string>> = {
  options: "O:",
  indices: "I:",
  forex: "C:",
  crypto: "X:",
};

/** Expiry, C or P, and strike, which end an option's ticker. */
const CONTRACT = /\d{6}[CP]\d{8}$/;

/**
 * How a ticker would be written in a dataset's files, or which option an underlying goes
 * with, where it cannot be right as it is.
 */
export function tickerHint(
  dataType: DataType,
  ticker: string,
): string | undefined {
  const [market = ""] = dataType.split("_");
  const prefix = PREFIXES[market];
  if (prefix === undefined) return undefined;
  const name = ticker.replace(/^[A-Z]:/i, "").toUpperCase();
  if (market === "options" && !CONTRACT.test(name)) {
    return `--underlying ${name}`;
  }
  const isPair = market === "forex" || market === "crypto";
  const right = isPair ? asPair(name) : name;
  return `${prefix}${right}` === ticker ? undefined : `${prefix}${right}`;
}

/** A pair with a dash, where it has none: `BTC-USD` of `BTCUSD` or `BTC/USD`. */
function asPair(name: string): string {
  if (/^\w+-\w+$/.test(name)) return name;
  return name.replaceAll(/\W/g, "").replace(/^(\w{2,})(\w{3})$/, "$1-$2");
}
