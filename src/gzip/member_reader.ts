import { GzipFault } from "./gzip_fault.ts";
import { GzipHeader } from "./gzip_header.ts";
import { Inflater, WINDOW } from "./inflater.ts";
import { nativeCrc32 } from "./native_crc32.ts";

/** A CRC-32 and a length, at the end of each member. */
const TRAILER = 8;
const EMPTY = new Uint8Array();

/**
 * Where inflating can begin: at a block's beginning, or at a member's. Everything
 * before it is known by `window` alone.
 */
export interface Checkpoint {
  /** Which bit of the stored data comes next; bits of a byte count from the lowest. */
  readonly bit: number;
  /** How many bytes of content stand before it. */
  readonly content: number;
  /** The content before it, at most 32 KiB; empty where a member begins. */
  readonly window: Uint8Array<ArrayBuffer>;
  /** Whether a member begins there, with its header. */
  readonly isMember: boolean;
}

type State = "between" | "header" | "body" | "trailer" | "padding";

/** Options of a {@linkcode MemberReader}. */
export interface MemberReaderOptions {
  /** Where to begin; at the beginning where it is not given. */
  checkpoint?: Checkpoint | undefined;
  /** Whether {@linkcode MemberReader.checkpoint} is to be told of blocks. */
  stopsAtBlocks?: boolean;
}

/**
 * Reads gzip data of any number of members, with zero padding behind the last one or
 * none, without waiting for anything: data goes in by {@linkcode write}, content comes
 * out by {@linkcode read} until more data is needed, and {@linkcode end} says whether
 * it may end there.
 */
export class MemberReader implements Disposable {
  readonly #inflater: Inflater;
  readonly #stopsAtBlocks: boolean;
  readonly #header = new GzipHeader();
  readonly #trailer = new Uint8Array(TRAILER);
  #trailerLength = 0;
  #state: State = "between";
  #data: Uint8Array = EMPTY;
  /** How much of the data is used, or in the inflater. */
  #at = 0;
  /** How many bytes of stored data were there before `#data`. */
  #before: number;
  #content: number;
  #crc = 0;
  #memberSize = 0;
  /** How many members have begun. */
  #members = 0;
  /** Whether the member's beginning was not read: nothing tells its CRC-32. */
  #isPartial = false;
  #checkpoint: Omit<Checkpoint, "window" | "content"> | undefined;

  /** Begins with new data, to be disposed of at its end. */
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

  /** How many bytes of content have been read, those before the first checkpoint included. */
  get content(): number {
    return this.#content;
  }

  /** Gives more data, which must stay as it is until {@linkcode read} says that it is used up. */
  write(data: Uint8Array): void {
    this.#before += this.#data.length;
    this.#data = data;
    this.#at = 0;
  }

  /**
   * Some of the content, in memory that is used again by the next call, or `undefined`
   * where more data is needed. It may be empty where there is a {@linkcode checkpoint}.
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
   * Where {@linkcode read} has just stopped, if inflating can begin there: behind a block
   * where `stopsAtBlocks` is set, and behind a member.
   */
  checkpoint(): Checkpoint | undefined {
    if (this.#checkpoint === undefined) return undefined;
    return {
      ...this.#checkpoint,
      content: this.#content,
      window: this.#checkpoint.isMember ? new Uint8Array() : this.#window(),
    };
  }

  /** Leaves what it has used to others. */
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
        const bit = (this.#before + this.#at + TRAILER) * 8;
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

  /** Reads on in what stands around members; there is data. */
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
        if (this.#trailerLength === TRAILER) this.#checkTrailer();
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
            ? "is none: it does not begin as gzip does"
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
