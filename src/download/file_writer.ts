import { withFile } from "../store/mod.ts";

/** Bytes are collected up to this many before they are written. */
const BUFFER_SIZE = 1024 * 1024;

/** Writes bytes to an open file in large pieces. */
export class FileWriter {
  readonly #file: Deno.FsFile;
  readonly #path: string;
  readonly #bufferSize: number;
  #buffer: Uint8Array<ArrayBuffer> | undefined;
  #used = 0;
  /** How many bytes have been taken. */
  written = 0;

  /** Writes from where the file stands; less room will do where less is to come. */
  constructor(file: Deno.FsFile, path: string, size = BUFFER_SIZE) {
    this.#file = file;
    this.#path = path;
    this.#bufferSize = Math.min(size, BUFFER_SIZE);
  }

  /** Takes bytes; they are copied, or written at once. */
  async write(bytes: Uint8Array): Promise<void> {
    this.written += bytes.length;
    if (this.#used + bytes.length > this.#bufferSize) await this.flush();
    if (bytes.length >= this.#bufferSize) {
      await this.#writeAll(bytes);
    } else {
      this.#buffer ??= new Uint8Array(this.#bufferSize);
      this.#buffer.set(bytes, this.#used);
      this.#used += bytes.length;
    }
  }

  /** Hands everything to the system. */
  async flush(): Promise<void> {
    if (this.#buffer === undefined || this.#used === 0) return;
    const pending = this.#buffer.subarray(0, this.#used);
    this.#used = 0;
    await this.#writeAll(pending);
  }

  /** Has the system put everything on the disk. */
  async sync(): Promise<void> {
    await this.flush();
    await withFile("write", this.#path, () => this.#file.sync());
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      done += await withFile(
        "write",
        this.#path,
        () => this.#file.write(bytes.subarray(done)),
      );
    }
  }
}
