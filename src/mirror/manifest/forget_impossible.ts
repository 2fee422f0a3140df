import type { ManifestDatabase } from "./manifest_database.ts";
import {
  ImpossibleValueError,
  readArrival,
  readDataType,
  readDate,
  readEntry,
  readParquet,
  readReadableRange,
  type Row,
} from "./read_row.ts";

/** How the rows of each table are read. */
const READERS: Readonly<Record<string, (row: Row) => unknown>> = {
  files: readEntry,
  arrivals: readArrival,
  parquet: readParquet,
  floors: (row) => [readDataType(row), readReadableRange(row)],
  accepted_holes: (row) => [readDataType(row), readDate(row, "date")],
};

/** Deletes the rows that have impossible values, or belong to no dataset. */
export function forgetImpossible(db: ManifestDatabase): void {
  db.rewrite((prepare) => {
    for (const [table, readRow] of Object.entries(READERS)) {
      const select = prepare(`SELECT rowid, * FROM ${table}`);
      // An integer that is too large for a number would be an error.
      select.setReadBigInts(true);
      const rowIds = select.iterate().filter(({ rowid: _, ...row }) =>
        isImpossible(row, readRow)
      ).map(({ rowid = null }) => rowid).toArray();
      const remove = prepare(`DELETE FROM ${table} WHERE rowid = ?`);
      for (const rowId of rowIds) remove.run(rowId);
    }
  });
}

function isImpossible(row: Row, readRow: (row: Row) => unknown): boolean {
  try {
    readRow(withNumbers(row));
    return false;
  } catch (error) {
    if (!(error instanceof ImpossibleValueError)) throw error;
    return true;
  }
}

/** A row whose integers were read as bigints, with numbers in their place. */
function withNumbers(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      typeof value === "bigint" ? Number(value) : value,
    ]),
  );
}
