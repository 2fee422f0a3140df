import {
  ImpossibleValueError,
  readArrival,
  readDataType,
  readDate,
  readEntry,
  readParquet,
  readReadableRange,
  type Row,
} from "../manifest/read_row.ts";
import {
  ARRIVALS,
  type Change,
  CHANGED_TABLES,
  type ChangedTable,
  type ChangeKind,
  type RowValues,
  type StampedChange,
} from "./change.ts";
import { isStamp } from "./stamp_clock.ts";

/** The last line of a journal that was closed: nothing is added behind it. */
export const END_LINE = '["end"]';

const LETTERS: Readonly<Record<ChangeKind, string>> = {
  file: "f",
  range: "r",
  parquet: "p",
  hole: "h",
};
const KINDS: ReadonlyMap<unknown, ChangeKind> = new Map(
  (Object.keys(LETTERS) as ChangeKind[]).map((kind) => [LETTERS[kind], kind]),
);

/** A change as a line of a journal, without the line's end. */
export function encodeChange(change: StampedChange): string {
  const { kind, stamp, key, sub, row, arrival, fillsHole } = change;
  const line: unknown[] = [LETTERS[kind], stamp, key, sub, row];
  if (arrival !== null || fillsHole) line.push(arrival);
  if (fillsHole) line.push(1);
  return JSON.stringify(line);
}

/**
 * Reads a line of a journal, whose values {@linkcode checkChange} is yet to check.
 *
 * @returns The change; `undefined` for the line at the end.
 * @throws {ImpossibleValueError} If it is no change.
 */
export function decodeChange(line: string): StampedChange | undefined {
  if (line === END_LINE) return undefined;
  let fields: unknown;
  try {
    fields = JSON.parse(line);
  } catch {
    throw new ImpossibleValueError("it is not JSON");
  }
  if (!Array.isArray(fields)) throw new ImpossibleValueError("it is no list");
  const [letter, stamp, key, sub, row, arrival = null, fillsHole] = fields;
  const kind = KINDS.get(letter);
  const isWhole = kind !== undefined && isStamp(stamp) &&
    typeof key === "string" && typeof sub === "string" &&
    isValues(row, CHANGED_TABLES[kind]) && isValues(arrival, ARRIVALS) &&
    (arrival === null || kind === "file");
  if (!isWhole) throw new ImpossibleValueError("it is no change");
  return { stamp, kind, key, sub, row, arrival, fillsHole: fillsHole === 1 };
}

function isValues(
  value: unknown,
  { columns }: ChangedTable,
): value is RowValues | null {
  if (value === null) return true;
  if (!Array.isArray(value) || value.length !== columns.length) return false;
  for (const item of value) {
    const isValue = item === null || typeof item === "string" ||
      Number.isSafeInteger(item);
    if (!isValue) return false;
  }
  return true;
}

/**
 * Reads a change's rows as the manifest will: what it could not read must not get there.
 * Nothing in them is trusted, least of all a key, which becomes a path.
 *
 * @throws {ImpossibleValueError} If a value is impossible.
 */
export function checkChange(change: Change): void {
  const { kind, key, sub, arrival } = change;
  const row = rowOf(CHANGED_TABLES[kind], change, change.row);
  if (kind === "file") {
    if (row !== undefined) readEntry(row);
    // Of a file that is gone, the key alone is checked.
    const coming = arrival ?? (row === undefined ? NO_ARRIVAL : null);
    if (coming !== null) readArrival(rowOf(ARRIVALS, change, coming) ?? {});
  } else if (kind === "parquet") {
    readParquet(row ?? { ...NO_PARQUET, key, folder: sub });
  } else {
    readDataType({ data_type: key });
    if (kind === "hole") {
      readDate({ date: sub }, "date");
      const [acceptedAt] = change.row ?? [0];
      if (typeof acceptedAt !== "number") {
        throw new ImpossibleValueError("accepted_at is no time");
      }
    } else if (row !== undefined) readReadableRange(row);
  }
}

/** A row as SQLite would give it. */
function rowOf(
  { names: [keyName, subName], columns }: ChangedTable,
  { key, sub }: Change,
  values: RowValues | null,
): Row | undefined {
  if (values === null) return undefined;
  const row: Record<string, unknown> = { [keyName]: key };
  if (subName !== undefined) row[subName] = sub;
  for (const [at, column] of columns.entries()) row[column] = values[at];
  return row;
}

const NO_ARRIVAL: RowValues = [null, "", null, null, 0];
const NO_PARQUET: Row = {
  etag: "",
  source_sha256: "",
  schema: 0,
  rows: 0,
  bytes: 0,
  mtime: 0,
  sha256: "",
  as_text: "",
  extra_columns: "",
  made_at: 0,
};
