import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import {
  type ByteRange,
  countBytes,
  LocalFileError,
  missingRanges,
  unionRanges,
} from "../base/mod.ts";
import { ignoreAbsent, isAbsent, unlessAbsent } from "./absent.ts";
import { withFile } from "./file_errors.ts";
import { FileWriter } from "./file_writer.ts";
import type { RangeWriter } from "./part_file.ts";
import { PartClaim } from "./part_claim.ts";
import type { PartRecord } from "./part_record.ts";
import { writeWhole } from "./write_whole.ts";

/** The version of an object that is collected. */
export type SharedVersion = Omit<PartRecord, "rangeSize">;

/** What becomes of a {@linkcode SharedPart}, as it is now. */
export interface SharedState {
  /**
   * `collecting` while ranges arrive; `claimed` while one process proves the whole; `named`
   * once that one has put it in its place; `gone` if somebody has dropped it.
   */
  state: "collecting" | "claimed" | "named" | "gone";
  /** What is stored, on the disk, by all writers. */
  stored: ByteRange[];
}

/**
 * Where each range of a writer begins, but those that go on in the middle of one. Pages of
 * the memory are written as a whole by some file systems; the largest in use have 64 KiB.
 * No page has bytes of two writers.
 */
export const SHARED_ALIGNMENT = 64 * 1024;

/** Buffer per range. */
const RANGE_BUFFER_BYTES = 512 * 1024;

const VERSION_FILE = "version.json";
/** The name of a version's folder. */
const IS_VERSION = /^[0-9a-f]{32}$/;
/** So often a collection is begun again that others have removed at the same time. */
const MAX_TRIES = 5;

/**
 * The folder in which several processes, on several machines, collect the ranges of one
 * version of an object, each its own, in one file. No lock is needed, so that it may be on
 * a network file system:
 *
 * - The ranges of two writers share no page, and a range that two write all the same gets
 *   the same bytes from both, since it is of one version.
 * - What is there is said by small files, one a writer, each written whole after its bytes
 *   are on the disk.
 * - All names hold an id of this collection: what somebody still writes to one that was
 *   dropped is not taken for a part of the next one.
 * - Renaming is what decides who proves the whole: see {@linkcode PartClaim}.
 */
export class SharedPart implements Disposable {
  readonly version: SharedVersion;
  /** The folder of the version. */
  readonly #folder: string;
  readonly #id: string;
  readonly #record: string;
  /** What this process has stored. */
  #own: ByteRange[] = [];
  #file: Deno.FsFile | undefined;

  private constructor(folder: string, version: SharedVersion, id: string) {
    this.#folder = folder;
    this.version = version;
    this.#id = id;
    this.#record = `${folder}/${id}.${crypto.randomUUID()}.ranges`;
  }

  /**
   * The collection of a version; undefined where there is none.
   *
   * @param folder The folder of the object.
   * @param version The version.
   * @throws {LocalFileError} If that cannot be found out.
   */
  static async find(
    folder: string,
    version: SharedVersion,
  ): Promise<SharedPart | undefined> {
    const own = `${folder}/${nameOf(version)}`;
    const id = await readId(own);
    return id === undefined ? undefined : new SharedPart(own, version, id);
  }

  /**
   * The collection of a version, which is begun where there is none.
   *
   * @param folder The folder of the object.
   * @param version The version.
   * @throws {LocalFileError} If it cannot be begun.
   */
  static async open(
    folder: string,
    version: SharedVersion,
  ): Promise<SharedPart> {
    const own = `${folder}/${nameOf(version)}`;
    for (let tries = 1;; tries++) {
      const found = await SharedPart.find(folder, version);
      if (found !== undefined) return found;
      try {
        await begin(folder, own, version);
      } catch (error) {
        const isGone = error instanceof Error && isAbsent(error.cause);
        if (!isGone || tries === MAX_TRIES) throw error;
      }
    }
  }

  /** Whether anything is collected of an object, of any version. */
  static isAnyIn(folder: string): boolean {
    return existsSync(folder);
  }

  /**
   * What is collected of an object.
   *
   * @param folder The folder of the object.
   * @throws {LocalFileError} If it cannot be read.
   */
  static async all(folder: string): Promise<SharedPart[]> {
    const found: SharedPart[] = [];
    for (const name of await namesIn(folder)) {
      const path = `${folder}/${name}`;
      const version = await readVersion(path);
      if (version === undefined) continue;
      found.push(new SharedPart(path, version, version.id));
    }
    return found;
  }

