import type { MemberReader } from "../gzip/mod.ts";
import { SCAN_ROWS_MODULE } from "./_scan_rows_module.ts";
import type { TimeBounds } from "./row_index.ts";
import {
  LONGEST_INDEXED_ROW,
  LONGEST_TICKER,
  NotIndexableError,
  type RowScanner,
  type Run,
  type ScannedColumns,
  type ScannedSpan,
} from "./row_scanner.ts";

/** What assembly/scan_rows.ts exports. */
interface Exports {
  row: { value: number };
  least: { value: number };
  greatest: { value: number };
  first: { value: number };
  records: { value: number };
  recordsTo: { value: number };
  keepsRecords: { value: number };
  spanRows: { value: number };
  isSorted: { value: number };
  spanLeast: { value: bigint };
  spanGreatest: { value: bigint };
  begin(
    base: number,
    end: number,
    columns: number,
    times: number,
    at: number,
  ): void;
  moved(by: number): void;
  scanUntimed(end: number): number;
  scanTimesAtEnd(end: number): number;
  scanTimesBeforeOne(end: number): number;
  scanTimes(end: number): number;
  endRun(): void;
  beginSpan(): void;
  last(): number;
}

const RECORDS_FULL = 1;
const LONG_TICKER = -1;
const LINE_FEED = 10;
/** A record without its ticker. */
const RECORD = 24;
/** More records are not kept: it is a file of very many tickers, or without any order. */
const MOST_RECORD_BYTES = 8 * 1024 * 1024;

const LATIN = new TextDecoder("latin1");

let compiled: WebAssembly.Module | undefined;
/** Making an instance takes a while, and inflaters are used again. */
const instances = new WeakMap<WebAssembly.Memory, Exports>();

/** A {@linkcode RowScanner} that works in the memory of the inflater, for tickers in the first column. */
export class KernelScanner implements RowScanner {
  readonly #kernel: Exports;
  readonly #memory: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  readonly #begin: (at: number) => void;
  readonly #scanRows: (end: number) => number;
  /** Where the last piece ends; 0 before the first one. */
  #end = 0;
  #before = 0;
  #records: Uint8Array[] = [];
  #recordBytes = 0;

  private constructor(
    kernel: Exports,
    { memory, start }: MemberReader["scratch"],
    { count, time }: ScannedColumns,
  ) {
    this.#kernel = kernel;
    const buffer = memory.buffer as ArrayBuffer; // it is not shared
    this.#memory = new Uint8Array(buffer);
    this.#view = new DataView(buffer);
    this.#begin = (at) =>
      kernel.begin(start, buffer.byteLength, count, Math.max(time, 0), at);
    this.#scanRows = time <= 0
      ? kernel.scanUntimed
      : time === count - 1
      ? kernel.scanTimesAtEnd
      : time === count - 2
      ? kernel.scanTimesBeforeOne
      : kernel.scanTimes;
  }

  /** Makes one for the pieces that a reader returns; `undefined` where the machine has no such instructions. */
  static open(
    reader: MemberReader,
    columns: ScannedColumns,
  ): KernelScanner | undefined {
    const { memory } = reader.scratch;
    try {
      compiled ??= new WebAssembly.Module(
        Uint8Array.from(atob(SCAN_ROWS_MODULE), (char) => char.charCodeAt(0)),
      );
      let kernel = instances.get(memory);
      if (kernel === undefined) {
        const { exports } = new WebAssembly.Instance(compiled, {
          env: { memory },
        });
        kernel = exports as unknown as Exports;
        instances.set(memory, kernel);
      }
      return new KernelScanner(kernel, reader.scratch, columns);
    } catch {
      return undefined;
    }
  }

  get pending(): number {
    return this.#end === 0 ? 0 : this.#end - this.#kernel.row.value;
  }

  get runsUse(): number {
    return this.#recordBytes / MOST_RECORD_BYTES;
  }

  precede({ length }: Uint8Array): void {
    this.#before = length;
  }

  scan(piece: Uint8Array, from = 0): void {
    if (piece.length === 0) return;
    const start = piece.byteOffset;
    if (this.#end === 0) this.#begin(start + from - this.#before);
    else if (this.#end !== start) this.#kernel.moved(this.#end - start);
    this.#end = start + piece.length;
    this.#scan(this.#end);
    if (this.pending > LONGEST_INDEXED_ROW) {
      throw new NotIndexableError(
        `has a row of more than ${LONGEST_INDEXED_ROW} bytes`,
      );
    }
  }

  head(): Uint8Array<ArrayBuffer> {
    return this.#memory.slice(this.#end - this.pending, this.#end);
  }

  end(): void {
    if (this.pending === 0) return;
    this.#memory[this.#end] = LINE_FEED;
    this.#scan(this.#end + 1);
    this.#end = this.#kernel.row.value;
  }

  endSpan(): ScannedSpan | undefined {
    if (this.#end === 0) return undefined;
    const kernel = this.#kernel;
    kernel.endRun();
    const rows = kernel.spanRows.value >>> 0;
    const span = rows === 0 ? undefined : {
      rows,
      first: this.#key(kernel.first.value),
      last: this.#key(kernel.last()),
      least: this.#key(kernel.least.value),
      greatest: this.#key(kernel.greatest.value),
      isSorted: kernel.isSorted.value !== 0,
      times: toBounds(kernel.spanLeast.value, kernel.spanGreatest.value),
    };
    this.#drain();
    kernel.beginSpan();
    return span;
  }

  runs(): Run[] | undefined {
    if (this.#recordBytes > MOST_RECORD_BYTES) return undefined;
    const runs: Run[] = [];
    for (const records of this.#records) {
      const view = new DataView(records.buffer);
      const text = LATIN.decode(records);
      for (let at = 0; at < records.length;) {
        const length = view.getUint32(at + 4, true);
        const ticker = text.slice(at + RECORD, at + RECORD + length);
        runs.push({
          // Other characters than those of ASCII are not what they seem.
          ticker: isAscii(ticker)
            ? ticker
            : toText(records, at + RECORD, length),
          rows: view.getUint32(at, true),
          least: view.getFloat64(at + 8, true),
          greatest: view.getFloat64(at + 16, true),
        });
        at += (RECORD + length + 7) & ~7;
      }
    }
    return runs;
  }

  #scan(end: number): void {
    for (let status; (status = this.#scanRows(end)) !== 0;) {
      if (status === RECORDS_FULL) this.#drain();
      if (status === LONG_TICKER) {
        throw new NotIndexableError(
          `has a ticker of more than ${LONGEST_TICKER} bytes`,
        );
      }
    }
  }

  /** Keeps the records so far, as long as they are not too many. */
  #drain(): void {
    const { records, recordsTo, keepsRecords } = this.#kernel;
    if (keepsRecords.value !== 0) {
      const bytes = this.#memory.slice(records.value, recordsTo.value);
      this.#recordBytes += bytes.length;
      this.#records.push(bytes);
      if (this.#recordBytes > MOST_RECORD_BYTES) {
        keepsRecords.value = 0;
        this.#records = [];
      }
    }
    recordsTo.value = records.value;
  }

  #key(at: number): string {
    return toText(this.#memory, at + 4, this.#view.getUint32(at, true));
  }
}

function toBounds(least: bigint, greatest: bigint): TimeBounds | undefined {
  return least > greatest ? undefined : { least, greatest };
}

/** Whether a text has the characters of ASCII alone. */
export function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    if (text.charCodeAt(at) > 127) return false;
  }
  return true;
}

/** Bytes as text, one a character. */
function toText(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}
