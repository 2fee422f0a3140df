import { DatabaseSync } from "node:sqlite";
import { MirrorDamagedError } from "../errors.ts";
import type { ManifestDatabase, Prepare } from "./manifest_database.ts";
import { type JournalFile, listJournals } from "../journal/list_journals.ts";
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
 */
export class ReadOnlyDatabase implements ManifestDatabase {
  readonly #folder: string;
  readonly #path: string;
  /** The file that was opened last; without a database if it is of an older version. */
  #file: { id: string; db: DatabaseSync | undefined } | undefined;
  #snapshot: ManifestSnapshot | undefined;
  /** The manifest with its journals, where there are any. */
  #overlay: OverlaidSnapshot | undefined;
  /** The journals that were there when it was last looked. */
  #listed: readonly JournalFile[] = [];
  /** When it is worth to look again, going by `performance.now()`. */
  #listAgainAt = 0;

  /**
   * Opens the database; there need be none.
   *
   * @throws {MirrorDamagedError} If it cannot be used.
   */
  constructor(folder: string) {
    this.#folder = folder;
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
    const started = performance.now();
    if (started < this.#listAgainAt) return this.#listed;
    this.#listed = listJournals(this.#folder);
    const now = performance.now();
    const wait = COST_RATIO * (now - started);
    this.#listAgainAt = this.#listed.length <= FEW_JOURNALS ? 0 : now + wait;
    return this.#listed;
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

  /** The snapshot, taken anew where something was written since. */
  #currentSnapshot(): ManifestSnapshot {
    if (this.#snapshot?.isCurrent()) return this.#snapshot;
    this.#closeSnapshot();
    const snapshot = ManifestSnapshot.take(this.#path);
    try {
      // In memory only: the writer may just have made it, or be an older version.
      migrate(snapshot.db, this.#path);
      checkTables(snapshot.db);
    } catch (error) {
      snapshot[Symbol.dispose]();
      throw error;
    }
    return this.#snapshot = snapshot;
  }

  #closeSnapshot(): void {
    this.#snapshot?.[Symbol.dispose]();
    this.#snapshot = undefined;
  }
}

/** Whether something was added to so many journals is looked up for each query. */
const FEW_JOURNALS = 32;
/** With more, so many times as long as a look took passes before the next one. */
const COST_RATIO = 20;

function isSqliteError(error: unknown): boolean {
  return error instanceof Error && "code" in error &&
    error.code === "ERR_SQLITE_ERROR";
}
