import { forEach } from "../../base/mod.ts";
import type { Shard } from "../../catalog/mod.ts";
import { type LockHolder, MirrorDamagedError } from "../errors.ts";
import type { StateStore } from "../state/state_store.ts";
import type { StampedChange } from "./change.ts";
import { encodeChange } from "./journal_line.ts";
import { JOURNALS_FOLDER, mayOverlap } from "./journal_name.ts";
import {
  decodeJournal,
  encodeHeader,
  JOURNAL_START,
  type JournalPart,
  type JournalPosition,
  type ReadJournalOptions,
} from "./read_journal.ts";

/** Whose objects are written. */
export interface JournalObjectsOptions {
  shard: Shard | undefined;
  holder: LockHolder;
  /** A stamp that no other writer has, for the names. */
  stamp: string;
}

/** So many objects of one size become one of the next. */
const MERGED_AT_ONCE = 16;
/** Objects of this level are not made one any more by who wrote them. */
const LAST_LEVEL = 2;

/** An object that was written. */
export interface WrittenJournal {
  readonly name: string;
  readonly end: JournalPosition;
}

/**
 * A writer's journal in a store that cannot append: a series of objects, each whole, which
 * are never changed. Of many small ones the writer makes a larger one, so that readers have
 * few to read; the small ones are removed when that is there.
 */
export class JournalObjects {
  readonly #store: StateStore;
  readonly #options: JournalObjectsOptions;
  /** What this writer has written and not made larger ones of, by level. */
  readonly #own: { name: string; lines: Map<string, StampedChange> }[][] = [];
  #count = 0;

  /** Reads and writes nothing yet. */
  constructor(store: StateStore, options: JournalObjectsOptions) {
    this.#store = store;
    this.#options = options;
  }

  /** The names of all objects that may have something to say of this shard, of all writers. */
  async list(): Promise<string[]> {
    const { shard } = this.#options;
    const files = await this.#store.list(JOURNALS_FOLDER);
    return files.map(({ name }) => name).filter((name) => {
      const match = NAME.exec(name);
      if (match === null) return false;
      const [, index, count] = match;
      const other = index === undefined
        ? undefined
        : { index: Number(index), count: Number(count) };
      return shard === undefined || mayOverlap(shard, other);
    });
  }

  /**
   * Reads an object.
   *
   * @returns What it says; `undefined` if it is not there any more.
   * @throws {MirrorDamagedError} If it cannot be used.
   */
  async read(
    name: string,
    options: ReadJournalOptions,
  ): Promise<JournalPart | undefined> {
    const bytes = await this.#store.read(name);
    if (bytes === undefined) return undefined;
    const path = this.#store.locate(name);
    try {
      return decodeJournal(path, await gunzip(path, bytes), options);
    } catch (error) {
      const isEnd = options.untilDamage &&
        error instanceof MirrorDamagedError &&
        error.reason === "unreadable";
      if (!isEnd) throw error;
      return { changes: [], end: JOURNAL_START, damage: error };
    }
  }

  /** Writes changes as one object more. */
  async add(changes: readonly StampedChange[]): Promise<WrittenJournal> {
    return await this.#add(
      new Map(changes.map((change) => [nameOf(change), change])),
      0,
    );
  }

  /** Writes all that there is as one object, which takes the place of all others. */
  async addAll(changes: readonly StampedChange[]): Promise<WrittenJournal> {
    return await this.#write(changes);
  }

  /** Puts an object with a damaged line where nobody reads it. */
  async setAside(name: string): Promise<void> {
    const bytes = await this.#store.read(name);
    if (bytes === undefined) return;
    await this.#store.write(`${name}.damaged`, bytes);
    await this.#store.remove(name);
  }

  async #add(
    lines: Map<string, StampedChange>,
    level: number,
  ): Promise<WrittenJournal> {
    const written = await this.#write([...lines.values()]);
    const own = this.#own[level] ??= [];
    if (level < LAST_LEVEL) own.push({ name: written.name, lines });
    if (own.length < MERGED_AT_ONCE) return written;
    this.#own[level] = [];
    const all = new Map(own.flatMap(({ lines }) => [...lines]));
    const larger = await this.#add(all, level + 1);
    await forEach(own, MERGED_AT_ONCE, ({ name }) => this.#store.remove(name));
    return larger;
  }

  async #write(changes: readonly StampedChange[]): Promise<WrittenJournal> {
    const { holder, shard, stamp } = this.#options;
    const header = encodeHeader({ ...holder, isLocked: false });
    const text = [header, ...changes.map(encodeChange), ""].join("\n");
    const bytes = new TextEncoder().encode(text);
    const whose = shard === undefined
      ? "all"
      : `${shard.index}-of-${shard.count}`;
    const number = String(++this.#count).padStart(6, "0");
    const name = `${JOURNALS_FOLDER}/${whose}-${stamp}-${number}.ndjson.gz`;
    await this.#store.write(name, await gzip(bytes));
    return { name, end: { bytes: bytes.length, lines: changes.length + 1 } };
  }
}

/** Of the changes of one row, the last one counts; a file that came is not forgotten. */
function nameOf({ kind, key, sub, fillsHole }: StampedChange): string {
  return `${kind} ${key} ${sub} ${fillsHole}`;
}

const NAME = /^journals\/(?:all|(\d+)-of-(\d+))-[0-9a-z-]+\.ndjson\.gz$/;

async function gzip(
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  return await through(bytes, new CompressionStream("gzip"));
}

async function gunzip(
  path: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await through(bytes, new DecompressionStream("gzip"));
  } catch (cause) {
    throw new MirrorDamagedError(
      `Cannot read journal '${path}': its gzip data is damaged; a rebuild puts it aside, and takes what it is about from the copies`,
      { reason: "unreadable", cause },
    );
  }
}

async function through(
  bytes: Uint8Array<ArrayBuffer>,
  stream: CompressionStream | DecompressionStream,
): Promise<Uint8Array<ArrayBuffer>> {
  const content = new Blob([bytes]).stream().pipeThrough(stream);
  return new Uint8Array(await new Response(content).arrayBuffer());
}
