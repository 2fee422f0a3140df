import { withFileSync } from "./file_errors.ts";
import { openNoFollow } from "./open_no_follow.ts";
import { writeAllSync } from "./write_all.ts";

/** The size of a range's entry in bytes. */
const ENTRY_BYTES = 8;

/**
 * How many bytes of each range of a part file are there, kept in a small file beside it:
 * one number per range, which is written after the bytes that it counts.
 */
export class RangeRecord implements Disposable {
  readonly #file: Deno.FsFile;
  readonly #target: string;
  readonly #done: Float64Array<ArrayBuffer>;
  /** The object's size in bytes. */
  readonly size: number;
  /** The size of each range but the last one, in bytes. */
  readonly rangeSize: number;

  private constructor(
    file: Deno.FsFile,
    target: string,
    done: Float64Array<ArrayBuffer>,
    size: number,
    rangeSize: number,
  ) {
    this.#file = file;
    this.#target = target;
    this.#done = done;
    this.size = size;
    this.rangeSize = rangeSize;
  }

  /**
   * Opens or creates a record.
   *
   * @param path The record's path.
   * @param target What errors call it.
   * @param size The object's size in bytes.
   * @param rangeSize The size of a range in bytes.
   */
  static async open(
    path: string,
    target: string,
    size: number,
    rangeSize: number,
  ): Promise<RangeRecord> {
    const file = await openNoFollow(path);
    const done = new Float64Array(Math.ceil(size / rangeSize));
    const record = new RangeRecord(file, target, done, size, rangeSize);
    const bytes = new Uint8Array(done.buffer);
    for (let at = 0; at < bytes.length;) {
      const count = file.readSync(bytes.subarray(at));
      if (count === null) break;
      at += count;
    }
    // An impossible value was not written by this program: the range starts over.
    done.forEach((value, index) => {
      const { start, end } = record.boundsOf(index);
      if (!(Number.isInteger(value) && value >= 0 && value <= end - start)) {
        done[index] = 0;
      }
    });
    return record;
  }

  /** The number of ranges. */
  get count(): number {
    return this.#done.length;
  }

  /** The number of bytes that are there, in all ranges. */
  get bytesDone(): number {
    return this.#done.reduce((sum, value) => sum + value, 0);
  }

  /** The missing part of a range, as the offsets of its first byte and of the byte after its last one. */
  missingOf(index: number): { start: number; end: number } {
    const { start, end } = this.boundsOf(index);
    return { start: start + (this.#done[index] ?? 0), end };
  }

  /** The offset up to which no byte is missing from a position on, within the range of the position. */
  arrivedFrom(position: number): number {
    const { start } = this.missingOf(Math.floor(position / this.rangeSize));
    return Math.max(position, start);
  }

  /**
   * Records that more bytes of a range are there.
   *
   * @throws {NoSpaceError} If the disk is full.
   */
  add(index: number, bytes: number): void {
    this.#done[index] = (this.#done[index] ?? 0) + bytes;
    const entry = new Uint8Array(
      this.#done.buffer,
      index * ENTRY_BYTES,
      ENTRY_BYTES,
    );
    withFileSync("write", this.#target, () => {
      this.#file.seekSync(index * ENTRY_BYTES, Deno.SeekMode.Start);
      writeAllSync(this.#file, entry);
    });
  }

  /** Records that the object's first bytes are there. */
  addFirst(bytes: number): void {
    for (let index = 0; index * this.rangeSize < bytes; index++) {
      const { start, end } = this.boundsOf(index);
      this.add(index, Math.min(bytes, end) - start);
    }
  }

  /** Records that nothing is there from an offset on. */
  forgetFrom(length: number): void {
    for (let index = 0; index < this.count; index++) {
      const { start } = this.boundsOf(index);
      const beyond = start + (this.#done[index] ?? 0) - Math.max(start, length);
      if (beyond > 0) this.add(index, -beyond);
    }
  }

  /** The offsets of the first byte of a range and of the byte after its last one. */
  boundsOf(index: number): { start: number; end: number } {
    const start = index * this.rangeSize;
    return { start, end: Math.min(this.size, start + this.rangeSize) };
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file.close();
  }
}
