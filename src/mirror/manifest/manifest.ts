import {
  type DataType,
  getDataset,
  isOfShard,
  type Shard,
} from "../../catalog/mod.ts";
import { identityOf } from "../../files/mod.ts";
import type { LockHolder } from "../errors.ts";
import type { FileEncoding } from "../mirror_file.ts";
import type { StateStore } from "../state/state_store.ts";
import type { ReadableRange } from "../plan/readable_range.ts";
import {
  ARRIVALS,
  type Change,
  CHANGED_TABLES,
  type RowValues,
} from "../journal/change.ts";
import type { StampClock } from "../journal/stamp_clock.ts";
import { valuesOf } from "./apply_changes.ts";
import { folderRevision } from "./folder_revision.ts";
import { forgetImpossible } from "./forget_impossible.ts";
import type { ManifestDatabase } from "./manifest_database.ts";
import type { Arrival, ManifestEntry } from "./manifest_entry.ts";
import { unreadable } from "./manifest_error.ts";
import { manifestPath } from "./manifest_path.ts";
import { mergeJournals } from "./merge_journals.ts";
import type { ParquetEntry } from "./parquet_entry.ts";
import { type ReaderOptions, ReadOnlyDatabase } from "./read_only_database.ts";
import { openShardDatabase } from "./open_shard_database.ts";
import { StoreDatabase, type StoreManifestOptions } from "./store_database.ts";
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

/** Where a manifest is, and the copies that it is about. */
interface ManifestPlace {
  /** How people are told of the manifest. */
  readonly path: string;
  /** Whether a copy is the one of an identity. */
  isStill(path: string, identity: unknown): boolean;
  /** Differs from what it was before somebody wrote to the manifest. */
  revision(): string;
}

function placeOf(folder: string): ManifestPlace {
  return {
    path: manifestPath(folder),
    isStill: (path, identity) =>
      identityOf(`${folder}/${path}`) === (identity ?? undefined),
    revision: () => folderRevision(folder),
  };
}

/**
 * What a mirror knows, in a SQLite database. The one writer keeps it open; readers see,
 * for each query, the last committed state, and leave no trace.
 */
export class Manifest implements Disposable {
  readonly #place: ManifestPlace;
  readonly #db: ManifestDatabase;
  readonly #shard: Shard | undefined;

  private constructor(
    place: ManifestPlace,
    db: ManifestDatabase,
    shard?: Shard,
  ) {
    this.#place = place;
    this.#db = db;
    this.#shard = shard;
  }

  /**
   * The same manifest, of which only the files of a shard are told. What is asked for by
   * its key, or is of whole datasets, is told as before.
   */
  ofShard(shard: Shard | undefined): Manifest {
    return new Manifest(this.#place, this.#db, shard);
  }

  #isMine = ({ key }: { key?: unknown }): boolean =>
    isOfShard(String(key), this.#shard);

  /**
   * Opens the manifest of a mirror for reading; there need be none.
   *
   * @throws {MirrorDamagedError} If it cannot be used.
   */
  static openForReading(folder: string, options?: ReaderOptions): Manifest {
    const db = new ReadOnlyDatabase(folder, options);
    return new Manifest(
      { ...placeOf(folder), revision: () => db.revision() },
      db,
    );
  }

  /**
   * Opens the manifest of a mirror for its one writer, and makes it where there is none.
   * The journals of shards are merged.
   *
   * @param options `setsDamagedAside` renames a journal with a damaged line, after merging
   * the lines before it.
   * @throws {MirrorDamagedError} If it cannot be used.
   */
  static openForWriting(
    folder: string,
    { setsDamagedAside = false, clock }: {
      setsDamagedAside?: boolean;
      clock?: StampClock;
    } = {},
  ): Manifest {
    const db = new WritableDatabase(manifestPath(folder), clock);
    try {
      mergeJournals(folder, db, setsDamagedAside);
      return new Manifest(placeOf(folder), db);
    } catch (error) {
      db[Symbol.dispose]();
      throw error;
    }
  }

  /**
   * Opens the manifest of a mirror for a process that does one shard: what it changes goes
   * to a journal of its own, which the next writer merges.
   *
   * @throws {MirrorBusyError} If another process of this machine does the same shard.
   * @throws {MirrorDamagedError} If the manifest or a journal cannot be used.
   */
  static openForShard(
    folder: string,
    shard: Shard,
    holder: LockHolder,
    clock?: StampClock,
  ): Manifest {
    const db = openShardDatabase(folder, shard, holder, clock);
    return new Manifest(placeOf(folder), db);
  }

  /**
   * Opens the manifest of a mirror that keeps its state in a store which is no folder, such
   * as a bucket: any number of processes may write to it at once.
   *
   * @throws {MirrorDamagedError} If it cannot be used.
   * @throws {FlatbedError} If it cannot be read.
   */
  static async openInStore(
    store: StateStore,
    options: StoreManifestOptions,
  ): Promise<Manifest> {
    const db = await StoreDatabase.open(store, options);
    // Which copy is there, its store tells: one that is replaced is never half there.
    return new Manifest(
      {
        path: store.locate("journals"),
        isStill: () => true,
        revision: () => db.revision(),
      },
      db,
    );
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
          if (!this.#isMine(row)) continue;
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

  /** Differs from what it was before somebody wrote to the manifest. */
  revision(): string {
    return this.#place.revision();
  }

  /** The same for one data type: it may take some milliseconds, and differs if a row of it does. */
  revisionOf(dataType: DataType): string {
    const { prefix } = getDataset(dataType);
    const keys = [`${prefix}/`, `${prefix}/~`];
    return this.#db.read((prepare) =>
      [
        prepare(FILES_REVISION).get(dataType),
        prepare(ARRIVALS_REVISION).get(...keys),
        prepare(PARQUET_REVISION).get(...keys),
        prepare(HOLES_REVISION).get(dataType),
        prepare(RANGE_REVISION).get(dataType),
      ].map((row) => Object.values(row ?? {}).join()).join(";")
    );
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
      return this.#place.isStill(path, row.was);
    });
  }

  /** How many entries there are, of some data types or of all. */
  count(dataTypes?: readonly DataType[]): number {
    if (this.#shard !== undefined) {
      const keys = this.#db.read((prepare) =>
        prepare("SELECT key, data_type FROM files").all()
      );
      return keys.filter((row) =>
        this.#isMine(row) &&
        (dataTypes === undefined ||
          dataTypes.includes(row.data_type as DataType))
      ).length;
    }
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
    ).filter(this.#isMine).map((row) => this.#decode(() => readArrival(row)));
  }

