const MAX_INT = 2 ** 31 - 1;
const encoder = new TextEncoder();

/** Writes numbers, texts and bytes one behind the other. */
export class ByteWriter {
  #bytes = new Uint8Array(4096);
  #size = 0;

  /** Everything so far; good until more is written. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#size);
  }

  /** A byte. */
  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#size++] = value;
  }

  /** An integer from 0 to 2^53 - 1, seven bits a byte, the lowest first. */
  integer(value: number): void {
    this.#reserve(8);
    for (; value > MAX_INT; value = Math.floor(value / 128)) {
      this.#bytes[this.#size++] = value % 128 + 128;
    }
    let rest = value | 0; // most are small, and bits are faster
    for (; rest > 127; rest >>= 7) {
      this.#bytes[this.#size++] = rest & 127 | 128;
    }
    this.#bytes[this.#size++] = rest;
  }

  /** An integer of 64 bits, with its sign in the lowest bit. */
  signed(value: bigint): void {
    let rest = value < 0n ? -2n * value - 1n : 2n * value;
    for (; rest > 0xffff_ffffn; rest >>= 7n) {
      this.byte(Number(rest & 127n) + 128);
    }
    this.integer(Number(rest));
  }

  /** Four bytes, the lowest first. */
  word(value: number): void {
    for (let shift = 0; shift < 32; shift += 8) {
      this.byte(value >>> shift & 255);
    }
  }

  /** Bytes, without their number. */
  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#size);
    this.#size += bytes.length;
  }

  /** Bytes, and how many they are. */
  block(bytes: Uint8Array): void {
    this.integer(bytes.length);
    this.raw(bytes);
  }

  /** A text, as UTF-8. */
  text(text: string): void {
    if (text.length < 128 && this.#ascii(text)) return;
    this.block(encoder.encode(text));
  }

  /** A short text of ASCII, which most are; `false` where it is none. */
  #ascii(text: string): boolean {
    this.#reserve(text.length + 1);
    this.#bytes[this.#size] = text.length;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code > 127) return false;
      this.#bytes[this.#size + 1 + at] = code;
    }
    this.#size += text.length + 1;
    return true;
  }

  #reserve(count: number): void {
    if (this.#size + count <= this.#bytes.length) return;
    const grown = new Uint8Array(2 * (this.#size + count));
    grown.set(this.bytes);
    this.#bytes = grown;
  }
}
