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
  db.transaction(() => {
    for (const [table, readRow] of Object.entries(READERS)) {
      const rowIds = db.read((prepare) => {
        const select = prepare(`SELECT rowid, * FROM ${table}`);
        // An integer that is too large for a number would be an error.
        select.setReadBigInts(true);
        return select.iterate().filter(({ rowid: _, ...row }) =>
          isImpossible(row, readRow)
        ).map(({ rowid = null }) => rowid).toArray();
      });
      for (const rowId of rowIds) {
        db.write(`DELETE FROM ${table} WHERE rowid = ?`, rowId);
      }
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
