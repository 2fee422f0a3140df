import { GzipFault } from "./gzip_fault.ts";
import { GzipHeader } from "./gzip_header.ts";
import { Inflater, WINDOW } from "./inflater.ts";
import { nativeCrc32 } from "./native_crc32.ts";

/** A member's CRC-32 and ISIZE, in bytes. */
const TRAILER_BYTES = 8;
const EMPTY = new Uint8Array();

/** A position from which inflating can start: a block boundary, or the start of a member. */
export interface Checkpoint {
  /** The offset in the stored data, in bits; the bits of a byte are counted from the lowest. */
  readonly bit: number;
  /** The offset in the content, in bytes. */
  readonly content: number;
  /** The content before it, at most 32 KiB; empty at the start of a member. */
  readonly window: Uint8Array<ArrayBuffer>;
  /** Whether it is the start of a member, with its header. */
  readonly isMember: boolean;
}

type State = "between" | "header" | "body" | "trailer" | "padding";

/** Options of a {@linkcode MemberReader}. */
export interface MemberReaderOptions {
  /** Where to start; by default, at the beginning. */
  checkpoint?: Checkpoint | undefined;
  /** Whether to stop at block boundaries, for {@linkcode MemberReader.checkpoint}. */
  stopsAtBlocks?: boolean;
}

/**
 * Decompresses gzip data of any number of members, optionally with zero padding after the
 * last one. Synchronous: {@linkcode write} takes data, {@linkcode read} returns content
 * until it needs more data, and {@linkcode end} verifies that the data may end there.
 */
export class MemberReader implements Disposable {
  readonly #inflater: Inflater;
  readonly #stopsAtBlocks: boolean;
  readonly #header = new GzipHeader();
  readonly #trailer = new Uint8Array(TRAILER_BYTES);
  #trailerLength = 0;
  #state: State = "between";
  #data: Uint8Array = EMPTY;
  /** How long the data was when it came: its buffer may be gone when the next comes. */
  #length = 0;
  /** How much of the data is consumed. */
  #at = 0;
  /** The offset of `#data` in the stored data. */
  #before: number;
  #content: number;
  #crc = 0;
  #memberSize = 0;
  /** How many members have started. */
  #members = 0;
  /** Whether the member's start was not read, so that its CRC-32 cannot be verified. */
  #isPartial = false;
  #checkpoint: Omit<Checkpoint, "window" | "content"> | undefined;

  /** Creates a reader for new data; dispose of it in the end. */
  constructor({ checkpoint, stopsAtBlocks = false }: MemberReaderOptions = {}) {
    this.#stopsAtBlocks = stopsAtBlocks;
    this.#inflater = Inflater.take();
    this.#inflater.reset(stopsAtBlocks);
    const { bit = 0, content = 0, window = EMPTY, isMember = true } =
      checkpoint ?? {};
    this.#before = Math.floor(bit / 8);
    this.#content = content;
    this.#members = checkpoint === undefined ? 0 : 1;
    if (isMember) return;
    this.#isPartial = true;
    this.#inflater.resume(window, bit % 8);
    this.#state = "body";
  }

  /** The offset of the next byte in the content. */
  get content(): number {
    return this.#content;
  }

  /** Takes more data, which must not change until {@linkcode read} returns `undefined`. */
  write(data: Uint8Array): void {
    this.#before += this.#length;
    this.#length = data.length;
    this.#data = data;
    this.#at = 0;
  }

