import { DatabaseSync } from "node:sqlite";
import type { ManifestDatabase, Prepare } from "./manifest_database.ts";
import { guard } from "./manifest_error.ts";
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
 * {@linkcode ManifestSnapshot} is read.
 */
export class ReadOnlyDatabase implements ManifestDatabase {
  readonly #path: string;
  /** The file that was opened last; without a database if it is of an older version. */
  #file: { id: string; db: DatabaseSync | undefined } | undefined;
  #snapshot: ManifestSnapshot | undefined;

  /**
   * Opens the database; there need be none.
   *
   * @throws {MirrorDamagedError} If it cannot be used.
   */
  constructor(path: string) {
    this.#path = path;
    this.read(() => {});
  }

  read<T>(query: (prepare: Prepare) => T): T {
    return guard(this.#path, () => {
      const id = fileIdOf(this.#path);
      const own = openDatabases.get(id ?? "");
      const ask = (db: DatabaseSync) =>
        query((sql) => preparedStatement(db, sql));
      if (own !== undefined) return ask(own);
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

  write(): never {
    throw new TypeError("Cannot write to a mirror that is opened read-only");
  }

  transaction(): never {
    return this.write();
  }

  assertWritable(): never {
    return this.write();
  }

  assertInPlace(): void {
    // It is looked up for each query.
  }

  [Symbol.dispose](): void {
    this.#closeFile();
    this.#closeSnapshot();
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

function isSqliteError(error: unknown): boolean {
  return error instanceof Error && "code" in error &&
    error.code === "ERR_SQLITE_ERROR";
}
