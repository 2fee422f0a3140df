import { DatabaseSync } from "node:sqlite";
import { Pace } from "../../base/mod.ts";
import { MirrorDamagedError } from "../errors.ts";
import type { ManifestDatabase, Prepare } from "./manifest_database.ts";
import { type JournalFile, listJournals } from "../journal/list_journals.ts";
import { folderRevision } from "./folder_revision.ts";
import { guard } from "./manifest_error.ts";
import { manifestPath } from "./manifest_path.ts";
import { OverlaidSnapshot } from "./overlaid_snapshot.ts";
import {
  checkTables,
  checkVersion,
  migrate,
  MIGRATIONS,
} from "./manifest_schema.ts";
import { isInWalMode, ManifestSnapshot } from "./manifest_snapshot.ts";
import { fileIdOf, openDatabases } from "./open_databases.ts";
import { preparedStatement } from "./prepared_statement.ts";

/**
 * A manifest's database that is only read: with the permission to read it, wherever it
 * lies, and without a trace. Between two writers SQLite reads the file. While a writer has
 * it open, or was killed, SQLite would make files of its own beside it: then a
 * {@linkcode ManifestSnapshot} is read, and an {@linkcode OverlaidSnapshot} while there are
 * journals of shards.
 *
 * Each query sees what was committed before, unless the reader may lag: a large snapshot
 * costs tenths of a second, and a sync commits several times a second.
 */
export class ReadOnlyDatabase implements ManifestDatabase {
  readonly #folder: string;
  readonly #path: string;
  /** The file that was opened last; without a database if it is of an older version. */
  #file: { id: string; db: DatabaseSync | undefined } | undefined;
  #snapshot: ManifestSnapshot | undefined;
  /** The {@linkcode folderRevision} that it has at least. */
  #snapshotRevision = "";
  /** When a snapshot that may lag is taken again. */
  readonly #taking: Pace | undefined;
  /** The manifest with its journals, where there are any. */
  #overlay: OverlaidSnapshot | undefined;
  /** The journals that were there when it was last looked. */
  #listed: readonly JournalFile[] = [];
  /** When it is worth to look again, where there are many. */
  readonly #listing = new Pace({ ratio: LISTING_RATIO });

  /**
   * Opens the database; there need be none.
   *
   * @throws {MirrorDamagedError} If it cannot be used.
   */
  constructor(folder: string, { mayLag = false, now }: ReaderOptions = {}) {
    this.#folder = folder;
    this.#taking = mayLag
      ? new Pace({
        ratio: TAKING_RATIO,
        longest: LONGEST_LAG_MS,
        ...now && { now },
      })
      : undefined;
    this.#path = manifestPath(folder);
    this.read(() => {});
  }

