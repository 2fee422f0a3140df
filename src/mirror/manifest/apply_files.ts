import type { SQLInputValue } from "node:sqlite";
import {
  ARRIVALS,
  CHANGED_TABLES,
  type StampedChange,
} from "../journal/change.ts";
import type { Prepare } from "./manifest_database.ts";

/** About so many changes of journals are applied at once: more take more memory, fewer more time. */
export const CHANGES_AT_ONCE = 5_000;

/** So many files are written by one statement, which takes half as long as one each. */
const GROUP_SIZE = 20;

/**
 * Applies those of many changes that say no more than that files are there, within a
 * transaction: in the order of their table, and many by one statement.
 *
 * @returns The other changes, which are to be applied one by one.
 */
export function applyFiles(
  prepare: Prepare,
  changes: readonly StampedChange[],
): readonly StampedChange[] {
  if (changes.length < GROUP_SIZE) return changes;
  const holes = new Set(
    prepare("SELECT data_type, date FROM accepted_holes").all()
      .map(({ data_type, date }) => `${data_type} ${date}`),
  );
  const files: StampedChange[] = [], others: StampedChange[] = [];
  for (const change of changes) {
    const { kind, row, arrival, fillsHole } = change;
    const isFile = kind === "file" && row !== null && arrival === null &&
      !(fillsHole && holes.has(`${row[0]} ${row[1]}`));
    (isFile ? files : others).push(change);
  }
  files.sort(inOrder);
  const hasArrivals =
    prepare("SELECT 1 FROM arrivals LIMIT 1").get() !== undefined;
  let group: StampedChange[] = [];
  for (const change of files) {
    const last = group.at(-1);
    // Of two journals that tell of the same file.
    if (last?.key === change.key && last.sub === change.sub) {
      others.push(change);
      continue;
    }
    group.push(change);
    if (group.length < GROUP_SIZE) continue;
    if (!putGroup(prepare, group, hasArrivals)) others.push(...group);
    group = [];
  }
  others.push(...group);
  return others;
}

function inOrder(a: StampedChange, b: StampedChange): number {
  if (a.key !== b.key) return a.key < b.key ? -1 : 1;
  return a.sub < b.sub ? -1 : Number(a.sub > b.sub);
}

/** Writes different files, unless something later may be there of one; returns whether it did. */
function putGroup(
  prepare: Prepare,
  group: readonly StampedChange[],
  hasArrivals: boolean,
): boolean {
  const names = group.flatMap(({ key, sub }) => [key, sub]);
  if (prepare(SELECT_STAMPS).get(...names) !== undefined) return false;
  const stamps: SQLInputValue[] = [], rows: SQLInputValue[] = [];
  for (const { key, sub, stamp, row, fillsHole } of group) {
    stamps.push(key, sub, stamp, fillsHole ? stamp : "");
    rows.push(key, sub);
    for (const value of row ?? []) rows.push(value);
  }
  prepare(INSERT_STAMPS).run(...stamps);
  prepare(REPLACE_FILES).run(...rows);
  if (hasArrivals) prepare(DELETE_ARRIVALS).run(...names);
  return true;
}

/** A text for each of a group, with commas between them. */
const each = (text: string) => Array(GROUP_SIZE).fill(text).join(", ");

const FILE_COLUMNS = [
  ...CHANGED_TABLES.file.names,
  ...CHANGED_TABLES.file.columns,
];
const SELECT_STAMPS = `SELECT 1 FROM stamps
  WHERE kind = 'file' AND (key, sub) IN (VALUES ${each("(?, ?)")}) LIMIT 1`;
const INSERT_STAMPS = `INSERT INTO stamps (kind, key, sub, stamp, filled)
  VALUES ${each("('file', ?, ?, ?, ?)")}`;
const REPLACE_FILES = `INSERT OR REPLACE INTO ${CHANGED_TABLES.file.table}
  (${FILE_COLUMNS.join(", ")})
  VALUES ${each(`(${FILE_COLUMNS.map(() => "?").join(", ")})`)}`;
const DELETE_ARRIVALS = `DELETE FROM ${ARRIVALS.table}
  WHERE (key, form) IN (VALUES ${each("(?, ?)")})`;
