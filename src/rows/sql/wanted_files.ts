import type { DataType } from "../../catalog/mod.ts";
import { columnsOfCsv } from "../csv_sql.ts";
import type { DuckDB } from "../duckdb_process.ts";
import { sqlName, sqlText } from "../sql_text.ts";
import { fromQuery } from "./line_sql.ts";
import type { Query } from "./read_query.ts";
import { SQL_MACROS } from "./sql_macros.ts";
import { createView, type SqlTable } from "./table_view.ts";

/** The columns that a Parquet file has besides its dataset's. */
export interface ExtraColumns {
  /** The dataset's id. */
  readonly dataType: DataType;
  /** The columns that its dataset's schema does not have. */
  readonly extraColumns: readonly string[];
  /** The columns with a column beside, as text. */
  readonly asText: readonly string[];
}

/**
 * Writes a Parquet file with the columns of another one, and without rows.
 *
 * @param duckdb What does it.
 * @param columns The columns.
 * @param path Where the file goes.
 * @throws {DuckDBError} If it cannot be written.
 */
export async function writeStub(
  duckdb: DuckDB,
  { dataType, extraColumns, asText }: ExtraColumns,
  path: string,
): Promise<void> {
  const columns = columnsOfCsv({ dataType, names: extraColumns, asText })
    .map(({ name, type }) => `NULL::${type} AS ${sqlName(name)}`);
  await duckdb.run(
    `COPY (SELECT ${columns.join(", ")} LIMIT 0) TO ${
      sqlText(path)
    } (FORMAT parquet)`,
  );
}

/**
 * Which files of its tables a query opens, by the plan that DuckDB makes for it: a
 * condition on the date leaves out those of other days. The tables may consist of stubs;
 * each group of files must have two at least, since DuckDB looks into one that is alone.
 *
 * @param duckdb What plans it. It is left as it was.
 * @param query The query.
 * @param tables Its tables, without CSV files.
 * @returns The paths, of which some may not be needed after all; `undefined` where the query cannot be planned.
 */
export async function wantedFiles(
  duckdb: DuckDB,
  { sql }: Query,
  tables: readonly SqlTable[],
): Promise<ReadonlySet<string> | undefined> {
  const all = tables.flatMap(({ parquet }) => parquet.flat());
  const plan = await planOf(duckdb, sql, tables);
  if (plan === undefined) return undefined;
  const filters: (string | undefined)[] = [];
  collectFilters(JSON.parse(plan), filters);
  const isOpen = filters.length === 0 || filters.includes(undefined);
  if (isOpen || all.length === 0) return new Set(all);
  try {
    const names = all.map((path) => `(${sqlText(path)})`);
    const { rows } = await duckdb.run(
      `SELECT filename FROM (VALUES ${names.join()}) AS files(filename) WHERE ${
        [...new Set(filters)].join(" OR ")
      }`,
    );
    return new Set(rows.map(([path]) => String(path)));
  } catch {
    return new Set(all); // a condition that only a plan can have
  }
}

async function planOf(
  duckdb: DuckDB,
  sql: string,
  tables: readonly SqlTable[],
): Promise<string | undefined> {
  await duckdb.run("BEGIN");
  try {
    const { rows: [[, plan] = []] } = await duckdb.run(
      [
        ...SQL_MACROS,
        ...tables.map((table) => createView(table)),
        `EXPLAIN (FORMAT json) FROM ${fromQuery(sql)}`,
      ].join(";\n"),
    );
    return String(plan);
  } catch {
    return undefined; // who runs the query says why
  } finally {
    await duckdb.run("ROLLBACK");
  }
}

/** Collects what leaves out files in each place of a plan that reads some: a condition in parentheses, or nothing. */
function collectFilters(part: unknown, found: (string | undefined)[]): void {
  if (Array.isArray(part)) {
    for (const each of part) collectFilters(each, found);
    return;
  }
  if (typeof part !== "object" || part === null) return;
  const { name, children, extra_info } = part as Record<string, unknown>;
  const info = (extra_info ?? {}) as Record<string, unknown>;
  const isRead = /READ_|PARQUET_SCAN/.test(
    `${String(name)} ${String(info.Function ?? "")}`,
  );
  if (isRead) {
    const filters = [info["File Filters"] ?? []].flat().map(String);
    found.push(
      filters.length === 0
        ? undefined
        : `(${filters.map((filter) => `(${filter})`).join(" AND ")})`,
    );
  }
  collectFilters(children, found);
}
