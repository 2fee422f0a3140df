import { existsSync } from "node:fs";
import { basename, dirname } from "node:path";
import { IntegrityError, LocalFileError } from "../base/mod.ts";
import { withFile } from "./file_errors.ts";
import { type FileReader, openFileReader } from "./file_reader.ts";
import { FileWriter } from "./file_writer.ts";
import {
  ignoreNotFound,
  leadsToDevice,
  openNoFollow,
} from "./open_no_follow.ts";
import { CONTENT, PART, PART_ENDINGS, RANGES, RECORD } from "./part_endings.ts";
import { RangeRecord } from "./range_record.ts";

/** Which version of which object a part file holds the beginning of. */
export interface PartRecord {
  /** The bucket's name. */
  bucket: string;
  /** The object's key. */
  key: string;
  /** The ETag, without quotes. */
  etag: string;
  /** The object's size in bytes. */
  size: number;
  /** The size of its ranges in bytes, where it is fetched in such. */
  rangeSize?: number;
}

/** What an earlier run has left of an object. */
export interface EarlierPart extends PartRecord {
  /** How many bytes of it. */
  length: number;
}

/** So many bytes of a range can be lost when the process is killed, and as many again. */
const RANGE_BUFFER = 512 * 1024;

/** The record of so many ranges still takes little memory. */
const MOST_RANGES = 100_000;

/** With a name of so many characters, a file's part files may have none. */
const LONG_NAME = 100;

/** An object of this size is worth a record before anything has gone wrong. */
const RECORD_FROM = 1024 * 1024;

/** Writes the bytes of a range to their place. */
export type RangeWriter = FileWriter & Disposable;

/**
 * The files beside a target in which a download is collected. They never bear the
 * final name before everything is there, checked and on the disk. One process at a
 * time can hold them.
 */
export class PartFile {
  /** The path that the file gets in the end. */
  readonly target: string;
  readonly #file: Deno.FsFile;
  readonly #mayBlock: boolean;
  #writer: FileWriter | undefined;
  #content: { file: Deno.FsFile; writer: FileWriter } | undefined;
  #record: PartRecord | undefined;
  #isRecorded: boolean;
  readonly #earlier: EarlierPart | undefined;

  private constructor(
    target: string,
    file: Deno.FsFile,
    earlier: EarlierPart | undefined,
    mayBlock: boolean,
  ) {
    this.target = target;
    this.#file = file;
    this.#mayBlock = mayBlock;
    this.#isRecorded = earlier !== undefined;
    this.#earlier = earlier;
  }

