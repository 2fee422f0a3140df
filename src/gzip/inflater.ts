import { INFLATE_MODULE } from "./_inflate_module.ts";
import { GzipFault } from "./gzip_fault.ts";

/** What assembly/inflate.ts exports. */
interface Exports {
  memory: WebAssembly.Memory;
  inputStart: { value: number };
  inputSize: { value: number };
  input: { value: number };
  inputEnd: { value: number };
  outputFrom: { value: number };
  outputTo: { value: number };
  stopsAtBlocks: { value: number };
  bitsLeft: { value: number };
  reset(): void;
  begin(history: number, bitsBefore: number): void;
  run(): number;
  crcOfOutput(before: number): number;
}

/** Whether there is WebAssembly: V8 has none where it may not make code. */
export const canInflate: boolean = "WebAssembly" in globalThis;

/** What `run()` says where it does not need more data. */
const IS_FULL = 1;
const HAS_ENDED = 2;
const AT_BLOCK = 4;

/** How far back matches may reach, in bytes. */
export const WINDOW = 32 * 1024;

/** What is wrong with the data, by the numbers of assembly/inflate.ts. */
const FAULTS: Readonly<Record<number, string>> = {
  [-1]: "a block's type is unknown",
  [-2]: "a stored block's length is wrong",
  [-3]: "there are too many length or distance codes",
  [-4]: "the codes of the code lengths are impossible",
  [-5]: "a code length is repeated wrongly",
  [-6]: "a block's end has no code",
  [-7]: "the codes of literals and lengths are impossible",
  [-8]: "the codes of distances are impossible",
  [-9]: "a literal or length is unknown",
  [-10]: "a distance is unknown",
  [-11]: "a distance is too far back",
};

/** Those that nobody uses: making one costs as much as some 100 KB of data. */
const spare: Inflater[] = [];
const MOST_SPARE = 8;

let compiled: WebAssembly.Module | undefined;

/**
 * Inflates raw deflate data in WebAssembly: 0.86 GB/s of a market's CSV where zlib has
 * 0.50, the best of 13 each in one thread (Deno 2.9, an AMD EPYC).
 *
 * Data goes in by {@linkcode write}, and comes out by {@linkcode read} until there is
 * no more; so on until {@linkcode hasEnded}.
 */
export class Inflater implements Disposable {
  readonly #exports: Exports;
  readonly #memory: Uint8Array;
  readonly #start: number;
  readonly #size: number;
  #status = 0;

  private constructor() {
    compiled ??= new WebAssembly.Module(
      Uint8Array.from(atob(INFLATE_MODULE), (char) => char.charCodeAt(0)),
    );
    const { exports } = new WebAssembly.Instance(compiled);
    this.#exports = exports as unknown as Exports;
    this.#memory = new Uint8Array(this.#exports.memory.buffer);
    this.#start = this.#exports.inputStart.value;
    this.#size = this.#exports.inputSize.value;
  }

  /** One for new data, to be disposed of when it has ended. */
  static take(): Inflater {
    const inflater = spare.pop() ?? new Inflater();
    inflater.reset();
    return inflater;
  }

  /** Begins with new data, and stops at blocks or not. */
  reset(stopsAtBlocks = false): void {
    this.#exports.reset();
    this.#exports.stopsAtBlocks.value = Number(stopsAtBlocks);
    this.#status = 0;
  }

  /**
   * Begins in the middle of data, at a block: `window` is the content before it, at most
   * {@linkcode WINDOW} bytes, and `bitsBefore` says how many bits of the first byte to be
   * written belong to the block before.
   */
  resume(window: Uint8Array, bitsBefore: number): void {
    this.reset(this.#exports.stopsAtBlocks.value !== 0);
    this.#exports.begin(window.length, bitsBefore);
    this.#memory.set(window, this.#exports.outputTo.value - window.length);
  }

  /** Takes as much of the data as there is room for, and returns how much that is. */
  write(data: Uint8Array): number {
    const { input, inputEnd } = this.#exports;
    const left = inputEnd.value - input.value;
    if (left > 0) {
      this.#memory.copyWithin(this.#start, input.value, inputEnd.value);
    }
    const count = Math.min(this.#size - left, data.length);
    this.#memory.set(
      count < data.length ? data.subarray(0, count) : data,
      this.#start + left,
    );
    input.value = this.#start;
    inputEnd.value = this.#start + left + count;
    return count;
  }

  /**
   * Some of what the data becomes, in memory that is used again by the next call, or
   * nothing where more data is needed.
   *
   * @throws {GzipFault} If the data is damaged.
   */
  read(): Uint8Array {
    const { outputFrom, outputTo } = this.#exports;
    do {
      if (this.hasEnded) return this.#memory.subarray(0, 0);
      this.#status = this.#exports.run();
      if (this.#status < 0) {
        throw new GzipFault(`is damaged: ${FAULTS[this.#status]}`);
      }
    } while (this.#status === IS_FULL && outputTo.value === outputFrom.value);
    return this.#memory.subarray(outputFrom.value, outputTo.value);
  }

  /** The CRC-32 of what was read last, behind that of the bytes before it. */
  crc32(before: number): number {
    return this.#exports.crcOfOutput(before) >>> 0;
  }

  /** Whether a block has just ended that is not the last one. */
  get isAtBlock(): boolean {
    return this.#status === AT_BLOCK;
  }

  /** At a block: how many bits of what was written have not been used, those of {@linkcode unread} included. */
  get unusedBits(): number {
    return this.unread * 8 + this.#exports.bitsLeft.value;
  }

  /** At a block: a copy of the content before it, as far back as matches may reach. */
  window(length: number): Uint8Array<ArrayBuffer> {
    const end = this.#exports.outputTo.value;
    return this.#memory.slice(end - Math.min(length, WINDOW), end);
  }

  /** Whether the data has ended. */
  get hasEnded(): boolean {
    return this.#status === HAS_ENDED;
  }

  /** How much of what was written last is not taken yet. */
  get unread(): number {
    return this.#exports.inputEnd.value - this.#exports.input.value;
  }

  /** Leaves it to others. */
  [Symbol.dispose](): void {
    if (spare.length < MOST_SPARE) spare.push(this);
  }
}
