import { compareTickers } from "./compare_tickers.ts";
import type { RowIndex, RowSpan } from "./row_index.ts";

/** All tickers that begin with a prefix; only the prefix itself where it is exact. */
export interface TickerRange {
  /** The prefix, or the ticker. */
  readonly prefix: string;
  /** Whether it is the whole ticker. */
  readonly isExact: boolean;
}

/**
 * The spans that may have rows of some tickers, by their least and greatest one, in the
 * file's order. Nothing is assumed of the order of the rows.
 *
 * @param index The index.
 * @param ranges Which tickers.
 */
export function spansOf(
  index: RowIndex,
  ranges: readonly TickerRange[],
): RowSpan[] {
  const sorted = merge(ranges);
  return index.spans.filter((span) => {
    // The last range that does not begin behind the span.
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const { prefix = "" } = sorted[middle] ?? {};
      if (compareTickers(prefix, span.greatest) <= 0) low = middle + 1;
      else high = middle;
    }
    const range = sorted[low - 1];
    return range !== undefined && reaches(range, span.least);
  });
}

/** Whether a range has tickers that are not less than one. */
function reaches({ prefix, isExact }: TickerRange, ticker: string): boolean {
  return compareTickers(prefix, ticker) >= 0 ||
    !isExact && ticker.startsWith(prefix);
}

/** Sorted, without those that lie in another one. */
function merge(ranges: readonly TickerRange[]): TickerRange[] {
  const sorted = ranges.toSorted((a, b) =>
    compareTickers(a.prefix, b.prefix) || Number(a.isExact) - Number(b.isExact)
  );
  const merged: TickerRange[] = [];
  for (const range of sorted) {
    const last = merged.at(-1);
    const isInside = last !== undefined &&
      (last.isExact
        ? last.prefix === range.prefix
        : range.prefix.startsWith(last.prefix));
    if (!isInside) merged.push(range);
  }
  return merged;
}
