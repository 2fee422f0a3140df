import { DatabaseSync } from "node:sqlite";
import { forEach } from "../../base/mod.ts";
import type { Shard } from "../../catalog/mod.ts";
import { type LockHolder, MirrorDamagedError } from "../errors.ts";
import type { Change, StampedChange } from "../journal/change.ts";
import { JournalObjects } from "../journal/journal_objects.ts";
import type { StampClock } from "../journal/stamp_clock.ts";
import type { StateStore } from "../state/state_store.ts";
import { allChanges } from "./all_changes.ts";
import { applyChanges } from "./apply_changes.ts";
import type { ManifestDatabase, Prepare } from "./manifest_database.ts";
import { guard } from "./manifest_error.ts";
import { migrate } from "./manifest_schema.ts";
import { clockOf, mergePart } from "./merged_journals.ts";
import { readCache, removeCaches, writeCache } from "./store_cache.ts";
import { preparedStatement } from "./prepared_statement.ts";

/** How a manifest in a store is opened. */
export interface StoreManifestOptions {
  /** The folder of this machine for what may be forgotten; without one, all is read each time. */
  cache: string | undefined;
  /** Who this is. */
  holder: LockHolder;
  /** Whether nothing is to be written. */
  readOnly: boolean;
  /** The shard that this process does. */
  shard: Shard | undefined;
  /** Whether an object with a damaged line is put aside, after taking the lines before it. */
  setsDamagedAside?: boolean;
  /** The clock; the host's by default. */
  clock?: StampClock;
}

/** So many objects or more are made one by the next writer of the whole mirror. */
const MANY_OBJECTS = 16;
/** How many objects are read or removed at once. */
const AT_ONCE = 16;
/** How often the objects are listed again while others merge them. */
const MAX_TRIES = 20;

/**
 * A manifest that lies in a {@linkcode StateStore}, such as a bucket: in objects that are
 * only added, each with changes. Any number of processes may write at once: whatever is
 * read, in whatever order, the last change of each row stays. Who writes to the whole
 * mirror makes one object of many; one that has read them all removes them then, so that
 * nothing is ever missing. It is used in memory; a copy on this machine saves reading again
 * what was read before.
 */
export class StoreDatabase implements ManifestDatabase {
  readonly #store: StateStore;
  readonly #options: StoreManifestOptions;
  readonly #db: DatabaseSync;
  readonly #clock: StampClock;
  readonly #objects: JournalObjects;
  /** What no object has yet. */
  #pending: StampedChange[] = [];
  #flushing: Promise<void> = Promise.resolve();
  #refreshedAt = 0;
  #revision = 0;

