import {
  type ColumnType,
  type DataType,
  getColumns,
  getColumnType,
} from "../catalog/mod.ts";

/** A type of DuckDB that columns have in Parquet. */
export type SqlType = "VARCHAR" | "DOUBLE" | "BIGINT" | "TIMESTAMP_NS" | "DATE";

/** A column of a dataset's Parquet files. */
export interface ParquetColumn {
  /** Its name. */
  readonly name: string;
  /** Its type. */
  readonly type: SqlType;
}

/**
 * The version of what is written into Parquet files. One that was made with another is made
 * again: increase it with every change of {@linkcode parquetSchema} or of the order of rows.
 */
export const PARQUET_VERSION = 2;

/** The column with the file's date, which no CSV file has. */
export const DATE_COLUMN = "date";

const SQL_TYPES: Readonly<Record<ColumnType, SqlType>> = {
  text: "VARCHAR",
  codes: "VARCHAR",
  integer: "BIGINT",
  decimal: "DOUBLE",
  timestamp: "TIMESTAMP_NS",
  date: "DATE",
};

/** Columns that only the files of some years have, by the end of the data type. */
const OF_SOME_YEARS: readonly [
  dataTypes: RegExp,
  columns: readonly string[],
][] = [
  [/^options_trades$/, ["participant_timestamp"]],
  [/^futures_\w+_trades$/, ["report_sequence"]],
  [/^futures_\w+_(session|minute)$/, ["settlement_price"]],
];

/**
 * The type of a column in Parquet, by its name alone: a column means the same in all files,
 * and one that is not known is text.
 */
export function sqlTypeOf(name: string): SqlType {
  return SQL_TYPES[getColumnType(name)];
}

/**
 * The columns of a dataset's Parquet files: the same in all years. The file of a day that
 * lacks one has nulls there.
 *
 * @returns The columns in their order; where no source shows a dataset's, `date` alone.
 */
export function parquetSchema(dataType: DataType): readonly ParquetColumn[] {
  const names = [
    ...(getColumns(dataType) ?? []).map(({ name }) => name),
    ...OF_SOME_YEARS.filter(([dataTypes]) => dataTypes.test(dataType))
      .flatMap(([, columns]) => columns),
  ];
  return [
    ...names.map((name) => ({ name, type: sqlTypeOf(name) })),
    { name: DATE_COLUMN, type: "DATE" },
  ];
}
