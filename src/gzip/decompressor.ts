import type { Tap } from "../base/mod.ts";
import { GzipError, toGzipError } from "./gzip_error.ts";
import { isGzip } from "./is_gzip.ts";
import { type Gunzip, openGunzip } from "./open_gunzip.ts";

/**
 * Decompresses data that is written to it piece by piece. Data that is not gzip is passed
 * on unchanged, unless its name ends with `.gz`. Damage does not throw: it is noted, so
 * that the data can be read to its end.
 *
 * @example
 * ```ts
 * import { Decompressor } from "@flatbed/flatbed/gzip";
 * import { assertEquals } from "@std/assert";
 *
 * let size = 0;
 * using content = new Decompressor("day.csv.gz", (bytes) => {
 *   size += bytes.length;
 * });
 * const stored = new Blob(["ticker,volume\nAAPL,100\n"]).stream()
 *   .pipeThrough(new CompressionStream("gzip"));
 * for await (const bytes of stored) await content.write(bytes);
 * await content.end();
 * assertEquals([content.damage, size], [undefined, 23]);
 * ```
 */
export class Decompressor implements Disposable {
  readonly #name: string;
  readonly #take: Tap;
  /** The first byte, if it came alone. */
  #first: Uint8Array = new Uint8Array();
  #gunzip: Gunzip | undefined;
  #isGzip: boolean | undefined;
  #damage: GzipError | undefined;

  /**
   * Creates a decompressor for new data.
   *
   * @param name What errors call the data: a key or a path. If it ends with `.gz`, the data must be gzip.
   * @param take Called with each piece of the content, which is valid until it returns, or until its promise resolves.
   */
  constructor(
    name: string,
    take: (bytes: Uint8Array) => void | Promise<void> = () => {},
  ) {
    this.#name = name;
    this.#take = take;
  }

  /** Whether the data is gzip; `undefined` until its second byte. */
  get isGzip(): boolean | undefined {
    return this.#isGzip;
  }

  /** What is wrong with the data, if anything; final after `end()`. */
  get damage(): GzipError | undefined {
    return this.#damage;
  }

  /**
   * Takes the next bytes, which must not change until it resolves. Bytes after damage are
   * ignored.
   *
   * @param bytes The bytes.
   * @throws {unknown} What `take` throws.
   */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#damage !== undefined) return;
    try {
      if (this.#isGzip !== undefined) return await this.#pass(bytes);
      // The two bytes that tell may come one by one.
      const first = Uint8Array.of(...this.#first, ...bytes.subarray(0, 2));
      if (first.length < 2) this.#first = first;
      else await this.#begin(first, bytes);
    } catch (error) {
      this.#noteDamage(error);
    }
  }

  /**
   * Ends the data.
   *
   * @throws {unknown} What `take` throws.
   */
  async end(): Promise<void> {
    if (this.#damage !== undefined) return;
    try {
      if (this.#isGzip === undefined) await this.#begin(this.#first);
      await this.#gunzip?.end();
    } catch (error) {
      this.#noteDamage(error);
    }
  }

  /** Releases its memory. */
  [Symbol.dispose](): void {
    this.#gunzip?.[Symbol.dispose]();
    this.#gunzip = undefined;
  }

  async #begin(first: Uint8Array, bytes?: Uint8Array): Promise<void> {
    this.#isGzip = isGzip(first, this.#name);
    if (this.#isGzip) this.#gunzip = openGunzip(this.#take);
    if (this.#first.length > 0) await this.#pass(this.#first);
    if (bytes !== undefined) await this.#pass(bytes);
  }

  #pass(bytes: Uint8Array): void | Promise<void> {
    return this.#gunzip?.write(bytes) ?? this.#take(bytes);
  }

  #noteDamage(cause: unknown): void {
    const error = toGzipError(cause, this.#name);
    if (!(error instanceof GzipError)) throw error;
    this.#damage = error;
  }
}
