import { ArrowWriter } from "../arrow_writer.ts";
import type { DuckDBColumn, DuckDBValue } from "../duckdb.ts";
import { DuckDBError } from "../duckdb_error.ts";
import type { DuckDB } from "../duckdb_process.ts";
import { toHeader } from "../row_header.ts";
import { explainQueryError } from "./explain_query_error.ts";
import {
  arrowKindOf,
  copyLines,
  copyToParquet,
  csvLines,
  csvLinesForArrow,
  fromQuery,
  jsonLines,
} from "./line_sql.ts";
import type { OpenQuery } from "./open_query.ts";

/** A format that the result of a query is written in. */
export type SqlFormat = "csv" | "ndjson" | "arrow" | "parquet";

const encoder = new TextEncoder();
const PIECE_SIZE = 256 * 1024;

/** Rows that were computed, in a table of DuckDB's. */
interface Computed {
  readonly table: string;
  readonly rows: number;
}

/**
 * The result of a query, which is computed when it is first read. One reading at a time; a
 * reading that is left early ends it. Dispose of it, which ends DuckDB and removes its
 * temporary files.
 */
export class SqlResult implements AsyncDisposable {
  /** Its columns, with their types as DuckDB writes them, such as `TIMESTAMP_NS`. */
  readonly columns: readonly DuckDBColumn[];
  /** Whether the query is an `EXPLAIN`: then its rows are a plan, which has no format. */
  readonly isPlan: boolean;
  readonly #duckdb: DuckDB;
  readonly #sql: string;
  readonly #folder: string;
  readonly #end: () => Promise<void>;
  #all: Computed | undefined;

  /** Of a query that was checked. */
  constructor(
    duckdb: DuckDB,
    { sql, isPlan, columns }: OpenQuery,
    { folder, end }: { folder: string; end: () => Promise<void> },
  ) {
    this.#duckdb = duckdb;
    this.#sql = sql;
    this.isPlan = isPlan;
    this.columns = columns;
    this.#folder = folder;
    this.#end = end;
  }

  /**
   * The rows in parts. Numbers, truth values and texts are themselves; integers of 64 bits
   * and more, times, dates and decimals are texts, so that they keep each digit.
   *
   * @param limit How many rows at most: others are not computed.
   * @throws {DuckDBError} If the query fails.
   * @throws {unknown} The signal's reason, if it is aborted.
   */
  async *rows(
    limit?: number,
  ): AsyncGenerator<readonly (readonly DuckDBValue[])[]> {
    if (this.isPlan) yield await this.#run(this.#sql);
    else {
      const { table, rows } = await this.#compute(limit);
      yield* this.#scan(`FROM ${table}`, rows);
    }
  }

  /**
   * How many rows there are.
   *
   * @throws {DuckDBError} If the query fails.
   * @throws {TypeError} If the query is an `EXPLAIN`.
   * @throws {unknown} The signal's reason, if it is aborted.
   */
  async count(): Promise<number> {
    this.#assertRows();
    if (this.#all !== undefined) return this.#all.rows;
    const [[count] = []] = await this.#run(
      `SELECT count(*) FROM ${fromQuery(this.#sql)}`,
    );
    return Number(count);
  }