  /** Notes which files are being fetched, and which are there, whole. */
  note(
    arrivals: readonly Arrival[],
    entries: readonly ManifestEntry[],
    now: Date,
  ): void {
    this.#db.change([
      ...arrivals.map((arrival) => this.#announced(arrival, now)),
      ...entries.map(recorded),
    ]);
  }

  #announced(
    { key, encoding, size, etag, lastModified, was }: Arrival,
    now: Date,
  ): Change {
    return {
      ...NO_CHANGE,
      key,
      sub: encoding,
      row: this.#rowOf(key, encoding),
      arrival: [
        size ?? null,
        etag,
        lastModified?.getTime() ?? null,
        was ?? null,
        now.getTime(),
      ],
    };
  }

  /** What is known of a file, as a change says it. */
  #rowOf(key: string, encoding: FileEncoding): RowValues | null {
    return this.#db.read((prepare) =>
      valuesOf(prepare, CHANGED_TABLES.file, key, encoding)
    );
  }

  /** Notes that a file was not fetched: what was known of it before still holds. */
  withdraw(key: string, encoding: FileEncoding): void {
    const row = this.#rowOf(key, encoding);
    this.#db.change([{ ...NO_CHANGE, key, sub: encoding, row }]);
  }

  /** Forgets everything about a file. */
  remove(key: string, encoding: FileEncoding): void {
    this.#db.change([{ ...NO_CHANGE, key, sub: encoding }]);
  }

  /** Notes that a file is there, whole. */
  record(entry: ManifestEntry): void {
    this.#db.change([recorded(entry)]);
  }

  /** Notes of files whether the bucket lists their objects, as their `withdrawnAt` says. */
  noteWithdrawn(entries: readonly ManifestEntry[]): void {
    if (entries.length === 0) return;
    this.#db.change(entries.flatMap(({ key, encoding, withdrawnAt }) => {
      const row = this.#rowOf(key, encoding);
      if (row === null) return [];
      const arrival = this.#db.read((prepare) =>
        valuesOf(prepare, ARRIVALS, key, encoding)
      );
      const at = WITHDRAWN_AT;
      return {
        ...NO_CHANGE,
        key,
        sub: encoding,
        row: row.with(at, withdrawnAt?.getTime() ?? null),
        arrival,
      };
    }));
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
    this.#db.change([{
      ...NO_CHANGE,
      kind: "range",
      key: dataType,
      row: [
        readable.outcome,
        readable.date ?? null,
        foundOn,
        readable.isExact ? 1 : 0,
        readable.until ?? null,
      ],
    }]);
  }

  /** The Parquet files that were made in a folder, by their keys; an empty text is the mirror's own folder. */
  parquet(folder: string, firstKey = "", lastKey = LAST): ParquetEntry[] {
    return this.#db.read((prepare) =>
      prepare(
        "SELECT * FROM parquet WHERE folder = ? AND key BETWEEN ? AND ? ORDER BY key",
      ).all(folder, firstKey, lastKey)
    ).filter(this.#isMine).map((row) => this.#decode(() => readParquet(row)));
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
        `SELECT files.key, files.date, max(parquet.bytes) AS bytes, parquet.mtime
         FROM files LEFT JOIN parquet ON parquet.folder = ?
           AND parquet.key = files.key AND parquet.schema = ?
           AND parquet.source_sha256 = files.sha256
         WHERE files.data_type = ? AND files.date BETWEEN ? AND ?
         GROUP BY files.date ORDER BY files.date`,
      ).all(folder, schema, dataType, from, to)
    ).filter(this.#isMine).map((row) =>
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
    this.#db.change([{
      ...NO_CHANGE,
      kind: "parquet",
      key: entry.key,
      sub: entry.folder,
      row: [
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
      ],
    }]);
  }

  /** Forgets Parquet files: the next conversion makes them again. */
  forgetParquet(
    entries: readonly Pick<ParquetEntry, "key" | "folder" | "sha256">[],
  ): void {
    const isThere = ({ key, folder, sha256 }: typeof entries[number]) =>
      this.#db.read((prepare) => prepare(SELECT_PARQUET).get(folder, key))
        ?.sha256 === sha256;
    this.#db.change(
      entries.filter(isThere).map(({ key, folder }) => ({
        ...NO_CHANGE,
        kind: "parquet",
        key,
        sub: folder,
      })),
    );
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
    const accepted = new Set(this.acceptedDates(dataType));
    this.#db.change(
      dates.filter((date) => !accepted.has(date)).map((date) => ({
        ...NO_CHANGE,
        kind: "hole",
        key: dataType,
        sub: date,
        row: [now.getTime()],
      })),
    );
  }

  /** Expects the files of some days again. */
  forgetAccepted(dataType: DataType, dates: readonly string[]): void {
    this.#db.change(
      dates.map((date) => ({
        ...NO_CHANGE,
        kind: "hole",
        key: dataType,
        sub: date,
      })),
    );
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

  /**
   * Resolves when what was noted so far is where others see it, and outlives this process.
   *
   * @throws {FlatbedError} If it cannot be written.
   */
  flush(): Promise<void> {
    return this.#db.flush();
  }

  /**
   * Takes in what others have noted in a store, unless that was done a moment ago.
   *
   * @param maxAge How long ago it may have been, in milliseconds.
   * @throws {FlatbedError} If it cannot be read.
   */
  refresh(maxAge: number): Promise<void> {
    return this.#db.refresh(maxAge);
  }

  /** Closes the database. What was not flushed to a store is lost. */
  [Symbol.dispose](): void {
    this.#db[Symbol.dispose]();
  }

  /** Reads what a row says; an impossible value is damage like any other. */
  #decode<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ImpossibleValueError)) throw error;
      throw unreadable(this.#place.path, error.message, error);
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
// Sums differ where a row does, but for changes that make up for each other to the millisecond.
const FILES_REVISION =
  `SELECT count(*), CAST(sum(bytes) AS TEXT), CAST(sum(mtime) AS TEXT), CAST(sum(fetched_at) AS TEXT),
  count(released_at), CAST(sum(released_at) AS TEXT), CAST(sum(is_damaged) AS TEXT), count(withdrawn_at),
  count(gzip_fault) FROM files WHERE data_type = ?`;
const ARRIVALS_REVISION =
  "SELECT count(*), max(since) FROM arrivals WHERE key BETWEEN ? AND ?";
const PARQUET_REVISION =
  "SELECT count(*), CAST(sum(made_at) AS TEXT) FROM parquet WHERE folder = '' AND key BETWEEN ? AND ?";
const HOLES_REVISION =
  "SELECT count(*), CAST(sum(accepted_at) AS TEXT) FROM accepted_holes WHERE data_type = ?";
const RANGE_REVISION =
  "SELECT outcome, date, is_exact, until FROM floors WHERE data_type = ?";
const SELECT_PAGE =
  `${SELECT_FILES} WHERE data_type = ? AND (date, form) > (?, ?) AND date <= ? ORDER BY date, form LIMIT ${PAGE}`;
const SELECT_PARQUET =
  "SELECT sha256 FROM parquet WHERE folder = ? AND key = ?";
/** Of a file of which nothing is known. */
const NO_CHANGE = {
  kind: "file",
  sub: "",
  row: null,
  arrival: null,
  fillsHole: false,
} as const;
const WITHDRAWN_AT = CHANGED_TABLES.file.columns.indexOf("withdrawn_at");

/** That a file is there, whole, as a change. */
function recorded(entry: ManifestEntry): Change {
  return {
    ...NO_CHANGE,
    key: entry.key,
    sub: entry.encoding,
    row: [
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
    ],
    // Should the file be lost one day, that was not accepted.
    fillsHole: entry.releasedAt === undefined,
  };
}
