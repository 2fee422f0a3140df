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
  scratchStart: { value: number };
  packedLengths: { value: number };
  packedLengthsEnd: { value: number };
  packedBytes: { value: number };
  packedBytesEnd: { value: number };
  packedRanges: { value: number };
  bitsLeft: { value: number };
  reset(): void;
  begin(history: number, bitsBefore: number): void;
  run(): number;
  crcOfOutput(before: number): number;
  noteUse(): void;
  isNoting(): number;
  packUse(length: number): void;
}

/** Ranges of a window, good until the inflater is used again. */
export interface UsedRanges {
  /** How many there are. */
  readonly count: number;
  /** Of each, how far it is behind the one before, and how long: seven bits a byte, the lowest first. */
  readonly lengths: Uint8Array;
  /** Their bytes. */
  readonly bytes: Uint8Array;
}

/** Notes which bytes of a window are copied from. */
export interface UseNotes {
  /** Keeps the last 32 KiB of content, and notes from now on which of its bytes are copied from. */
  noteUse(): void;
  /** Whether some of those bytes may still be copied from. */
  readonly isNoting: boolean;
  /** Of the last so many of those bytes, the ranges that were copied from. What was noted is gone then. */
  takeUse(length: number): UsedRanges;
}

/** Memory of an inflater: its own up to `start`, but to be read there. */
export interface Scratch {
  /** All of it. */
  readonly memory: WebAssembly.Memory;
  /** Where others may use it from. */
  readonly start: number;
}

/**
 * Whether this runtime has WebAssembly. Without it, as with V8's `--jitless`, gzip data
 * may have one member only.
 */
export const canInflate: boolean = "WebAssembly" in globalThis;

/** What `run()` returns unless it needs more data. */
const IS_FULL = 1;
const HAS_ENDED = 2;
const AT_BLOCK = 4;

/** How far back a match can reach, in bytes. */
export const WINDOW = 32 * 1024;

/** zlib's messages, by the numbers that assembly/inflate.ts returns. */
const FAULTS: Readonly<Record<number, string>> = {
  [-1]: "invalid block type",
  [-2]: "invalid stored block lengths",
  [-3]: "too many length or distance symbols",
  [-4]: "invalid code lengths set",
  [-5]: "invalid bit length repeat",
  [-6]: "invalid code -- missing end-of-block",
  [-7]: "invalid literal/lengths set",
  [-8]: "invalid distances set",
  [-9]: "invalid literal/length code",
  [-10]: "invalid distance code",
  [-11]: "invalid distance too far back",
};

/** Idle instances: creating one costs as much as inflating some 100 KB. */
const spare: Inflater[] = [];
const MAX_SPARE = 8;

let compiled: WebAssembly.Module | undefined;

/**
 * Inflates raw deflate data in WebAssembly: 0.86 GB/s of a market's CSV where zlib has
 * 0.50, the best of 13 each in one thread (Deno 2.9, an AMD EPYC).
 *
 * Data goes in by {@linkcode write}, and comes out by {@linkcode read} until there is
 * no more; so on until {@linkcode hasEnded}.
 */
export class Inflater implements Disposable, UseNotes {
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

  /** An instance for new data; dispose of it in the end. */
  static take(): Inflater {
    const inflater = spare.pop() ?? new Inflater();
    inflater.reset();
    return inflater;
  }

  /** Starts new data; `stopsAtBlocks` makes `read()` return at each block boundary. */
  reset(stopsAtBlocks = false): void {
    this.#exports.reset();
    this.#exports.stopsAtBlocks.value = Number(stopsAtBlocks);
    this.#status = 0;
  }

  /**
   * Starts in the middle of data, at a block boundary.
   *
   * @param window The content before it, at most {@linkcode WINDOW} bytes.
   * @param bitsBefore How many bits of the first byte belong to the block before.
   */
  resume(window: Uint8Array, bitsBefore: number): void {
    this.reset(this.#exports.stopsAtBlocks.value !== 0);
    this.#exports.begin(window.length, bitsBefore);
    this.#memory.set(window, this.#exports.outputTo.value - window.length);
  }

  /** Puts bytes in front of what is read next: at most {@linkcode WINDOW}. */
  precede(bytes: Uint8Array): void {
    this.#memory.set(bytes, this.#exports.outputTo.value - bytes.length);
  }

  /** The memory that what is read lies in, and where others may use it from. */
  get scratch(): Scratch {
    const { memory, scratchStart } = this.#exports;
    return { memory, start: scratchStart.value };
  }

  /** Takes as much of the data as there is room for; returns how many bytes. */
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

  /** See {@linkcode UseNotes.noteUse}. */
  noteUse(): void {
    this.#exports.noteUse();
  }

  /** See {@linkcode UseNotes.isNoting}. */
  get isNoting(): boolean {
    return this.#exports.isNoting() !== 0;
  }

  /** See {@linkcode UseNotes.takeUse}. */
  takeUse(length: number): UsedRanges {
    const kernel = this.#exports;
    kernel.packUse(length);
    return {
      count: kernel.packedRanges.value,
      lengths: this.#memory.subarray(
        kernel.packedLengths.value,
        kernel.packedLengthsEnd.value,
      ),
      bytes: this.#memory.subarray(
        kernel.packedBytes.value,
        kernel.packedBytesEnd.value,
      ),
    };
  }

  /** Whether the data has ended. */
  get hasEnded(): boolean {
    return this.#status === HAS_ENDED;
  }

  /** How much of what was written last is not taken yet. */
  get unread(): number {
    return this.#exports.inputEnd.value - this.#exports.input.value;
  }

  /** Makes the instance available for other data. */
  [Symbol.dispose](): void {
    if (spare.length < MAX_SPARE) spare.push(this);
  }
}
