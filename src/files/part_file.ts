import { existsSync } from "node:fs";
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

/** What an earlier run has left of an object. */
export interface EarlierPart extends PartRecord {
  /** How many bytes of it. */
  length: number;
}

/** So many bytes of a range can be lost when the process is killed, and as many again. */
const RANGE_BUFFER = 512 * 1024;

/** The record of so many ranges still takes little memory. */
const MAX_RANGES = 100_000;

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
  readonly #allowSyncIO: boolean;
  #writer: FileWriter | undefined;
  #content: { file: Deno.FsFile; writer: FileWriter } | undefined;
  #record: PartRecord | undefined;
  #isRecorded: boolean;
  readonly #earlier: EarlierPart | undefined;

  private constructor(
    target: string,
    file: Deno.FsFile,
    earlier: EarlierPart | undefined,
    allowSyncIO: boolean,
  ) {
    this.target = target;
    this.#file = file;
    this.#allowSyncIO = allowSyncIO;
    this.#isRecorded = earlier !== undefined;
    this.#earlier = earlier;
  }

  /**
   * Opens the part file of a target, and makes the folders it is in. Where the thread
   * may be blocked, that saves a third of a small file's time.
   *
   * @throws {LocalFileError} If the target is a folder, or another download holds its part file.
   */
  static async open(target: string, allowSyncIO = false): Promise<PartFile> {
    const { file, length } = await openPart(target, allowSyncIO);
    try {
      const record = length > 0
        ? await readPartRecord(target + PART_ENDINGS.record)
        : undefined;
      const earlier = record && { ...record, length };
      return new PartFile(target, file, earlier, allowSyncIO);
    } catch (error) {
      file.close();
      throw fileError("write", target, error);
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
      await removeLeftover(this.target + PART_ENDINGS.content);
      this.#file.truncateSync(length);
      this.#file.seekSync(length, Deno.SeekMode.Start);
    });
    this.#writer = new FileWriter(this.#file, this.target, {
      bufferSize: record?.size,
      allowSyncIO: this.#allowSyncIO,
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
      await removeLeftover(this.target + PART_ENDINGS.content);
      const path = this.target + PART_ENDINGS.ranges;
      const { size } = record;
      const length = Math.min(earlier?.length ?? 0, size);
      const isResumed = earlier?.rangeSize !== undefined;
      // The size is what a service says: it may be anything.
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

  /** Opens the part file once more, at the first byte that is missing of a range. */
  async openRange(
    position: number,
    onWritten: (bytes: number) => void,
  ): Promise<RangeWriter> {
    const file = await withFile("write", this.target, async () => {
      const file = await Deno.open(this.target + PART_ENDINGS.part, {
        write: true,
      });
      file.seekSync(position, Deno.SeekMode.Start);
      return file;
    });
    const writer = new FileWriter(file, this.target, {
      bufferSize: RANGE_BUFFER,
      onWritten,
      allowSyncIO: this.#allowSyncIO,
    });
    return Object.assign(writer, { [Symbol.dispose]: () => file.close() });
  }

  /** Opens the part file once more, to read it from its first byte on. */
  openReader(signal: AbortSignal | undefined): Promise<FileReader> {
    return openFileReader(
      this.target + PART_ENDINGS.part,
      signal,
      this.#allowSyncIO,
    );
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
    const path = this.target +
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
      if (isContent) await Deno.remove(this.target + PART_ENDINGS.part);
      if (this.#isRecorded) await this.#removeRecord();
      return size;
    });
  }

  /** Keeps what has arrived for a later run, where it is of use, and removes the rest. */
  async keep(): Promise<void> {
    this.#closeContent();
    await removeLeftover(this.target + PART_ENDINGS.content);
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
    for (const ending of Object.values(PART_ENDINGS).reverse()) {
      await Deno.remove(this.target + ending).catch(ignoreAbsent);
    }
  }

  /** Closes the files. */
  [Symbol.dispose](): void {
    this.#closeContent();
    this.#file.close();
  }

  async #openContent(): Promise<{ file: Deno.FsFile; writer: FileWriter }> {
    const path = this.target + PART_ENDINGS.content;
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

  /** Removes the record, also one that was of no use. */
  async #removeRecord(): Promise<void> {
    await removeLeftover(this.target + PART_ENDINGS.record);
    await removeLeftover(this.target + PART_ENDINGS.ranges);
    this.#isRecorded = false;
  }

  async #writeRecord(): Promise<void> {
    const path = this.target + PART_ENDINGS.record;
    await writePartRecord(path, this.#record);
    this.#isRecorded = true;
  }
}

/** Removes a file that is seldom there: asking first costs less than an error. */
async function removeLeftover(path: string): Promise<void> {
  if (existsSync(path)) await Deno.remove(path).catch(ignoreAbsent);
}
