import type { DataType } from "../../catalog/mod.ts";
import { identityOf } from "../../files/mod.ts";
import type { FileEncoding } from "../mirror_file.ts";
import type { ReadableRange } from "../plan/readable_range.ts";
import { forgetImpossible } from "./forget_impossible.ts";
import type { ManifestDatabase } from "./manifest_database.ts";
import type { Arrival, ManifestEntry } from "./manifest_entry.ts";
import { unreadable } from "./manifest_error.ts";
import { manifestPath } from "./manifest_path.ts";
import type { ParquetEntry } from "./parquet_entry.ts";
import { ReadOnlyDatabase } from "./read_only_database.ts";
import { WritableDatabase } from "./writable_database.ts";
import {
  ImpossibleValueError,
  readArrival,
  readDataType,
  readDate,
  readEntry,
  readMade,
  readParquet,
  readReadableRange,
  type Row,
} from "./read_row.ts";

/** Selects entries. A field that is missing excludes none. */
export interface EntryFilter {
  dataType?: DataType | undefined;
  from?: string | undefined;
  to?: string | undefined;
}

/**
 * What a mirror knows, in a SQLite database. The one writer keeps it open; readers see,
 * for each query, the last committed state, and leave no trace.
 */
export class Manifest implements Disposable {
  readonly #folder: string;
  readonly #db: ManifestDatabase;

  private constructor(folder: string, db: ManifestDatabase) {
    this.#folder = folder;
    this.#db = db;
  }

  /**
   * Opens the manifest of a mirror for reading; there need be none.
   *
   * @throws {MirrorDamagedError} If it cannot be used.
   */
  static openForReading(folder: string): Manifest {
    return new Manifest(folder, new ReadOnlyDatabase(manifestPath(folder)));
  }

  /**
   * Opens the manifest of a mirror for its one writer, and makes it where there is none.
   *
   * @throws {MirrorDamagedError} If it cannot be used.
   */
  static openForWriting(folder: string): Manifest {
    return new Manifest(folder, new WritableDatabase(manifestPath(folder)));
  }

  /**
   * What is known of the files, by data type, date and encoding. Of one that is being
   * fetched, or was when a run ended, it holds as long as its file is the one that was
   * there before.
   */
  entries(filter: EntryFilter = {}): ManifestEntry[] {
    return [...this.eachEntry(filter)];
  }

  /** The same one by one, with one page in memory at a time. */
  *eachEntry(
    { dataType, from = "", to = LAST }: EntryFilter = {},
  ): Generator<ManifestEntry> {
    const types = dataType === undefined ? this.dataTypes() : [dataType];
    for (const type of types) {
      let last: readonly [date: string, encoding: string] = [from, ""];
      while (true) {
        const rows = this.#db.read((prepare) =>
          prepare(SELECT_PAGE).all(type, ...last, to)
        );
        for (const row of rows) {
          last = [String(row.date), String(row.form)];
          if (this.#isStillTrue(row)) yield this.#decode(() => readEntry(row));
        }
        if (rows.length < PAGE) break;
      }
    }
  }

