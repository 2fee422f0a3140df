import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { IntegrityError } from "../base/mod.ts";
import { ignoreAbsent } from "./absent.ts";
import { fileError, withFile } from "./file_errors.ts";
import { type FileReader, openFileReader } from "./file_reader.ts";
import { FileWriter } from "./file_writer.ts";
import { openPart } from "./open_part.ts";
import { PART_ENDINGS } from "./part_endings.ts";
import {
  type PartRecord,
  readPartRecord,
  writePartRecord,
} from "./part_record.ts";
import { RangeRecord } from "./range_record.ts";

/** What an interrupted download has left of an object. */
export interface EarlierPart extends PartRecord {
  /** The length of the part file in bytes. */
  length: number;
}

/** Buffer per range: a kill loses at most two. */
const RANGE_BUFFER_BYTES = 512 * 1024;

/** Limits the memory that the record of ranges takes. */
const MAX_RANGES = 100_000;

/** From this size on, an object has a record from the beginning, not only after a failure. */
const MIN_RECORDED_BYTES = 1024 * 1024;

/** Writes a range to its place in the part file. */
export type RangeWriter = FileWriter & Disposable;

/**
 * The files beside a target in which a download is collected. The target's name is given
 * only to what is complete, verified and on the disk. One process at a time can have
 * them open.
 */
export class PartFile {
  /** The final path. */
  readonly target: string;
  /** What the endings of the files are appended to. */
  readonly #base: string;
  readonly #file: Deno.FsFile;
  readonly #allowSyncIO: boolean;
  #writer: FileWriter | undefined;
  #content: { file: Deno.FsFile; writer: FileWriter } | undefined;
  #record: PartRecord | undefined;
  #isRecorded: boolean;
  readonly #earlier: EarlierPart | undefined;

  private constructor(
    target: string,
    base: string,
    file: Deno.FsFile,
    earlier: EarlierPart | undefined,
    allowSyncIO: boolean,
  ) {
    this.target = target;
    this.#base = base;
    this.#file = file;
    this.#allowSyncIO = allowSyncIO;
    this.#isRecorded = earlier !== undefined;
    this.#earlier = earlier;
  }

  /**
   * Opens the part file of a target, and creates missing folders.
   *
   * @param target The final path.
   * @param allowSyncIO Use synchronous calls: 2/3 of the time for a small file.
   * @param base What the part file is called without its ending, if not as the target: one that is there.
   * @throws {LocalFileError} If the target is a folder, or another download holds its part file.
   */
  static async open(
    target: string,
    allowSyncIO = false,
    base = target,
  ): Promise<PartFile> {
    const { file, length } = await openPart(
      base,
      allowSyncIO,
      base === target,
    );
    try {
      const record = length > 0
        ? await readPartRecord(base + PART_ENDINGS.record)
        : undefined;
      const earlier = record && { ...record, length };
      return new PartFile(target, base, file, earlier, allowSyncIO);
    } catch (error) {
      file.close();
      throw fileError("write", target, error);
    }
  }

  /** Makes the folder of the target, where its part file is in another one. */
  async makeFolder(): Promise<void> {
    await withFile("write", this.target, async () => {
      await Deno.mkdir(dirname(this.target), { recursive: true });
    });
  }

  /** What an interrupted download has left of an object. */
  earlierOf(bucket: string, key: string): EarlierPart | undefined {
    const earlier = this.#earlier;
    return earlier?.bucket === bucket && earlier.key === key
      ? earlier
      : undefined;
  }

  /**
   * Starts to collect a version.
   *
   * @param record The version; `undefined` if nothing identifies it.
   * @param length How many bytes of it are there already.
   */
  async begin(record: PartRecord | undefined, length: number): Promise<void> {
    this.#closeContent();
    await withFile("write", this.target, async () => {
      // A killed process may have left it.
      await removeLeftover(this.#base + PART_ENDINGS.content);
      this.#file.truncateSync(length);
      this.#file.seekSync(length, Deno.SeekMode.Start);
    });
    this.#writer = new FileWriter(this.#file, this.target, {
      bufferSize: record?.size,
      allowSyncIO: this.#allowSyncIO,
    });
    this.#record = record;
    if (length > 0) return; // it has its record
    await withFile("write", this.target, () => this.#removeRecord());
    if (record !== undefined && record.size >= MIN_RECORDED_BYTES) {
      await this.#writeRecord();
    }
  }

  /**
   * Starts to collect a version in ranges.
   *
   * @param record The version.
   * @param earlier What is there of the same version.
   * @param rangeSize The size of a range in bytes, unless `earlier` has one.
   * @returns Which bytes of each range are there.
   */
  async beginRanges(
    record: PartRecord,
    earlier: EarlierPart | undefined,
    rangeSize: number,
  ): Promise<RangeRecord> {
    this.#closeContent();
    return await withFile("write", this.target, async () => {
      await removeLeftover(this.#base + PART_ENDINGS.content);
      const path = this.#base + PART_ENDINGS.ranges;
      const { size } = record;
      const length = Math.min(earlier?.length ?? 0, size);
      const isResumed = earlier?.rangeSize !== undefined;
      // A service can claim any size.
      rangeSize = earlier?.rangeSize ??
        Math.max(rangeSize, Math.ceil(size / MAX_RANGES));
      this.#record = { ...record, rangeSize };
      await this.#file.truncate(length);
      if (!isResumed) {
        await Deno.remove(path).catch(ignoreAbsent);
        await this.#writeRecord();
      }
      const { target } = this;
      const ranges = await RangeRecord.open(path, target, size, rangeSize);
      if (isResumed) ranges.forgetFrom(length);
      else ranges.addFirst(length);
      return ranges;
    });
  }

  /** Opens the part file again to write a range from a position on. */
  async openRange(
    position: number,
    onWritten: (bytes: number) => void,
  ): Promise<RangeWriter> {
    const file = await withFile("write", this.target, async () => {
      const file = await Deno.open(this.#base + PART_ENDINGS.part, {
        write: true,
      });
      file.seekSync(position, Deno.SeekMode.Start);
      return file;
    });
    const writer = new FileWriter(file, this.target, {
      bufferSize: RANGE_BUFFER_BYTES,
      onWritten,
      allowSyncIO: this.#allowSyncIO,
    });
    return Object.assign(writer, { [Symbol.dispose]: () => file.close() });
  }

