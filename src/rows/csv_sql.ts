import type { DataType } from "../catalog/mod.ts";
import {
  DATE_COLUMN,
  type ParquetColumn,
  parquetSchema,
  type SqlType,
  sqlTypeOf,
} from "./parquet_schema.ts";
import { sqlName, sqlText, sqlTexts } from "./sql_text.ts";
import { TIME_COLUMNS } from "./time_columns.ts";

/** A CSV file, as SQL reads it. */
export interface CsvFile {
  /** The dataset's id. */
  readonly dataType: DataType;
  /** The file's date, `YYYY-MM-DD`. */
  readonly date: string;
  /** Its path, as the process that reads it sees it. */
  readonly path: string;
  /** Whether it is compressed. */
  readonly isGzip: boolean;
  /** The columns of its header row. */
  readonly names: readonly string[];
  /** Columns with values that do not fit their types: these are in {@linkcode textColumn}. */
  readonly asText?: readonly string[];
}

/** The characters of an option's ticker behind its root: expiry, C or P, strike. */
const CONTRACT_LENGTH = 15;

/** The columns of the Parquet file of a CSV file: its dataset's, and those that nobody knew of. */
export function columnsOfCsv(
  { dataType, names, asText = [] }: Omit<CsvFile, "path" | "date" | "isGzip">,
): ParquetColumn[] {
  return [
    ...parquetSchema(dataType),
    ...extraColumns({ dataType, names })
      .map((name) => ({ name, type: sqlTypeOf(name) })),
    ...asText.map((name) => ({ name: textColumn(name), type: TEXT })),
  ];
}

const TEXT: SqlType = "VARCHAR";

/**
 * The column with the text of a column's values that do not fit its type, where a file has
 * any. The column itself keeps its type, since readers of many files want it the same in all.
 */
export function textColumn(name: string): string {
  return `${name}_text`;
}

/** The columns of a CSV file that its dataset's schema does not have. */
export function extraColumns(
  { dataType, names }: Pick<CsvFile, "dataType" | "names">,
): string[] {
  const schema = parquetSchema(dataType);
  return names.filter((name) => !schema.some((column) => column.name === name));
}

/** Those of them that are news: where no source shows a dataset's columns, none is. */
export function newColumns(
  dataType: DataType,
  names: readonly string[],
): string[] {
  return parquetSchema(dataType).length === 1
    ? []
    : extraColumns({ dataType, names });
}

/**
 * A query for the rows of a CSV file, typed by the names of their columns. It fails where a
 * value does not fit its column's type: see {@linkcode selectMisfits}.
 *
 * @param file The file.
 * @param paths The paths of several files like it, named by their dates, which are read in its place.
 */
export function selectCsv(file: CsvFile, paths?: readonly string[]): string {
  const { names, date, isGzip, asText = [] } = file;
  const dateOfRow = paths === undefined
    ? `DATE ${sqlText(date)}`
    : dateOfFile(isGzip ? ".csv.gz" : ".csv");
  const columns = columnsOfCsv(file).map(({ name, type }) => {
    const column = sqlName(name);
    const misfitting = asText.find((each) => textColumn(each) === name);
    const value = asText.includes(name)
      ? `CASE WHEN ${fits(column, type)} THEN CAST(${
        readText(column, type)
      } AS ${type}) END`
      : names.includes(name)
      ? readText(column, type)
      : misfitting !== undefined
      ? `CASE WHEN ${isMisfit(misfitting)} THEN ${sqlName(misfitting)} END`
      : name === DATE_COLUMN
      ? dateOfRow
      : `NULL::${type}`;
    return `${value} AS ${column}`;
  });
  return `SELECT ${columns.join(", ")} FROM ${readCsv(file, false, paths)}`;
}

/**
 * The date in the name of the file that a row is read from: DuckDB opens only the files that
 * a condition on it leaves.
 */
export function dateOfFile(ending: string): string {
  return `CAST(filename[-${10 + ending.length}:-${ending.length + 1}] AS DATE)`;
}

/**
 * A query for one row that says of each column of {@linkcode columnsOfCsv} that is no text
 * whether there is a value that does not fit.
 */
export function selectMisfits(file: CsvFile): string {
  const { names } = file;
  const tests = columnsOfCsv(file)
    .filter(({ name, type }) => names.includes(name) && type !== "VARCHAR")
    .map(({ name }) => `bool_or(${isMisfit(name)}) AS ${sqlName(name)}`);
  return `SELECT ${tests.join(", ")} FROM ${readCsv(file, true)}`;
}

/** What rows are sorted by: ticker and time, options by their underlying first. */
export function orderOf({ dataType, names }: CsvFile): string[] {
  const time = TIME_COLUMNS.find((name) => names.includes(name));
  const keys = ["ticker", time, "sequence_number"]
    .filter((name) => name !== undefined && names.includes(name))
    .map((name = "") => sqlName(name));
  return dataType.startsWith("options_") && names.includes("ticker")
    ? [underlyingOf(sqlName("ticker")), ...keys]
    : keys;
}

/** The root of an option's symbol. */
export function underlyingOf(symbol: string): string {
  return `regexp_replace(left(${symbol}, -${CONTRACT_LENGTH}), '^O:', '')`;
}

