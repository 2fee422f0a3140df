import { createHash, type Hash } from "node:crypto";
import { LANES, makeMd5Kernel, type Md5Kernel, WINDOW } from "./md5_kernel.ts";

const BLOCK_BYTES = 64;
/** The size of a message's buffer in bytes. */
const BUFFER_BYTES = 512 * 1024;
/** How many messages may have buffered blocks; abandoned ones count too. */
const MAX_PENDING_MESSAGES = 16;
/** A message with fewer buffered blocks slows the others down more than it gains. */
const MIN_SHARED_BLOCKS = 16;
/** How many buffers are kept for later messages. */
const MAX_SPARE_BUFFERS = 8;

/** The initial state of RFC 1321. */
const INITIAL_STATE = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];

let kernel: Md5Kernel | undefined | null = null;
/** The messages with whole blocks in their buffers, the oldest first. */
const pending = new Set<Md5>();
const spare: Uint8Array<ArrayBuffer>[] = [];

/**
 * The MD5 of bytes that arrive in pieces. The messages of a thread are hashed together:
 * each is buffered until one buffer is full, and then up to four are hashed side by
 * side in SIMD lanes, in total three times as fast as one after the other.
 */
export class Md5 implements Disposable {
  readonly #state = Uint32Array.from(INITIAL_STATE);
  #length = 0;
  /** Holds the bytes that are not hashed yet, from `#start` to `#end`. */
  #buffer: Uint8Array<ArrayBuffer> | undefined;
  #start = 0;
  #end = 0;
  /** The incomplete block that {@linkcode rest} left. */
  #tail = new Uint8Array();
  /** Whether a block has been hashed in a lane. */
  #isBegun = false;
  /** Hashes a message that is alone, or every message where there is no kernel. */
  #plain: Hash | undefined;

  /** Begins an empty message. */
  constructor() {
    if (kernel === null) kernel = makeMd5Kernel();
    if (kernel === undefined) this.#plain = createHash("md5");
  }

  /** Adds bytes, which are copied. */
  update(bytes: Uint8Array): void {
    this.#length += bytes.length;
    let rest = bytes;
    while (rest.length > 0) {
      if (this.#plain !== undefined) {
        this.#plain.update(rest);
        return;
      }
      this.#buffer ??= this.#takeBuffer();
      const piece = rest.subarray(0, BUFFER_BYTES - this.#end);
      this.#buffer.set(piece, this.#end);
      this.#end += piece.length;
      rest = rest.subarray(piece.length);
      if (this.#end === BUFFER_BYTES) this.#makeRoom(this.#buffer);
    }
    if (this.#blocks === 0) return;
    pending.add(this);
    const [oldest = this] = pending;
    if (pending.size > MAX_PENDING_MESSAGES) oldest.#hashAll();
  }

  /** The MD5 in hexadecimal digits. No bytes can be added afterwards. */
  digest(): string {
    if (this.#plain === undefined) this.#hashAll();
    if (!this.#isBegun) this.#goAlone();
    if (this.#plain !== undefined) return this.#plain.digest("hex");
    const bits = BigInt(this.#length) * 8n;
    const zeros = (2 * BLOCK_BYTES - 9 - this.#length % BLOCK_BYTES) %
      BLOCK_BYTES;
    const padding = new Uint8Array(1 + zeros + 8);
    padding[0] = 0x80;
    new DataView(padding.buffer).setBigUint64(1 + zeros, bits, true);
    this.update(padding);
    this.#hashAll();
    if (this.#buffer !== undefined) spareBuffer(this.#buffer);
    this.#buffer = undefined;
    return Array.from(
      new Uint8Array(this.#state.buffer),
      (byte) => byte.toString(16).padStart(2, "0"),
    ).join("");
  }

  /**
   * Hashes what is buffered and frees the buffer: for a message that may pause for long.
   */
  rest(): void {
    if (this.#isBegun) this.#hashAll();
    else this.#goAlone();
    if (this.#buffer === undefined) return;
    this.#tail = this.#buffer.slice(this.#start, this.#end);
    this[Symbol.dispose]();
  }

  /** Frees the buffer of a message that will not be ended. No bytes can be added afterwards. */
  [Symbol.dispose](): void {
    if (this.#buffer !== undefined) spareBuffer(this.#buffer);
    this.#buffer = undefined;
    this.#start = this.#end = 0;
    pending.delete(this);
  }

  /** How many whole blocks are buffered. */
  get #blocks(): number {
    return Math.floor((this.#end - this.#start) / BLOCK_BYTES);
  }

  #takeBuffer(): Uint8Array<ArrayBuffer> {
    const buffer = spare.pop() ?? new Uint8Array(BUFFER_BYTES);
    buffer.set(this.#tail);
    this.#end = this.#tail.length;
    this.#tail = new Uint8Array();
    return buffer;
  }

  #makeRoom(buffer: Uint8Array): void {
    // Most of it may have been hashed beside other messages already.
    if (this.#start < BUFFER_BYTES / 2) this.#hashAll();
    buffer.copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
  }

  /** Hashes all whole blocks, and blocks of other messages beside them. */
  #hashAll(): void {
    while (this.#blocks > 0) {
      const least = Math.min(MIN_SHARED_BLOCKS, this.#blocks);
      const others = [...pending]
        .filter((other) => other !== this && other.#blocks >= least)
        .sort((a, b) => b.#blocks - a.#blocks);
      if (others.length === 0 && !this.#isBegun) return this.#goAlone();
      Md5.#hashTogether([this, ...others.slice(0, LANES - 1)]);
    }
    pending.delete(this);
  }

  /** Hands a message that is alone to the runtime, which is faster for a single one. */
  #goAlone(): void {
    this.#plain ??= createHash("md5");
    if (this.#buffer !== undefined) {
      this.#plain.update(this.#buffer.subarray(this.#start, this.#end));
      spareBuffer(this.#buffer);
    }
    this.#buffer = undefined;
    this.#start = this.#end = 0;
    pending.delete(this);
  }

  /** Hashes as many blocks as each of the messages has. */
  static #hashTogether(lanes: readonly Md5[]): void {
    if (!kernel) return;
    const { state, input, run } = kernel;
    const blocks = Math.min(WINDOW, ...lanes.map((lane) => lane.#blocks));
    lanes.forEach((lane, index) => {
      const end = lane.#start + blocks * BLOCK_BYTES;
      const bytes = lane.#buffer?.subarray(lane.#start, end) ?? [];
      input[index]?.set(bytes);
      lane.#state.forEach((word, at) => state[LANES * at + index] = word);
      lane.#start = end;
      lane.#isBegun = true;
      if (lane.#blocks === 0) pending.delete(lane);
    });
    run(blocks);
    lanes.forEach((lane, index) => {
      for (let at = 0; at < 4; at++) {
        lane.#state[at] = state[LANES * at + index] ?? 0;
      }
    });
  }
}

function spareBuffer(buffer: Uint8Array<ArrayBuffer>): void {
  if (spare.length < MAX_SPARE_BUFFERS) spare.push(buffer);
}
