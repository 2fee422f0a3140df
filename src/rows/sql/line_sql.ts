import type { DuckDBColumn } from "../duckdb.ts";
import { sqlName, sqlText } from "../sql_text.ts";

/** Integers of more digits than these are no longer exact as a JavaScript number. */
const LARGEST_EXACT = "999999999999999";

/** Integers that can have more than 15 digits. */
const LARGE = /^(BIGINT|UBIGINT|HUGEINT|UHUGEINT|BIGNUM)$/;
/** Integers of at most 32 bits. */
const SMALL = /^U?(TINYINT|SMALLINT|INTEGER)$/;
const FLOATING = /^(DOUBLE|FLOAT)$/;
const TIMESTAMP = /^TIMESTAMP/;
const DATE = /^DATE$/;
const QUOTED = /^(TIME|DATE|INTERVAL|UUID)/;
const LONG_DECIMAL = /^DECIMAL\((1[6-9]|[23]\d),/;

/** What a type is to Arrow. */
export type ArrowKind = "integer" | "decimal" | "timestamp" | "date" | "text";

/** What a type of DuckDB is to Arrow. */
export function arrowKindOf({ type }: DuckDBColumn): ArrowKind {
  if (LARGE.test(type) || SMALL.test(type)) return "integer";
  if (FLOATING.test(type)) return "decimal";
  if (TIMESTAMP.test(type)) return "timestamp";
  return DATE.test(type) ? "date" : "text";
}

/** Whether the values of a type are numbers. */
export function isNumeric({ type }: DuckDBColumn): boolean {
  return LARGE.test(type) || SMALL.test(type) || FLOATING.test(type) ||
    type.startsWith("DECIMAL");
}

/** The query of a source's rows, as one line of CSV each. */
export function csvLines(
  source: string,
  columns: readonly DuckDBColumn[],
): string {
  return linesOf(source, columns.map((column) => csvField(column)));
}

/**
 * The same with times as nanoseconds since 1970, without NaN, and with an empty text in
 * quotes, which tells it from NULL: as Arrow is made of it.
 */
export function csvLinesForArrow(
  source: string,
  columns: readonly DuckDBColumn[],
): string {
  const fields = columns.map((column) => {
    const name = sqlName(column.name);
    if (FLOATING.test(column.type)) {
      return `CASE WHEN isfinite(${name}) THEN CAST(${name} AS VARCHAR)
        WHEN isinf(${name}) THEN if(${name} > 0, 'Infinity', '-Infinity')
        ELSE '' END`;
    }
    return TIMESTAMP.test(column.type)
      ? `coalesce(CAST(epoch_ns(${name}::TIMESTAMP_NS) AS VARCHAR), '')`
      : csvField(column, "^$|");
  });
  return linesOf(source, fields);
}

function linesOf(source: string, fields: readonly string[]): string {
  return `SELECT concat_ws(',', ${fields.join(", ")}) AS line FROM ${source}`;
}

/** A value as a field of CSV; texts that `besides` matches are quoted as well. */
function csvField(column: DuckDBColumn, besides = ""): string {
  const text = `CAST(${sqlName(column.name)} AS VARCHAR)`;
  if (arrowKindOf(column) !== "text") return `coalesce(${text}, '')`;
  return `coalesce(CASE WHEN regexp_matches(${text}, '${besides}[",\\r\\n]') THEN '"' || replace(${text}, '"', '""') || '"' ELSE ${text} END, '')`;
}

/** The query of a source's rows, as one object of JSON each. */
export function jsonLines(
  source: string,
  columns: readonly DuckDBColumn[],
): string {
  const members = columns.map((column) =>
    `${sqlText(`${JSON.stringify(column.name)}:`)} || ${jsonValue(column)}`
  );
  return `SELECT '{' || concat_ws(',', ${members.join(", ")}) || '}' AS line
    FROM ${source}`;
}

function jsonValue({ name, type }: DuckDBColumn): string {
  const column = sqlName(name);
  const text = `CAST(${column} AS VARCHAR)`;
  const quoted = `'"' || ${text} || '"'`;
  const isExact = LARGE.test(type)
    ? `${column} BETWEEN -${LARGEST_EXACT} AND ${LARGEST_EXACT}`
    : FLOATING.test(type)
    ? `isfinite(${column})`
    : undefined;
  const value = isExact !== undefined
    ? `CASE WHEN ${isExact} THEN ${text} ELSE ${quoted} END`
    : SMALL.test(type) || type === "BOOLEAN" ||
        type.startsWith("DECIMAL") && !LONG_DECIMAL.test(type)
    ? text
    : QUOTED.test(type) || LONG_DECIMAL.test(type)
    ? quoted
    : `CAST(to_json(${column}) AS VARCHAR)`;
  return `coalesce(${value}, 'null')`;
}

/** The statement that writes lines into a file, as they are. */
export function copyLines(lines: string): (path: string) => string {
  return (path) =>
    `COPY (${lines}) TO ${
      sqlText(path)
    } (FORMAT csv, HEADER false, QUOTE '', ESCAPE '')`;
}

/** The statement that writes a source's rows into a Parquet file. */
export function copyToParquet(
  source: string,
  columns: readonly DuckDBColumn[],
): (path: string) => string {
  // DuckDB would write integers of 128 bits as doubles.
  const replaced = columns.filter(({ type }) => /^U?HUGEINT$/.test(type))
    .map(({ name }) =>
      `CAST(${sqlName(name)} AS DECIMAL(38, 0)) AS ${sqlName(name)}`
    );
  const values = replaced.length === 0
    ? "*"
    : `* REPLACE (${replaced.join(", ")})`;
  return (path) =>
    `COPY (SELECT ${values} FROM ${source}) TO ${
      sqlText(path)
    } (FORMAT parquet, COMPRESSION zstd)`;
}

/** A query as a table: as a text, so that nothing of it can end what it stands in. */
export function fromQuery(sql: string): string {
  return `query(${sqlText(sql)})`;
}
