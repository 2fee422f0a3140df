import { isAscii } from "./kernel_scanner.ts";
import type { TickerSummary } from "./row_index.ts";
import { NotIndexableError, type Run } from "./row_scanner.ts";

/** The tickers of runs in any order, in the order of bytes. The runs are changed. */
export function summarizeRuns(runs: readonly Run[]): TickerSummary[] {
  return mergeRuns(runs).map(({ ticker, rows, least, greatest }) => ({
    ticker: toTicker(ticker),
    rows,
    least: least === least ? least : undefined, // NaN stands for none
    greatest: greatest === greatest ? greatest : undefined,
  }));
}

/** Makes one run of all those of a ticker, in the order of bytes. The runs are changed. */
export function mergeRuns(runs: readonly Run[]): Run[] {
  const tickers: Run[] = [];
  let last: Run | undefined;
  let isSorted = true;
  for (const run of runs) {
    if (last?.ticker === run.ticker) {
      addRun(last, run);
      continue;
    }
    isSorted &&= last === undefined || last.ticker < run.ticker;
    tickers.push(last = run);
  }
  return isSorted ? tickers : sortRuns(tickers);
}

function sortRuns(runs: readonly Run[]): Run[] {
  const found = new Map<string, Run>();
  for (const run of runs) {
    const before = found.get(run.ticker);
    if (before === undefined) found.set(run.ticker, run);
    else addRun(before, run);
  }
  // Bytes, one a character: their order is that of sort().
  return [...found.keys()].sort().flatMap((ticker) => found.get(ticker) ?? []);
}

/** Adds a run to another one of the same ticker, which is changed. */
export function addRun(to: Run, run: Run): void {
  to.rows += run.rows;
  // A comparison with NaN is false.
  if (!(to.least <= run.least || run.least !== run.least)) to.least = run.least;
  if (!(to.greatest >= run.greatest || run.greatest !== run.greatest)) {
    to.greatest = run.greatest;
  }
}

/**
 * The text of bytes, one a character.
 *
 * @throws {NotIndexableError} If it is not UTF-8.
 */
export function toTicker(bytes: string): string {
  if (isAscii(bytes)) return bytes;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
      .decode(Uint8Array.from(bytes, (char) => char.charCodeAt(0)));
  } catch {
    throw new NotIndexableError("has a ticker that is not UTF-8");
  }
}