  /** What is known of one file, as {@linkcode Manifest.entries} tells it. */
  entry(key: string, encoding: FileEncoding): ManifestEntry | undefined {
    const row = this.#db.read((prepare) =>
      prepare(`${SELECT_FILES} WHERE key = ? AND form = ?`).get(key, encoding)
    );
    return row === undefined || !this.#isStillTrue(row)
      ? undefined
      : this.#decode(() => readEntry(row));
  }

  /** The paths of the files of a data type, also of those that are being fetched again. */
  paths(dataType: DataType): Set<string> {
    const rows = this.#db.read((prepare) =>
      prepare("SELECT key, form FROM files WHERE data_type = ?").all(dataType)
    );
    return new Set(
      rows.map(({ key, form }) =>
        form === "stored" ? String(key) : String(key).slice(0, -".gz".length)
      ),
    );
  }

  /** Whether a row still describes the file that is there, although a new one may be arriving. */
  #isStillTrue(row: Row): boolean {
    if (row.is_arriving !== 1) return true;
    return this.#decode(() => {
      const { path } = readEntry(row);
      return identityOf(`${this.#folder}/${path}`) === (row.was ?? undefined);
    });
  }

  /** How many entries there are, of some data types or of all. */
  count(dataTypes?: readonly DataType[]): number {
    const counts = this.#db.read((prepare) =>
      prepare(
        "SELECT data_type, count(*) AS files FROM files GROUP BY data_type",
      ).all()
    );
    return counts.filter(({ data_type }) =>
      dataTypes === undefined || dataTypes.includes(data_type as DataType)
    ).reduce((sum, { files }) => sum + Number(files), 0);
  }

  /** The data types of which there are files, in order. */
  dataTypes(): DataType[] {
    return this.#db.read((prepare) =>
      prepare(
        `SELECT data_type, min(date) AS first_date, max(date) AS last_date FROM files
           GROUP BY data_type ORDER BY data_type`,
      ).all()
    ).map((row) =>
      this.#decode(() => {
        // What is no date may lie outside every range that is asked for.
        for (const column of ["first_date", "last_date"]) readDate(row, column);
        return readDataType(row);
      })
    );
  }

  /** The encoding that all files have, where there are files and they agree. */
  encodingInUse(): FileEncoding | undefined {
    const encodings = this.#db.read((prepare) =>
      prepare("SELECT DISTINCT form FROM files").all()
    );
    return encodings.length === 1
      ? encodings[0]?.form as FileEncoding
      : undefined;
  }

  /** What was being fetched, and may have been interrupted. */
  arrivals(): Arrival[] {
    return this.#db.read((prepare) =>
      prepare("SELECT * FROM arrivals ORDER BY key, form").all()
    ).map((row) => this.#decode(() => readArrival(row)));
  }

  /** Notes which files are being fetched, and which are there, whole. */
  note(
    arrivals: readonly Arrival[],
    entries: readonly ManifestEntry[],
    now: Date,
  ): void {
    this.#db.transaction(() => {
      for (const arrival of arrivals) this.#announce(arrival, now);
      for (const entry of entries) this.#record(entry);
    });
  }

  #announce(arrival: Arrival, now: Date): void {
    this.#db.write(
      `INSERT OR REPLACE INTO arrivals
         (key, form, size, etag, last_modified, was, since)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      arrival.key,
      arrival.encoding,
      arrival.size ?? null,
      arrival.etag,
      arrival.lastModified?.getTime() ?? null,
      arrival.was ?? null,
      now.getTime(),
    );
  }

  /** Notes that a file was not fetched: what was known of it before still holds. */
  withdraw(key: string, encoding: FileEncoding): void {
    this.#db.write(DELETE_ARRIVAL, key, encoding);
  }

  /** Forgets everything about a file. */
  remove(key: string, encoding: FileEncoding): void {
    this.#db.transaction(() => {
      this.#db.write(DELETE_ARRIVAL, key, encoding);
      this.#db.write(
        "DELETE FROM files WHERE key = ? AND form = ?",
        key,
        encoding,
      );
    });
  }

  /** Notes that a file is there, whole. */
  record(entry: ManifestEntry): void {
    this.#db.transaction(() => this.#record(entry));
  }

  #record(entry: ManifestEntry): void {
    this.#db.write(DELETE_ARRIVAL, entry.key, entry.encoding);
    this.#db.write(
      `INSERT OR REPLACE INTO files
           (key, form, data_type, date, size, etag, last_modified, sha256,
            bytes, mtime, fetched_at, verified_at, is_damaged, proof, gzip,
            gzip_fault, released_at, withdrawn_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      entry.key,
      entry.encoding,
      entry.dataType,
      entry.date,
      entry.size,
      entry.etag,
      entry.lastModified?.getTime() ?? null,
      entry.sha256,
      entry.bytes,
      entry.mtime.getTime(),
      entry.fetchedAt.getTime(),
      entry.verifiedAt?.getTime() ?? null,
      entry.isDamaged ? 1 : 0,
      entry.proof,
      entry.gzip,
      entry.gzipFault ?? null,
      entry.releasedAt?.getTime() ?? null,
      entry.withdrawnAt?.getTime() ?? null,
    );
    // Should the file be lost one day, that was not accepted.
    if (entry.releasedAt === undefined) {
      this.#db.write(DELETE_HOLE, entry.dataType, entry.date);
    }
  }

  /** Notes of files whether the bucket lists their objects, as their `withdrawnAt` says. */
  noteWithdrawn(entries: readonly ManifestEntry[]): void {
    if (entries.length === 0) return;
    this.#db.transaction(() => {
      for (const { key, encoding, withdrawnAt } of entries) {
        this.#db.write(
          "UPDATE files SET withdrawn_at = ? WHERE key = ? AND form = ?",
          withdrawnAt?.getTime() ?? null,
          key,
          encoding,
        );
      }
    });
  }

  /**
   * How many times as large as its object a content of a data type is at least, among
   * those that are decompressed; `undefined` where there are none.
   */
  leastExpansion(dataType: DataType): number | undefined {
    const least = this.#db.read((prepare) =>
      prepare(
        `SELECT MIN(CAST(bytes AS REAL) / size) AS least FROM files
         WHERE data_type = ? AND form = 'decompressed' AND size > 0`,
      ).get(dataType)
    )?.least;
    return typeof least === "number" ? least : undefined;
  }

  /** What the account can read of a data type, as it was found last, and on which date (UTC). */
  readableRange(
    dataType: DataType,
  ): ReadableRange & { foundOn: string } | undefined {
    const row = this.#db.read((prepare) =>
      prepare("SELECT * FROM floors WHERE data_type = ?").get(dataType)
    );
    return row && this.#decode(() => readReadableRange(row));
  }

  /** Remembers what the account can read of a data type. */
  rememberReadableRange(
    dataType: DataType,
    readable: ReadableRange,
    foundOn: string,
  ): void {
    this.#db.write(
      `INSERT OR REPLACE INTO floors
         (data_type, outcome, date, found_on, is_exact, until)
       VALUES (?, ?, ?, ?, ?, ?)`,
      dataType,
      readable.outcome,
      readable.date ?? null,
      foundOn,
      readable.isExact ? 1 : 0,
      readable.until ?? null,
    );
  }

  /** The Parquet files that were made in a folder, by their keys; an empty text is the mirror's own folder. */
  parquet(folder: string): ParquetEntry[] {
    return this.#db.read((prepare) =>
      prepare("SELECT * FROM parquet WHERE folder = ? ORDER BY key").all(folder)
    ).map((row) => this.#decode(() => readParquet(row)));
  }

  /**
   * The days of a data type, and the size and time of the Parquet file that was made of the
   * newest version, with a version of the schema; `undefined` where none was. This is all
   * that need be read where nothing is to be done.
   */
  parquetDays(
    { dataType, from = "", to = LAST }: EntryFilter & { dataType: DataType },
    folder: string,
    schema: number,
  ): {
    date: string;
    made: Pick<ParquetEntry, "bytes" | "mtime"> | undefined;
  }[] {
    return this.#db.read((prepare) =>
      prepare(
        `SELECT files.date, max(parquet.bytes) AS bytes, parquet.mtime
         FROM files LEFT JOIN parquet ON parquet.folder = ?
           AND parquet.key = files.key AND parquet.schema = ?
           AND parquet.source_sha256 = files.sha256
         WHERE files.data_type = ? AND files.date BETWEEN ? AND ?
         GROUP BY files.date ORDER BY files.date`,
      ).all(folder, schema, dataType, from, to)
    ).map((row) =>
      this.#decode(() => ({
        date: readDate(row, "date"),
        made: row.bytes === null ? undefined : readMade(row),
      }))
    );
  }

  /** The folders in which Parquet files were made. */
  parquetFolders(): string[] {
    return this.#db.read((prepare) =>
      prepare("SELECT DISTINCT folder FROM parquet ORDER BY folder").all()
    ).map(({ folder }) => String(folder));
  }

  /** Notes that a Parquet file is there, whole. */
  recordParquet(entry: ParquetEntry): void {
    this.#db.write(
      `INSERT OR REPLACE INTO parquet
         (key, folder, etag, source_sha256, schema, rows, bytes, mtime, sha256,
          as_text, extra_columns, made_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      entry.key,
      entry.folder,
      entry.etag,
      entry.sourceSha256,
      entry.schema,
      entry.rows,
      entry.bytes,
      entry.mtime.getTime(),
      entry.sha256,
      entry.asText.join(),
      entry.extraColumns.join(),
      entry.madeAt.getTime(),
    );
  }

  /** Forgets Parquet files: the next conversion makes them again. */
  forgetParquet(
    entries: readonly Pick<ParquetEntry, "key" | "folder" | "sha256">[],
  ): void {
    this.#db.transaction(() => {
      for (const { key, folder, sha256 } of entries) {
        this.#db.write(
          "DELETE FROM parquet WHERE folder = ? AND key = ? AND sha256 = ?",
          folder,
          key,
          sha256,
        );
      }
    });
  }

  /** The days of a data type whose files are never to be expected, in order. */
  acceptedDates(dataType: DataType): string[] {
    return this.#db.read((prepare) =>
      prepare(
        "SELECT date FROM accepted_holes WHERE data_type = ? ORDER BY date",
      )
        .all(dataType)
    ).map((row) => this.#decode(() => readDate(row, "date")));
  }

  /** Remembers that no file is to be expected of some days. */
  acceptMissing(dataType: DataType, dates: readonly string[], now: Date): void {
    this.#db.transaction(() => {
      for (const date of dates) {
        this.#db.write(
          "INSERT OR IGNORE INTO accepted_holes VALUES (?, ?, ?)",
          dataType,
          date,
          now.getTime(),
        );
      }
    });
  }

  /** Expects the files of some days again. */
  forgetAccepted(dataType: DataType, dates: readonly string[]): void {
    this.#db.transaction(() => {
      for (const date of dates) {
        this.#db.write(DELETE_HOLE, dataType, date);
      }
    });
  }

  /** Deletes the rows that have impossible values, or belong to no dataset. */
  forgetImpossible(): void {
    forgetImpossible(this.#db);
  }

  /**
   * Asserts that the manifest can be written: one that may only be read was opened as well.
   *
   * @throws {MirrorDamagedError} If it cannot.
   */
  assertWritable(): void {
    this.#db.assertWritable();
  }

  /**
   * Asserts that a writer's manifest still lies where it was opened.
   *
   * @throws {MirrorDamagedError} If it does not.
   */
  assertInPlace(): void {
    this.#db.assertInPlace();
  }

  /** Closes the database. */
  [Symbol.dispose](): void {
    this.#db[Symbol.dispose]();
  }

  /** Reads what a row says; an impossible value is damage like any other. */
  #decode<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ImpossibleValueError)) throw error;
      throw unreadable(manifestPath(this.#folder), error.message, error);
    }
  }
}

/** Sorts behind every date, and what should have been one. */
const LAST = "\u{10ffff}";
const SELECT_FILES =
  `SELECT files.*, arrivals.key IS NOT NULL AS is_arriving, arrivals.was
  FROM files LEFT JOIN arrivals USING (key, form)`;
/** So many entries are read at once. */
const PAGE = 1000;
const SELECT_PAGE =
  `${SELECT_FILES} WHERE data_type = ? AND (date, form) > (?, ?) AND date <= ? ORDER BY date, form LIMIT ${PAGE}`;
const DELETE_HOLE =
  "DELETE FROM accepted_holes WHERE data_type = ? AND date = ?";
const DELETE_ARRIVAL = "DELETE FROM arrivals WHERE key = ? AND form = ?";