  /**
   * Drops what is collected of an object, but one version of it.
   *
   * @param folder The folder of the object.
   * @param kept The version that stays; none by default.
   * @throws {LocalFileError} If it cannot be removed.
   */
  static async drop(folder: string, kept?: SharedVersion): Promise<void> {
    if (!existsSync(folder)) return;
    for (const name of await namesIn(folder)) {
      if (name.startsWith(".")) continue; // begun by another process, or dropped
      const isOfVersion = IS_VERSION.test(name);
      if (kept && (!isOfVersion || name === nameOf(kept))) continue;
      const path = `${folder}/${name}`;
      const away = `${folder}/.${crypto.randomUUID()}`;
      await withFile("remove", path, async () => {
        // At once: half of a collection would be taken for a whole one.
        const isOwn = await Deno.rename(path, away).then(
          () => true,
          (error) => {
            if (isAbsent(error)) return false;
            throw error;
          },
        );
        if (isOwn) await removeAll(away);
      });
    }
    if (kept === undefined) await removeLeft(folder);
  }

  /** What is there, and what becomes of it. */
  async look(): Promise<SharedState> {
    let seen = await this.#look();
    // A file that is renamed while a folder is read may be missed under either name.
    for (let tries = 0; seen.state === "named" && tries < 2; tries++) {
      seen = await this.#look();
    }
    return seen;
  }

