import type { DataType } from "../../catalog/mod.ts";
import { type CsvFile, dateOfFile, selectCsv } from "../csv_sql.ts";
import { DATE_COLUMN } from "../parquet_schema.ts";
import { sqlName, sqlTexts } from "../sql_text.ts";

/** A table of a query: the files of a data type, one a day. */
export interface SqlTable {
  /** The data type, whose id is the table's name. */
  readonly dataType: DataType;
  /** The paths of Parquet files, each named by its date; those of a group have the same columns. */
  readonly parquet: readonly (readonly string[])[];
  /** The CSV files of the other days. */
  readonly csv: readonly CsvFile[];
}

/**
 * The statement that makes a table: a view of explicit files, of which a condition on the
 * date leaves out those of other days.
 */
export function createView(table: SqlTable): string {
  const { dataType, parquet, csv } = table;
  const byHeader = Map.groupBy(
    // Without a header row there are no rows.
    csv.filter(({ names }) => names.length > 0),
    ({ names, isGzip }) => JSON.stringify([isGzip, names]),
  );
  const parts = [
    ...parquet.map(selectParquet),
    ...[...byHeader.values()].flatMap((files) =>
      files.slice(0, 1).map((first) =>
        selectCsv(first, files.map(({ path }) => path))
      )
    ),
  ];
  if (parts.length === 0) {
    parts.push(...csv.slice(0, 1).map((file) => selectCsv(file)));
  }
  return `CREATE VIEW ${sqlName(dataType)} AS ${
    parts.join(" UNION ALL BY NAME ")
  }`;
}

/** The rows of Parquet files. */
function selectParquet(paths: readonly string[]): string {
  return `SELECT * EXCLUDE (filename) REPLACE (${dateOfFile(".parquet")} AS ${
    sqlName(DATE_COLUMN)
  })
    FROM read_parquet(${
    sqlTexts(paths)
  }, filename = true, hive_partitioning = false)`;
}
