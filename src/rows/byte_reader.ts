const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** What is read is not what {@linkcode ByteWriter} has written. */
export class MalformedError extends Error {}

/** Reads what {@linkcode ByteWriter} has written, and trusts nothing of it. */
export class ByteReader {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #at = 0;

  /** Reads these bytes. */
  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#bytes = bytes;
  }

  /** How many bytes are left. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** A byte. */
  byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new MalformedError("ends early");
    return byte;
  }

  /** An integer from 0 to 2^53 - 1. */
  integer(): number {
    let value = 0;
    let scale = 1;
    while (true) {
      const byte = this.byte();
      value += byte % 128 * scale;
      if (!Number.isSafeInteger(value)) throw new MalformedError("a number");
      if (byte < 128) return value;
      scale *= 128;
    }
  }

  /** A number of things, of which each takes a byte at least. */
  count(): number {
    const count = this.integer();
    if (count > this.left) throw new MalformedError("a number of things");
    return count;
  }

  /** An integer of 64 bits. */
  signed(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value & 1n ? -(value + 1n) / 2n : value / 2n;
    }
    throw new MalformedError("a number of 64 bits");
  }

  /** Four bytes. */
  word(): number {
    let value = 0;
    for (let shift = 0; shift < 32; shift += 8) value |= this.byte() << shift;
    return value >>> 0;
  }

  /** So many bytes. */
  raw(length: number): Uint8Array<ArrayBuffer> {
    if (length > this.left) throw new MalformedError("ends early");
    return this.#bytes.subarray(this.#at, this.#at += length);
  }

  /** Bytes with their number. */
  block(): Uint8Array<ArrayBuffer> {
    return this.raw(this.integer());
  }

  /** A text. */
  text(): string {
    const bytes = this.block();
    if (bytes.length < 16) {
      let text = "";
      for (const byte of bytes) {
        if (byte > 127) return this.#decode(bytes);
        text += String.fromCharCode(byte);
      }
      return text;
    }
    return this.#decode(bytes);
  }

  #decode(bytes: Uint8Array): string {
    try {
      return decoder.decode(bytes);
    } catch {
      throw new MalformedError("a text");
    }
  }
}
