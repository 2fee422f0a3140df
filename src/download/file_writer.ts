import { withFile } from "../store/mod.ts";

/** Bytes are collected up to this many before they are written. */
const BUFFER_SIZE = 1024 * 1024;

/** Options of {@linkcode FileWriter}. */
export interface FileWriterOptions {
  /** How many bytes are collected; less will do where less is to come. */
  bufferSize?: number | undefined;
  /** Called with so many bytes once the system has them. */
  onWritten?: (bytes: number) => void;
}

/** Writes bytes to an open file in large pieces, and takes more meanwhile. */
export class FileWriter {
  readonly #file: Deno.FsFile;
  readonly #path: string;
  readonly #bufferSize: number;
  readonly #onWritten: ((bytes: number) => void) | undefined;
  #buffer: Uint8Array<ArrayBuffer> | undefined;
  #used = 0;
  /** The buffer that is written; it can be filled again when that has ended. */
  #spare: Uint8Array<ArrayBuffer> | undefined;
  #writing: Promise<void> | undefined;

  /** Writes from where the file stands. */
  constructor(
    file: Deno.FsFile,
    path: string,
    { bufferSize = BUFFER_SIZE, onWritten }: FileWriterOptions = {},
  ) {
    this.#file = file;
    this.#path = path;
    this.#bufferSize = Math.min(bufferSize, BUFFER_SIZE);
    this.#onWritten = onWritten;
  }

  /** Takes bytes; they are copied, or written when it resolves. */
  async write(bytes: Uint8Array): Promise<void> {
    if (bytes.length >= this.#bufferSize) {
      await this.flush();
      return await this.#writeAll(bytes);
    }
    for (let at = 0; at < bytes.length;) {
      this.#buffer ??= new Uint8Array(this.#bufferSize);
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
    await withFile("write", this.#path, () => this.#file.sync());
  }

  /** Starts to write what has been collected, once what came before it has been written. */
  async #handOver(): Promise<void> {
    await this.#writing;
    const full = this.#buffer;
    if (full === undefined || this.#used === 0) return;
    const pending = full.subarray(0, this.#used);
    this.#buffer = this.#spare;
    this.#spare = full;
    this.#used = 0;
    this.#writing = this.#writeAll(pending);
    // Whoever hands over next is told.
    this.#writing.catch(() => {});
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      done += await withFile(
        "write",
        this.#path,
        () => this.#file.write(bytes.subarray(done)),
      );
    }
    this.#onWritten?.(bytes.length);
  }
}
