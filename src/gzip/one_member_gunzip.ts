import type { Tap } from "../base/mod.ts";
import { GzipFault } from "./gzip_fault.ts";
import { GzipHeader } from "./gzip_header.ts";

/** A header without optional fields. */
const PLAIN_HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3);

/**
 * Decompresses gzip data of one member with `DecompressionStream`, for runtimes without
 * WebAssembly. Another member, or padding, is an error: the stream does not tell where a
 * member ends.
 */
export class OneMemberGunzip implements Disposable {
  /** Replaced by a plain one: the stream refuses long names and comments. */
  readonly #header = new GzipHeader();
  #hasHeader = false;
  readonly #writer: WritableStreamDefaultWriter<BufferSource>;
  readonly #reading: Promise<void>;

  /** Creates one for new data. */
  constructor(take: Tap) {
    const { readable, writable } = new DecompressionStream("gzip");
    this.#writer = writable.getWriter();
    this.#reading = readAll(readable.getReader(), take);
    // The next write rejects with a failure.
    this.#writer.closed.catch(() => {});
    this.#reading.catch(() => {});
  }

  /**
   * Takes the next data, which must not change until it resolves.
   *
   * @throws {GzipFault} If the data is damaged, or does not end with its first member.
   */
  async write(data: Uint8Array): Promise<void> {
    let at = 0;
    while (!this.#hasHeader && at < data.length) {
      const byte = data[at++] ?? 0;
      if (!this.#header.hasMagicWith(byte)) {
        throw new GzipFault("does not begin with the gzip magic bytes");
      }
      this.#hasHeader = this.#header.push(byte);
      if (this.#hasHeader) await this.#pass(PLAIN_HEADER.slice());
    }
    if (at < data.length) await this.#pass(data.slice(at));
  }

  /**
   * Ends the data.
   *
   * @throws {GzipFault} If it ends early.
   */
  async end(): Promise<void> {
    if (!this.#hasHeader) throw new GzipFault("ends early");
    await this.#writer.close().catch(() => {});
    await this.#reading;
  }

  /** Abandons data that has not ended. */
  [Symbol.dispose](): void {
    this.#writer.abort().catch(() => {});
  }

  async #pass(data: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.#writer.write(data).catch(() => this.#reading);
  }
}

async function readAll(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  take: Tap,
): Promise<void> {
  try {
    while (true) {
      const { value, done } = await reader.read().catch((cause) => {
        throw new GzipFault(
          "is damaged, ends early, or does not end with its first member, which requires WebAssembly",
          { cause },
        );
      });
      if (done) return;
      await take(value);
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}
