import { withFileSync } from "./file_errors.ts";
import { openNoFollow } from "./open_no_follow.ts";
import { writeAllSync } from "./write_all.ts";

/** How many bytes each range's entry takes. */
const ENTRY_BYTES = 8;

/**
 * How far each range of a part file has come, kept in a small file beside it: one
 * number for each range, written after the bytes that it counts.
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

  /** Opens the record at a path, or makes an empty one; errors name the target. */
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
    // What cannot be true was not written by this program: that range starts anew.
    done.forEach((value, index) => {
      const { start, end } = record.boundsOf(index);
      if (!(Number.isInteger(value) && value >= 0 && value <= end - start)) {
        done[index] = 0;
      }
    });
    return record;
  }

  /** How many ranges there are. */
  get count(): number {
    return this.#done.length;
  }

  /** How many bytes are there, in all ranges together. */
  get bytesDone(): number {
    return this.#done.reduce((sum, value) => sum + value, 0);
  }

  /** The first byte of a range that is not there yet, and the byte behind its last one. */
  missingOf(index: number): { start: number; end: number } {
    const { start, end } = this.boundsOf(index);
    return { start: start + (this.#done[index] ?? 0), end };
  }

  /** Up to which byte all are there from a position on, as far as its range goes. */
  arrivedFrom(position: number): number {
    const { start } = this.missingOf(Math.floor(position / this.rangeSize));
    return Math.max(position, start);
  }

  /**
   * Notes that more bytes of a range are there.
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

  /** Notes that the object's first bytes are there, in whichever ranges they are. */
  addFirst(bytes: number): void {
    for (let index = 0; index * this.rangeSize < bytes; index++) {
      const { start, end } = this.boundsOf(index);
      this.add(index, Math.min(bytes, end) - start);
    }
  }

  /** Notes that nothing is there from a byte on. */
  forgetFrom(length: number): void {
    for (let index = 0; index < this.count; index++) {
      const { start } = this.boundsOf(index);
      const beyond = start + (this.#done[index] ?? 0) - Math.max(start, length);
      if (beyond > 0) this.add(index, -beyond);
    }
  }

  /** The first byte of a range, and the byte behind its last one. */
  boundsOf(index: number): { start: number; end: number } {
    const start = index * this.rangeSize;
    return { start, end: Math.min(this.size, start + this.rangeSize) };
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file.close();
  }
}
