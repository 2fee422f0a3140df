import { quote } from "../../base/mod.ts";
import type { DuckDB } from "../duckdb_process.ts";
import { DuckDBError } from "../duckdb_error.ts";
import { sqlText } from "../sql_text.ts";

/** A query that only reads, and what it names. */
export interface Query {
  /** The query itself, without `EXPLAIN`. */
  readonly sql: string;
  /** `EXPLAIN`, or `EXPLAIN ANALYZE`, where it is asked for. */
  readonly explain: string | undefined;
  /** The names of tables in it, in lower case. */
  readonly tables: ReadonlySet<string>;
  /** Whether it asks what tables there are. */
  readonly listsTables: boolean;
}

/**
 * The functions that may stand in place of a table. Others can do more than read: even with
 * its configuration locked, `enable_logging()` writes to any file that DuckDB may reach, and
 * `arrow_scan()` reads memory. `query()` hides from the check what it runs.
 */
const TABLE_FUNCTIONS: ReadonlySet<string> = new Set([
  ...["range", "generate_series", "unnest", "repeat", "repeat_row"],
  ...["histogram", "histogram_values", "summary", "json_each", "json_tree"],
  ...["read_parquet", "parquet_scan", "parquet_metadata", "parquet_schema"],
  ...["parquet_file_metadata", "parquet_kv_metadata", "parquet_bloom_probe"],
  ...["read_csv", "read_csv_auto", "sniff_csv", "read_text", "read_blob"],
  ...["read_json", "read_json_auto", "read_json_objects", "glob"],
  ...["read_json_objects_auto", "read_ndjson", "read_ndjson_auto"],
  "read_ndjson_objects",
  ...["duckdb_columns", "duckdb_functions", "duckdb_keywords"],
  ...["duckdb_settings", "duckdb_tables", "duckdb_types", "duckdb_views"],
  ...["pragma_table_info", "pragma_version", "pg_timezone_names"],
]);

/** What DuckDB's parser says of a statement, as far as it is looked at. */
interface Parsed {
  readonly error: boolean;
  readonly error_type?: string;
  readonly error_message?: string;
  readonly position?: string;
  readonly statements?: readonly unknown[];
}

/**
 * Reads a query with DuckDB's own parser, and asserts that it is one statement that only
 * reads. Nothing of it is run.
 *
 * @throws {DuckDBError} If it is not, or cannot be parsed.
 */
export async function readQuery(duckdb: DuckDB, text: string): Promise<Query> {
  const [, explain, sql = text] =
    /^\s*(explain(?:\s+analyze)?)\s+(.*)$/is.exec(text) ?? [];
  const { rows } = await duckdb.run(
    `SELECT CAST(json_serialize_sql(${sqlText(sql)}) AS VARCHAR)`,
  );
  const parsed: Parsed = JSON.parse(String(rows[0]?.[0]));
  if (parsed.error) throw refusal(parsed, sql);
  const { statements = [] } = parsed;
  if (statements.length !== 1) {
    throw new DuckDBError(
      `Cannot run ${
        statements.length === 0 ? "an empty query" : "several statements"
      }: expected one query`,
    );
  }
  const found = { tables: new Set<string>(), listsTables: false };
  look(statements[0], found);
  return { sql, explain, ...found };
}

function refusal({ error_type, error_message = "" }: Parsed, sql: string) {
  if (error_type !== "not implemented") {
    return new DuckDBError(`Cannot read the query: ${error_message}`);
  }
  const [word = ""] = /[a-z]+/i.exec(sql) ?? [];
  const hint = /^pivot$/i.test(word)
    ? "; PIVOT needs its values, as in PIVOT t ON c IN ('a', 'b') USING sum(x)"
    : "";
  return new DuckDBError(
    `Cannot run ${
      quote(word.toUpperCase())
    }: only queries are allowed, as SELECT, FROM, DESCRIBE, SUMMARIZE and EXPLAIN${hint}`,
  );
}

/** Looks at a part of what the parser found, and at all that is in it. */
function look(
  part: unknown,
  found: { tables: Set<string>; listsTables: boolean },
): void {
  if (typeof part !== "object" || part === null) return;
  if (Array.isArray(part)) {
    for (const each of part) look(each, found);
    return;
  }
  const node = part as Readonly<Record<string, unknown>>;
  if (node.type === "TABLE_FUNCTION") {
    const name = functionName(node.function);
    if (!TABLE_FUNCTIONS.has(name)) {
      throw new DuckDBError(
        `Cannot run ${name}(): of the functions that give tables, only those that do nothing but read are allowed`,
      );
    }
    if (name.startsWith("duckdb_")) found.listsTables = true;
  } else if (node.type === "BASE_TABLE") {
    found.tables.add(String(node.table_name).toLowerCase());
    const schema = String(node.schema_name).toLowerCase();
    if (["information_schema", "pg_catalog"].includes(schema)) {
      found.listsTables = true;
    }
  } else if (node.type === "SHOW_REF" && node.query === null) {
    found.listsTables = true;
  }
  for (const each of Object.values(node)) look(each, found);
}

function functionName(part: unknown): string {
  const { function_name = "" } = (part ?? {}) as { function_name?: string };
  return String(function_name).toLowerCase();
}
