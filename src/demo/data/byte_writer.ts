const ZERO = 48;

/** Writes CSV rows as bytes: several times faster than texts that are joined and encoded. */
export class ByteWriter {
  #bytes = new Uint8Array(1 << 16);
  #length = 0;

  /** How many bytes are written. */
  get length(): number {
    return this.#length;
  }

  /** The bytes written from a place on, valid until the next write. */
  view(start = 0, end = this.#length): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(start, end);
  }

  /** Cuts off what was written from `length` on. */
  truncate(length = 0): void {
    this.#length = length;
  }

  /** Makes room for at least `count` more bytes. The other methods do not look. */
  reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const grown = new Uint8Array(
      Math.max(this.#bytes.length * 2, this.#length + count),
    );
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }

  /** Writes one ASCII character. */
  code(code: number): void {
    this.#bytes[this.#length++] = code;
  }

  /** Writes a text of ASCII characters. */
  text(text: string): void {
    for (let i = 0; i < text.length; i++) {
      this.#bytes[this.#length++] = text.charCodeAt(i);
    }
  }

  /** Writes a whole number from 0, with zeros before it up to `width` digits. */
  integer(value: number, width = 1): void {
    if (value > 0x7fff_ffff) {
      const high = Math.floor(value / 1_000_000_000);
      this.integer(high, width - 9);
      this.integer(value - high * 1_000_000_000, 9);
      return;
    }
    let digits = width;
    let limit = 10 ** width;
    while (value >= limit) {
      limit *= 10;
      digits++;
    }
    let rest = value | 0;
    for (let i = this.#length + digits - 1; i >= this.#length; i--) {
      const tenth = (rest / 10) | 0;
      this.#bytes[i] = ZERO + rest - tenth * 10;
      rest = tenth;
    }
    this.#length += digits;
  }

  /** Writes `value / 10 ** decimals`, without the zeros at its end or with them. */
  decimal(value: number, decimals: number, hasZeros = false): void {
    const unit = 10 ** decimals;
    const whole = Math.floor(value / unit);
    this.integer(whole);
    let fraction = Math.round(value - whole * unit);
    if (fraction === 0 && !hasZeros) return;
    while (fraction % 10 === 0 && !hasZeros) {
      fraction /= 10;
      decimals--;
    }
    if (decimals === 0) return;
    this.code(46);
    this.integer(fraction, decimals);
  }
}
