import { isIsoDate } from "../../calendar/mod.ts";
import { DATASETS, type DataType } from "../../catalog/mod.ts";
import {
  type FileEncoding,
  type MirrorFile,
  mirrorFile,
  mirrorFileOf,
} from "../mirror_file.ts";
import type {
  EntitlementOutcome,
  ReadableRange,
} from "../plan/readable_range.ts";
import type { GzipState, Proof } from "../../store/mod.ts";
import type { Arrival, ManifestEntry } from "./manifest_entry.ts";
import { type ParquetEntry, parquetPath } from "./parquet_entry.ts";

/** A row of the manifest holds an impossible value. */
export class ImpossibleValueError extends Error {
  /** The name of the class. */
  override name = "ImpossibleValueError";
}

/** A row of a table, as SQLite gives it. */
export type Row = Readonly<Record<string, unknown>>;

const DATA_TYPES: ReadonlyMap<unknown, DataType> = new Map(
  DATASETS.map(({ id }) => [id, id]),
);

/** The values that a column may hold; the type demands that all are listed. */
const ENCODINGS: Record<FileEncoding, true> = {
  stored: true,
  decompressed: true,
};
const PROOFS: Record<Proof, true> = { md5: true, gzip: true, size: true };
const GZIP_STATES: Record<GzipState, true> = {
  unchecked: true,
  whole: true,
  damaged: true,
};
const OUTCOMES: Record<EntitlementOutcome, true> = {
  "all": true,
  "readable": true,
  "refused": true,
  "no-files": true,
  "unknown": true,
};

/**
 * Reads a row of `files`. Nothing in it is trusted, since others may have written it:
 * least of all its key, which becomes a path.
 *
 * @throws {ImpossibleValueError} If it holds an impossible value.
 */
export function readEntry(row: Row): ManifestEntry {
  const file = mirrorFile(
    readDataType(row),
    readDate(row, "date"),
    readChoice(row, "form", ENCODINGS),
  );
  if (file.key !== row.key) throw impossible(row, "key");
  return {
    ...file,
    size: readCount(row, "size"),
    etag: readText(row, "etag"),
    lastModified: readTime(row, "last_modified"),
    sha256: readText(row, "sha256"),
    bytes: readCount(row, "bytes"),
    mtime: readTime(row, "mtime") ?? new Date(0),
    fetchedAt: readTime(row, "fetched_at") ?? new Date(0),
    verifiedAt: readTime(row, "verified_at"),
    isDamaged: row.is_damaged !== 0,
    proof: readChoice(row, "proof", PROOFS),
    gzip: readChoice(row, "gzip", GZIP_STATES),
    gzipFault: row.gzip_fault === null
      ? undefined
      : readText(row, "gzip_fault"),
    releasedAt: readTime(row, "released_at"),
    withdrawnAt: readTime(row, "withdrawn_at"),
  };
}

/**
 * Reads a row of `arrivals`.
 *
 * @throws {ImpossibleValueError} If it holds an impossible value.
 */
export function readArrival(row: Row): Arrival {
  return {
    ...fileOf(row),
    size: row.size === null ? undefined : readCount(row, "size"),
    etag: readText(row, "etag"),
    lastModified: readTime(row, "last_modified"),
    was: row.was === null ? undefined : readText(row, "was"),
  };
}

/**
 * Reads the size and time of a Parquet file.
 *
 * @throws {ImpossibleValueError} If it holds an impossible value.
 */
export function readMade(row: Row): Pick<ParquetEntry, "bytes" | "mtime"> {
  return {
    bytes: readCount(row, "bytes"),
    mtime: readTime(row, "mtime") ?? new Date(0),
  };
}

/**
 * Reads a row of `parquet`.
 *
 * @throws {ImpossibleValueError} If it holds an impossible value.
 */
export function readParquet(row: Row): ParquetEntry {
  const file = mirrorFileOf(readText(row, "key"), "stored");
  if (file === undefined) throw impossible(row, "key");
  const { key, dataType, date } = file;
  const folder = readText(row, "folder");
  return {
    key,
    dataType,
    date,
    folder,
    path: parquetPath(key, folder),
    etag: readText(row, "etag"),
    sourceSha256: readText(row, "source_sha256"),
    schema: readCount(row, "schema"),
    rows: readCount(row, "rows"),
    ...readMade(row),
    sha256: readText(row, "sha256"),
    asText: readNames(row, "as_text"),
    extraColumns: readNames(row, "extra_columns"),
    madeAt: readTime(row, "made_at") ?? new Date(0),
  };
}

/**
 * Reads a row of `floors`.
 *
 * @throws {ImpossibleValueError} If it holds an impossible value.
 */
export function readReadableRange(
  row: Row,
): ReadableRange & { foundOn: string } {
  return {
    outcome: readChoice(row, "outcome", OUTCOMES),
    date: row.date === null ? undefined : readDate(row, "date"),
    isExact: row.is_exact !== 0,
    until: row.until === null ? undefined : readDate(row, "until"),
    foundOn: readDate(row, "found_on"),
  };
}

/**
 * Reads the id of a dataset.
 *
 * @throws {ImpossibleValueError} If there is no such dataset.
 */
export function readDataType(row: Row): DataType {
  const id = DATA_TYPES.get(row.data_type);
  if (id === undefined) throw impossible(row, "data_type");
  return id;
}

/**
 * Reads a date.
 *
 * @throws {ImpossibleValueError} If there is no such date.
 */
export function readDate(row: Row, column: string): string {
  const value = row[column];
  if (!isIsoDate(value)) throw impossible(row, column);
  return value;
}

/** The file of a row without data type and date. */
function fileOf(row: Row): MirrorFile {
  const encoding = readChoice(row, "form", ENCODINGS);
  const file = mirrorFileOf(readText(row, "key"), encoding);
  if (file === undefined) throw impossible(row, "key");
  return file;
}

/** Names with commas between them. */
function readNames(row: Row, column: string): string[] {
  const text = readText(row, column);
  return text === "" ? [] : text.split(",");
}

function readText(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== "string") throw impossible(row, column);
  return value;
}

function readCount(row: Row, column: string): number {
  const value = row[column];
  if (!Number.isSafeInteger(value) || Number(value) < 0) {
    throw impossible(row, column);
  }
  return Number(value);
}

function readTime(row: Row, column: string): Date | undefined {
  const value = row[column];
  if (value === null) return undefined;
  const time = new Date(Number(value));
  if (typeof value !== "number" || Number.isNaN(time.getTime())) {
    throw impossible(row, column);
  }
  return time;
}

function readChoice<T extends string>(
  row: Row,
  column: string,
  choices: Readonly<Record<T, true>>,
): T {
  const value = row[column];
  if (typeof value !== "string" || !Object.hasOwn(choices, value)) {
    throw impossible(row, column);
  }
  return value as T;
}

function impossible(row: Row, column: string): ImpossibleValueError {
  // It may be long, and hold anything.
  const said = JSON.stringify(String(row[column])).slice(0, 60);
  return new ImpossibleValueError(`${column} is ${said}`);
}