function readCsv(
  file: CsvFile,
  isText = false,
  paths?: readonly string[],
): string {
  // A day without a header row has no rows, and no columns that could be read.
  if (file.names.length === 0) return "range(0)";
  const types = columnsOfCsv(file);
  const columns = file.names.map((name) => {
    const type = types.find((column) => column.name === name)?.type;
    // DuckDB reads 4.6 as the integer 5, and a time as its date: these are read as text.
    const read = !isText && !file.asText?.includes(name) && type === "DOUBLE"
      ? type
      : "VARCHAR";
    return [name, read] as const;
  });
  const text = columns.filter(([name]) =>
    isText || types.find((column) => column.name === name)?.type === "VARCHAR"
  );
  const options = [
    `compression = '${file.isGzip ? "gzip" : "none"}'`,
    "auto_detect = false, header = true",
    `delim = ',', quote = '"', escape = '"'`,
    // An empty text is not a null.
    `force_not_null = [${text.map(([name]) => sqlText(name)).join()}]`,
    `columns = {${
      columns.map(([name, type]) => `${sqlText(name)}: '${type}'`).join()
    }}`,
    ...(paths === undefined ? [] : ["filename = true"]),
  ];
  const source = paths === undefined ? sqlText(file.path) : sqlTexts(paths);
  return `read_csv(${source}, ${options.join(", ")})`;
}

/** A column that was read from a CSV file, as a value of its type. */
function readText(column: string, type: SqlType): string {
  if (type === "DATE") {
    return `CASE WHEN ${
      isDate(column)
    } THEN CAST(${column} AS DATE) WHEN ${column} <> '' THEN error(${
      sqlText(`${column} is no date`)
    }) END`;
  }
  if (type !== "BIGINT" && type !== "TIMESTAMP_NS") return column;
  const integer = `CASE WHEN ${mayBeFraction(column)} THEN error(${
    sqlText(`${column} is no integer`)
  }) ELSE CAST(${column} AS BIGINT) END`;
  if (type === "BIGINT") return integer;
  const time = `CASE WHEN ${isTooEarly(column)} THEN error(${
    sqlText(`${column} is no time`)
  }) ELSE ${integer} END`;
  return `make_timestamp_ns(${nanosecondsOf(column, time)})`;
}

/** Nanoseconds of 1677 that DuckDB cannot show; the least of them is pandas' NaT. */
const EARLIEST = -9_223_286_400_000_000_000n;

function isTooEarly(column: string): string {
  return `coalesce(TRY_CAST(${column} AS BIGINT) < ${EARLIEST}, false)`;
}

/** Whether a column has a text that does not fit its type. */
function isMisfit(name: string): string {
  const column = sqlName(name);
  return `${column} <> '' AND NOT coalesce(${
    fits(column, sqlTypeOf(name))
  }, false)`;
}

/** Whether a value fits its type. */
function fits(column: string, type: SqlType): string {
  if (type === "DOUBLE") return `TRY_CAST(${column} AS DOUBLE) IS NOT NULL`;
  if (type === "DATE") {
    return `${isDate(column)} AND TRY_CAST(${column} AS DATE) IS NOT NULL`;
  }
  const integer = `TRY_CAST(${column} AS BIGINT)`;
  const exact = `CASE WHEN NOT ${mayBeFraction(column)} THEN ${integer} END`;
  return type === "BIGINT"
    ? `${exact} IS NOT NULL`
    : `NOT ${isTooEarly(column)} AND TRY(make_timestamp_ns(${
      nanosecondsOf(column, exact)
    })) IS NOT NULL`;
}

/** Whether a text is a date and nothing else: DuckDB drops a time of day silently. */
function isDate(column: string): string {
  return `regexp_full_match(${column}, '\\d{4}-\\d{2}-\\d{2}')`;
}

/** Times that count in other units, by their digits as {@linkcode Instant} tells them apart. */
const OTHER_UNITS: readonly [digits: number, nanoseconds: number][] = [
  [10, 1_000_000_000],
  [13, 1_000_000],
  [16, 1_000],
];

/** A time in nanoseconds since 1970; what has no such number of digits is `otherwise`. */
function nanosecondsOf(column: string, otherwise: string): string {
  const others = OTHER_UNITS.map(([digits, nanoseconds]) => {
    const places = Math.log10(nanoseconds);
    return `WHEN regexp_full_match(${column}, '[1-9]\\d{${
      digits - 1
    }}(\\.\\d{0,${places}}0*)?') THEN CAST(CAST(${column} AS DECIMAL(28, 9)) * ${nanoseconds}::DECIMAL(10, 0) AS BIGINT)`;
  });
  // Almost all are nanoseconds: what comes first is cheap.
  return `CASE WHEN length(${column}) = 19 AND NOT contains(${column}, '.') THEN CAST(${column} AS BIGINT) ${
    others.join(" ")
  } ELSE ${otherwise} END`;
}

/** Whether DuckDB would round a text that is to be an integer; it does so silently. */
function mayBeFraction(column: string): string {
  const texts = [".", "e", "E"].map((text) => `contains(${column}, '${text}')`);
  return `((${
    texts.join(" OR ")
  }) AND NOT regexp_matches(${column}, '\\.0*$'))`;
}
