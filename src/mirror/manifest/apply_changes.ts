import type { SQLInputValue, StatementSync } from "node:sqlite";
import {
  ARRIVALS,
  CHANGED_TABLES,
  type ChangedTable,
  type RowValues,
  type StampedChange,
} from "../journal/change.ts";
import { mirrorFile } from "../mirror_file.ts";
import { applyFiles } from "./apply_files.ts";
import type { DataType } from "../../catalog/mod.ts";
import type { Prepare } from "./manifest_database.ts";

/**
 * Applies changes to a manifest's database, within a transaction. One of which a later one
 * of the same row is there changes nothing: in whatever order they come, and how often, the
 * last one stays.
 */
export function applyChanges(
  prepare: Prepare,
  changes: readonly StampedChange[],
): void {
  applyEach(prepare, applyFiles(prepare, changes));
}

/** Applies changes one by one. */
function applyEach(prepare: Prepare, changes: Iterable<StampedChange>): void {
  const isThere = (table: string) =>
    prepare(`SELECT 1 FROM ${table} LIMIT 1`).get() !== undefined;
  // Mostly there are none, and each statement for each change takes long.
  let hasHoles = isThere("accepted_holes");
  let hasArrivals = isThere("arrivals");
  for (const change of changes) {
    const { kind, key, sub, stamp, row, arrival, fillsHole } = change;
    const filled = fillsHole ? stamp : "";
    const isLast = prepare(NOTE_STAMP).run(kind, key, sub, stamp, filled)
      .changes !== 0;
    if (fillsHole && row !== null && hasHoles) fillHole(prepare, row, stamp);
    if (!isLast) {
      if (fillsHole) prepare(NOTE_FILLED).run(filled, kind, key, sub, filled);
      continue;
    }
    const isFilled = kind === "hole" && row !== null &&
      wasFilledSince(prepare, key, sub, stamp);
    put(prepare, CHANGED_TABLES[kind], key, sub, isFilled ? null : row);
    if (kind === "hole") hasHoles ||= row !== null;
    if (kind !== "file") continue;
    if (arrival !== null || hasArrivals) {
      put(prepare, ARRIVALS, key, sub, arrival);
    }
    hasArrivals ||= arrival !== null;
  }
}

/** Expects nothing of an accepted day any more, if it was accepted before a file came. */
function fillHole(
  prepare: Prepare,
  [dataType = null, date = null]: RowValues,
  stamp: string,
): void {
  prepare(FILL_HOLE).run(dataType, date, dataType, date, stamp);
}

function wasFilledSince(
  prepare: Prepare,
  dataType: string,
  date: string,
  stamp: string,
): boolean {
  const { key } = mirrorFile(dataType as DataType, date, "stored");
  return prepare(SELECT_FILLED).get(key, stamp) !== undefined;
}

function put(
  prepare: Prepare,
  table: ChangedTable,
  key: string,
  sub: string,
  row: RowValues | null,
): void {
  const names: SQLInputValue[] = table.names.length === 1 ? [key] : [key, sub];
  if (row === null) prepare(DELETE[table.table] ?? "").run(...names);
  else prepare(REPLACE[table.table] ?? "").run(...names, ...row);
}

/** A row's values in the order of changes; `null` where there is none. */
export function valuesOf(
  prepare: Prepare,
  table: ChangedTable,
  key: string,
  sub: string,
): RowValues | null {
  const select: StatementSync = prepare(SELECT[table.table] ?? "");
  const row = table.names.length === 1 ? select.get(key) : select.get(key, sub);
  return row === undefined
    ? null
    : table.columns.map((column) => row[column] as string | number | null);
}

const TABLES = [...Object.values(CHANGED_TABLES), ARRIVALS];

function byTable(
  sqlOf: (table: ChangedTable, names: string[]) => string,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    TABLES.map((table) => [
      table.table,
      sqlOf(table, table.names.flatMap((name) => name ?? [])),
    ]),
  );
}

const where = (names: string[]) =>
  names.map((name) => `${name} = ?`).join(" AND ");

const SELECT = byTable(({ table, columns }, names) =>
  `SELECT ${columns.join(", ")} FROM ${table} WHERE ${where(names)}`
);
const DELETE = byTable(({ table }, names) =>
  `DELETE FROM ${table} WHERE ${where(names)}`
);
const REPLACE = byTable(({ table, columns }, names) => {
  const all = [...names, ...columns];
  return `INSERT OR REPLACE INTO ${table} (${all.join(", ")})
    VALUES (${all.map(() => "?").join(", ")})`;
});
const NOTE_STAMP = `INSERT INTO stamps (kind, key, sub, stamp, filled)
  VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (kind, key, sub) DO UPDATE SET stamp = excluded.stamp,
    filled = max(filled, excluded.filled)
  WHERE excluded.stamp > stamp`;
const NOTE_FILLED =
  `UPDATE stamps SET filled = ? WHERE kind = ? AND key = ? AND sub = ? AND filled < ?`;
const FILL_HOLE = `DELETE FROM accepted_holes WHERE data_type = ? AND date = ?
  AND coalesce((SELECT stamp FROM stamps WHERE kind = 'hole' AND key = ? AND sub = ?), '') < ?`;
const SELECT_FILLED =
  "SELECT 1 FROM stamps WHERE kind = 'file' AND key = ? AND filled > ? LIMIT 1";