  read<T>(query: (prepare: Prepare) => T): T {
    return guard(this.#path, () => {
      const id = fileIdOf(this.#path);
      const own = openDatabases.get(id ?? "");
      const ask = (db: DatabaseSync) =>
        query((sql) => preparedStatement(db, sql));
      if (own !== undefined) return ask(own);
      const journals = this.#journals();
      if (journals.length > 0) return ask(this.#currentOverlay(journals).db);
      this.#closeOverlay();
      try {
        const db = this.#openFile(id);
        if (db !== undefined) {
          this.#closeSnapshot();
          return ask(db);
        }
      } catch (error) {
        // A writer has just opened it, or somebody else has locked it.
        if (!isSqliteError(error)) throw error;
      }
      return ask(this.#currentSnapshot().db);
    });
  }

  /** Differs from what it was before what queries see was changed. */
  revision(): string {
    // While the snapshot lags, so does this: who follows it is told when it does not any more.
    const lags = this.#isHeld() && this.#journals().length === 0 &&
      !openDatabases.has(fileIdOf(this.#path) ?? "");
    return lags ? this.#snapshotRevision : folderRevision(this.#folder);
  }

  change(): never {
    throw new TypeError("Cannot write to a mirror that is opened read-only");
  }

  rewrite(): never {
    return this.change();
  }

  /** Nothing was changed. */
  flush(): Promise<void> {
    return Promise.resolve();
  }

  /** Each query does that. */
  refresh(): Promise<void> {
    return Promise.resolve();
  }

  assertWritable(): never {
    return this.change();
  }

  assertInPlace(): void {
    // It is looked up for each query.
  }

  [Symbol.dispose](): void {
    this.#closeFile();
    this.#closeSnapshot();
    this.#closeOverlay();
  }

  /** The journals of shards that are not merged yet. */
  #journals(): readonly JournalFile[] {
    if (this.#listed.length > FEW_JOURNALS && !this.#listing.isDue) {
      return this.#listed;
    }
    return this.#listed = this.#listing.measure(() =>
      listJournals(this.#folder)
    );
  }

  /** The manifest with its journals, read anew where more than a journal has changed. */
  #currentOverlay(journals: readonly JournalFile[]): OverlaidSnapshot {
    try {
      if (this.#overlay?.update(journals)) return this.#overlay;
    } catch (error) {
      // Lines that a full disk has cut back may have been read: all is read again.
      if (!(error instanceof MirrorDamagedError)) throw error;
    }
    this.#closeOverlay();
    this.#closeFile();
    this.#closeSnapshot();
    return this.#overlay = OverlaidSnapshot.take(this.#folder);
  }

  #closeOverlay(): void {
    this.#overlay?.[Symbol.dispose]();
    this.#overlay = undefined;
  }

  /** The file's database; `undefined` if it is in WAL mode, or of an older version, which is migrated in memory. */
  #openFile(id: string | undefined): DatabaseSync | undefined {
    if (id === undefined || isInWalMode(this.#path)) return undefined;
    if (this.#file?.id === id) return this.#file.db;
    this.#closeFile();
    const db = new DatabaseSync(this.#path, { readOnly: true });
    try {
      db.exec("PRAGMA busy_timeout = 0"); // a snapshot needs no lock
      const isNewest = checkVersion(db, this.#path) === MIGRATIONS.length;
      if (isNewest) checkTables(db);
      else db.close();
      this.#file = { db: isNewest ? db : undefined, id };
      return this.#file.db;
    } catch (error) {
      db.close();
      throw error;
    }
  }

  #closeFile(): void {
    this.#file?.db?.close();
    this.#file = undefined;
  }

  /** Whether the snapshot is used although something may have been written since. */
  #isHeld(): boolean {
    return (this.#snapshot?.bytes ?? 0) > SMALL_SNAPSHOT &&
      this.#taking?.isDue === false && isInWalMode(this.#path);
  }

  /** The snapshot, taken anew where something was written since. */
  #currentSnapshot(): ManifestSnapshot {
    if (this.#snapshot && (this.#isHeld() || this.#snapshot.isCurrent())) {
      return this.#snapshot;
    }
    this.#closeSnapshot();
    const take = () => this.#takeSnapshot();
    return this.#snapshot = this.#taking?.measure(take) ?? take();
  }

  #takeSnapshot(): ManifestSnapshot {
    if (this.#taking !== undefined) {
      this.#snapshotRevision = folderRevision(this.#folder);
    }
    const snapshot = ManifestSnapshot.take(this.#path);
    try {
      // In memory only: the writer may just have made it, or be an older version.
      migrate(snapshot.db, this.#path);
      checkTables(snapshot.db);
    } catch (error) {
      snapshot[Symbol.dispose]();
      throw error;
    }
    return snapshot;
  }

  #closeSnapshot(): void {
    this.#snapshot?.[Symbol.dispose]();
    this.#snapshot = undefined;
  }
}

/** Whether something was added to so many journals is looked up for each query. */
const FEW_JOURNALS = 32;
/** With more, so many times as long as a look took passes before the next one. */
const LISTING_RATIO = 20;
/** A snapshot of so many bytes is taken in some milliseconds, and never lags. */
const SMALL_SNAPSHOT = 4 * 1024 * 1024;
/** So many times as long as a larger one took passes before the next one, if it may lag. */
const TAKING_RATIO = 10;
/** The longest time that it lags, in milliseconds. */
const LONGEST_LAG_MS = 10_000;

/** How a manifest is read. */
export interface ReaderOptions {
  /** Whether a large one may lag behind its writer by some seconds. */
  mayLag?: boolean;
  /** The clock for that, in milliseconds. */
  now?: () => number;
}

function isSqliteError(error: unknown): boolean {
  return error instanceof Error && "code" in error &&
    error.code === "ERR_SQLITE_ERROR";
}