  /**
   * The next piece of the content, or `undefined` if more data is needed. Valid until the
   * next call. It may be empty at a {@linkcode checkpoint}.
   *
   * @throws {GzipFault} If the data is damaged, or followed by something else.
   */
  read(): Uint8Array | undefined {
    this.#checkpoint = undefined;
    while (true) {
      if (this.#state === "body") return this.#readBody();
      if (this.#at === this.#data.length) return undefined;
      this.#readFrame();
    }
  }

  /**
   * Ends the data.
   *
   * @throws {GzipFault} If it ends early.
   */
  end(): void {
    const isWhole = this.#state === "padding" ||
      this.#state === "between" && this.#members > 0;
    if (!isWhole) throw new GzipFault("ends early");
  }

  /**
   * The position at which {@linkcode read} has just stopped, if inflating can start there:
   * after a member, and with `stopsAtBlocks` after a block.
   */
  checkpoint(): Checkpoint | undefined {
    if (this.#checkpoint === undefined) return undefined;
    return {
      ...this.#checkpoint,
      content: this.#content,
      window: this.#checkpoint.isMember ? new Uint8Array() : this.#window(),
    };
  }

  /** Releases its memory. */
  [Symbol.dispose](): void {
    this.#inflater[Symbol.dispose]();
  }

  #window(): Uint8Array<ArrayBuffer> {
    return this.#inflater.window(
      this.#isPartial ? WINDOW : Math.min(this.#memberSize, WINDOW),
    );
  }

  #readBody(): Uint8Array | undefined {
    const inflater = this.#inflater;
    while (true) {
      const out = inflater.read();
      if (out.length > 0 && !this.#isPartial) {
        this.#crc = nativeCrc32?.(out, this.#crc) ?? inflater.crc32(this.#crc);
      }
      this.#memberSize += out.length;
      this.#content += out.length;
      if (inflater.hasEnded) {
        this.#at -= inflater.unread;
        this.#state = "trailer";
        this.#trailerLength = 0;
        const bit = (this.#before + this.#at + TRAILER_BYTES) * 8;
        this.#checkpoint = { bit, isMember: true };
        return out;
      }
      if (inflater.isAtBlock) {
        const bit = (this.#before + this.#at) * 8 - inflater.unusedBits;
        this.#checkpoint = { bit, isMember: false };
        return out;
      }
      if (out.length > 0) return out;
      if (this.#at === this.#data.length) return undefined;
      this.#at += inflater.write(this.#data.subarray(this.#at));
    }
  }

  /** Reads what surrounds the members; expects that there is data. */
  #readFrame(): void {
    const byte = this.#data[this.#at] ?? 0;
    switch (this.#state) {
      case "between":
        this.#state = byte === 0 && this.#members > 0 ? "padding" : "header";
        this.#header.reset();
        break;
      case "header":
        return this.#readHeader();
      case "trailer":
        this.#trailer[this.#trailerLength++] = byte;
        this.#at++;
        if (this.#trailerLength === TRAILER_BYTES) this.#checkTrailer();
        break;
      case "padding":
        return this.#readPadding();
    }
  }

  #readHeader(): void {
    for (let isLast = false; this.#at < this.#data.length && !isLast;) {
      const byte = this.#data[this.#at++] ?? 0;
      if (!this.#header.hasMagicWith(byte)) {
        throw new GzipFault(
          this.#members === 0
            ? "does not begin with the gzip magic bytes"
            : "is followed by something else",
        );
      }
      isLast = this.#header.push(byte);
      if (!isLast) continue;
      this.#inflater.reset(this.#stopsAtBlocks);
      this.#members++;
      this.#crc = 0;
      this.#memberSize = 0;
      this.#isPartial = false;
      this.#state = "body";
    }
  }

  #checkTrailer(): void {
    this.#state = "between";
    if (this.#isPartial) return;
    const view = new DataView(this.#trailer.buffer);
    if (view.getUint32(0, true) !== this.#crc) {
      throw new GzipFault("is damaged: CRC-32 mismatch");
    }
    if (view.getUint32(4, true) !== this.#memberSize % 2 ** 32) {
      throw new GzipFault("is damaged: ISIZE mismatch");
    }
  }

  #readPadding(): void {
    const rest = this.#data.subarray(this.#at);
    if (rest.some((byte) => byte !== 0)) {
      throw new GzipFault("is followed by something else");
    }
    this.#at = this.#data.length;
  }
}
