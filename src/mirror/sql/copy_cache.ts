import { createHash } from "node:crypto";
import { basename, dirname, join } from "node:path";
import {
  forEach,
  formatBytes,
  IntegrityError,
  isNotCapable,
  NoSpaceError,
} from "../../base/mod.ts";
import { openFileReader, PART_ENDINGS, statFile } from "../../files/mod.ts";
import type { Destination } from "../destination/destination.ts";
import { bringCopy } from "../workplace/workplace.ts";

/** A copy that is wanted on this machine. */
export interface WantedCopy {
  /** Its path in the destination. */
  readonly path: string;
  /** The SHA-256 of its bytes. */
  readonly sha256: string;
  readonly bytes: number;
}

/** How {@linkcode CopyCache.bring} brings copies. */
export interface BringOptions {
  signal?: AbortSignal | undefined;
  /** Called before anything is fetched, if anything is. */
  onFetch?: ((fetched: { files: number; bytes: number }) => void) | undefined;
}

/** So many copies are fetched at once. */
const AT_ONCE = 4;
/** Files that were used so short a while ago may be in use by another process, in milliseconds. */
const IN_USE = 3_600_000;

/**
 * A folder of this machine with files of a mirror that is elsewhere. They are named by
 * their content, so that none is ever outdated; those that were used last stay, up to a
 * bound.
 */
export class CopyCache {
  /** The folder. */
  readonly folder: string;
  readonly #bound: number;

  /**
   * Makes nothing yet.
   *
   * @param folder The folder's path.
   * @param bound How many bytes there may be in it.
   */
  constructor(folder: string, bound: number) {
    this.folder = folder;
    this.#bound = bound;
  }

  /** Where a copy is, or would be: the file has the copy's own name. */
  pathOf({ path, sha256 }: WantedCopy): string {
    return join(this.folder, sha256.slice(0, 32), basename(path));
  }

  /**
   * Brings copies, of which each has the bytes that it had when it was put.
   *
   * @throws {NoSpaceError} If they are more than the cache may hold.
   * @throws {IntegrityError} If one has other bytes.
   * @throws {FlatbedError} If one cannot be read or written.
   */
  async bring(
    destination: Destination,
    copies: readonly WantedCopy[],
    { signal, onFetch }: BringOptions = {},
  ): Promise<void> {
    const total = sum(copies);
    if (total > this.#bound) {
      throw new NoSpaceError(
        `Cannot bring ${copies.length} files of ${
          formatBytes(total)
        } from ${destination.location} to this machine: its cache may hold ${
          formatBytes(this.#bound)
        }`,
      );
    }
    const lacking: WantedCopy[] = [];
    for (const copy of copies) {
      const file = this.pathOf(copy);
      if (statFile(file)?.size === copy.bytes) {
        const now = new Date();
        await Deno.utime(file, now, now).catch(() => {});
      } else lacking.push(copy);
    }
    if (lacking.length === 0) return;
    await this.#makeRoom(
      sum(lacking),
      new Set(copies.map((copy) => this.pathOf(copy))),
    );
    onFetch?.({ files: lacking.length, bytes: sum(lacking) });
    await forEach(
      lacking,
      AT_ONCE,
      (copy, signal) => this.#fetch(destination, copy, signal),
      signal,
    );
  }

  async #fetch(
    destination: Destination,
    copy: WantedCopy,
    signal: AbortSignal,
  ): Promise<void> {
    const file = this.pathOf(copy);
    const part = `${file}.${crypto.randomUUID()}${PART_ENDINGS.part}`;
    try {
      await bringCopy(destination, copy.path, part, signal);
      if (await sha256Of(part) !== copy.sha256) {
        throw new IntegrityError(
          `Cannot use '${destination.location}/${copy.path}': its bytes are not those that were put there; 'flatbed verify --full' says more`,
        );
      }
      await Deno.rename(part, file);
    } finally {
      await Deno.remove(part).catch(() => {});
    }
  }

  /** Removes what was used longest ago, until there is room. */
  async #makeRoom(
    needed: number,
    kept: ReadonlySet<string>,
  ): Promise<void> {
    const there: { file: string; bytes: number; used: number }[] = [];
    for (const folder of await readFolder(this.folder)) {
      for (const name of await readFolder(join(this.folder, folder))) {
        const file = join(this.folder, folder, name);
        const info = statFile(file);
        if (info === undefined) continue;
        const { size: bytes, mtime } = info;
        there.push({ file, bytes, used: mtime?.getTime() ?? 0 });
      }
    }
    let held = there.reduce((sum, { bytes }) => sum + bytes, 0);
    there.sort((a, b) => a.used - b.used);
    for (const { file, bytes, used } of there) {
      if (held + needed <= this.#bound) return;
      if (kept.has(file) || used > Date.now() - IN_USE) continue;
      held -= bytes;
      await Deno.remove(file).catch(() => {});
      await Deno.remove(dirname(file)).catch(() => {}); // it may hold another one
    }
  }
}

function sum(copies: readonly WantedCopy[]): number {
  return copies.reduce((total, { bytes }) => total + bytes, 0);
}

async function readFolder(path: string): Promise<string[]> {
  try {
    return await Array.fromAsync(Deno.readDir(path), ({ name }) => name);
  } catch (error) {
    if (isNotCapable(error)) throw error;
    return []; // not there, or no folder
  }
}

async function sha256Of(path: string): Promise<string> {
  using reader = await openFileReader(path);
  const sha256 = createHash("sha256");
  for (let bytes; (bytes = await reader.read()) !== null;) {
    sha256.update(bytes);
  }
  return sha256.digest("hex");
}
