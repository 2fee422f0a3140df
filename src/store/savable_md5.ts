import { LANES, makeMd5Kernel, type Md5Kernel, WINDOW } from "./md5_kernel.ts";

const BLOCK_BYTES = 64;

/** What an MD5 comes to so far, as JSON can hold it. */
export interface SavedMd5 {
  /** How many bytes it has been given. */
  length: number;
  /** Its words, in hexadecimal digits. */
  words: string;
  /** The bytes of the block that is not complete yet, in base64. */
  tail: string;
}

/** The initial state of RFC 1321. */
const INITIAL = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];

let kernel: Md5Kernel | undefined;

/**
 * An MD5 that can be saved in the middle, and goes on in another process: that of
 * `node:crypto` cannot. It is as fast as that.
 */
export class SavableMd5 {
  readonly #kernel: Md5Kernel;
  readonly #words = Uint32Array.from(INITIAL);
  readonly #tail = new Uint8Array(BLOCK_BYTES);
  #length = 0;

  private constructor(kernel: Md5Kernel, saved: SavedMd5 | undefined) {
    this.#kernel = kernel;
    if (saved === undefined) return;
    this.#length = saved.length;
    this.#words.forEach((_, at) =>
      this.#words[at] = parseInt(saved.words.slice(8 * at, 8 * at + 8), 16)
    );
    this.#tail.set(Uint8Array.fromBase64(saved.tail));
  }

  /**
   * Begins with the first byte, or goes on from what was saved.
   *
   * @param saved What was saved.
   * @returns The hash; `undefined` where there is no WebAssembly for it.
   */
  static open(saved?: SavedMd5): SavableMd5 | undefined {
    kernel ??= makeMd5Kernel();
    return kernel && new SavableMd5(kernel, saved);
  }

  /** Takes the next bytes. */
  update(bytes: Uint8Array): void {
    let rest = bytes;
    const pending = this.#length % BLOCK_BYTES;
    this.#length += bytes.length;
    if (pending > 0) {
      const missing = rest.subarray(0, BLOCK_BYTES - pending);
      this.#tail.set(missing, pending);
      rest = rest.subarray(missing.length);
      if (pending + missing.length < BLOCK_BYTES) return;
      this.#run(this.#tail);
    }
    while (rest.length >= BLOCK_BYTES) {
      const blocks = Math.min(WINDOW, Math.floor(rest.length / BLOCK_BYTES));
      this.#run(rest.subarray(0, blocks * BLOCK_BYTES));
      rest = rest.subarray(blocks * BLOCK_BYTES);
    }
    this.#tail.set(rest);
  }

  /** What it comes to so far; more bytes can follow. */
  save(): SavedMd5 {
    return {
      length: this.#length,
      words: Array.from(this.#words, hex).join(""),
      tail: this.#tail.subarray(0, this.#length % BLOCK_BYTES).toBase64(),
    };
  }

  /** The hash in hexadecimal digits. No bytes can be added afterwards. */
  digest(): string {
    const bits = BigInt(this.#length) * 8n;
    const zeros = (2 * BLOCK_BYTES - 9 - this.#length % BLOCK_BYTES) %
      BLOCK_BYTES;
    const padding = new Uint8Array(1 + zeros + 8);
    padding[0] = 0x80;
    new DataView(padding.buffer).setBigUint64(1 + zeros, bits, true);
    this.update(padding);
    const digest = new DataView(new ArrayBuffer(4 * this.#words.length));
    this.#words.forEach((word, at) => digest.setUint32(4 * at, word, true));
    return Array.from(
      this.#words,
      (_, at) => hex(digest.getUint32(4 * at)),
    ).join("");
  }

  /** Hashes blocks: at most {@linkcode WINDOW} at once. */
  #run(blocks: Uint8Array): void {
    const { input, state } = this.#kernel;
    input[0]?.set(blocks); // the other lanes idle
    this.#words.forEach((word, at) => state[LANES * at] = word);
    this.#kernel.run(blocks.length / BLOCK_BYTES);
    this.#words.forEach((_, at) => this.#words[at] = state[LANES * at] ?? 0);
  }
}

function hex(word: number): string {
  return word.toString(16).padStart(8, "0");
}
