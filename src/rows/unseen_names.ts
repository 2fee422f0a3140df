import { fieldAt } from "./field_at.ts";
import type { RowBatch } from "./row_batch.ts";
import type { RowFilter } from "./row_filter.ts";
import { rootOf } from "./root_of.ts";

const COMMA = 44;
const LINE_FEED = 10;

/** Which of some tickers and underlyings have had no row so far. */
export class UnseenNames {
  readonly #tickers: Set<string>;
  readonly #roots: Set<string>;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });

  /** Waits for rows of these. */
  constructor({ tickers = [], underlying = [] }: RowFilter) {
    this.#tickers = new Set(typeof tickers === "string" ? [tickers] : tickers);
    this.#roots = new Set(
      [underlying].flat().map((root) => root.replace(/^O:/, "")),
    );
  }

  /** The tickers without a row, in the order in which they were given. */
  get tickers(): string[] {
    return [...this.#tickers];
  }

  /** The underlyings without a row. */
  get underlyings(): string[] {
    return [...this.#roots];
  }

  /** Looks at rows. They are no longer looked at when each name has had one. */
  add({ header, bytes }: RowBatch): void {
    if (this.#tickers.size + this.#roots.size === 0) return;
    const column = header.names.indexOf("ticker");
    if (column === -1) return;
    let before: Uint8Array = bytes.subarray(0, 0);
    for (let start = 0, end; start < bytes.length; start = end + 1) {
      end = bytes.indexOf(LINE_FEED, start);
      if (end === -1) end = bytes.length;
      if (column === 0 && isField(bytes, start, before)) continue;
      before = fieldAt(bytes, start, end, column) ?? before.subarray(0, 0);
      this.#see(this.#decoder.decode(before));
    }
  }

  #see(ticker: string): void {
    this.#tickers.delete(ticker);
    const root = rootOf(ticker);
    // An adjusted contract's root has a digit more.
    if (!this.#roots.delete(root)) this.#roots.delete(root.replace(/\d$/, ""));
  }
}

/** Whether a row begins with a field, which is not empty. */
function isField(rows: Uint8Array, start: number, field: Uint8Array): boolean {
  const { length } = field;
  if (length === 0 || rows[start + length] !== COMMA) return false;
  for (let at = 0; at < length; at++) {
    if (rows[start + at] !== field[at]) return false;
  }
  return true;
}
