import { nextTurn } from "../base/mod.ts";
import { GzipError, toGzipError } from "./gzip_error.ts";
import { type GzipPosition, MemberReader } from "./member_reader.ts";

/** After so many bytes of content, other tasks of the thread have their turn. */
const MAX_BYTES_AT_ONCE = 16 * 1024 * 1024;

/** Options of {@linkcode GzipVerifier}. */
export interface GzipVerifierOptions {
  /** Where to go on; by default it begins with the first byte. */
  from?: GzipPosition | undefined;
  /** Called behind each piece of content, with what has read it. */
  onPiece?: ((reader: MemberReader) => void) | undefined;
}

/**
 * Inflates gzip data only to know whether it is whole, from its beginning or from a
 * {@linkcode GzipPosition} in its middle on. Damage does not throw: it is noted, as by a
 * {@linkcode Decompressor}.
 */
export class GzipVerifier implements Disposable {
  readonly #name: string;
  readonly #onPiece: ((reader: MemberReader) => void) | undefined;
  readonly #reader: MemberReader;
  #damage: GzipError | undefined;
  #bytes = 0;

  /** Expects the byte that the position stands at; errors call the data by its name. */
  constructor(name: string, { from, onPiece }: GzipVerifierOptions = {}) {
    this.#name = name;
    this.#onPiece = onPiece;
    this.#reader = new MemberReader({ checkpoint: from, stopsAtBlocks: true });
  }

  /** What is wrong with the data, if anything; final after `end()`. */
  get damage(): GzipError | undefined {
    return this.#damage;
  }

  /** Takes the next bytes, which must not change until it resolves. Bytes after damage are ignored. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#damage !== undefined) return;
    try {
      this.#reader.write(bytes);
      for (let out; (out = this.#reader.read()) !== undefined;) {
        this.#onPiece?.(this.#reader);
        this.#bytes += out.length;
        if (this.#bytes < MAX_BYTES_AT_ONCE) continue;
        await nextTurn();
        this.#bytes = 0;
      }
    } catch (error) {
      this.#note(error);
    }
  }

  /** Ends the data. */
  // deno-lint-ignore require-await -- as that of a Decompressor
  async end(): Promise<void> {
    if (this.#damage !== undefined) return;
    try {
      this.#reader.end();
    } catch (error) {
      this.#note(error);
    }
  }

  /** Releases its memory. */
  [Symbol.dispose](): void {
    this.#reader[Symbol.dispose]();
  }

  #note(cause: unknown): void {
    const error = toGzipError(cause, this.#name);
    if (!(error instanceof GzipError)) throw error;
    this.#damage = error;
  }
}
