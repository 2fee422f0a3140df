import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { LocalFileError, passOn } from "../../base/mod.ts";
import {
  fileError,
  fileIdentity,
  freeBytes,
  ignoreAbsent,
  isAbsent,
  isSameFile,
  openFileReader,
  openFileSource,
  PART_ENDINGS,
  statFile,
  unlessAbsent,
  withFile,
  withFileSync,
} from "../../files/mod.ts";
import { STATE_FOLDER } from "../state_folder.ts";
import { FolderPieces } from "./folder_pieces.ts";
import type {
  CopyInfo,
  CopyLookup,
  CopyOptions,
  CopyRanges,
  CopyReader,
  Destination,
  KeptCopy,
  ListedCopy,
  PutCopy,
  SourceObject,
  UnfinishedPut,
} from "./destination.ts";

/** The size of the blocks that a file system counts in, whatever its own are. */
const BLOCK_BYTES = 512;

/** The endings of part files, a longer one before the one that it begins with. */
const PARTS = Object.values(PART_ENDINGS).toSorted((a, b) =>
  b.length - a.length
);

/** A folder of this machine that stores a mirror's copies. */
export class FolderDestination implements Destination {
  readonly location: string;
  readonly folder: string;
  readonly pieces: FolderPieces;

  /**
   * Reads and writes nothing yet.
   *
   * @param folder The folder's path, without a slash at the end.
   */
  constructor(folder: string) {
    this.location = folder;
    this.folder = folder;
    this.pieces = new FolderPieces(folder);
  }

