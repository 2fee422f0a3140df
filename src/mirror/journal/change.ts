/** What a row says, in the order of its table's {@linkcode CHANGED_TABLES} columns. */
export type RowValues = readonly (string | number | null)[];

/** Which table of the manifest a change is of. */
export type ChangeKind = "file" | "range" | "parquet" | "hole";

/**
 * The new state of one row of the manifest. A file and its arrival are one: who changes
 * one says both.
 */
export interface Change {
  readonly kind: ChangeKind;
  /** What names the row, together with `sub`: a key, or a data type. */
  readonly key: string;
  /** The file's encoding, the Parquet file's folder, the hole's date; empty for a range. */
  readonly sub: string;
  /** The row; `null` if there is none any more. */
  readonly row: RowValues | null;
  /** What is being fetched of a file; `null` for nothing. */
  readonly arrival: RowValues | null;
  /** Whether a file has come, so that no hole of its day is accepted any more. */
  readonly fillsHole: boolean;
}

/** A change and when it was made, by the {@linkcode StampClock} of its writer. */
export interface StampedChange extends Change {
  readonly stamp: string;
}

/** How a kind of change is stored: its table, and the table's columns. */
export interface ChangedTable {
  readonly table: string;
  /** The columns that `key` and `sub` are in. */
  readonly names: readonly [key: string, sub?: string];
  readonly columns: readonly string[];
}

/** The manifest's tables whose rows change. The order of columns stands in journals: new ones go to the end. */
export const CHANGED_TABLES: Readonly<Record<ChangeKind, ChangedTable>> = {
  file: {
    table: "files",
    names: ["key", "form"],
    columns: [
      "data_type",
      "date",
      "size",
      "etag",
      "last_modified",
      "sha256",
      "bytes",
      "mtime",
      "fetched_at",
      "verified_at",
      "is_damaged",
      "proof",
      "gzip",
      "gzip_fault",
      "released_at",
      "withdrawn_at",
    ],
  },
  range: {
    table: "floors",
    names: ["data_type"],
    columns: ["outcome", "date", "found_on", "is_exact", "until"],
  },
  parquet: {
    table: "parquet",
    names: ["key", "folder"],
    columns: [
      "etag",
      "source_sha256",
      "schema",
      "rows",
      "bytes",
      "mtime",
      "sha256",
      "as_text",
      "extra_columns",
      "made_at",
    ],
  },
  hole: {
    table: "accepted_holes",
    names: ["data_type", "date"],
    columns: ["accepted_at"],
  },
};

/** What is stored of an arrival, beside the file's key and encoding. */
export const ARRIVALS: ChangedTable = {
  table: "arrivals",
  names: ["key", "form"],
  columns: ["size", "etag", "last_modified", "was", "since"],
};
