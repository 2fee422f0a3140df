import { DatabaseSync } from "node:sqlite";
import { MirrorDamagedError } from "../errors.ts";
import type { Change } from "../journal/change.ts";
import type { StampClock } from "../journal/stamp_clock.ts";
import { applyChanges } from "./apply_changes.ts";
import { assertRegularFile } from "./assert_regular_file.ts";
import type { ManifestDatabase, Prepare } from "./manifest_database.ts";
import { guardWriter, unreadable } from "./manifest_error.ts";
import { checkTables, checkVersion, migrate } from "./manifest_schema.ts";
import { clockOf } from "./merged_journals.ts";
import { fileIdOf, openDatabases } from "./open_databases.ts";
import { preparedStatement } from "./prepared_statement.ts";

/** How long a reader's query is waited for: it takes some milliseconds. */
const BUSY_TIMEOUT_MS = 1000;

const USE_WAL = "PRAGMA journal_mode = WAL";

/** A manifest's database that is open for its one writer. */
export class WritableDatabase implements ManifestDatabase {
  readonly #path: string;
  readonly #db: DatabaseSync;
  /** Which file it is, as {@linkcode fileIdOf} tells. */
  readonly #fileId: string | undefined;
  /** A clock that has seen no stamps of the database yet. */
  readonly #newClock: StampClock | undefined;
  #clock: StampClock | undefined;

  /**
   * Opens the database, and makes it where there is none.
   *
   * @throws {MirrorDamagedError} If it cannot be used.
   */
  constructor(path: string, clock?: StampClock) {
    for (const ending of ["", "-wal", "-journal"]) {
      assertRegularFile(path + ending);
    }
    this.#path = path;
    this.#newClock = clock;
    this.#db = guardWriter(path, () => openDatabase(path));
    this.#fileId = fileIdOf(path);
    if (this.#fileId !== undefined) openDatabases.set(this.#fileId, this.#db);
  }

  read<T>(query: (prepare: Prepare) => T): T {
    return guardWriter(
      this.#path,
      () => query((sql) => preparedStatement(this.#db, sql)),
    );
  }

  change(changes: readonly Change[]): void {
    if (changes.length === 0) return;
    this.rewrite((prepare) => {
      const clock = this.#clock ??= clockOf(prepare, this.#newClock);
      applyChanges(
        prepare,
        changes.map((change) => ({ ...change, stamp: clock.next() })),
      );
    });
  }

  rewrite(action: (prepare: Prepare) => void): void {
    this.assertInPlace();
    guardWriter(this.#path, () => this.#db.exec("BEGIN IMMEDIATE"));
    try {
      guardWriter(
        this.#path,
        () => action((sql) => preparedStatement(this.#db, sql)),
      );
      guardWriter(this.#path, () => this.#db.exec("COMMIT"));
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw error;
    }
  }

  /** A change is on the disk when it is made. */
  flush(): Promise<void> {
    return Promise.resolve();
  }

  /** Nobody else changes anything. */
  refresh(): Promise<void> {
    return Promise.resolve();
  }

  assertWritable(): void {
    guardWriter(this.#path, () => this.#db.exec(USE_WAL));
  }

  assertInPlace(): void {
    if (fileIdOf(this.#path) === this.#fileId) return;
    throw new MirrorDamagedError(
      `Cannot use manifest '${this.#path}': it was removed or replaced while the mirror was in use; a rebuild takes the files that are there into a new one`,
      { reason: "replaced" },
    );
  }

  /** Closes the database, so that readers can use the file without its log. */
  [Symbol.dispose](): void {
    try {
      if (fileIdOf(this.#path) === this.#fileId) {
        this.#db.exec("PRAGMA journal_mode = DELETE");
      }
    } catch {
      // Somebody else has it open: readers read the log as well.
    }
    if (this.#fileId !== undefined) openDatabases.delete(this.#fileId);
    this.#db.close();
  }
}

function openDatabase(path: string): DatabaseSync {
  const db = new DatabaseSync(path);
  try {
    // Before anything is written: it may be another kind of database.
    checkVersion(db, path);
    // Readers and the writer do not wait for each other, and a commit waits for one
    // fsync: with a rollback journal, small files take half as long again. What a killed
    // writer leaves can be read where nothing may be written, unlike a hot journal.
    db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    try {
      db.exec(USE_WAL);
    } catch (error) {
      // It can be read all the same, and perhaps there is nothing to write.
      if (!String(error).includes("readonly database")) throw error;
    }
    // An entry that was removed must not come back after a power failure.
    db.exec("PRAGMA synchronous = FULL");
    migrate(db, path);
    const [first] = db.prepare("PRAGMA quick_check(1)").all();
    if (first?.quick_check !== "ok") {
      throw unreadable(path, String(first?.quick_check));
    }
    checkTables(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}
