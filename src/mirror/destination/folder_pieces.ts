import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import {
  type ByteRange,
  countBytes,
  DamagedAtSourceError,
  IntegrityError,
  LocalFileError,
  missingRanges,
  ObjectChangedError,
  passOn,
} from "../../base/mod.ts";
import {
  isAbsent,
  openFileReader,
  PART_ENDINGS,
  type PartClaim,
  PartFile,
  SharedPart,
  type SharedVersion,
  statFile,
} from "../../files/mod.ts";
import { provingMd5 } from "../../store/mod.ts";
import { STATE_FOLDER } from "../state_folder.ts";
import type { CopyOptions, PutCopy, SourceObject } from "./put_copy.ts";
import {
  ClaimLostError,
  type PieceClaim,
  type PiecedCopy,
  type PieceOptions,
  type Pieces,
  type PiecesState,
  type PieceVersion,
} from "./pieces.ts";

/** Pieces of copies in a folder, which may be on a network file system. */
export class FolderPieces implements Pieces {
  readonly #mirror: string;
  readonly #folder: string;

  /** Those of the mirror in a folder. */
  constructor(mirror: string) {
    this.#mirror = mirror;
    this.#folder = `${mirror}/${STATE_FOLDER}/pieces`;
  }

  async put(
    object: SourceObject,
    path: string,
    version: PieceVersion,
    ranges: readonly ByteRange[],
    options: PieceOptions,
  ): Promise<number> {
    const folder = this.#folderOf(path);
    const shared = sharedVersion(object, version);
    await SharedPart.drop(folder, shared);
    using part = await SharedPart.open(folder, shared);
    const { state, stored } = await part.look();
    if (state !== "collecting") return 0;
    if (stored.length === 0 && await options.isNamed?.()) {
      await this.drop(path);
      return 0;
    }
    return await this.#fetch(part, object, missingRanges(ranges, stored), {
      signal: options.signal,
      onProgress: (bytes) => options.onProgress?.(bytes),
      before: countBytes(ranges) - countBytes(missingRanges(ranges, stored)),
    });
  }

  async look(
    object: Pick<SourceObject, "bucket" | "key">,
    path: string,
    version: PieceVersion,
  ): Promise<PiecesState> {
    using part = await SharedPart.find(
      this.#folderOf(path),
      sharedVersion(object, version),
    );
    if (part === undefined) return { state: "none", stored: [] };
    const { state, stored } = await part.look();
    return state === "gone" ? { state: "none", stored: [] } : { state, stored };
  }

  async claim(
    object: SourceObject,
    path: string,
    version: PieceVersion,
    signal?: AbortSignal,
  ): Promise<PieceClaim | undefined> {
    const shared = sharedVersion(object, version);
    using part = await SharedPart.find(this.#folderOf(path), shared);
    const claim = await part?.claim(signal);
    if (claim === undefined) return undefined;
    let isOver = false;
    return {
      prove: async (options) => {
        try {
          return await this.#prove(object, path, version, claim, options);
        } catch (error) {
          if (error instanceof DamagedAtSourceError) {
            await this.drop(path);
          } else if (!claim.isHeld) {
            throw new ClaimLostError(
              `Cannot put the pieces of '${shared.key}' together: another process does it now`,
              { key: shared.key, cause: error },
            );
          } else if (error instanceof ObjectChangedError) {
            await this.drop(path);
          } else if (error instanceof IntegrityError) {
            throw await this.#dropWrong(path, shared, claim, error);
          } else {
            await claim.giveBack();
          }
          throw error;
        } finally {
          isOver = true;
        }
      },
      [Symbol.asyncDispose]: async () => {
        if (!isOver) await claim.giveBack();
        await claim[Symbol.asyncDispose]();
      },
    };
  }

  async drop(path: string): Promise<void> {
    const folder = this.#folderOf(path);
    if (!SharedPart.isAnyIn(folder)) return;
    await SharedPart.drop(folder);
    await removeEmpty(folder, this.#folder);
  }

  async *list(): AsyncGenerator<PiecedCopy> {
    const left = [""];
    for (let below; (below = left.pop()) !== undefined;) {
      const folder = this.#folder + below;
      for (const part of await SharedPart.all(folder)) {
        const { stored, state } = await part.look();
        if (state === "gone") continue;
        const { key, etag, size } = part.version;
        const path = below.slice(1);
        yield { path, key, etag, size, stored: countBytes(stored) };
      }
      for (const { name, isDirectory } of readFolder(folder)) {
        const isVersion = /^[0-9a-f]{32}$|^\./.test(name);
        if (isDirectory && !isVersion) left.push(`${below}/${name}`);
      }
    }
  }

  /** How much space the pieces of a copy take up, in bytes. */
  async bytesOnDisk(path: string): Promise<number> {
    const folder = this.#folderOf(path);
    if (!SharedPart.isAnyIn(folder)) return 0;
    let bytes = 0;
    for (const part of await SharedPart.all(folder)) {
      bytes += await part.bytesOnDisk();
    }
    return bytes;
  }

  /**
   * Fetches the rest of a copy of which pieces are stored, and puts it together.
   *
   * @returns The copy; `undefined` if there are none of the object's newest version.
   * @throws {LocalFileError} If another process is putting it together.
   */
  async complete(
    object: SourceObject,
    path: string,
    options: CopyOptions,
  ): Promise<PutCopy | undefined> {
    const folder = this.#folderOf(path);
    if (!SharedPart.isAnyIn(folder)) return undefined;
    const { signal, onProgress } = options;
    const { bucket, downloader, key } = object;
    const info = await downloader.getObjectInfo(bucket, key, { signal });
    const { size } = info;
    using part = await SharedPart.find(folder, sharedVersion(object, info));
    if (part === undefined) {
      await this.drop(path);
      return undefined;
    }
    const fetched = await this.put(object, path, info, [{
      start: 0,
      end: size,
    }], { signal, onProgress: (bytes) => onProgress?.({ key, bytes, size }) });
    await using claim = await this.claim(object, path, info, signal);
    if (claim !== undefined) {
      const copy = await claim.prove(options);
      return { ...copy, resumedFrom: size - fetched };
    }
    throw new LocalFileError(
      `Cannot write '${this.#mirror}/${path}': another process is putting its pieces together`,
      { key },
    );
  }

  #folderOf(path: string): string {
    return `${this.#folder}/${path}`;
  }

  async #fetch(
    part: SharedPart,
    { downloader, bucket }: SourceObject,
    missing: readonly ByteRange[],
    { before, onProgress, signal }: {
      before: number;
      onProgress: (bytes: number) => void;
      signal: AbortSignal | undefined;
    },
  ): Promise<number> {
    onProgress(before);
    try {
      await downloader.downloadRanges(bucket, part.version, missing, part, {
        signal,
        onProgress: (bytes) => onProgress(before + bytes),
      });
    } catch (error) {
      if (!(error instanceof LocalFileError)) throw error;
      const { state } = await part.look();
      // Others have fetched the same, and one of them was faster.
      if (state === "claimed" || state === "named") return 0;
      if (state === "collecting") throw error;
      throw new ObjectChangedError(
        `Cannot fetch pieces of '${part.version.key}': another process has dropped what was there of this version`,
        { key: part.version.key, cause: error },
      );
    }
    return countBytes(missing);
  }

  async #prove(
    { downloader, bucket, key }: SourceObject,
    path: string,
    { etag, size }: PieceVersion,
    { base }: PartClaim,
    { expectedSize: _, ...options }: CopyOptions,
  ): Promise<PutCopy> {
    const target = `${this.#mirror}/${path}`;
    const damaged = await readDamaged(this.#damagedOf(path));
    const { key: _key, path: _path, sha256, ...file } = await downloader
      .finishFile(bucket, key, { base, etag, size, damaged }, target, {
        ...options,
        sha256: true,
        replaceByDamaged: true,
      });
    await discardPart(target);
    const mtime = statFile(target)?.mtime ?? new Date(0);
    return { ...file, mtime, sha256: sha256 ?? await sha256Of(target) };
  }

  /** Drops what is not the object, and notes what it was: twice the same is what the service stores. */
  async #dropWrong(
    path: string,
    version: SharedVersion,
    { base }: PartClaim,
    error: IntegrityError,
  ): Promise<IntegrityError> {
    const sums = await readDamaged(this.#damagedOf(path));
    const isProvable = provingMd5(version) !== undefined;
    if (!isProvable) sums.push(await sha256Of(base + PART_ENDINGS.part));
    await SharedPart.drop(this.#folderOf(path));
    if (!isProvable) {
      await Deno.writeTextFile(this.#damagedOf(path), sums.join("\n"));
    }
    return new IntegrityError(
      `${error.message}; its pieces were dropped, and the next run fetches them again`,
      { key: version.key, cause: error },
    );
  }

  #damagedOf(path: string): string {
    return `${this.#folderOf(path)}/damaged`;
  }
}

function sharedVersion(
  { bucket, key }: Pick<SourceObject, "bucket" | "key">,
  { etag, size }: PieceVersion,
): SharedVersion {
  return { bucket, key, etag, size };
}

/** Removes what an earlier run without pieces has left of a file, unless one is at it. */
async function discardPart(target: string): Promise<void> {
  if (!existsSync(target + PART_ENDINGS.part)) return;
  try {
    using part = await PartFile.open(target);
    await part.discard();
  } catch (error) {
    if (!(error instanceof LocalFileError)) throw error;
  }
}

async function readDamaged(path: string): Promise<string[]> {
  if (!existsSync(path)) return [];
  return (await Deno.readTextFile(path)).split("\n");
}

async function sha256Of(path: string): Promise<string> {
  using reader = await openFileReader(path);
  const sha256 = createHash("sha256");
  await passOn(reader, [(bytes) => void sha256.update(bytes)]);
  return sha256.digest("hex");
}

/** Removes a folder and those above it, as far as nothing else is in them. */
async function removeEmpty(folder: string, last: string): Promise<void> {
  for (let path = folder; path.length >= last.length; path = dirname(path)) {
    try {
      await Deno.remove(path);
    } catch {
      return;
    }
  }
}

function readFolder(folder: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(folder)];
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}
