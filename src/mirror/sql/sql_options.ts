import {
  assertArray,
  assertFunction,
  assertInteger,
  assertOptions,
  assertSignal,
  assertString,
  type OptionNames,
} from "../../base/mod.ts";
import type { DataType } from "../../catalog/mod.ts";
import type { DuckDBDownload } from "../../rows/mod.ts";
import type { LackingFile } from "../files/day_files.ts";
import { LEAST_MEMORY } from "../parquet/parquet_options.ts";

/** A table of a query: what it is read from. */
export interface SqlTableEvent {
  /** What has happened. */
  readonly code: "table";
  /** The dataset's id, which is the table's name. */
  readonly dataType: DataType;
  /** How many days are read from Parquet. */
  readonly parquet: number;
  /** How many days are read from CSV, since there is no Parquet of them. */
  readonly csv: number;
  /** The days of which nothing can be read, although the mirror knows of a file. */
  readonly lacking: readonly LackingFile[];
  /** The days with values that do not fit their columns' types: these are NULL, and text in a column beside, such as `volume_text`. */
  readonly misfits: readonly SqlMisfit[];
}

/** Columns of a day with values that do not fit their types. */
export interface SqlMisfit {
  /** The date, `YYYY-MM-DD`. */
  readonly date: string;
  /** The columns' names. */
  readonly columns: readonly string[];
}

/** DuckDB is not there yet, and is fetched. */
export interface SqlFetchEvent extends DuckDBDownload {
  /** What has happened. */
  readonly code: "fetching-duckdb";
}

/** Parquet files of a mirror in a bucket are brought to this machine. */
export interface SqlDaysEvent {
  /** What has happened. */
  readonly code: "fetching-days";
  /** How many files are fetched. */
  readonly files: number;
  /** How many bytes they have. */
  readonly bytes: number;
}

/** What {@linkcode Mirror.sql} tells. */
export type SqlEvent = SqlTableEvent | SqlFetchEvent | SqlDaysEvent;

/** Options of {@linkcode Mirror.sql}. */
export interface SqlOptions {
  /** Other folders whose files the query may read. */
  readonly allow?: readonly string[] | undefined;
  /** How much memory DuckDB may use, in bytes. @default {1_500_000_000} */
  readonly memory?: number | undefined;
  /**
   * The folder in which a folder is made for what does not fit into the memory, and removed
   * in the end; the system's for temporary files by default, and where it is not writable.
   */
  readonly temporaryFolder?: string | undefined;
  /**
   * How many bytes of a bucket's Parquet files are kept on this machine for later queries,
   * at most; a query that opens more is refused. What was used longest ago goes first.
   *
   * @default {10_000_000_000}
   */
  readonly cacheSize?: number | undefined;
  /** Ends the query. */
  readonly signal?: AbortSignal | undefined;
  /** Called for each table of the query. */
  readonly onEvent?: ((event: SqlEvent) => void) | undefined;
}

const NAMES: OptionNames<SqlOptions> = {
  allow: true,
  memory: true,
  temporaryFolder: true,
  cacheSize: true,
  signal: true,
  onEvent: true,
};

/** Checks what a caller of {@linkcode Mirror.sql} gave. */
export function checkSqlOptions(query: string, options: SqlOptions): void {
  assertString(query, "query");
  assertOptions(options, NAMES);
  const { allow = [], memory, temporaryFolder, signal, onEvent } = options;
  assertArray(allow, "allow");
  for (const folder of allow) assertString(folder, "allow");
  if (memory !== undefined) assertInteger(memory, "memory", LEAST_MEMORY);
  if (temporaryFolder !== undefined) {
    assertString(temporaryFolder, "temporaryFolder");
  }
  const { cacheSize } = options;
  if (cacheSize !== undefined) assertInteger(cacheSize, "cacheSize", 0);
  assertSignal(signal);
  assertFunction(onEvent, "onEvent");
}
