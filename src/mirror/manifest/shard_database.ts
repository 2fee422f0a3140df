import { isOfShard, type Shard } from "../../catalog/mod.ts";
import type { Change, StampedChange } from "../journal/change.ts";
import { encodeChange } from "../journal/journal_line.ts";
import {
  journalName,
  journalsFolder,
  mayOverlap,
  OF_ANY_SHARD,
  shardOfJournal,
} from "../journal/journal_name.ts";
import { JournalWriter } from "../journal/journal_writer.ts";
import type { StampClock } from "../journal/stamp_clock.ts";
import type { LockHolder } from "../errors.ts";
import { applyChanges } from "./apply_changes.ts";
import type { ManifestDatabase, Prepare } from "./manifest_database.ts";
import { guard } from "./manifest_error.ts";
import { manifestPath } from "./manifest_path.ts";
import { clockOf } from "./merged_journals.ts";
import { OverlaidSnapshot } from "./overlaid_snapshot.ts";
import { preparedStatement } from "./prepared_statement.ts";

/**
 * A manifest as the writer of a shard has it: in memory, as it was when it was opened, and
 * what the shard changes goes to a journal of its own. Journals of other shards of the
 * same number have no keys of this one, and are not read. Of a file that shards have
 * fetched together, the one that puts it together tells in a journal that all shards read.
 */
export class ShardDatabase implements ManifestDatabase {
  readonly #path: string;
  readonly #snapshot: OverlaidSnapshot;
  readonly #journal: JournalWriter;
  /** The one about keys of other shards; made when it is needed. */
  #common: JournalWriter | undefined;
  readonly #folder: string;
  readonly #shard: Shard;
  readonly #holder: LockHolder;
  readonly #clock: StampClock;

  /**
   * Opens the database of a mirror's folder, and makes the journal.
   *
   * @throws {MirrorDamagedError} If the manifest or a journal cannot be used.
   * @throws {LocalFileError} If the journal cannot be made.
   */
  constructor(
    folder: string,
    shard: Shard,
    holder: LockHolder,
    clock?: StampClock,
  ) {
    this.#path = manifestPath(folder);
    this.#folder = folder;
    this.#shard = shard;
    this.#holder = holder;
    this.#snapshot = guard(this.#path, () =>
      OverlaidSnapshot.take(
        folder,
        (name) => mayOverlap(shard, shardOfJournal(name)),
      ));
    try {
      this.#clock = clockOf((sql) => this.#prepare(sql), clock);
      this.#journal = this.#create(shard.index);
    } catch (error) {
      this.#snapshot[Symbol.dispose]();
      throw error;
    }
  }

  #create(index: number): JournalWriter {
    const { count } = this.#shard;
    const name = journalName({ index, count }, this.#clock.next());
    const path = `${journalsFolder(this.#folder)}/${name}`;
    return JournalWriter.create(path, this.#holder);
  }

  #isOwn({ kind, key }: Change): boolean {
    return kind !== "file" || isOfShard(key, this.#shard);
  }

  /** Where the journal is. */
  get journalPath(): string {
    return this.#journal.path;
  }

  read<T>(query: (prepare: Prepare) => T): T {
    return guard(this.#path, () => query((sql) => this.#prepare(sql)));
  }

  change(changes: readonly Change[]): void {
    if (changes.length === 0) return;
    const stamped: StampedChange[] = changes.map((change) => ({
      ...change,
      stamp: this.#clock.next(),
    }));
    const own = stamped.filter((change) => this.#isOwn(change));
    const others = stamped.filter((change) => !this.#isOwn(change));
    if (own.length > 0) this.#journal.append(own.map(encodeChange));
    if (others.length > 0) {
      this.#common ??= this.#create(OF_ANY_SHARD);
      this.#common.append(others.map(encodeChange));
    }
    this.read((prepare) => {
      applyChanges(prepare, stamped);
    });
  }

  rewrite(): never {
    throw new TypeError("Cannot rebuild the manifest of a single shard");
  }

  /** A change is on the disk when it is made. */
  flush(): Promise<void> {
    return Promise.resolve();
  }

  /** Nobody else changes the files of this shard. */
  refresh(): Promise<void> {
    return Promise.resolve();
  }

  assertWritable(): void {
    this.assertInPlace();
  }

  assertInPlace(): void {
    this.#journal.assertInPlace();
    this.#common?.assertInPlace();
  }

  [Symbol.dispose](): void {
    this.#common?.[Symbol.dispose]();
    this.#journal[Symbol.dispose]();
    this.#snapshot[Symbol.dispose]();
  }

  #prepare(sql: string) {
    return preparedStatement(this.#snapshot.db, sql);
  }
}
