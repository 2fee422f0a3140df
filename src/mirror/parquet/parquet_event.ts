import type { DataType } from "../../catalog/mod.ts";

/** A day, and where its Parquet file is. */
export interface ParquetDay {
  /** The dataset's id. */
  dataType: DataType;
  /** The file's date, `YYYY-MM-DD`. */
  date: string;
  /** The object's key, in the live layout. */
  key: string;
  /** The Parquet file's path: in the mirror, or in the folder that was given. */
  path: string;
}

/** DuckDB is not there yet, and is fetched from npm's registry. */
export interface FetchingDuckDBEvent {
  /** What has happened. */
  code: "fetching-duckdb";
  /** About how many bytes come. */
  bytes: number;
}

/** A Parquet file was made. */
export interface ConvertedEvent extends ParquetDay {
  /** What has happened. */
  code: "converted";
  /** How many rows it has. */
  rows: number;
  /** Its size in bytes. */
  bytes: number;
  /** The size in bytes of the file that it was made of. */
  sourceBytes: number;
  /** Whether it takes the place of one of an older version of its source. */
  isReplaced: boolean;
  /** Columns that the dataset was not known to have: they are text unless another dataset has them. */
  newColumns: readonly string[];
  /** Columns with values that do not fit their types: these are text in a column beside, such as `volume_text`. */
  asText: readonly string[];
}

/** A Parquet file could not be made, or is not proven. The others go on. */
export interface NotConvertedEvent extends ParquetDay {
  /** What has happened. */
  code: "not-converted";
  /** Why. */
  error: Error;
}

/** A file was released: its Parquet file has the same rows. */
export interface SourceReleasedEvent extends ParquetDay {
  /** What has happened. */
  code: "source-released";
  /** The bytes that are free now. */
  bytes: number;
}

/** What happens while Parquet files are made: plain objects, distinguished by `code`. */
export type ParquetEvent =
  | FetchingDuckDBEvent
  | ConvertedEvent
  | NotConvertedEvent
  | SourceReleasedEvent;

/** What {@linkcode Mirror.toParquet} has done. */
export interface ParquetSummary {
  /** How many Parquet files were made. */
  converted: number;
  /** How many of these took the place of one of an older version. */
  replaced: number;
  /** How many were there, of the newest version. */
  present: number;
  /** How many could not be made. */
  failed: number;
  /** How many days have neither a Parquet file nor a file to make it of: it was released, is lost or damaged. */
  withoutSource: number;
  /** The rows of those that were made. */
  rows: number;
  /** Their size in bytes. */
  bytes: number;
  /** The size in bytes of what they were made of. */
  sourceBytes: number;
  /** How many files were released. */
  released: number;
  /** How many bytes that made free. */
  releasedBytes: number;
  /** How many files stay that were to be released: perhaps they cannot be fetched again. */
  kept: number;
  /** The duration in milliseconds. */
  elapsed: number;
}
