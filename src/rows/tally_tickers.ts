import { quote, RowError } from "../base/mod.ts";
import { PlainScanner } from "./plain_scanner.ts";
import type { RowBatch } from "./row_batch.ts";
import type { TickerSummary } from "./row_index.ts";
import type { Run } from "./row_scanner.ts";
import { addRun, summarizeRuns } from "./summarize_runs.ts";
import { TIME_COLUMNS } from "./time_columns.ts";

/** A batch can have as much as a span, and text takes twice the memory. */
const SCANNED_AT_ONCE = 1024 * 1024;

/**
 * The tickers of rows, with how many rows each has and when: what an index knows of them,
 * where there is none that does.
 *
 * @param batches The rows, as {@linkcode selectRows} gives them.
 * @returns The tickers in the order of bytes.
 * @throws {RowError} If there is no column `ticker`.
 *
 * @example
 * ```ts
 * import { selectRows, tallyTickers } from "@flatbed/flatbed/rows";
 * import { assertEquals } from "@std/assert";
 *
 * const content = new Blob(["ticker,close\nA,1\nAAPL,2\nA,3\n"]).stream();
 * const tickers = await tallyTickers(selectRows(content));
 * assertEquals(tickers.map(({ ticker, rows }) => [ticker, rows]), [["A", 2], ["AAPL", 1]]);
 * ```
 */
export async function tallyTickers(
  batches: AsyncIterable<RowBatch>,
): Promise<TickerSummary[]> {
  const found = new Map<string, Run>();
  for await (const { name, header: { names }, bytes } of batches) {
    const ticker = names.indexOf("ticker");
    if (ticker === -1) {
      throw new RowError(
        `Cannot list the tickers of ${quote(name)}: it has no column 'ticker'`,
        { key: name },
      );
    }
    const timeColumn = TIME_COLUMNS.find((each) => names.includes(each)) ?? "";
    const time = names.indexOf(timeColumn);
    const columns = { count: names.length, ticker, time };
    const scanner = new PlainScanner(columns, Infinity);
    for (let at = 0; at < bytes.length; at += SCANNED_AT_ONCE) {
      scanner.scan(bytes.subarray(at, at + SCANNED_AT_ONCE));
    }
    for (const run of scanner.runs() ?? []) {
      const before = found.get(run.ticker);
      if (before === undefined) found.set(run.ticker, run);
      else addRun(before, run);
    }
  }
  return summarizeRuns([...found.values()]);
}
