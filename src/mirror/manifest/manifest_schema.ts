import type { DatabaseSync } from "node:sqlite";
import { MirrorDamagedError } from "../errors.ts";

/** Marks a database as a manifest: `Flat` in ASCII. */
const APPLICATION_ID = 0x466c6174;

/**
 * What brings a manifest from each version to the next; the first one makes it. A
 * migration that was ever released is never changed.
 *
 * Times are milliseconds since 1970. `files` holds what was fetched. `arrivals` holds
 * what is being fetched: what is known of a file that is named there holds as long as
 * it is the one that `was` there. The column `form` is called `encoding` elsewhere.
 * `parquet` holds which Parquet files were made, and of what. `stamps` holds when each
 * row was changed last, and when a file's day last got one, as long as journals may hold
 * earlier changes; `journals` how much of each journal is merged.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE files (
    key TEXT NOT NULL,
    form TEXT NOT NULL CHECK (form IN ('stored', 'decompressed')),
    data_type TEXT NOT NULL,
    date TEXT NOT NULL,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    last_modified INTEGER,
    sha256 TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    mtime INTEGER NOT NULL,
    fetched_at INTEGER NOT NULL,
    verified_at INTEGER,
    is_damaged INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (key, form)
  ) STRICT;
  CREATE INDEX files_by_day ON files (data_type, date);
  CREATE TABLE arrivals (
    key TEXT NOT NULL,
    form TEXT NOT NULL,
    size INTEGER,
    etag TEXT NOT NULL,
    last_modified INTEGER,
    was TEXT,
    since INTEGER NOT NULL,
    PRIMARY KEY (key, form)
  ) STRICT;
  CREATE TABLE floors (
    data_type TEXT PRIMARY KEY,
    outcome TEXT NOT NULL,
    date TEXT,
    found_on TEXT NOT NULL
  ) STRICT;
  `,
  // What earlier versions fetched was checked by its gzip data where no MD5 proved it.
  `
  ALTER TABLE files ADD COLUMN proof TEXT NOT NULL DEFAULT 'size'
    CHECK (proof IN ('md5', 'gzip', 'size'));
  ALTER TABLE files ADD COLUMN gzip TEXT NOT NULL DEFAULT 'unchecked'
    CHECK (gzip IN ('unchecked', 'whole', 'damaged'));
  ALTER TABLE files ADD COLUMN gzip_fault TEXT;
  ALTER TABLE files ADD COLUMN released_at INTEGER;
  UPDATE files SET proof = 'md5' WHERE length(etag) = 32;
  UPDATE files SET proof = 'gzip' WHERE length(etag) <> 32;
  UPDATE files SET gzip = 'whole'
    WHERE length(etag) <> 32 OR form = 'decompressed';
  CREATE TABLE accepted_holes (
    data_type TEXT NOT NULL,
    date TEXT NOT NULL,
    accepted_at INTEGER NOT NULL,
    PRIMARY KEY (data_type, date)
  ) STRICT;
  `,
  `
  ALTER TABLE floors ADD COLUMN is_exact INTEGER NOT NULL DEFAULT 1;
  ALTER TABLE floors ADD COLUMN until TEXT;
  `,
  // A hole is accepted until a file of its day has come.
  `
  ALTER TABLE files ADD COLUMN withdrawn_at INTEGER;
  DELETE FROM accepted_holes WHERE EXISTS (
    SELECT 1 FROM files WHERE files.data_type = accepted_holes.data_type
      AND files.date = accepted_holes.date
  );
  `,
  // A folder is empty for the mirror's own.
  `
  CREATE TABLE parquet (
    key TEXT NOT NULL,
    folder TEXT NOT NULL,
    etag TEXT NOT NULL,
    source_sha256 TEXT NOT NULL,
    schema INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    mtime INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    as_text TEXT NOT NULL,
    extra_columns TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    PRIMARY KEY (folder, key)
  ) STRICT;
  `,
  // What journals hold may be older than what is there.
  `
  CREATE TABLE stamps (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    sub TEXT NOT NULL,
    stamp TEXT NOT NULL,
    filled TEXT NOT NULL,
    PRIMARY KEY (kind, key, sub)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE journals (
    name TEXT PRIMARY KEY,
    bytes INTEGER NOT NULL,
    lines INTEGER NOT NULL,
    merged_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
];

/**
 * Brings a manifest to the newest version.
 *
 * @throws {MirrorDamagedError} If it is newer than that, or not a manifest.
 */
export function migrate(
  db: DatabaseSync,
  path: string,
  migrations: readonly string[] = MIGRATIONS,
): void {
  const version = checkVersion(db, path, migrations.length);
  for (let next = version; next < migrations.length; next++) {
    db.exec("BEGIN IMMEDIATE");
    try {
      db.exec(migrations[next] ?? "");
      db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
      db.exec(`PRAGMA user_version = ${next + 1}`);
      db.exec("COMMIT");
    } catch (error) {
      // SQLite has done so itself where the disk is full.
      if (db.isTransaction) db.exec("ROLLBACK");
      throw error;
    }
  }
}

/**
 * The version of a manifest, 0 for one that is still empty.
 *
 * @throws {MirrorDamagedError} If it is newer than `newest`, or not a manifest.
 */
export function checkVersion(
  db: DatabaseSync,
  path: string,
  newest: number = MIGRATIONS.length,
): number {
  const version = pragma(db, "user_version");
  const id = pragma(db, "application_id");
  const isEmpty = id === 0 && version === 0 &&
    db.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() === undefined;
  if (isEmpty) return 0;
  if (id !== APPLICATION_ID) {
    throw new MirrorDamagedError(
      `Cannot read manifest '${path}': it is a database of another kind`,
      { reason: "unreadable" },
    );
  }
  if (version > newest) {
    throw new MirrorDamagedError(
      `Cannot read manifest '${path}': its version is ${version}, and this Flatbed reads versions up to ${newest}: use a newer Flatbed`,
      { reason: "newer-version" },
    );
  }
  return version;
}

/**
 * Checks that a manifest of the newest version has its tables.
 *
 * @throws {Error} SQLite's, if it lacks one.
 */
export function checkTables(db: DatabaseSync): void {
  for (
    const table of [
      "files",
      "arrivals",
      "floors",
      "accepted_holes",
      "parquet",
      "stamps",
      "journals",
    ]
  ) {
    db.prepare(`SELECT 1 FROM ${table} LIMIT 0`);
  }
}

function pragma(db: DatabaseSync, name: string): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);
}
