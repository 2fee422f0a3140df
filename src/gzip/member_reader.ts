import { GzipFault } from "./gzip_fault.ts";
import { GzipHeader } from "./gzip_header.ts";
import { Inflater, type Scratch, type UseNotes, WINDOW } from "./inflater.ts";
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

/** A {@linkcode Checkpoint} without its window. */
export interface BareCheckpoint extends Omit<Checkpoint, "window"> {
  /** How many bytes the window has. */
  readonly windowLength: number;
}

/** A {@linkcode Checkpoint}, and what the checks of its member come to until there. */
export interface GzipPosition extends Checkpoint {
  /** The CRC-32 of the member's content before it. */
  readonly crc32: number;
  /** How many bytes of content the member has before it. */
  readonly memberSize: number;
}

type State = "between" | "header" | "body" | "trailer" | "padding";

/** Options of a {@linkcode MemberReader}. */
export interface MemberReaderOptions {
  /**
   * Where to start; by default, at the beginning. In the middle of a member its checksums
   * can be verified only from a {@linkcode GzipPosition} on.
   */
  checkpoint?: Checkpoint | GzipPosition | undefined;
  /** Whether to stop at block boundaries, for {@linkcode MemberReader.checkpoint}. */
  stopsAtBlocks?: boolean;
  /** The last bytes of content before the checkpoint: they stand in memory in front of what is read. */
  before?: Uint8Array | undefined;
}

/** A member that was entered in its middle, and has ended. */
export interface MemberEnd {
  /** The CRC-32 of its content from there on. */
  readonly crc32: number;
  /** How many bytes that is. */
  readonly size: number;
  /** The CRC-32 of all its content, as its trailer has it. */
  readonly wholeCrc32: number;
  /** How many bytes of content it has, modulo 2 ** 32, as its trailer has it. */
  readonly wholeSize: number;
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
  #headerSize = 0;
  /** Whether the member's start was not read, so that its CRC-32 cannot be verified. */
  #isPartial = false;
  #entered: MemberEnd | undefined;
  #checkpoint: Omit<Checkpoint, "window" | "content"> | undefined;

  /** Creates a reader for new data; dispose of it in the end. */
  constructor(
    { checkpoint, stopsAtBlocks = false, before }: MemberReaderOptions = {},
  ) {
    this.#stopsAtBlocks = stopsAtBlocks;
    this.#inflater = Inflater.take();
    this.#inflater.reset(stopsAtBlocks);
    const { bit = 0, content = 0, window = EMPTY, isMember = true } =
      checkpoint ?? {};
    this.#before = Math.floor(bit / 8);
    this.#content = content;
    this.#members = checkpoint === undefined ? 0 : 1;
    if (!isMember) {
      this.#isPartial = true;
      if (checkpoint !== undefined && "crc32" in checkpoint) {
        this.#isPartial = false;
        this.#crc = checkpoint.crc32;
        this.#memberSize = checkpoint.memberSize;
      }
      this.#inflater.resume(window, bit % 8);
      this.#state = "body";
    }
    if (before !== undefined) this.#inflater.precede(before);
  }

  /** The offset of the next byte in the content. */
  get content(): number {
    return this.#content;
  }

  /** The memory that {@linkcode read} returns views of, and where others may use it from. */
  get scratch(): Scratch {
    return this.#inflater.scratch;
  }

  /** Whether a member's content has just ended. */
  get hasMemberEnded(): boolean {
    return this.#state === "trailer" && this.#trailerLength === 0;
  }

  /** How long the first member's header is, once it has been read from its beginning. */
  get headerSize(): number {
    return this.#headerSize;
  }

  /** What notes which bytes of a window are copied from. */
  get notes(): UseNotes {
    return this.#inflater;
  }

  /** The CRC-32 of the member's content that has been read; where it was entered in its middle, from there on. */
  get crc32(): number {
    return this.#crc;
  }

  /** How many bytes of the member's content have been read. */
  get memberSize(): number {
    return this.#memberSize;
  }

  /** The end of the member that was entered in its middle, once it has ended. */
  get entered(): MemberEnd | undefined {
    return this.#entered;
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
    const bare = this.bareCheckpoint();
    if (bare === undefined) return undefined;
    const { windowLength, ...checkpoint } = bare;
    return { ...checkpoint, window: this.#inflater.window(windowLength) };
  }

  /** The same, with what is needed to verify the rest of the member from there on. */
  position(): GzipPosition | undefined {
    const checkpoint = this.checkpoint();
    if (checkpoint === undefined || this.#isPartial) return undefined;
    return checkpoint.isMember
      ? { ...checkpoint, crc32: 0, memberSize: 0 }
      : { ...checkpoint, crc32: this.#crc, memberSize: this.#memberSize };
  }

  /** The same without its window, and how long that is. */
  bareCheckpoint(): BareCheckpoint | undefined {
    if (this.#checkpoint === undefined) return undefined;
    return {
      ...this.#checkpoint,
      content: this.#content,
      windowLength: this.#checkpoint.isMember
        ? 0
        : this.#isPartial
        ? WINDOW
        : Math.min(this.#memberSize, WINDOW),
    };
  }

  /** Releases its memory. */
  [Symbol.dispose](): void {
    this.#inflater[Symbol.dispose]();
  }

  #readBody(): Uint8Array | undefined {
    const inflater = this.#inflater;
    while (true) {
      const out = inflater.read();
      if (out.length > 0 && (!this.#isPartial || this.#stopsAtBlocks)) {
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
      if (this.#members === 1) this.#headerSize = this.#before + this.#at;
      this.#crc = 0;
      this.#memberSize = 0;
      this.#isPartial = false;
      this.#state = "body";
    }
  }

  #checkTrailer(): void {
    this.#state = "between";
    const view = new DataView(this.#trailer.buffer);
    const [wholeCrc32, wholeSize] = [0, 4].map((at) =>
      view.getUint32(at, true)
    );
    if (this.#isPartial) {
      this.#entered = {
        crc32: this.#crc,
        size: this.#memberSize,
        wholeCrc32: wholeCrc32 ?? 0,
        wholeSize: wholeSize ?? 0,
      };
      return;
    }
    if (wholeCrc32 !== this.#crc) {
      throw new GzipFault("is damaged: CRC-32 mismatch");
    }
    if (wholeSize !== this.#memberSize % 2 ** 32) {
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
