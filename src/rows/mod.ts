/**
 * From a content to its rows, as other rooms use it. What is for users is in rows.ts.
 *
 * @module
 */

export { readFirstLines } from "./read_first_lines.ts";
export { readHeaderOf } from "./read_header_of.ts";
export { isNumeric } from "./sql/line_sql.ts";
export { type OpenQuery, openQuery } from "./sql/open_query.ts";
export type { Query } from "./sql/read_query.ts";
export { type SqlFormat, SqlResult } from "./sql/sql_result.ts";
export type { SqlTable } from "./sql/table_view.ts";
export {
  type ExtraColumns,
  wantedFiles,
  writeStub,
} from "./sql/wanted_files.ts";
export type {
  IndexedObject,
  RowIndex,
  RowSpan,
  TickerSummary,
  TimeBounds,
} from "./row_index.ts";
export { alignRows, type AlignRowsOptions } from "./align_rows.ts";
export type { ColumnDifference } from "./column_aligner.ts";
export type { RowBatch } from "./row_batch.ts";
export type { RowFilter } from "./row_filter.ts";
export { columnsOf, type RowHeader } from "./row_header.ts";
export { RowSelector, type SelectIndexedOptions } from "./row_selector.ts";
export type { TimeFormat } from "./row_writer.ts";
export { selectRows, type SelectRowsOptions } from "./select_rows.ts";
export type { Between } from "./time_window.ts";
export {
  type RowFormat,
  writeRows,
  type WriteRowsOptions,
} from "./write_rows.ts";
export { compareTickers } from "./compare_tickers.ts";
export { IndexError, RowError } from "../base/mod.ts";
export { indexRows, NotIndexable } from "./index_rows.ts";
export {
  type IndexedPart,
  type IndexPart,
  partsOfIndex,
} from "./index_part.ts";
export { isSameIndex } from "./is_same_index.ts";
export {
  IndexedFile,
  openIndexed,
  type ReadSpansOptions,
  type SpanMemory,
} from "./indexed_file.ts";
export {
  decodeRowIndex,
  encodeRowIndex,
  isIndexOfOtherFormat,
} from "./row_index_codec.ts";
export {
  RowIndexer,
  type RowIndexerOptions,
  spanSizeOf,
} from "./row_indexer.ts";
export { joinParts } from "./join_parts.ts";
export { partOfIndex } from "./part_of_index.ts";
export { spansOf, type TickerRange } from "./spans_of.ts";
export { selectIndexed } from "./select_indexed.ts";
export { tallyTickers } from "./tally_tickers.ts";
export {
  type CsvFile,
  extraColumns,
  newColumns,
  selectCsv,
} from "./csv_sql.ts";
export {
  csvToParquet,
  proveParquet,
  type WrittenParquet,
} from "./csv_to_parquet.ts";
export type { DuckDBColumn, DuckDBValue } from "./duckdb.ts";
export { DuckDBError, DuckDBUnavailableError } from "./duckdb_error.ts";
export {
  DuckDB,
  DUCKDB_MEMORY,
  type DuckDBBatch,
  type DuckDBDownload,
  type DuckDBOptions,
  type DuckDBResult,
} from "./duckdb_process.ts";
export { type ParquetFooter, readParquetFooter } from "./parquet_footer.ts";
export {
  PARQUET_VERSION,
  type ParquetColumn,
  parquetSchema,
  type SqlType,
} from "./parquet_schema.ts";
export { sqlName, sqlText } from "./sql_text.ts";
export { unquoted } from "./field_text.ts";
export { Instant } from "./instant.ts";
export { rootOf } from "./root_of.ts";
export { splitFields } from "./split_fields.ts";
export { TimeText } from "./time_text.ts";
export { UnseenNames } from "./unseen_names.ts";
