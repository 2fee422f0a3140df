import { withFile, withFileSync } from "./file_errors.ts";
import { fsyncFile } from "./fsync_file.ts";

/** Bytes are collected up to this many before they are written. */
const BUFFER_SIZE = 1024 * 1024;

/** The size of all buffers of a thread that may be blocked. */
const BLOCKING_SIZE = 512 * 1024;
/** Pieces of this size are written as they are, where that may block. */
const DIRECT_SIZE = 64 * 1024;
/** Those that writers are done with: new memory costs as much as copying. */
const spare: Uint8Array<ArrayBuffer>[] = [];
const MOST_SPARE = 8;

/** Options of {@linkcode FileWriter}. */
export interface FileWriterOptions {
  /** How many bytes are collected; less will do where less is to come. */
  bufferSize?: number | undefined;
  /** Called with so many bytes once the system has them. */
  onWritten?: (bytes: number) => void;
  /** Whether writing may block the thread: that takes two thirds of the time. */
  allowSyncIO?: boolean;
}

/** Writes bytes to an open file in large pieces, and takes more meanwhile. */
export class FileWriter {
  readonly #file: Deno.FsFile;
  readonly #path: string;
  readonly #bufferSize: number;
  readonly #directSize: number;
  readonly #onWritten: ((bytes: number) => void) | undefined;
  readonly #allowSyncIO: boolean;
  #buffer: Uint8Array<ArrayBuffer> | undefined;
  #used = 0;
  /** The buffer that is written; it can be filled again when that has ended. */
  #spare: Uint8Array<ArrayBuffer> | undefined;
  #writing: Promise<void> | undefined;

  /** Writes from where the file stands. */
  constructor(
    file: Deno.FsFile,
    path: string,
    { bufferSize = BUFFER_SIZE, onWritten, allowSyncIO = false }:
      FileWriterOptions = {},
  ) {
    this.#file = file;
    this.#path = path;
    this.#bufferSize = allowSyncIO
      ? BLOCKING_SIZE
      : Math.min(bufferSize, BUFFER_SIZE);
    this.#directSize = allowSyncIO ? DIRECT_SIZE : this.#bufferSize;
    this.#onWritten = onWritten;
    this.#allowSyncIO = allowSyncIO;
  }

  /** Takes bytes; they are copied, or written when it resolves. */
  async write(bytes: Uint8Array): Promise<void> {
    if (bytes.length >= this.#directSize) {
      await this.flush();
      return await this.#writeAll(bytes);
    }
    for (let at = 0; at < bytes.length;) {
      this.#buffer ??= (this.#allowSyncIO ? spare.pop() : undefined) ??
        new Uint8Array(this.#bufferSize);
      const piece = bytes.subarray(at, at + this.#buffer.length - this.#used);
      this.#buffer.set(piece, this.#used);
      this.#used += piece.length;
      at += piece.length;
      if (this.#used === this.#buffer.length) await this.#handOver();
    }
  }

  /** Hands everything to the system. */
  async flush(): Promise<void> {
    await this.#handOver();
    await this.#writing;
  }

  /** Has the system put everything on the disk. */
  async sync(): Promise<void> {
    await this.flush();
    if (this.#allowSyncIO && this.#buffer !== undefined) {
      if (spare.length < MOST_SPARE) spare.push(this.#buffer);
      this.#buffer = undefined;
    }
    await withFile(
      "write",
      this.#path,
      () => fsyncFile(this.#file, this.#allowSyncIO),
    );
  }

  /** Starts to write what has been collected, once what came before it has been written. */
  async #handOver(): Promise<void> {
    await this.#writing;
    const full = this.#buffer;
    if (full === undefined || this.#used === 0) return;
    const pending = full.subarray(0, this.#used);
    if (this.#allowSyncIO) {
      this.#used = 0;
      return await this.#writeAll(pending);
    }
    this.#buffer = this.#spare;
    this.#spare = full;
    this.#used = 0;
    this.#writing = this.#writeAll(pending);
    // Whoever hands over next is told.
    this.#writing.catch(() => {});
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const rest = bytes.subarray(done);
      done += this.#allowSyncIO
        ? withFileSync("write", this.#path, () => this.#file.writeSync(rest))
        : await withFile("write", this.#path, () => this.#file.write(rest));
    }
    this.#onWritten?.(bytes.length);
  }
}
