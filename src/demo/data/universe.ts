import { hashText, Random, toUnit } from "./random.ts";

/** A name that rows are about. */
export interface Ticker {
  /** The name, as the file writes it. */
  readonly name: string;
  /** What its price depends on. */
  readonly seed: number;
  /** What its price walks around. */
  readonly price: number;
}

/** The tickers of a file: as many as wanted, in the order of their names, each found by its place. */
export interface Universe {
  /** How many there are. */
  readonly size: number;
  /** The places of those that no file leaves out, in order. */
  readonly leaders: readonly number[];
  /** The ticker at a place from 0. */
  at(index: number): Ticker;
}

/** How many names are held in a list; where more are wanted, each gets series of its own. */
const LIST_LIMIT = 12_000;

/** So many of the first candidates are in every file. */
const LEADERS = 40;

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** A name and the price that goes with it; a price is invented where the table has none. */
export function toTicker(name: string, price?: number): Ticker {
  const seed = hashText(name);
  return { name, seed, price: price ?? 4 * 110 ** toUnit(seed) };
}

/** Reads `NAME:PRICE` entries between blanks. */
export function readTable(table: string): [name: string, price: number][] {
  return table.split(/\s+/).map((entry) => {
    const [name = "", price = ""] = entry.split(":");
    return [name, Number(price)];
  });
}

/** A list of names of which the first come first, filled up with invented ones of letters. */
export function inventNames(
  known: readonly string[],
  count: number,
  lengths: readonly number[],
): string[] {
  const names = new Set(known.slice(0, count));
  const random = new Random(0xf1a7);
  while (names.size < count) {
    const length = lengths[random.below(lengths.length)] ?? 3;
    let name = "";
    while (name.length < length) name += LETTERS[random.below(26)];
    names.add(name);
  }
  return [...names];
}

/**
 * A universe of at least `size` tickers from candidates that come in the order of
 * their importance. Where there are not enough, each name gets series: `A`, `A.A`,
 * `A.B`. The separator must stand before every character that follows a name in
 * another name, so that the order holds.
 */
export function universeOf(
  candidates: (limit: number) => readonly Ticker[],
  size: number,
  separator: string,
): Universe {
  const wanted = candidates(Math.min(size, LIST_LIMIT))
    .slice(0, Math.min(size, LIST_LIMIT));
  const list = wanted.toSorted((a, b) => a.name < b.name ? -1 : 1);
  const series = Math.ceil(size / list.length);
  const leading = new Set(wanted.slice(0, Math.min(LEADERS, size / 8)));
  let width = 1;
  while (26 ** width < series - 1) width++;
  return {
    size: list.length * series,
    leaders: list.flatMap((ticker, place) =>
      leading.has(ticker) ? [place * series] : []
    ),
    at(index) {
      const base = list[Math.floor(index / series) % list.length] ??
        toTicker("A");
      let number = index % series;
      if (number === 0) return base;
      number--;
      let suffix = "";
      for (let i = 0; i < width; i++) {
        suffix = LETTERS.charAt(number % 26) + suffix;
        number = Math.floor(number / 26);
      }
      return toTicker(base.name + separator + suffix, base.price);
    },
  };
}
