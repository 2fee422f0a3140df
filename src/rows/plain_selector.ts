import {
  type LineSelector,
  LONGEST_ROW,
  LongRowError,
  type TakeRows,
  type TickerTest,
} from "./line_selector.ts";
import { fieldAt } from "./field_at.ts";

const LINE_FEED = 10;
const RETURN = 13;
const EMPTY = new Uint8Array();
/** So many decisions are kept. */
const MOST_DECISIONS = 100_000;

/**
 * A {@linkcode LineSelector} without WebAssembly, for tickers in any column: the model
 * that the one in WebAssembly is tested against.
 */
export class PlainSelector implements LineSelector {
  readonly #test: (ticker: string) => boolean;
  readonly #column: number;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  readonly #decisions = new Map<string, boolean>();
  #rest: Uint8Array = EMPTY;

  /** Looks for tickers in the column of that index. */
  constructor(test: TickerTest, column = 0) {
    this.#test = typeof test === "function"
      ? (ticker) => this.#remember(ticker, test)
      : (ticker) => test.has(ticker);
    this.#column = column;
  }

  write(bytes: Uint8Array, take: TakeRows): void {
    const end = bytes.lastIndexOf(LINE_FEED) + 1;
    if (end === 0) return this.#keep(bytes);
    let from = 0;
    if (this.#rest.length > 0) {
      from = bytes.indexOf(LINE_FEED) + 1;
      this.#keep(bytes.subarray(0, from));
      const row = this.#rest;
      this.#rest = EMPTY;
      this.#select(row, take);
    }
    this.#select(bytes.subarray(from, end), take);
    this.#keep(bytes.subarray(end));
  }

  end(take: TakeRows): void {
    if (this.#rest.length > 0) this.write(Uint8Array.of(LINE_FEED), take);
  }

  /** Keeps the beginning of a row. */
  #keep(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const size = this.#rest.length + bytes.length;
    const longest = bytes.at(-1) === LINE_FEED ? LONGEST_ROW + 1 : LONGEST_ROW;
    if (size > longest) {
      this.#rest = EMPTY;
      throw new LongRowError();
    }
    const rest = new Uint8Array(size);
    rest.set(this.#rest);
    rest.set(bytes, this.#rest.length);
    this.#rest = rest;
  }

  #select(rows: Uint8Array, take: TakeRows): void {
    let start = 0;
    let count = 0;
    for (let at = 0; at < rows.length;) {
      const end = rows.indexOf(LINE_FEED, at) + 1;
      if (this.#isKept(rows, at, end - 1)) {
        if (count++ === 0) start = at;
      } else {
        if (count > 0) take(rows.subarray(start, at), count);
        count = 0;
      }
      at = end;
    }
    if (count > 0) take(rows.subarray(start), count);
  }

  #isKept(rows: Uint8Array, start: number, lineFeed: number): boolean {
    const end = rows[lineFeed - 1] === RETURN && lineFeed > start
      ? lineFeed - 1
      : lineFeed;
    if (lineFeed - start > LONGEST_ROW) throw new LongRowError();
    if (end === start) return false;
    const field = fieldAt(rows, start, end, this.#column);
    return field !== undefined && this.#test(this.#decoder.decode(field));
  }

  #remember(ticker: string, test: (ticker: string) => boolean): boolean {
    let decision = this.#decisions.get(ticker);
    if (decision === undefined) {
      if (this.#decisions.size === MOST_DECISIONS) this.#decisions.clear();
      this.#decisions.set(ticker, decision = test(ticker));
    }
    return decision;
  }
}