  /**
   * The rows in a format, in pieces.
   *
   * - `csv`: below one header row; times as `2024-01-02 14:30:00.123456789`.
   * - `ndjson`: an object a line; integers of more than 15 digits are strings.
   * - `arrow`: Arrow's IPC stream, with times as nanoseconds and NaN as null. It loads `npm:@uwdata/flechette`.
   * - `parquet`: a Parquet file.
   *
   * @throws {DuckDBError} If the query fails.
   * @throws {RowError} If an integer of more than 64 bits is to be written to Arrow.
   * @throws {TypeError} If the query is an `EXPLAIN`.
   * @throws {unknown} The signal's reason, if it is aborted.
   */
  async *write(format: SqlFormat): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    this.#assertRows();
    const { columns } = this;
    const source = this.#all?.table ?? fromQuery(this.#sql);
    switch (format) {
      case "csv":
        yield* this.#file(
          copyLines(csvLines(source, columns)),
          encoder.encode(`${columns.map(csvName).join()}\n`),
        );
        break;
      case "ndjson":
        yield* this.#file(copyLines(jsonLines(source, columns)));
        break;
      case "parquet":
        yield* this.#file(copyToParquet(source, columns));
        break;
      case "arrow": {
        const { table, rows } = await this.#compute();
        const lines = csvLinesForArrow(table, columns);
        yield* this.#arrow(this.#scan(lines, rows));
      }
    }
  }

  async *#arrow(
    batches: AsyncIterable<readonly (readonly DuckDBValue[])[]>,
  ): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const { columns } = this;
    const header = toHeader(columns.map(({ name }) => name));
    const writer = await ArrowWriter.open({
      types: columns.map(arrowKindOf),
    });
    const name = "result";
    // A result without rows has columns as well.
    writer.write({ name, header, bytes: new Uint8Array(), rows: 0 });
    for await (const lines of batches) {
      const bytes = writer.write({
        ...{ name, header, bytes: textOf(lines) },
        rows: lines.length,
      });
      if (bytes.length > 0) yield bytes;
    }
    yield writer.end();
  }

  /** What a COPY writes, behind a first piece: DuckDB writes files far faster than we fetch rows. */
  async *#file(
    copyTo: (path: string) => string,
    first = new Uint8Array(),
  ): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const path = `${this.#folder}/result`;
    await this.#run(copyTo(path));
    if (first.length > 0) yield first;
    using file = await Deno.open(path);
    while (true) {
      const bytes = new Uint8Array(PIECE_SIZE);
      const count = await file.read(bytes);
      if (count === null) break;
      yield bytes.subarray(0, count);
    }
    await Deno.remove(path);
  }

  /**
   * Computes the rows, or the first ones, into a table, which spills what does not fit into
   * the memory. Read while it is computed, a query that fails in the middle ends like one
   * that is over.
   */
  async #compute(limit?: number): Promise<Computed> {
    const all = this.#all;
    if (all !== undefined) {
      return limit === undefined ? all : {
        table: `(FROM ${all.table} LIMIT ${limit})`,
        rows: Math.min(limit, all.rows),
      };
    }
    const [table, some] = limit === undefined
      ? ["flatbed.result", ""]
      : ["flatbed.first_rows", ` LIMIT ${limit}`];
    // In a schema of its own: the query may list the tables.
    const [[count] = []] = await this.#run(
      `CREATE SCHEMA IF NOT EXISTS flatbed;
       CREATE OR REPLACE TABLE ${table} AS FROM ${fromQuery(this.#sql)}${some}`,
    );
    const computed = { table, rows: Number(count) };
    if (limit === undefined) this.#all = computed;
    return computed;
  }

  /** The rows of a statement that gives few. */
  async #run(sql: string): Promise<readonly (readonly DuckDBValue[])[]> {
    try {
      return (await this.#duckdb.run(sql)).rows;
    } catch (error) {
      throw explainQueryError(error);
    }
  }

  /** The rows of a statement that gives so many, in parts. */
  async *#scan(
    sql: string,
    expected: number,
  ): AsyncGenerator<readonly (readonly DuckDBValue[])[]> {
    let count = 0;
    for await (const { rows } of this.#duckdb.stream(sql)) {
      count += rows.length;
      if (rows.length > 0) yield rows;
    }
    if (count === expected) return;
    throw new DuckDBError(
      `Cannot read the result to its end: ${count} of ${expected} rows came`,
    );
  }

  #assertRows(): void {
    if (this.isPlan) throw new TypeError("Cannot write a plan: read its rows");
  }

  /** Ends DuckDB, and removes its temporary files. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
  }
}

/** Lines that are rows of one column. */
function textOf(
  lines: readonly (readonly DuckDBValue[])[],
): Uint8Array<ArrayBuffer> {
  return encoder.encode(lines.map(([line]) => `${line}\n`).join(""));
}

function csvName({ name }: DuckDBColumn): string {
  return /[",\r\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}