  private constructor(
    store: StateStore,
    options: StoreManifestOptions,
    db: DatabaseSync,
  ) {
    this.#store = store;
    this.#options = options;
    this.#db = db;
    this.#clock = clockOf((sql) => this.#prepare(sql), options.clock);
    this.#objects = new JournalObjects(store, {
      shard: options.shard,
      holder: options.holder,
      stamp: this.#clock.next(),
    });
  }

  /**
   * Opens the manifest of a mirror in a store; there need be none.
   *
   * @throws {MirrorDamagedError} If an object of it cannot be used.
   * @throws {FlatbedError} If it cannot be read.
   */
  static async open(
    store: StateStore,
    options: StoreManifestOptions,
  ): Promise<StoreDatabase> {
    const id = await readId(store, options.readOnly);
    const bytes = await readCache(options.cache, id);
    const db = openCopy(bytes) ?? openCopy(undefined);
    if (db === undefined) throw new TypeError("Cannot make a database");
    const opened = new StoreDatabase(store, options, db);
    try {
      const read = await opened.#readNew();
      if (read > 0) await writeCache(options.cache, id, () => db.serialize());
      if (!options.readOnly && options.shard === undefined) {
        await opened.#merge();
        await removeCaches(options.cache, id);
      }
      return opened;
    } catch (error) {
      opened[Symbol.dispose]();
      throw error;
    }
  }

  read<T>(query: (prepare: Prepare) => T): T {
    return guard(
      this.#store.location,
      () => query((sql) => this.#prepare(sql)),
    );
  }

  change(changes: readonly Change[]): void {
    if (this.#options.readOnly) {
      throw new TypeError("Cannot write to a mirror that is opened read-only");
    }
    const stamped = changes.map((change) => ({
      ...change,
      stamp: this.#clock.next(),
    }));
    this.#apply(stamped);
    for (const change of stamped) this.#pending.push(change);
  }

  /** Differs from what it was before something was changed, here or elsewhere. */
  revision(): string {
    return String(this.#revision);
  }

  rewrite(action: (prepare: Prepare) => void): void {
    this.read(action);
  }

  assertWritable(): void {
    this.change([]);
  }

  assertInPlace(): void {
    // An object that was removed takes nothing with it that others do not have.
  }

  /**
   * Writes to the store what is not there yet.
   *
   * @throws {FlatbedError} If it cannot be written: the next flush tries it again.
   */
  flush(): Promise<void> {
    const flushed = this.#flushing.catch(() => {}).then(() => this.#flush());
    this.#flushing = flushed;
    return flushed;
  }

  async #flush(): Promise<void> {
    const changes = this.#pending;
    if (changes.length === 0) return;
    this.#pending = [];
    try {
      const { name, end } = await this.#objects.add(changes);
      this.read((prepare) =>
        mergePart(prepare, name, { changes: [], end }, new Date())
      );
    } catch (error) {
      this.#pending = [...changes, ...this.#pending];
      throw error;
    }
  }

  /**
   * Takes in what others have written, unless that was done a moment ago.
   *
   * @param maxAge How long ago it may have been, in milliseconds.
   * @throws {FlatbedError} If it cannot be read.
   */
  async refresh(maxAge: number): Promise<void> {
    if (performance.now() - this.#refreshedAt < maxAge) return;
    await this.#readNew();
  }

  /** Reads the objects that were not read yet; returns how many there were. */
  async #readNew(): Promise<number> {
    let read = 0;
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const known = this.#known();
      const names = await this.#objects.list();
      const unread = names.filter((name) => !known.has(name));
      let isGone = false;
      await forEach(unread, AT_ONCE, async (name) => {
        const part = await this.#objects.read(name, {
          untilDamage: this.#options.setsDamagedAside ?? false,
        });
        // Somebody has merged it since it was listed: the result is in the next list.
        if (part === undefined) isGone = true;
        else {
          this.#apply(part.changes, name, part.end);
          read++;
        }
        if (part?.damage !== undefined) await this.#objects.setAside(name);
      });
      if (isGone) continue;
      if (this.#options.shard === undefined) this.#forgetAllBut(names);
      this.#refreshedAt = performance.now();
      return read;
    }
    throw new MirrorDamagedError(
      `Cannot read the manifest in '${this.#store.location}': its objects change all the time; try again`,
      { reason: "replaced" },
    );
  }

  /** Makes one object of many, with all that this database has, and removes them. */
  async #merge(): Promise<void> {
    const known = this.#known();
    // What came since it was read stays.
    const names = (await this.#objects.list()).filter((name) =>
      known.has(name)
    );
    if (names.length < MANY_OBJECTS) return;
    const changes = this.read(allChanges);
    const { name, end } = await this.#objects.addAll(changes);
    this.#apply([], name, end);
    await forEach(names, AT_ONCE, (name) => this.#store.remove(name));
  }

  #known(): Set<string> {
    const rows = this.read((prepare) =>
      prepare("SELECT name FROM journals").all()
    );
    return new Set(rows.map(({ name }) => String(name)));
  }

  /** Forgets which objects were read that are gone: names are used once. */
  #forgetAllBut(names: readonly string[]): void {
    this.read((prepare) =>
      prepare(
        "DELETE FROM journals WHERE name NOT IN (SELECT value FROM json_each(?))",
      ).run(JSON.stringify(names))
    );
  }

  /** Applies changes, and notes of which object they are. */
  #apply(
    changes: readonly StampedChange[],
    name?: string,
    end = { bytes: 0, lines: 0 },
  ): void {
    this.#revision++;
    this.#db.exec("BEGIN");
    try {
      this.read((prepare) => {
        applyChanges(prepare, changes);
        for (const { stamp } of changes) this.#clock.see(stamp);
        if (name !== undefined) {
          mergePart(prepare, name, { changes: [], end }, new Date());
        }
      });
      this.#db.exec("COMMIT");
    } catch (error) {
      this.#db.exec("ROLLBACK");
      throw error;
    }
  }

  #prepare(sql: string) {
    return preparedStatement(this.#db, sql);
  }

  /** Frees the memory: what was not flushed is lost. */
  [Symbol.dispose](): void {
    this.#db.close();
  }
}

/** Where the name of a manifest is, which tells it from one that was there before. */
const ID_NAME = "journals/id";

/** The name of a manifest; a new one, where there is none and one may be written. */
async function readId(store: StateStore, readOnly: boolean): Promise<string> {
  const read = async () => {
    const bytes = await store.read(ID_NAME);
    const id = bytes && new TextDecoder().decode(bytes).trim();
    return id !== undefined && /^[0-9a-f-]{36}$/.test(id) ? id : undefined;
  };
  const there = await read();
  if (there !== undefined || readOnly) return there ?? "";
  const id = crypto.randomUUID();
  await store.write(ID_NAME, `${id}\n`, { ifAbsent: true });
  return await read() ?? id;
}

/** A database in memory with a copy's content; `undefined` if that cannot be used. */
function openCopy(bytes: Uint8Array | undefined): DatabaseSync | undefined {
  const db = new DatabaseSync(":memory:");
  try {
    if (bytes !== undefined) db.deserialize(bytes);
    migrate(db, "the copy of a manifest");
    const [first] = db.prepare("PRAGMA quick_check(1)").all();
    if (first?.quick_check === "ok") return db;
  } catch {
    // It is read again from the store.
  }
  db.close();
  return undefined;
}
