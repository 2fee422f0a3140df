/** From so many bytes on, copying at once is faster than one by one. */
const LONG = 48;

/** Bytes that are written one behind the other, in memory that grows where it must. */
export class ByteBuffer {
  #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;

  /** Makes room for some bytes. */
  constructor(size = 64 * 1024) {
    this.#bytes = new Uint8Array(size);
  }

  /** How many bytes there are. */
  get length(): number {
    return this.#length;
  }

  /** Makes room for `count` more bytes; `push()` and `ascii()` do not look. */
  reserve(count: number): void {
    const size = this.#length + count;
    if (size <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(size, 2 * this.#bytes.length));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }

  /** Adds a byte. */
  push(byte: number): void {
    this.#bytes[this.#length++] = byte;
  }

  /** Adds a text of ASCII characters. */
  ascii(text: string): void {
    for (let at = 0; at < text.length; at++) {
      this.#bytes[this.#length++] = text.charCodeAt(at);
    }
  }

  /** Adds a part of other bytes. */
  copy(from: Uint8Array, start = 0, end = from.length): void {
    const count = end - start;
    this.reserve(count);
    const bytes = this.#bytes;
    const length = this.#length;
    if (count < LONG) {
      for (let at = 0; at < count; at++) {
        bytes[length + at] = from[start + at] ?? 0;
      }
    } else bytes.set(from.subarray(start, end), length);
    this.#length = length + count;
  }

  /** All bytes, good until more are added. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Forgets all bytes. */
  clear(): void {
    this.#length = 0;
  }

  /** A copy of all bytes; afterwards there are none. */
  take(): Uint8Array<ArrayBuffer> {
    const bytes = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    return bytes;
  }
}
