import { createHash, type Hash } from "node:crypto";
import { LANES, makeMd5Kernel, type Md5Kernel, WINDOW } from "./md5_kernel.ts";

const BLOCK = 64;
/** So many bytes wait at most until they are hashed. */
const WAITING = 512 * 1024;
/** So many messages wait at most; abandoned ones are among them. */
const MOST_WAITING = 16;
/** A message with fewer blocks than this holds up the others more than it gains. */
const LEAST_BLOCKS = 16;
/** So many buffers are kept for the next messages. */
const MOST_SPARE = 8;

/** The state that RFC 1321 begins with. */
const FIRST_STATE = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];

let kernel: Md5Kernel | undefined | null = null;
/** Those that have whole blocks to hash. */
const waiting = new Set<Md5>();
const spare: Uint8Array<ArrayBuffer>[] = [];

/**
 * The MD5 of bytes that come in pieces. The messages of a thread are hashed together:
 * what comes waits until one of them has enough, and then they go on side by side,
 * three times as fast as one after the other.
 */
export class Md5 implements Disposable {
  readonly #state = Uint32Array.from(FIRST_STATE);
  #length = 0;
  /** What has come and is not hashed yet, from `#start` to `#end`. */
  #buffer: Uint8Array<ArrayBuffer> | undefined;
  #start = 0;
  #end = 0;
  /** What a rest left of a block. */
  #tail = new Uint8Array();
  #isBegun = false;
  /** Hashes a message that has no company, or all where the machine has no kernel. */
  #plain: Hash | undefined;

  /** Begins with no bytes. */
  constructor() {
    if (kernel === null) kernel = makeMd5Kernel();
    if (kernel === undefined) this.#plain = createHash("md5");
  }

  /** Takes the next bytes; they are copied. */
  update(bytes: Uint8Array): void {
    this.#length += bytes.length;
    let rest = bytes;
    while (rest.length > 0) {
      if (this.#plain !== undefined) {
        this.#plain.update(rest);
        return;
      }
      this.#buffer ??= this.#takeBuffer();
      const piece = rest.subarray(0, WAITING - this.#end);
      this.#buffer.set(piece, this.#end);
      this.#end += piece.length;
      rest = rest.subarray(piece.length);
      if (this.#end === WAITING) this.#makeRoom(this.#buffer);
    }
    if (this.#blocks === 0) return;
    waiting.add(this);
    const [oldest = this] = waiting;
    if (waiting.size > MOST_WAITING) oldest.#hashAll();
  }

  /** The MD5 in hexadecimal digits. Nothing can be added afterwards. */
  digest(): string {
    if (this.#plain === undefined) this.#hashAll();
    if (!this.#isBegun) this.#goAlone();
    if (this.#plain !== undefined) return this.#plain.digest("hex");
    const bits = BigInt(this.#length) * 8n;
    const zeros = (2 * BLOCK - 9 - this.#length % BLOCK) % BLOCK;
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
   * Hashes what has come, and keeps less than a block: for a message that may not go on
   * for long.
   */
  rest(): void {
    if (this.#isBegun) this.#hashAll();
    else this.#goAlone();
    if (this.#buffer === undefined) return;
    this.#tail = this.#buffer.slice(this.#start, this.#end);
    this[Symbol.dispose]();
  }

  /** Lets go of a message that nobody will end. Nothing can be added afterwards. */
  [Symbol.dispose](): void {
    if (this.#buffer !== undefined) spareBuffer(this.#buffer);
    this.#buffer = undefined;
    this.#start = this.#end = 0;
    waiting.delete(this);
  }

  /** How many whole blocks wait. */
  get #blocks(): number {
    return Math.floor((this.#end - this.#start) / BLOCK);
  }

  #takeBuffer(): Uint8Array<ArrayBuffer> {
    const buffer = spare.pop() ?? new Uint8Array(WAITING);
    buffer.set(this.#tail);
    this.#end = this.#tail.length;
    this.#tail = new Uint8Array();
    return buffer;
  }

  #makeRoom(buffer: Uint8Array): void {
    // Others may have taken most of it along already.
    if (this.#start < WAITING / 2) this.#hashAll();
    buffer.copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
  }

  /** Hashes all whole blocks, and as many of others beside them. */
  #hashAll(): void {
    while (this.#blocks > 0) {
      const least = Math.min(LEAST_BLOCKS, this.#blocks);
      const others = [...waiting]
        .filter((other) => other !== this && other.#blocks >= least)
        .sort((a, b) => b.#blocks - a.#blocks);
      if (others.length === 0 && !this.#isBegun) return this.#goAlone();
      Md5.#hashTogether([this, ...others.slice(0, LANES - 1)]);
    }
    waiting.delete(this);
  }

  /** Alone, a message is hashed faster by the runtime, from its first byte to its last. */
  #goAlone(): void {
    this.#plain ??= createHash("md5");
    if (this.#buffer !== undefined) {
      this.#plain.update(this.#buffer.subarray(this.#start, this.#end));
      spareBuffer(this.#buffer);
    }
    this.#buffer = undefined;
    this.#start = this.#end = 0;
    waiting.delete(this);
  }

  /** Hashes as many blocks as all of them have. */
  static #hashTogether(lanes: readonly Md5[]): void {
    if (!kernel) return;
    const { state, input, run } = kernel;
    const blocks = Math.min(WINDOW, ...lanes.map((lane) => lane.#blocks));
    lanes.forEach((lane, index) => {
      const end = lane.#start + blocks * BLOCK;
      const bytes = lane.#buffer?.subarray(lane.#start, end) ?? [];
      input[index]?.set(bytes);
      lane.#state.forEach((word, at) => state[LANES * at + index] = word);
      lane.#start = end;
      lane.#isBegun = true;
      if (lane.#blocks === 0) waiting.delete(lane);
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
  if (spare.length < MOST_SPARE) spare.push(buffer);
}