  /**
   * Opens the part file of a target, and makes the folders it is in. Where the thread
   * may be blocked, that saves a third of a small file's time.
   *
   * @throws {LocalFileError} If the target is a folder, or another download holds its part file.
   */
  static async open(target: string, mayBlock = false): Promise<PartFile> {
    const path = target + PART;
    const file = await withFile("write", target, async () => {
      if (endsWithSeparator(target)) throw notAFile(target, "it is a folder");
      const there = lookUp(target);
      const isOther = there?.isFile === false && !there.isDirectory ||
        there?.isSymlink && leadsToDevice(target);
      if (there?.isDirectory) throw notAFile(target, "it is a folder");
      if (isOther) throw notAFile(target, "it is no ordinary file");
      // Whether the longest of the names that will be needed can be used at all.
      if (basename(target).length > LONG_NAME) {
        await Deno.lstat(target + CONTENT).catch(ignoreAbsent);
      }
      return await openNoFollow(path, mayBlock).catch(async (error) => {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
        await Deno.mkdir(dirname(path), { recursive: true });
        return await openNoFollow(path, mayBlock);
      });
    });
    try {
      return await withFile("write", target, async () => {
        const isLocked = mayBlock
          ? file.tryLockSync(true)
          : await file.tryLock(true);
        if (!isLocked) {
          throw new LocalFileError(
            `Cannot write '${target}': another download is writing to '${path}'`,
          );
        }
        const { size: length, ino } = file.statSync();
        if (inodeOf(path) !== ino) {
          throw new LocalFileError(
            `Cannot write '${target}': another download has just finished it`,
          );
        }
        const record = length > 0 ? await readRecord(target) : undefined;
        const earlier = record && { ...record, length };
        return new PartFile(target, file, earlier, mayBlock);
      });
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** What an earlier run has left of an object, where it is of use. */
  earlierOf(bucket: string, key: string): EarlierPart | undefined {
    const earlier = this.#earlier;
    return earlier?.bucket === bucket && earlier.key === key
      ? earlier
      : undefined;
  }

  /** Starts to collect a version behind the first `length` bytes that are there already. */
  async begin(record: PartRecord | undefined, length: number): Promise<void> {
    this.#closeContent();
    await withFile("write", this.target, async () => {
      // A run that was killed may have left some.
      await removeLeftover(this.target + CONTENT);
      this.#file.truncateSync(length);
      this.#file.seekSync(length, Deno.SeekMode.Start);
    });
    this.#writer = new FileWriter(this.#file, this.target, {
      bufferSize: record?.size,
      mayBlock: this.#mayBlock,
    });
    this.#record = record;
    if (length > 0) return; // its record is there
    await withFile("write", this.target, () => this.#removeRecord());
    if (record !== undefined && record.size >= RECORD_FROM) {
      await this.#writeRecord();
    }
  }

  /**
   * Starts to collect a version in ranges, with what an earlier run has left of the
   * same version.
   */
  async beginRanges(
    record: PartRecord,
    earlier: EarlierPart | undefined,
    rangeSize: number,
  ): Promise<RangeRecord> {
    this.#closeContent();
    return await withFile("write", this.target, async () => {
      await removeLeftover(this.target + CONTENT);
      const path = this.target + RANGES;
      const { size } = record;
      // What a service says of a size may be anything.
      rangeSize = Math.max(rangeSize, Math.ceil(size / MOST_RANGES));
      if (earlier?.rangeSize === undefined) {
        await Deno.remove(path).catch(ignoreNotFound);
        const length = Math.min(earlier?.length ?? 0, size);
        await this.#file.truncate(length);
        this.#record = { ...record, rangeSize };
        await this.#writeRecord();
        const ranges = await RangeRecord.open(
          path,
          this.target,
          size,
          rangeSize,
        );
        ranges.addFirst(length);
        return ranges;
      }
      this.#record = { ...record, rangeSize: earlier.rangeSize };
      if (earlier.length > size) await this.#file.truncate(size);
      const ranges = await RangeRecord.open(
        path,
        this.target,
        size,
        earlier.rangeSize,
      );
      ranges.forgetFrom(earlier.length);
      return ranges;
    });
  }

  /** Opens the part file once more, at the first byte that is missing of a range. */
  async openRange(
    position: number,
    onWritten: (bytes: number) => void,
  ): Promise<RangeWriter> {
    const file = await withFile("write", this.target, async () => {
      const file = await Deno.open(this.target + PART, { write: true });
      file.seekSync(position, Deno.SeekMode.Start);
      return file;
    });
    const writer = new FileWriter(file, this.target, {
      bufferSize: RANGE_BUFFER,
      onWritten,
      mayBlock: this.#mayBlock,
    });
    return Object.assign(writer, { [Symbol.dispose]: () => file.close() });
  }

  /** Opens the part file once more, to read it from its first byte on. */
  openReader(signal: AbortSignal | undefined): Promise<FileReader> {
    return openFileReader(this.target + PART, signal, this.#mayBlock);
  }

  /** Adds bytes as they are stored. */
  async write(bytes: Uint8Array): Promise<void> {
    await this.#writer?.write(bytes);
  }

  /** Hands all bytes that were added to the system, so that they can be read. */
  async flush(): Promise<void> {
    await this.#writer?.flush();
  }

  /** Adds decompressed bytes, which become the target in place of the stored ones. */
  async writeContent(bytes: Uint8Array): Promise<void> {
    this.#content ??= await this.#openContent();
    await this.#content.writer.write(bytes);
  }

  /**
   * Gives everything that is there its final name, unless it is aborted by then. Returns
   * the target's size.
   *
   * @throws {IntegrityError} If what is kept as stored is not as large as the object.
   */
  async finish(
    options: {
      isContent: boolean;
      size: number;
      signal: AbortSignal | undefined;
      /** The file's name, where it does not get the target's. */
      path?: string;
    },
  ): Promise<number> {
    const { path: target = this.target } = options;
    if (options.isContent) this.#content ??= await this.#openContent();
    const isContent = this.#content !== undefined;
    const path = this.target + (isContent ? CONTENT : PART);
    const file = this.#content?.file ?? this.#file;
    if (isContent) await this.#content?.writer.sync();
    else if (this.#writer !== undefined) await this.#writer.sync();
    else await withFile("write", this.target, () => this.#file.sync());
    options.signal?.throwIfAborted();
    return await withFile("write", this.target, async () => {
      const { size } = file.statSync();
      if (!isContent && size !== options.size) {
        throw new IntegrityError(
          `Cannot write '${this.target}': its part file has ${size} bytes instead of ${options.size}`,
          { key: this.#record?.key },
        );
      }
      if (this.#mayBlock) Deno.renameSync(path, target);
      else await Deno.rename(path, target);
      if (isContent) await Deno.remove(this.target + PART);
      if (this.#isRecorded) await this.#removeRecord();
      return size;
    });
  }

  /** Keeps what has arrived for a later run, where it is of use, and removes the rest. */
  async keep(): Promise<void> {
    this.#closeContent();
    await removeLeftover(this.target + CONTENT);
    if (this.#writer === undefined && this.#earlier !== undefined) return;
    // What went wrong is known already; keeping must not hide it.
    await this.#writer?.flush().catch(() => {});
    const { size } = await this.#file.stat();
    if (size === 0 || this.#record === undefined) return await this.discard();
    if (!this.#isRecorded) await this.#writeRecord().catch(() => {});
    // Without its record, nobody could take it up.
    if (!this.#isRecorded) await this.discard();
  }

  /** Removes everything. */
  async discard(): Promise<void> {
    this.#closeContent();
    for (const ending of PART_ENDINGS) {
      await Deno.remove(this.target + ending).catch(ignoreNotFound);
    }
  }

  /** Closes the files. */
  [Symbol.dispose](): void {
    this.#closeContent();
    this.#file.close();
  }

  async #openContent(): Promise<{ file: Deno.FsFile; writer: FileWriter }> {
    const path = this.target + CONTENT;
    const file = await withFile("write", this.target, async () => {
      await Deno.remove(path).catch(ignoreNotFound);
      return await Deno.open(path, { write: true, createNew: true });
    });
    const { target } = this;
    const mayBlock = this.#mayBlock;
    return { file, writer: new FileWriter(file, target, { mayBlock }) };
  }

  #closeContent(): void {
    this.#content?.file.close();
    this.#content = undefined;
  }

  /** Removes the record, also one that was of no use. */
  async #removeRecord(): Promise<void> {
    await removeLeftover(this.target + RECORD);
    await removeLeftover(this.target + RANGES);
    this.#isRecorded = false;
  }

  async #writeRecord(): Promise<void> {
    const path = this.target + RECORD;
    await withFile("write", path, async () => {
      await Deno.remove(path).catch(ignoreNotFound);
      await Deno.writeTextFile(path, JSON.stringify(this.#record), {
        createNew: true,
      });
    });
    this.#isRecorded = true;
  }
}

/** Removes a file that is seldom there: asking first costs less than an error. */
async function removeLeftover(path: string): Promise<void> {
  if (existsSync(path)) await Deno.remove(path).catch(ignoreNotFound);
}

/** What is at a path, also behind a link; at once, since a promise's error costs five times as much. */
function lookUp(
  path: string,
): Pick<Deno.FileInfo, "isFile" | "isDirectory" | "isSymlink"> | undefined {
  try {
    const { isSymlink } = Deno.lstatSync(path);
    const { isFile, isDirectory } = Deno.statSync(path);
    return { isFile, isDirectory, isSymlink };
  } catch (error) {
    return ignoreNotFound(error);
  }
}

function inodeOf(path: string): number | null | undefined {
  try {
    return Deno.lstatSync(path).ino;
  } catch (error) {
    return ignoreNotFound(error);
  }
}

function notAFile(target: string, reason: string): LocalFileError {
  return new LocalFileError(`Cannot write '${target}': ${reason}`);
}

async function readRecord(target: string): Promise<PartRecord | undefined> {
  try {
    const path = target + RECORD;
    if (!(await Deno.lstat(path)).isFile) return undefined;
    const { bucket, key, etag, size, rangeSize } =
      JSON.parse(await Deno.readTextFile(path)) ?? {};
    const isRecord = typeof bucket === "string" && typeof key === "string" &&
      typeof etag === "string" && etag !== "" && Number.isSafeInteger(size);
    if (!isRecord) return undefined;
    const record = { bucket, key, etag, size };
    if (rangeSize === undefined) return record;
    const isRangeSize = Number.isSafeInteger(rangeSize) && rangeSize > 0;
    return isRangeSize ? { ...record, rangeSize } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof Deno.errors.NotFound) {
      return undefined; // without a record, the bytes are of no version that is known
    }
    throw error;
  }
}

function ignoreAbsent(error: unknown): undefined {
  // That a part of the path is no folder shows when it is opened.
  if (error instanceof Deno.errors.NotADirectory) return undefined;
  return ignoreNotFound(error);
}

function endsWithSeparator(path: string): boolean {
  return path.endsWith("/") ||
    (Deno.build.os === "windows" && path.endsWith("\\"));
}
