import type { DatabaseSync } from "node:sqlite";
import { LocalFileError } from "../../base/mod.ts";
import { type JournalFile, listJournals } from "../journal/list_journals.ts";
import type { StampedChange } from "../journal/change.ts";
import { type JournalPosition, readJournal } from "../journal/read_journal.ts";
import { applyChanges } from "./apply_changes.ts";
import { CHANGES_AT_ONCE } from "./apply_files.ts";
import { checkTables, migrate } from "./manifest_schema.ts";
import { ManifestSnapshot } from "./manifest_snapshot.ts";
import { manifestPath } from "./manifest_path.ts";
import { positionIn } from "./merged_journals.ts";
import { preparedStatement } from "./prepared_statement.ts";

/** How often all is read again while journals are merged and removed. */
const MAX_TRIES = 50;

/**
 * The last committed state of a manifest with its journals on top, in memory. Journals are
 * listed first and read last: one that is gone by then was merged meanwhile, and all is
 * read again.
 */
export class OverlaidSnapshot implements Disposable {
  readonly #snapshot: ManifestSnapshot;
  /** How far each journal was read. */
  readonly #positions = new Map<string, JournalPosition>();

  private constructor(snapshot: ManifestSnapshot) {
    this.#snapshot = snapshot;
  }

  /**
   * Reads the manifest of the mirror in a folder; there need be none.
   *
   * @param isWanted Which journals to read; by default all.
   * @throws {MirrorDamagedError} If it cannot be used, or a journal cannot.
   * @throws {LocalFileError} If it cannot be read.
   */
  static take(
    folder: string,
    isWanted: (name: string) => boolean = () => true,
  ): OverlaidSnapshot {
    const path = manifestPath(folder);
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const journals = listJournals(folder).filter(({ name }) =>
        isWanted(name)
      );
      const snapshot = ManifestSnapshot.take(path);
      try {
        // In memory only: the writer may just have made it, or be an older version.
        migrate(snapshot.db, path);
        checkTables(snapshot.db);
        const overlaid = new OverlaidSnapshot(snapshot);
        if (overlaid.#apply(journals)) return overlaid;
      } catch (error) {
        snapshot[Symbol.dispose]();
        throw error;
      }
      snapshot[Symbol.dispose]();
    }
    throw new LocalFileError(
      `Cannot read manifest '${path}': its journals change all the time`,
    );
  }

  /** The database. */
  get db(): DatabaseSync {
    return this.#snapshot.db;
  }

  /** Takes in what was added to journals since; returns whether it is all that was written since. */
  update(journals: readonly JournalFile[]): boolean {
    return this.#snapshot.isCurrent() && this.#apply(journals);
  }

  /** Applies what is new in journals; returns whether they were all there. */
  #apply(journals: readonly JournalFile[]): boolean {
    const prepare = (sql: string) => preparedStatement(this.db, sql);
    let ends: [name: string, end: JournalPosition][] = [];
    let changes: StampedChange[] = [];
    const finish = (): void => {
      this.db.exec("BEGIN");
      applyChanges(prepare, changes);
      this.db.exec("COMMIT");
      for (const [name, end] of ends) this.#positions.set(name, end);
      ends = [];
      changes = [];
    };
    for (const { name, path, bytes } of journals) {
      const position = this.#positions.get(name) ?? positionIn(prepare, name);
      if (bytes <= position.bytes) continue;
      const part = readJournal(path, { from: position });
      if (part === undefined) return false;
      ends.push([name, part.end]);
      for (const change of part.changes) changes.push(change);
      if (changes.length >= CHANGES_AT_ONCE) finish();
    }
    if (ends.length > 0) finish();
    return true;
  }

  /** Frees the memory. */
  [Symbol.dispose](): void {
    this.#snapshot[Symbol.dispose]();
  }
}
