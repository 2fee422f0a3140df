import { nearest } from "../../../base/mod.ts";
import type { TickerSummary } from "../../../rows/mod.ts";
import type { DayRowFacts, DayTicker, TickerOrder } from "./day_types.ts";

/** Of more tickers, none is suggested: all of them would be compared. */
const MOST_COMPARED = 200_000;

/** What a search asks for. */
export interface TickerSearch {
  /** What was typed; everything where it is empty. */
  readonly text: string;
  /** How what is found is sorted. */
  readonly order: TickerOrder;
  /** How many are left out before the page. */
  readonly offset: number;
  /** How many the page has. */
  readonly limit: number;
}

/** What a search finds. */
export interface FoundTickers {
  /** Those of the page. */
  readonly tickers: readonly DayTicker[];
  /** How many there are. */
  readonly found: number;
}

/**
 * The tickers of a day, as a search needs them: texts one after the other, since two million
 * options as objects would take ten times the memory.
 */
export class TickerTable {
  /** How many there are. */
  readonly length: number;
  /** Their names, each before a line feed. */
  readonly #names: string;
  /** The same as a search compares them: see {@linkcode plain}. */
  readonly #plain: string;
  /** Where each begins in `#names`, and in `#plain`. */
  readonly #nameStarts: Uint32Array;
  readonly #plainStarts: Uint32Array;
  readonly #rows: Float64Array;
  /** In milliseconds since 1970; NaN for none. */
  readonly #first: Float64Array;
  readonly #last: Float64Array;
  /** The places by rows, most first; made when first asked for. */
  #byRows: Uint32Array | undefined;

  /** Of tickers in the order of bytes, as an index has them. */
  constructor(tickers: readonly TickerSummary[]) {
    const { length } = tickers;
    this.length = length;
    this.#nameStarts = new Uint32Array(length + 1);
    this.#plainStarts = new Uint32Array(length + 1);
    this.#rows = new Float64Array(length);
    this.#first = new Float64Array(length);
    this.#last = new Float64Array(length);
    const names: string[] = [];
    const plains: string[] = [];
    let [nameEnd, plainEnd] = [0, 0];
    tickers.forEach(({ ticker, rows, least = NaN, greatest = NaN }, at) => {
      const text = plain(ticker);
      names.push(ticker);
      plains.push(text);
      this.#nameStarts[at + 1] = nameEnd += ticker.length + 1;
      this.#plainStarts[at + 1] = plainEnd += text.length + 1;
      this.#rows[at] = rows;
      this.#first[at] = least;
      this.#last[at] = greatest;
    });
    this.#names = `${names.join("\n")}\n`;
    this.#plain = `${plains.join("\n")}\n`;
  }

  /** How many rows all have, and when. */
  get facts(): DayRowFacts {
    let rows = 0;
    let [first, last] = [Infinity, -Infinity];
    for (let at = 0; at < this.length; at++) {
      rows += this.#rows[at] ?? 0;
      // A comparison with NaN is false.
      const [least = NaN, greatest = NaN] = [this.#first[at], this.#last[at]];
      if (least < first) first = least;
      if (greatest > last) last = greatest;
    }
    return {
      rows,
      tickers: this.length,
      first: first === Infinity ? null : first,
      last: last === -Infinity ? null : last,
    };
  }

  /**
   * A page of the tickers that have a text in their name, whatever the case, and without the
   * market's letter and separators: `btcusd` finds `X:BTC-USD`. In the order of names, that of
   * exactly this name comes first, then those that begin so.
   */
  search({ text, order, offset, limit }: TickerSearch): FoundTickers {
    const wanted = plain(text);
    const page = (at: number) => this.#ticker(at);
    if (wanted === "") {
      const end = Math.min(this.length, offset + limit);
      const places = order === "rows" ? this.#placesByRows() : undefined;
      const tickers: DayTicker[] = [];
      for (let at = offset; at < end; at++) {
        tickers.push(page(places?.[at] ?? at));
      }
      return { tickers, found: this.length };
    }
    const places = this.#find(wanted, text.trim());
    const sorted = order === "rows" ? this.#sortByRows(places) : places;
    return {
      tickers: sorted.slice(offset, offset + limit).map(page),
      found: places.length,
    };
  }

  /** Names that are spelt nearly as a text; none where there are too many to compare. */
  near(text: string): string[] {
    if (this.length > MOST_COMPARED) return [];
    return nearest(text, this.#names.slice(0, -1).split("\n"));
  }

  /** The places of the tickers that have a plain text in their names. */
  #find(wanted: string, text: string): number[] {
    const exact: number[] = [];
    const beginning: number[] = [];
    const others: number[] = [];
    const starts = this.#plainStarts;
    let place = 0;
    for (
      let at = this.#plain.indexOf(wanted);
      at !== -1;
      at = this.#plain.indexOf(wanted, starts[place] ?? this.#plain.length)
    ) {
      // What is found lies behind the last place: mostly near to it.
      let step = 1;
      while ((starts[place + step] ?? Infinity) <= at) {
        place += step;
        step *= 2;
      }
      for (; step >= 1; step /= 2) {
        while ((starts[place + step] ?? Infinity) <= at) place += step;
      }
      const start = starts[place] ?? 0;
      const end = (starts[place + 1] ?? 0) - 1;
      if (at !== start) others.push(place);
      else if (end - start > wanted.length) beginning.push(place);
      else if (this.#name(place) === text) exact.unshift(place);
      else exact.push(place);
      place++;
    }
    return [exact, beginning, others].flat();
  }

  #name(place: number): string {
    return this.#names.slice(
      this.#nameStarts[place],
      (this.#nameStarts[place + 1] ?? 0) - 1,
    );
  }

  #ticker(place: number): DayTicker {
    const { [place]: first = NaN } = this.#first;
    const { [place]: last = NaN } = this.#last;
    return {
      ticker: this.#name(place),
      rows: this.#rows[place] ?? 0,
      first: Number.isNaN(first) ? null : first,
      last: Number.isNaN(last) ? null : last,
    };
  }

  #sortByRows(places: readonly number[]): number[] {
    const isFound = new Uint8Array(this.length);
    for (const place of places) isFound[place] = 1;
    const sorted: number[] = [];
    for (const place of this.#placesByRows()) {
      if (isFound[place] === 1) sorted.push(place);
    }
    return sorted;
  }

  #placesByRows(): Uint32Array {
    if (this.#byRows !== undefined) return this.#byRows;
    // As one number each: typed arrays sort numbers fast, and with a function slowly.
    const { length } = this;
    const keys = this.#rows.map((rows, at) => rows * length + length - 1 - at);
    keys.sort().reverse();
    return this.#byRows = Uint32Array.from(
      keys,
      (key) => length - 1 - key % length,
    );
  }
}

/** A name as a search compares it: `btcusd` for `X:BTC-USD`, `bzbfg6h6j6` for `BZ:BF G6-H6-J6`. */
function plain(name: string): string {
  return name.trim().replace(/^[A-Za-z]:/, "")
    .replaceAll(/[^\p{L}\p{N}]/gu, "").toLowerCase();
}
