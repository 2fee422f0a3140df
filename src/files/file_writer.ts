import { withFile, withFileSync } from "./file_errors.ts";
import { fsyncFile } from "./fsync_file.ts";
import { writeAll, writeAllSync } from "./write_all.ts";

/** Bytes that are buffered before a write. */
const BUFFER_BYTES = 1024 * 1024;
/** The same for synchronous writes, whose buffers are reused. */
const SYNC_BUFFER_BYTES = 512 * 1024;
/** Pieces of this size and more are written synchronously without being copied. */
const SYNC_DIRECT_BYTES = 64 * 1024;

/** Buffers for the next writers: a new one costs as much as copying into it. */
const spareBuffers: Uint8Array<ArrayBuffer>[] = [];
const MAX_SPARE_BUFFERS = 8;

/** Options of {@linkcode FileWriter}. */
export interface FileWriterOptions {
  /** How many bytes are expected, if they are fewer than a buffer. */
  bufferSize?: number | undefined;
  /** Called with the number of bytes that the system has taken. */
  onWritten?: (bytes: number) => void;
  /** Use `writeSync()`: blocks the thread, takes about 2/3 of `write()`'s time. */
  allowSyncIO?: boolean;
}

/** Writes to an open file in large pieces; while one is written, the next is buffered. */
export class FileWriter {
  readonly #file: Deno.FsFile;
  readonly #path: string;
  readonly #bufferSize: number;
  readonly #directSize: number;
  readonly #onWritten: ((bytes: number) => void) | undefined;
  readonly #allowSyncIO: boolean;
  #buffer: Uint8Array<ArrayBuffer> | undefined;
  #used = 0;
  /** The buffer that is being written; it can be filled again afterwards. */
  #other: Uint8Array<ArrayBuffer> | undefined;
  #writing: Promise<void> | undefined;

  /**
   * Writes from the file's current position on.
   *
   * @param file The file, open for writing.
   * @param path What errors call it.
   * @param options How.
   */
  constructor(
    file: Deno.FsFile,
    path: string,
    { bufferSize = BUFFER_BYTES, onWritten, allowSyncIO = false }:
      FileWriterOptions = {},
  ) {
    this.#file = file;
    this.#path = path;
    this.#bufferSize = allowSyncIO
      ? SYNC_BUFFER_BYTES
      : Math.min(bufferSize, BUFFER_BYTES);
    this.#directSize = allowSyncIO ? SYNC_DIRECT_BYTES : this.#bufferSize;
    this.#onWritten = onWritten;
    this.#allowSyncIO = allowSyncIO;
  }

  /** Writes or buffers bytes; when it resolves, they may be overwritten. */
  async write(bytes: Uint8Array): Promise<void> {
    if (bytes.length >= this.#directSize) {
      await this.flush();
      return await this.#writeNow(bytes);
    }
    for (let at = 0; at < bytes.length;) {
      this.#buffer ??= (this.#allowSyncIO ? spareBuffers.pop() : undefined) ??
        new Uint8Array(this.#bufferSize);
      const piece = bytes.subarray(at, at + this.#buffer.length - this.#used);
      this.#buffer.set(piece, this.#used);
      this.#used += piece.length;
      at += piece.length;
      if (this.#used === this.#buffer.length) await this.#writeBuffer();
    }
  }

  /** Resolves when the system has all bytes. */
  async flush(): Promise<void> {
    await this.#writeBuffer();
    await this.#writing;
  }

  /** Resolves when all bytes are on the disk. */
  async fsync(): Promise<void> {
    await this.flush();
    if (this.#allowSyncIO && this.#buffer !== undefined) {
      if (spareBuffers.length < MAX_SPARE_BUFFERS) {
        spareBuffers.push(this.#buffer);
      }
      this.#buffer = undefined;
    }
    await withFile(
      "write",
      this.#path,
      () => fsyncFile(this.#file, this.#allowSyncIO),
    );
  }

  /** Starts to write the buffer, after the one before it has been written. */
  async #writeBuffer(): Promise<void> {
    await this.#writing;
    const full = this.#buffer;
    if (full === undefined || this.#used === 0) return;
    const bytes = full.subarray(0, this.#used);
    this.#used = 0;
    if (this.#allowSyncIO) return await this.#writeNow(bytes);
    this.#buffer = this.#other;
    this.#other = full;
    this.#writing = this.#writeNow(bytes);
    this.#writing.catch(() => {}); // the next call rejects with it
  }

  async #writeNow(bytes: Uint8Array): Promise<void> {
    const file = this.#file;
    if (this.#allowSyncIO) {
      withFileSync("write", this.#path, () => writeAllSync(file, bytes));
    } else {
      await withFile("write", this.#path, () => writeAll(file, bytes));
    }
    this.#onWritten?.(bytes.length);
  }
}
