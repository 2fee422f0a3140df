import type { DuckDBColumn } from "../duckdb.ts";
import type { DuckDB } from "../duckdb_process.ts";
import { explainQueryError } from "./explain_query_error.ts";
import { fromQuery } from "./line_sql.ts";
import { type Query, readQuery } from "./read_query.ts";
import { SQL_MACROS } from "./sql_macros.ts";
import { createView, type SqlTable } from "./table_view.ts";

/** A query whose tables are there. */
export interface OpenQuery {
  /** The query. */
  readonly sql: string;
  /** Whether it is an `EXPLAIN`. */
  readonly isPlan: boolean;
  /** The columns of its result. */
  readonly columns: readonly DuckDBColumn[];
}

/**
 * Checks that a text is a query that only reads, and makes the tables that it names. Files
 * are opened as far as their columns are needed, no row is read.
 *
 * @param duckdb What will run the query: nothing else may have been run in it.
 * @param text The query.
 * @param tablesOf Finds the tables among the names in a query.
 * @throws {DuckDBError} If it does more than read, or cannot be understood.
 */
export async function openQuery(
  duckdb: DuckDB,
  text: string,
  tablesOf: (query: Query) => Promise<readonly SqlTable[]>,
): Promise<OpenQuery> {
  const query = await readQuery(duckdb, text);
  const tables = await tablesOf(query);
  const { sql, explain } = query;
  try {
    const { rows } = await duckdb.run(
      [
        ...SQL_MACROS,
        ...tables.map((table) => createView(table)),
        `DESCRIBE FROM ${fromQuery(sql)}`,
      ].join(";\n"),
    );
    const columns = rows.map(([name, type]) => ({
      name: String(name),
      type: String(type),
    }));
    return explain === undefined
      ? { sql, isPlan: false, columns }
      : { sql: `${explain} ${sql}`, isPlan: true, columns: PLAN };
  } catch (error) {
    throw explainQueryError(error);
  }
}

const PLAN: readonly DuckDBColumn[] = [
  { name: "explain_key", type: "VARCHAR" },
  { name: "explain_value", type: "VARCHAR" },
];