  // deno-lint-ignore require-await -- another destination asks over the network
  async stat(path: string): Promise<CopyInfo | undefined> {
    const file = statFile(this.#resolve(path));
    return file && {
      bytes: file.size,
      mtime: file.mtime ?? new Date(0),
      identity: fileIdentity(file),
      isSoleLink: (file.nlink ?? 1) === 1,
    };
  }

  lookUp(): Promise<CopyLookup> {
    return Promise.resolve(this); // a file system answers at once
  }

  async open(path: string, signal?: AbortSignal): Promise<CopyReader> {
    const info = await this.stat(path); // before its content: it may be replaced meanwhile
    const file = this.#resolve(path);
    if (info === undefined) {
      throw new LocalFileError(
        `Cannot read '${file}': no regular file is there`,
      );
    }
    return Object.assign(await openFileReader(file, signal), {
      mtime: info.mtime,
    });
  }

  async openRanges(path: string): Promise<CopyRanges> {
    return await openFileSource(this.#resolve(path));
  }

  async *list(folder = ""): AsyncGenerator<ListedCopy> {
    // A stack: generators that delegate to each other take three times as long.
    const left = this.#readFolder(folder);
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      const { path, isDirectory, isFile } = next;
      if (isDirectory) {
        for (const entry of this.#readFolder(path)) left.push(entry);
        continue;
      }
      const ending = PARTS.find((ending) => path.endsWith(ending));
      yield {
        path,
        isRegular: isFile,
        ...(ending && { partOf: path.slice(0, -ending.length) }),
      };
    }
  }

  /** What is in a folder, the last name first; nothing if it is missing. */
  #readFolder(folder: string): (Deno.DirEntry & { path: string })[] {
    const path = this.#resolve(folder);
    const entries = withFileSync(
      "read",
      path,
      () => unlessAbsent(() => [...Deno.readDirSync(path)]) ?? [],
    );
    return entries.sort((a, b) => a.name < b.name ? 1 : -1)
      .map((entry) => ({
        ...entry,
        path: folder === "" ? entry.name : `${folder}/${entry.name}`,
      }))
      .filter(({ path }) => path !== STATE_FOLDER);
  }

  async put(
    object: SourceObject,
    path: string,
    { there: _, ...options }: CopyOptions,
  ): Promise<PutCopy> {
    const copy = await this.pieces.complete(object, path, options);
    if (copy !== undefined) return copy;
    const { downloader, bucket, key } = object;
    const { key: __, path: ___, ...file } = await downloader.downloadToFile(
      bucket,
      key,
      this.#resolve(path),
      { ...options, sha256: true, replaceByDamaged: true },
    );
    const { mtime = new Date(0) } = await this.stat(path) ?? {};
    return { ...file, mtime, sha256: file.sha256 ?? await this.#sha256(path) };
  }

  async take(file: string, path: string): Promise<CopyInfo> {
    const target = this.#resolve(path);
    await withFile("write", target, async () => {
      {
        using written = await Deno.open(file);
        await written.sync();
      }
      await Deno.mkdir(dirname(target), { recursive: true });
      await Deno.rename(file, target);
    });
    await this.fsync(dirname(path));
    const info = await this.stat(path);
    if (info !== undefined) return info;
    throw new LocalFileError(`Cannot write '${target}': it is gone again`);
  }

  async keep(
    path: string,
    sha256: string,
    isRequired: boolean,
  ): Promise<KeptCopy | undefined> {
    const file = this.#resolve(path);
    const name = `${STATE_FOLDER}/replaced/${path}.${sha256}`;
    return await withFile("keep", file, async () => {
      await Deno.mkdir(dirname(this.#resolve(name)), { recursive: true });
      for (let number = 1;; number++) {
        const kept = number === 1 ? name : `${name}-${number}`;
        const keptFile = this.#resolve(kept);
        const own = { path: kept, drop: () => this.#drop(kept) };
        try {
          await Deno.link(file, keptFile);
          return own;
        } catch (error) {
          if (!(error instanceof Deno.errors.AlreadyExists)) {
            // Not every file system has links, and a copy may need more space than there is.
            if (!isRequired) return undefined;
            if (statFile(keptFile) === undefined) {
              await Deno.copyFile(file, keptFile);
              return own;
            }
          }
          const there = statFile(keptFile);
          if (there === undefined) continue; // not a regular file
          // A run that was killed may have left it: then it is the very file.
          if (isSameFile(there, statFile(file))) return own;
          if (await this.#sha256(kept) === await this.#sha256(path)) {
            return { path: kept, drop: () => Promise.resolve() };
          }
          // One of the two was changed since it got its name: both are kept.
        }
      }
    });
  }

  async remove(path: string): Promise<void> {
    await removeFile(this.#resolve(path));
  }

  async unfinished(path: string): Promise<UnfinishedPut> {
    const file = this.#resolve(path);
    // Mostly there is none, and asking first costs a tenth of an error.
    const infoOf = (name: string) =>
      existsSync(name) ? statFile(name) : undefined;
    return {
      // Ranges leave gaps, so that the size says nothing.
      stored: (infoOf(file + PART_ENDINGS.part)?.blocks ?? 0) * BLOCK_BYTES +
        await this.pieces.bytesOnDisk(path),
      content: infoOf(file + PART_ENDINGS.content)?.size ?? 0,
    };
  }

  async discard(path: string): Promise<void> {
    await this.pieces.drop(path);
    for (const ending of PARTS) {
      await removeFile(this.#resolve(path) + ending);
    }
  }

  async isBeingPut(path: string): Promise<boolean> {
    try {
      using file = await Deno.open(this.#resolve(path) + PART_ENDINGS.part);
      return !await file.tryLock(false);
    } catch (error) {
      if (isAbsent(error)) return false;
      throw fileError("read", this.#resolve(path) + PART_ENDINGS.part, error);
    }
  }

  async fsync(folder: string): Promise<void> {
    if (Deno.build.os === "windows") return; // folders cannot be opened there
    const path = this.#resolve(folder);
    await withFile("write", path, async () => {
      using file = await Deno.open(path);
      await file.sync();
    });
  }

  freeBytes(): Promise<number | undefined> {
    return freeBytes(this.location);
  }

  #resolve(path: string): string {
    return `${this.location}/${path}`;
  }

  async #sha256(path: string): Promise<string> {
    using reader = await openFileReader(this.#resolve(path));
    const sha256 = createHash("sha256");
    await passOn(reader, [(bytes) => void sha256.update(bytes)]);
    return sha256.digest("hex");
  }

  /** Removes a kept copy, and the folders that are empty without it. */
  async #drop(path: string): Promise<void> {
    await this.remove(path);
    for (
      let folder = dirname(path);
      folder !== STATE_FOLDER;
      folder = dirname(folder)
    ) {
      try {
        await Deno.remove(this.#resolve(folder));
      } catch {
        return; // others are in it
      }
    }
  }
}

async function removeFile(path: string): Promise<void> {
  await withFile("remove", path, async () => {
    await Deno.remove(path).catch(ignoreAbsent);
  });
}