  async #look(): Promise<SharedState> {
    const names = await namesIn(this.#folder);
    if (await readId(this.#folder) !== this.#id) {
      return { state: "gone", stored: [] };
    }
    const stored: ByteRange[] = [];
    let state: SharedState["state"] = "named";
    for (const name of names) {
      if (!name.startsWith(`${this.#id}.`)) continue;
      if (name.endsWith(".data")) state = "collecting";
      else if (PartClaim.isPart(name) && state === "named") state = "claimed";
      else if (name.endsWith(".ranges")) {
        const path = `${this.#folder}/${name}`;
        stored.push(...await readRanges(path, this.version.size));
      }
    }
    return { state, stored: unionRanges(stored) };
  }

  /** How much space it takes up, in bytes. */
  async bytesOnDisk(): Promise<number> {
    const names = await namesIn(this.#folder);
    const data = names.find((name) =>
      name.startsWith(`${this.#id}.`) &&
      (name.endsWith(".data") || PartClaim.isPart(name))
    );
    if (data === undefined) return 0;
    const info = unlessAbsent(() => Deno.statSync(`${this.#folder}/${data}`));
    return (info?.blocks ?? 0) * 512;
  }

  /**
   * Opens the file to write a range from a position on.
   *
   * @throws {LocalFileError} If somebody has dropped the collection, or put it in its place.
   */
  async openRange(
    position: number,
    onWritten: (bytes: number) => void,
  ): Promise<RangeWriter> {
    const path = this.#data;
    // It is flushed through one that was open before the first byte was written.
    this.#file ??= await withFile(
      "write",
      path,
      () => Deno.open(path, { write: true }),
    );
    const file = await withFile(
      "write",
      path,
      () => Deno.open(path, { write: true }),
    );
    file.seekSync(position, Deno.SeekMode.Start);
    const writer = new FileWriter(file, path, {
      bufferSize: RANGE_BUFFER_BYTES,
      onWritten,
    });
    return Object.assign(writer, { [Symbol.dispose]: () => file.close() });
  }

  /**
   * Flushes the file to the disk, and only then says that ranges are there.
   *
   * @param written Returns the ranges that the system has taken.
   * @throws {LocalFileError} If that fails.
   */
  async save(written: () => readonly ByteRange[]): Promise<void> {
    const taken = written();
    if (countBytes(missingRanges(taken, this.#own)) === 0) return;
    await withFile("write", this.#data, async () => {
      await this.#file?.syncData();
    });
    const own = unionRanges([...this.#own, ...taken.map(aligned, this)]);
    const text = JSON.stringify(own.map(({ start, end }) => [start, end]));
    await writeWhole(this.#record, `${text}\n`, { isDurable: true });
    this.#own = own;

    function aligned(this: SharedPart, { start, end }: ByteRange): ByteRange {
      if (end === this.version.size) return { start, end };
      // Whoever goes on begins with a page of its own.
      return { start, end: end - end % SHARED_ALIGNMENT };
    }
  }

  /**
   * Takes the whole, to prove it and put it in its place: at most one process has it, as
   * far as that can be known. A second one does no harm.
   *
   * @param signal Ends the waiting for a sign of life of another one.
   * @returns The claim; undefined if another process has it, or it is gone.
   * @throws {LocalFileError} If bytes are missing, or it cannot be taken.
   */
  async claim(signal?: AbortSignal): Promise<PartClaim | undefined> {
    this[Symbol.dispose]();
    const { stored, state } = await this.look();
    if (state === "gone" || state === "named") return undefined;
    const all = [{ start: 0, end: this.version.size }];
    const missing = countBytes(missingRanges(all, stored));
    if (missing > 0) {
      throw new LocalFileError(
        `Cannot put the pieces of '${this.version.key}' together: ${missing} bytes are missing`,
      );
    }
    return await PartClaim.take(this.#folder, this.#id, signal);
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file?.close();
    this.#file = undefined;
  }

  get #data(): string {
    return `${this.#folder}/${this.#id}.data`;
  }
}

/** The name of a version's folder. */
function nameOf({ bucket, key, etag, size }: SharedVersion): string {
  return createHash("sha256").update([bucket, key, etag, size].join("\n"))
    .digest("hex").slice(0, 32);
}

/** Begins a collection: its folder appears as a whole, with the file in it, or not at all. */
async function begin(
  folder: string,
  own: string,
  version: SharedVersion,
): Promise<void> {
  await withFile("write", own, async () => {
    await Deno.mkdir(folder, { recursive: true });
    const id = crypto.randomUUID();
    const made = `${folder}/.${crypto.randomUUID()}`;
    await Deno.mkdir(made);
    try {
      using file = await Deno.open(`${made}/${id}.data`, {
        write: true,
        createNew: true,
      });
      await file.truncate(version.size); // takes up no space yet
      await file.sync();
      await writeWhole(
        `${made}/${VERSION_FILE}`,
        `${JSON.stringify({ ...version, id })}\n`,
        { isDurable: true },
      );
      await Deno.rename(made, own);
    } catch (error) {
      await removeAll(made);
      // Another one was faster.
      if (!existsSync(own)) throw error;
    }
  });
}

async function readId(folder: string): Promise<string | undefined> {
  return (await readVersion(folder))?.id;
}

async function readVersion(
  folder: string,
): Promise<SharedVersion & { id: string } | undefined> {
  const path = `${folder}/${VERSION_FILE}`;
  const text = await withFile(
    "read",
    path,
    () => Deno.readTextFile(path).catch(ignoreAbsent),
  );
  if (text === undefined) return undefined;
  const { bucket, key, etag, size, id } = JSON.parse(text) ?? {};
  const isVersion = typeof bucket === "string" && typeof key === "string" &&
    typeof etag === "string" && Number.isSafeInteger(size) &&
    typeof id === "string";
  if (!isVersion) return undefined;
  return { bucket, key, etag, size, id };
}

/** What a writer says that it has stored; nothing of what is impossible. */
async function readRanges(path: string, size: number): Promise<ByteRange[]> {
  const text = await withFile(
    "read",
    path,
    () => Deno.readTextFile(path).catch(ignoreAbsent),
  );
  let ranges: unknown;
  try {
    ranges = JSON.parse(text ?? "[]");
  } catch {
    return []; // a machine has crashed while it was written
  }
  if (!Array.isArray(ranges)) return [];
  return ranges.flatMap((range: unknown) => {
    if (!Array.isArray(range)) return [];
    const [start, end]: unknown[] = range;
    const isRange = typeof start === "number" && typeof end === "number" &&
      Number.isSafeInteger(start) && Number.isSafeInteger(end) &&
      start >= 0 && start < end && end <= size;
    return isRange ? [{ start, end }] : [];
  });
}

/** The names in a folder; none if it is missing. */
async function namesIn(folder: string): Promise<string[]> {
  return await withFile("read", folder, async () => {
    try {
      return (await Array.fromAsync(Deno.readDir(folder)))
        .map(({ name }) => name);
    } catch (error) {
      if (isAbsent(error)) return [];
      throw error;
    }
  });
}

/** Removes what killed processes have left in an object's folder. */
async function removeLeft(folder: string): Promise<void> {
  for (const name of await namesIn(folder)) {
    if (name.startsWith(".")) await removeAll(`${folder}/${name}`);
  }
}

/** Removes a folder that nobody knows any more; others may still write to it. */
async function removeAll(folder: string): Promise<void> {
  for (let tries = 0; tries < 3; tries++) {
    try {
      return await Deno.remove(folder, { recursive: true });
    } catch (error) {
      if (isAbsent(error)) return;
    }
  }
}
