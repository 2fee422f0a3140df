import { TooLargeError } from "./errors.ts";
import { formatBytes } from "./format_bytes.ts";

/** The first buffer where nobody knows how much is to come. */
const FIRST_SIZE = 64 * 1024;

/** From this size on, bytes are kept as they are. */
const LARGE = 1024 * 1024;

/** Collects bytes in one buffer that grows where it must. */
export class ByteCollector {
  readonly #key: string;
  #buffer = new Uint8Array(0);
  #used = 0;

  /** Holds nothing yet; the key is that of the object which the bytes come from. */
  constructor(key: string) {
    this.#key = key;
  }

  /** Starts again, with room for as many bytes as are said to come. */
  restart(sizeHint: number | undefined): void {
    this.#used = 0;
    try {
      this.#buffer = new Uint8Array(sizeHint ?? FIRST_SIZE);
    } catch (error) {
      // What a service says of a size may be anything: the bytes will show.
      if (!(error instanceof RangeError)) throw error;
      this.#buffer = new Uint8Array(FIRST_SIZE);
    }
  }

  /**
   * Adds the bytes: a copy, or themselves where they are large and all that there is.
   *
   * @throws {TooLargeError} If there is no memory for them.
   */
  write(bytes: Uint8Array): void {
    const { buffer } = bytes;
    const isAll = this.#used === 0 && bytes.length >= LARGE &&
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

  /** Everything collected, in a buffer of exactly its size. */
  take(): Uint8Array<ArrayBuffer> {
    const { buffer } = this.#buffer;
    this.#buffer = new Uint8Array(0);
    return new Uint8Array(
      buffer.byteLength === this.#used ? buffer : buffer.transfer(this.#used),
    );
  }
}
