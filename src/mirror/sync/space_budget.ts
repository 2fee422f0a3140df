import {
  countBytes,
  formatBytes,
  formatDifferentBytes,
  missingRanges,
  NoSpaceError,
} from "../../base/mod.ts";
import type { DataType } from "../../catalog/mod.ts";
import { type FileSpace, spaceForAll } from "../../files/mod.ts";
import { NotEnoughSpaceError } from "../errors.ts";
import type { MirrorContext } from "../mirror_context.ts";
import { type MirrorFile, mirrorFile } from "../mirror_file.ts";
import type { PlanItem } from "../plan/plan.ts";
import { splitObject } from "../split/split_object.ts";

/** How long an answer of the system is used while there is plenty, in milliseconds. */
const ANSWER_VALID_MS = 500;

/** The space that the files under way still need, compared with what is free. */
export class SpaceBudget {
  readonly #context: MirrorContext;
  readonly #keepReplaced: boolean;
  /** What each file under way still needs, by its path. */
  readonly #reserved = new Map<string, FileSpace>();
  readonly #expansions = new Map<DataType, number>();
  #hasLimit: boolean | undefined;
  #free: number | undefined;
  #askedAt = -Infinity;

  /** Nothing is reserved, and nothing asked yet. */
  constructor(context: MirrorContext, keepReplaced: boolean) {
    this.#context = context;
    this.#keepReplaced = keepReplaced;
  }

  /**
   * Checks that there is space for files, less what is stored of them already.
   *
   * @throws {NotEnoughSpaceError} If there is less.
   */
  async checkAll(
    items: readonly PlanItem[],
    maxConcurrent: number,
  ): Promise<void> {
    if (!await this.#isLimited()) return;
    await this.#check(
      await this.neededFor(items, maxConcurrent),
      items.length === 1 ? "a file" : `${items.length} files`,
    );
  }

  /** How many bytes files need at the least, less what is stored of them already. */
  async neededFor(
    items: readonly PlanItem[],
    maxConcurrent: number,
  ): Promise<number> {
    const { encoding } = this.#context;
    const spaces: FileSpace[] = [];
    for (const item of items) {
      const file = mirrorFile(item.dataType, item.date, encoding);
      spaces.push(await this.#spaceFor(file, item));
    }
    return spaceForAll(spaces, maxConcurrent);
  }

  /**
   * Reserves the space for a file, if there is enough besides what is reserved.
   *
   * @throws {NotEnoughSpaceError} If there is less.
   */
  async reserve(file: MirrorFile, item: PlanItem): Promise<void> {
    if (!await this.#isLimited()) return;
    this.#reserved.set(file.path, await this.#spaceFor(file, item));
    await this.#check(await this.#needed(), `'${file.key}'`);
  }

  /** Whether it is known that space is limited: a bucket tells nothing of that kind. */
  async #isLimited(): Promise<boolean> {
    this.#hasLimit ??=
      await this.#context.destination.freeBytes() !== undefined;
    return this.#hasLimit;
  }

  /** Notes how many of an object's bytes are still to come. */
  update({ path }: MirrorFile, left: number): void {
    const reserved = this.#reserved.get(path);
    if (reserved !== undefined) reserved.stored = Math.max(0, left);
  }

  /** Gives the space back that was reserved for a file. */
  release({ path }: MirrorFile): void {
    this.#reserved.delete(path);
  }

  /** Adds what is needed and what is free to an error that says that the disk is full. */
  async explain({ key }: MirrorFile, error: unknown): Promise<unknown> {
    if (
      !(error instanceof NoSpaceError) || error instanceof NotEnoughSpaceError
    ) return error;
    const { destination } = this.#context;
    if (destination.folder === undefined) return error; // it says all that is known
    const free = await destination.freeBytes();
    return this.#notEnough(`'${key}'`, await this.#needed(), free, error);
  }

  /** Checks the free space; if that is not known, nothing is checked. */
  async #check(needed: number, what: string): Promise<void> {
    const now = performance.now();
    const isTight = 2 * needed > (this.#free ?? Infinity);
    if (isTight || now - this.#askedAt > ANSWER_VALID_MS) {
      this.#free = await this.#context.destination.freeBytes();
      this.#askedAt = now;
    }
    if (this.#free === undefined || needed <= this.#free) return;
    throw this.#notEnough(what, needed, this.#free);
  }

  /** How many bytes the files under way still need. */
  async #needed(): Promise<number> {
    let needed = 0;
    for (const [path, { stored, content }] of this.#reserved) {
      // Content is written while its object arrives, or after that.
      const written = content === 0
        ? 0
        : (await this.#context.destination.unfinished(path)).content;
      needed += stored + Math.max(0, content - written);
    }
    return needed;
  }

  /** What a file needs at least. */
  async #spaceFor(
    { key, path, dataType }: MirrorFile,
    { size = 0, etag = "", state, reason, pieces }: PlanItem,
  ): Promise<FileSpace> {
    const { catalog: { bucket }, destination, encoding, shard } = this.#context;
    if (pieces !== undefined) {
      // The other pieces are counted by those who fetch them.
      const found = await destination.pieces?.look(
        { bucket, key },
        path,
        { etag, size },
      );
      const { index, count } = shard ?? { index: 1, count: 1 };
      const own = splitObject(key, size, pieces.split, count)
        .filter((piece) => piece.shard === index);
      const left = countBytes(missingRanges(own, found?.stored ?? []));
      return { stored: left, content: 0, old: 0 };
    }
    const { stored } = await destination.unfinished(path);
    const isKept = state === "replaced" && this.#keepReplaced;
    const mayBeThere = state === "replaced" || reason !== undefined;
    const old = mayBeThere && !isKept
      ? await destination.stat(path)
      : undefined;
    return {
      stored: Math.max(0, size - stored),
      content: encoding === "decompressed"
        ? Math.ceil(size * this.#expansionOf(dataType))
        : 0,
      old: old?.isSoleLink ? old.bytes : 0,
    };
  }

  /** How many times as large as its object a content is at least, as far as is known. */
  #expansionOf(dataType: DataType): number {
    const known = this.#expansions.get(dataType) ??
      this.#context.manifest.leastExpansion(dataType) ?? 1;
    this.#expansions.set(dataType, known);
    return known;
  }

  #notEnough(
    what: string,
    needed: number,
    free: number | undefined,
    cause?: unknown,
  ): NotEnoughSpaceError {
    // What a file needs is a minimum: its content may need more, or another name.
    const [wanted, there] = formatDifferentBytes(needed, free ?? 0);
    const why = needed > (free ?? 0)
      ? `${wanted} are needed, and ${
        free === undefined ? "too few" : there
      } are free`
      : `the disk is full, or can hold no more files; ${
        formatBytes(free ?? 0)
      } are free`;
    return new NotEnoughSpaceError(
      `Cannot fetch ${what} to mirror '${this.#context.destination.location}': ${why}`,
      { needed, free, cause },
    );
  }
}
