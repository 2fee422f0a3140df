import { GzipFault } from "./gzip_fault.ts";

const HAS_CHECKSUM = 0b00010;
const HAS_EXTRA = 0b00100;
const HAS_NAME = 0b01000;
const HAS_COMMENT = 0b10000;
const RESERVED = 0b11100000;

/** The optional fields after the first ten bytes, in order (RFC 1952). */
const FIELDS = [
  [HAS_EXTRA, "extra length"],
  [HAS_EXTRA, "extra"],
  [HAS_NAME, "name"],
  [HAS_COMMENT, "comment"],
  [HAS_CHECKSUM, "checksum"],
] as const;

/**
 * Parses a member's header byte by byte. Names and comments may have any length; they are
 * not kept.
 */
export class GzipHeader {
  #at = 0;
  #flags = 0;
  #crc = 0xffffffff;
  /** The index of the current optional field. */
  #field = 0;
  /** How many bytes of it have been read. */
  #done = 0;
  #extra = 0;
  #checksum = 0;

  /** Starts a new header. */
  reset(): void {
    this.#at = 0;
    this.#crc = 0xffffffff;
    this.#field = 0;
    this.#done = 0;
    this.#extra = 0;
  }

  /** Whether the next byte fits the two magic bytes. */
  hasMagicWith(byte: number): boolean {
    return this.#at > 1 || byte === (this.#at === 0 ? 0x1f : 0x8b);
  }

  /**
   * Reads the next byte.
   *
   * @returns Whether it is the last one of the header.
   *
   * @throws {GzipFault} If the header is invalid.
   */
  push(byte: number): boolean {
    const at = this.#at++;
    if (at < 10) {
      this.#checkFixed(at, byte);
      this.#hash(byte);
      return at === 9 && this.#skipAbsent();
    }
    const [, name] = FIELDS[this.#field] ?? [];
    const done = this.#done++;
    if (name === "checksum") {
      this.#checksum = done === 0 ? byte : this.#checksum + byte * 256;
      if (done === 1 && this.#checksum !== (~this.#crc & 0xffff)) {
        throw new GzipFault("is damaged: header CRC-16 mismatch");
      }
    } else {
      this.#hash(byte);
    }
    const isDone = name === "extra length"
      ? this.#readExtraLength(done, byte)
      : name === "extra"
      ? this.#done === this.#extra
      : name === "checksum"
      ? done === 1
      : byte === 0;
    if (!isDone) return false;
    this.#field++;
    this.#done = 0;
    return this.#skipAbsent();
  }

  #readExtraLength(done: number, byte: number): boolean {
    this.#extra += done === 0 ? byte : byte * 256;
    return done === 1;
  }

  #checkFixed(at: number, byte: number): void {
    if (at === 2 && byte !== 8) {
      throw new GzipFault("is damaged: unknown compression method");
    }
    if (at !== 3) return;
    if (byte & RESERVED) {
      throw new GzipFault("is damaged: reserved header flags are set");
    }
    this.#flags = byte;
  }

  /** Skips the fields that are not there; returns whether none is left. */
  #skipAbsent(): boolean {
    for (; this.#field < FIELDS.length; this.#field++) {
      const [flag = 0, name] = FIELDS[this.#field] ?? [];
      const isEmpty = name === "extra" && this.#extra === 0;
      if (this.#flags & flag && !isEmpty) return false;
    }
    return true;
  }

  #hash(byte: number): void {
    let crc = this.#crc ^ byte;
    for (let bit = 0; bit < 8; bit++) {
      crc = crc & 1 ? crc >>> 1 ^ 0xedb88320 : crc >>> 1;
    }
    this.#crc = crc;
  }
}
