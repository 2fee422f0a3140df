/**
 * From a content to its rows: those of some tickers and times, byte for byte as they are
 * written, as CSV, NDJSON or Arrow. Nothing here knows where a content is from, and nothing
 * but Arrow needs a package. {@linkcode SqlResult} is what {@linkcode Mirror.sql} returns.
 *
 * {@linkcode selectRows} filters a stream, and {@linkcode writeRows} writes what it gives.
 * {@linkcode indexRows} makes the index of a `.csv.gz`; {@linkcode openIndexed} opens the
 * file with it, and {@linkcode selectIndexed} reads only the parts that may have the rows.
 *
 * @example
 * ```ts
 * import { selectRows, writeRows } from "@flatbed/flatbed/rows";
 * import { assertEquals } from "@std/assert";
 *
 * const content = new Blob(["ticker,close\nA,1\nAAPL,185.64\n"]).stream();
 * const rows = selectRows(content, { tickers: ["AAPL"] });
 * const csv = await new Response(ReadableStream.from(writeRows(rows))).text();
 * assertEquals(csv, "ticker,close\nAAPL,185.64\n");
 * ```
 *
 * @module
 */

export {
  type AlignRowsOptions,
  type Between,
  type ColumnDifference,
  columnsOf,
  decodeRowIndex,
  type DuckDBColumn,
  type DuckDBDownload,
  DuckDBError,
  DuckDBUnavailableError,
  type DuckDBValue,
  encodeRowIndex,
  type IndexedFile,
  type IndexedObject,
  IndexError,
  indexRows,
  NotIndexable,
  openIndexed,
  type ReadSpansOptions,
  type RowBatch,
  RowError,
  type RowFilter,
  type RowFormat,
  type RowHeader,
  type RowIndex,
  type RowSpan,
  selectIndexed,
  selectRows,
  type SelectRowsOptions,
  type SpanMemory,
  type SqlFormat,
  SqlResult,
  tallyTickers,
  type TickerSummary,
  type TimeBounds,
  type TimeFormat,
  writeRows,
  type WriteRowsOptions,
} from "./src/rows/mod.ts";
