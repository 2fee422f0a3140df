import {
  columnsOfCsv,
  type CsvFile,
  orderOf,
  selectCsv,
  selectMisfits,
} from "./csv_sql.ts";
import { DuckDBError } from "./duckdb_error.ts";
import type { DuckDB } from "./duckdb_process.ts";
import { sqlName, sqlText } from "./sql_text.ts";

/** What {@linkcode csvToParquet} has written. */
export interface WrittenParquet {
  /** How many rows. */
  readonly rows: number;
  /** The columns with values that do not fit their types: these are in columns beside, as text. */
  readonly asText: readonly string[];
}

/** How many rows a group has: enough to be read fast as a whole, and by one ticker. */
const ROWS_PER_GROUP = 122_880;

/** What DuckDB says of a value that does not fit. */
const MISFIT = /^Conversion Error|is no (integer|time|date)$/;

/**
 * Writes the rows of a CSV file as Parquet: typed, sorted by ticker and time, with all
 * duplicates. What is at the target's path is overwritten.
 *
 * @param duckdb What does it.
 * @param file The CSV file.
 * @param target Where the Parquet file goes.
 * @returns What was written.
 * @throws {DuckDBError} If it cannot be read or written.
 */
export async function csvToParquet(
  duckdb: DuckDB,
  file: CsvFile,
  target: string,
): Promise<WrittenParquet> {
  try {
    return await write(duckdb, file, target);
  } catch (error) {
    const isMisfit = error instanceof DuckDBError && MISFIT.test(error.message);
    if (!isMisfit) throw error;
    const { columns, rows: [misfits = []] } = await duckdb.run(
      selectMisfits(file),
    );
    const asText = columns.filter((_, at) => misfits[at] === true)
      .map(({ name }) => name);
    if (asText.length === 0) throw error;
    return await write(duckdb, { ...file, asText }, target);
  }
}

/**
 * Whether a Parquet file has exactly the rows of a CSV file, in any order: both are read to
 * their ends.
 *
 * @param duckdb What does it.
 * @param file The CSV file, with the columns that are text in the Parquet file.
 * @param path The Parquet file's path.
 * @throws {DuckDBError} If one of them cannot be read.
 */
export async function proveParquet(
  duckdb: DuckDB,
  file: CsvFile,
  path: string,
): Promise<boolean> {
  const columns = columnsOfCsv(file).map(({ name }) => sqlName(name)).join();
  const sumOf = async (rows: string) => {
    const { rows: [sum] } = await duckdb.run(
      `SELECT count(*), sum(hash(${columns}))::VARCHAR FROM (${rows})`,
    );
    return String(sum);
  };
  const written = await sumOf(
    `SELECT ${columns} FROM read_parquet(${sqlText(path)})`,
  );
  return written === await sumOf(selectCsv(file));
}

async function write(
  duckdb: DuckDB,
  file: CsvFile,
  target: string,
): Promise<WrittenParquet> {
  const order = orderOf(file);
  const sorted = order.length === 0 ? "" : ` ORDER BY ${order.join(", ")}`;
  const { rows: [[count] = []] } = await duckdb.run(
    `COPY (${selectCsv(file)}${sorted}) TO ${sqlText(target)} (${
      [
        "FORMAT parquet",
        "COMPRESSION zstd",
        `ROW_GROUP_SIZE ${ROWS_PER_GROUP}`,
        "USE_TMP_FILE false",
      ].join(", ")
    })`,
  );
  return { rows: Number(count), asText: file.asText ?? [] };
}
