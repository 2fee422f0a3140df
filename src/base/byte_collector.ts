import { TooLargeError } from "./errors.ts";
import { formatBytes } from "./format_bytes.ts";

/** The size of the first buffer, in bytes, if the total size is not known. */
const FIRST_BYTES = 64 * 1024;

/** From this size on, a single buffer is kept without a copy. */
const LARGE_BYTES = 1024 * 1024;

/** Collects bytes in one buffer that grows as needed. */
export class ByteCollector {
  readonly #key: string;
  #buffer = new Uint8Array(0);
  #used = 0;

  /** Makes an empty collector; errors name the object's key. */
  constructor(key: string) {
    this.#key = key;
  }

  /** Drops what was collected, and allocates a buffer for so many bytes. */
  restart(sizeHint: number | undefined): void {
    this.#used = 0;
    try {
      this.#buffer = new Uint8Array(sizeHint ?? FIRST_BYTES);
    } catch (error) {
      // A service may announce any size; the bytes that arrive decide.
      if (!(error instanceof RangeError)) throw error;
      this.#buffer = new Uint8Array(FIRST_BYTES);
    }
  }

  /**
   * Adds bytes: as a copy, or as they are if they are large and the first.
   *
   * @throws {TooLargeError} If they do not fit into memory.
   */
  write(bytes: Uint8Array): void {
    const { buffer } = bytes;
    const isAll = this.#used === 0 && bytes.length >= LARGE_BYTES &&
      bytes.length === buffer.byteLength;
    if (isAll && buffer instanceof ArrayBuffer) {
      this.#buffer = new Uint8Array(buffer);
      this.#used = bytes.length;
      return;
    }
    const start = this.#used;
    this.#used += bytes.length;
    if (this.#used > this.#buffer.length) {
      const size = Math.max(this.#used, this.#buffer.length * 2);
      try {
        this.#buffer = new Uint8Array(this.#buffer.buffer.transfer(size));
      } catch (cause) {
        if (!(cause instanceof RangeError)) throw cause;
        throw new TooLargeError(
          `Cannot download '${this.#key}': there is no memory for its content of more than ${
            formatBytes(start)
          }: downloadToFile() and openStream() need none`,
          { key: this.#key, cause },
        );
      }
    }
    this.#buffer.set(bytes, start);
  }

  /** Returns everything collected, in a buffer of exactly that size. */
  take(): Uint8Array<ArrayBuffer> {
    const { buffer } = this.#buffer;
    this.#buffer = new Uint8Array(0);
    return new Uint8Array(
      buffer.byteLength === this.#used ? buffer : buffer.transfer(this.#used),
    );
  }
}
