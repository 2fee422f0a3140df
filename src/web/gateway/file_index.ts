import { nextTurn } from "../../base/mod.ts";
import { DATASETS, S3Catalog } from "../../catalog/mod.ts";
import type { Mirror } from "../../mirror/mod.ts";
import type { Copies } from "./copies.ts";
import { type ServedFile, servedFile, servedParquet } from "./served_file.ts";

/** The least time between two looks at whether the mirror has changed, in milliseconds. */
const LOOK_MS = 1000;
/** How many times as long as the last reading the next one waits: a sync writes all the time. */
const SHARE = 10;
/** So many files are looked up before other requests get their turn. */
const PER_TURN = 1000;

const catalog = new S3Catalog("flatfiles", { layout: "live" });

/** What a mirror holds, by key and in the order of keys. It follows the manifest. */
export class FileIndex {
  readonly #mirror: Mirror;
  readonly #copies: Copies;
  readonly #onError: (error: unknown) => void;
  #files = new Map<string, ServedFile>();
  #keys: string[] = [];
  #revision = "";
  #nextLook = 0;
  #isSettled = true;
  #reading: Promise<void> | undefined;

  private constructor(
    mirror: Mirror,
    copies: Copies,
    onError: (error: unknown) => void,
  ) {
    this.#mirror = mirror;
    this.#copies = copies;
    this.#onError = onError;
  }

  /**
   * Reads what a mirror holds.
   *
   * @param mirror The mirror.
   * @param copies Its files.
   * @param onError Is told where it cannot be read again later on.
   * @throws {MirrorDamagedError} If its manifest cannot be used.
   */
  static async open(
    mirror: Mirror,
    copies: Copies,
    onError: (error: unknown) => void,
  ): Promise<FileIndex> {
    const index = new FileIndex(mirror, copies, onError);
    index.#revision = mirror.revision();
    await index.#read();
    return index;
  }

  /** How many files there are. */
  get size(): number {
    return this.#keys.length;
  }

  /** The keys in their order. */
  get keys(): readonly string[] {
    return this.#keys;
  }

  /** What the index has of a key; {@linkcode FileIndex.ask} may know better. */
  get(key: string): ServedFile | undefined {
    return this.#files.get(key);
  }

  /**
   * Asks the manifest itself for one file.
   *
   * @returns The file; a text that says why there is none, empty where nothing is known.
   */
  ask(key: string): ServedFile | string {
    const file = flatFileOf(key);
    if (file === undefined) return "";
    const { dataType, date } = file;
    if (key.endsWith(".parquet")) {
      return this.#mirror.parquetFiles({ dataType, from: date, to: date })
        .map(servedParquet).find((file) => file.key === key) ?? "";
    }
    const entries = this.#mirror.entries({ dataType, from: date, to: date });
    const entry = entries.find(({ path }) => path === key);
    if (entry !== undefined) return servedFile(entry);
    const other = entries[0] && servedFile(entries[0]);
    return typeof other === "object"
      ? `The mirror has it as '${other.key}'.`
      : other ?? "";
  }

  /** Finds out whether the mirror has changed, not too often, and reads it anew meanwhile. */
  follow(): void {
    const now = performance.now();
    if (this.#reading !== undefined || now < this.#nextLook) return;
    this.#nextLook = now + LOOK_MS;
    let revision: string;
    try {
      revision = this.#mirror.revision();
    } catch (error) {
      return this.#onError(error);
    }
    const isSame = revision === this.#revision;
    if (isSame && this.#isSettled) return;
    this.#revision = revision;
    // What was written while it was read may bear the same time.
    this.#isSettled = isSame;
    this.#reading = this.#read()
      .catch((error) => {
        this.#revision = ""; // it is tried again, and what was read is served
        this.#onError(error);
      })
      .then(() => {
        const took = performance.now() - now;
        this.#nextLook = performance.now() + Math.max(LOOK_MS, SHARE * took);
        this.#reading = undefined;
      });
  }

  /** Resolves when no reading is under way. */
  async settled(): Promise<void> {
    await this.#reading;
  }

  async #read(): Promise<void> {
    const files = new Map<string, ServedFile>();
    for (const { id } of DATASETS) {
      for (const entry of this.#mirror.entries({ dataType: id })) {
        const file = servedFile(entry);
        if (typeof file === "object") files.set(file.key, file);
      }
      for (const made of this.#mirror.parquetFiles({ dataType: id })) {
        const file = servedParquet(made);
        files.set(file.key, file);
      }
      await nextTurn();
    }
    let count = 0;
    for (const [key, file] of this.#files) {
      // Between its renaming and its entry, a file that is replaced has none.
      if (!files.has(key) && this.#copies.state(file) === "arriving") {
        files.set(key, file);
      }
      if (++count % PER_TURN === 0) await nextTurn();
    }
    this.#keys = [...files.keys()].sort();
    this.#files = files;
  }
}

/** The dataset and the date of a path in a mirror. */
function flatFileOf(
  path: string,
): { dataType: string; date: string } | undefined {
  const key = path.startsWith("parquet/")
    ? path.slice("parquet/".length).replace(/\.parquet$/, ".csv.gz")
    : path.replace(/\.csv$/, ".csv.gz");
  return catalog.validateKey(key) ? catalog.parseKeyMetadata(key) : undefined;
}
