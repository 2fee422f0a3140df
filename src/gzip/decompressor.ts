import type { Tap } from "../base/mod.ts";
import { GzipError, toGzipError } from "./gzip_error.ts";
import { isGzip } from "./is_gzip.ts";
import { type Gunzip, openGunzip } from "./open_gunzip.ts";

/**
 * Takes an object's stored bytes piece by piece, and hands its content on: decompressed
 * where it is gzip, and as it is where neither its first bytes nor its key say so.
 */
export class Decompressor implements Disposable {
  readonly #key: string;
  readonly #take: Tap;
  /** The first byte, where it came alone. */
  #first: Uint8Array = new Uint8Array();
  #gunzip: Gunzip | undefined;
  #isGzip: boolean | undefined;
  #damage: GzipError | undefined;

  /**
   * Expects the first byte.
   *
   * @param key What the data is called in errors. One that ends with `.gz` says that it is gzip.
   * @param take Takes the content.
   */
  constructor(key: string, take: Tap = () => {}) {
    this.#key = key;
    this.#take = take;
  }

  /** Whether the data is gzip; `undefined` before its second byte. */
  get isGzip(): boolean | undefined {
    return this.#isGzip;
  }

  /** What is wrong with the data: known when it has ended, at the latest. */
  get damage(): GzipError | undefined {
    return this.#damage;
  }

  /** Takes bytes, which must stay as they are until it resolves. What follows damage is ignored. */
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

  /** Ends the data. */
  async end(): Promise<void> {
    if (this.#damage !== undefined) return;
    try {
      if (this.#isGzip === undefined) await this.#begin(this.#first);
      await this.#gunzip?.end();
    } catch (error) {
      this.#noteDamage(error);
    }
  }

  /** Leaves what it has used to others. */
  [Symbol.dispose](): void {
    this.#gunzip?.[Symbol.dispose]();
    this.#gunzip = undefined;
  }

  async #begin(first: Uint8Array, bytes?: Uint8Array): Promise<void> {
    this.#isGzip = isGzip(first, this.#key);
    if (this.#isGzip) this.#gunzip = openGunzip(this.#take);
    if (this.#first.length > 0) await this.#pass(this.#first);
    if (bytes !== undefined) await this.#pass(bytes);
  }

  #pass(bytes: Uint8Array): void | Promise<void> {
    return this.#gunzip?.write(bytes) ?? this.#take(bytes);
  }

  #noteDamage(cause: unknown): void {
    const error = toGzipError(cause, this.#key);
    if (!(error instanceof GzipError)) throw error;
    this.#damage = error;
  }
}