  /** Opens the part file again to read it from the beginning. */
  openReader(signal: AbortSignal | undefined): Promise<FileReader> {
    return openFileReader(
      this.#base + PART_ENDINGS.part,
      signal,
      this.#allowSyncIO,
    );
  }

  /** Adds stored bytes. */
  write(bytes: Uint8Array): Promise<void> | undefined {
    return this.#writer?.write(bytes);
  }

  /** Writes all buffered bytes, so that they can be read. */
  flush(): Promise<void> | undefined {
    return this.#writer?.flush();
  }

  /** Adds decompressed bytes, which become the target instead of the stored ones. */
  async writeContent(bytes: Uint8Array): Promise<void> {
    this.#content ??= await this.#openContent();
    await this.#content.writer.write(bytes);
  }

  /** Makes the file that the content goes to, for others to write to; returns its path. */
  async openContentFile(): Promise<string> {
    this.#content ??= await this.#openContent();
    return this.#base + PART_ENDINGS.content;
  }

  /**
   * Flushes the file to the disk and gives it its final name.
   *
   * @returns Its size in bytes.
   * @throws {IntegrityError} If it does not have the object's size.
   * @throws {unknown} The signal's reason, if the signal is aborted.
   */
  async finish(
    options: {
      /** Whether it is the decompressed content. */
      isContent: boolean;
      /** The object's size as stored, in bytes. */
      size: number;
      signal: AbortSignal | undefined;
      /** The final path, if it is not the target. */
      path?: string;
    },
  ): Promise<number> {
    const { path: target = this.target } = options;
    if (options.isContent) this.#content ??= await this.#openContent();
    const isContent = this.#content !== undefined;
    const path = this.#base +
      (isContent ? PART_ENDINGS.content : PART_ENDINGS.part);
    const file = this.#content?.file ?? this.#file;
    if (isContent) await this.#content?.writer.fsync();
    else if (this.#writer !== undefined) await this.#writer.fsync();
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
      if (this.#allowSyncIO) Deno.renameSync(path, target);
      else await Deno.rename(path, target);
      if (isContent) await Deno.remove(this.#base + PART_ENDINGS.part);
      if (this.#isRecorded) await this.#removeRecord();
      return size;
    });
  }

  /** Keeps what a later download can resume, and removes the rest. */
  async keep(): Promise<void> {
    this.#closeContent();
    await removeLeftover(this.#base + PART_ENDINGS.content);
    if (this.#writer === undefined && this.#earlier !== undefined) return;
    // An error here must not hide the one before.
    await this.#writer?.flush().catch(() => {});
    const { size } = await this.#file.stat();
    if (size === 0 || this.#record === undefined) return await this.discard();
    if (!this.#isRecorded) await this.#writeRecord().catch(() => {});
    // Without a record, it cannot be resumed.
    if (!this.#isRecorded) await this.discard();
  }

  /** Removes everything. */
  async discard(): Promise<void> {
    this.#closeContent();
    for (const ending of Object.values(PART_ENDINGS).reverse()) {
      await Deno.remove(this.#base + ending).catch(ignoreAbsent);
    }
  }

  /** Closes the files. */
  [Symbol.dispose](): void {
    this.#closeContent();
    this.#file.close();
  }

  async #openContent(): Promise<{ file: Deno.FsFile; writer: FileWriter }> {
    const path = this.#base + PART_ENDINGS.content;
    const file = await withFile("write", this.target, async () => {
      await Deno.remove(path).catch(ignoreAbsent);
      return await Deno.open(path, { write: true, createNew: true });
    });
    const { target } = this;
    const allowSyncIO = this.#allowSyncIO;
    return { file, writer: new FileWriter(file, target, { allowSyncIO }) };
  }

  #closeContent(): void {
    this.#content?.file.close();
    this.#content = undefined;
  }

  /** Removes the records, also stale ones. */
  async #removeRecord(): Promise<void> {
    await removeLeftover(this.#base + PART_ENDINGS.record);
    await removeLeftover(this.#base + PART_ENDINGS.ranges);
    this.#isRecorded = false;
  }

  async #writeRecord(): Promise<void> {
    const path = this.#base + PART_ENDINGS.record;
    await writePartRecord(path, this.#record);
    this.#isRecorded = true;
  }
}

/** Removes a file that rarely exists: asking first is cheaper than an error. */
async function removeLeftover(path: string): Promise<void> {
  if (existsSync(path)) await Deno.remove(path).catch(ignoreAbsent);
}
