import { SELECT_ROWS_MODULE } from "./_select_rows_module.ts";
import {
  type LineSelector,
  LongRowError,
  type TakeRows,
  type TickerTest,
} from "./line_selector.ts";

/** What assembly/select_rows.ts exports. */
interface Exports {
  memory: WebAssembly.Memory;
  tableSize: { value: number };
  input: { value: number };
  inputSize: { value: number };
  next: { value: number };
  ticker: { value: number };
  tickerLength: { value: number };
  kept: { value: number };
  rows: { value: number };
  reset(size: number, isOpen: boolean): void;
  begin(at: number): void;
  decide(at: number, length: number, decision: boolean): number;
  run(end: number): number;
}

const LINE_FEED = 10;
const SMALLEST_TABLE = 1024;

let compiled: WebAssembly.Module | undefined;

/** A {@linkcode LineSelector} in WebAssembly, for tickers in the first column. */
export class KernelSelector implements LineSelector {
  readonly #kernel: Exports;
  readonly #memory: Uint8Array;
  readonly #input: number;
  readonly #size: number;
  readonly #test: ((ticker: string) => boolean) | undefined;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  /** How many bytes of a row that has begun are in the input. */
  #rest = 0;

  private constructor(kernel: Exports, test: TickerTest) {
    this.#kernel = kernel;
    this.#memory = new Uint8Array(kernel.memory.buffer);
    this.#input = kernel.input.value;
    this.#size = kernel.inputSize.value;
    this.#test = typeof test === "function" ? test : undefined;
  }

  /**
   * Makes one; `undefined` where there is no WebAssembly, or the machine has no such
   * instructions, or the tickers have no room.
   */
  static open(test: TickerTest): KernelSelector | undefined {
    try {
      compiled ??= new WebAssembly.Module(
        Uint8Array.from(atob(SELECT_ROWS_MODULE), (char) => char.charCodeAt(0)),
      );
      const { exports } = new WebAssembly.Instance(compiled);
      const selector = new KernelSelector(exports as unknown as Exports, test);
      return selector.#begin(test) ? selector : undefined;
    } catch {
      return undefined;
    }
  }

  /** Fills the table; returns whether there was room. */
  #begin(test: TickerTest): boolean {
    const { reset, tableSize } = this.#kernel;
    if (typeof test === "function") {
      reset(tableSize.value, true);
      return true;
    }
    let size = SMALLEST_TABLE;
    while (size < 2 * test.size && size < tableSize.value) size *= 2;
    reset(size, false);
    const encoder = new TextEncoder();
    for (const ticker of test) {
      const bytes = encoder.encode(ticker);
      if (bytes.length > this.#size) continue; // longer than any row
      this.#memory.set(bytes, this.#input);
      if (!this.#kernel.decide(this.#input, bytes.length, true)) return false;
    }
    return true;
  }

  write(bytes: Uint8Array, take: TakeRows): void {
    for (let at = 0; at < bytes.length;) {
      const free = this.#size - this.#rest;
      const piece = bytes.length - at > free
        ? bytes.subarray(at, at + free)
        : at === 0
        ? bytes
        : bytes.subarray(at);
      this.#memory.set(piece, this.#input + this.#rest);
      const lineFeed = piece.lastIndexOf(LINE_FEED);
      at += piece.length;
      if (lineFeed === -1) {
        this.#rest += piece.length;
        if (this.#rest < this.#size) continue;
        this.#rest = 0;
        throw new LongRowError();
      }
      const end = this.#rest + lineFeed + 1;
      this.#select(end, take);
      const rest = piece.subarray(lineFeed + 1);
      this.#memory.set(rest, this.#input);
      this.#rest = rest.length;
    }
  }

  end(take: TakeRows): void {
    if (this.#rest > 0) this.write(Uint8Array.of(LINE_FEED), take);
  }

  #select(length: number, take: TakeRows): void {
    const { begin, run, kept, rows } = this.#kernel;
    begin(this.#input);
    while (!run(this.#input + length)) this.#decide();
    if (rows.value === 0) return;
    take(this.#memory.subarray(this.#input, kept.value), rows.value);
  }

  /** Decides about the ticker that is asked for. */
  #decide(): void {
    const { ticker, tickerLength, decide, reset, tableSize } = this.#kernel;
    const [start, length] = [ticker.value, tickerLength.value];
    const name = this.#decoder.decode(
      this.#memory.subarray(start, start + length),
    );
    const decision = this.#test?.(name) ?? false;
    if (decide(start, length, decision)) return;
    reset(tableSize.value, true);
    decide(start, length, decision);
  }
}
