import { quote, RowError } from "../base/mod.ts";
import { countFields } from "./count_fields.ts";
import { KernelSelector } from "./kernel_selector.ts";
import {
  type LineSelector,
  LONGEST_ROW,
  LongRowError,
  type TakeRows,
} from "./line_selector.ts";
import { PlainSelector } from "./plain_selector.ts";
import type { CompiledFilter } from "./row_filter.ts";
import { parseHeader, type RowHeader } from "./row_header.ts";
import { splitFields } from "./split_fields.ts";
import { TIME_COLUMNS } from "./time_columns.ts";

const LINE_FEED = 10;

/**
 * Reads the rows of one content after the other that a filter wants: bytes go in by
 * {@linkcode write} in pieces of any length, whole rows come out, as they are written.
 */
export class RowReader {
  readonly #filter: CompiledFilter;
  #name = "";
  #header: RowHeader | undefined;
  /** The header row's beginning, before its end has come. */
  #start: Uint8Array<ArrayBuffer> = new Uint8Array();
  /** For tickers in the first column. */
  #first: LineSelector | undefined;
  #lines: LineSelector | undefined;
  #times = new Int32Array();

  /** Reads what the filter wants. */
  constructor(filter: CompiledFilter) {
    this.#filter = filter;
  }

  /** The header row, once it has been read. */
  get header(): RowHeader | undefined {
    return this.#header;
  }

  /** Begins with a content, and says what it is called in errors: a key or a path. */
  begin(name: string): void {
    this.#name = name;
    this.#header = undefined;
    this.#lines?.end(() => {}); // what is left where reading broke off
    this.#lines = undefined;
    this.#start = new Uint8Array();
  }

  /**
   * Takes the next bytes, and hands on whole rows of them.
   *
   * @throws {RowError} If there is no column to filter by, or a row is too long.
   */
  write(bytes: Uint8Array, take: TakeRows): void {
    try {
      const rows = this.#header === undefined ? this.#readHeader(bytes) : bytes;
      if (rows.length > 0) this.#lines?.write(rows, this.#checked(take));
    } catch (error) {
      throw this.#explained(error);
    }
  }

  /** Ends the content. */
  end(take: TakeRows): void {
    try {
      if (this.#header === undefined && this.#start.length > 0) {
        this.#readHeader(Uint8Array.of(LINE_FEED));
      }
      this.#lines?.end(this.#checked(take));
    } catch (error) {
      throw this.#explained(error);
    }
  }

  #explained(error: unknown): unknown {
    return error instanceof LongRowError
      ? new RowError(`${this.#failure()}: ${error.message}`, { cause: error })
      : error;
  }

  #failure(): string {
    return `Cannot read the rows of ${quote(this.#name)}`;
  }

  /** Reads the header row; returns what follows it. */
  #readHeader(bytes: Uint8Array): Uint8Array {
    const end = bytes.indexOf(LINE_FEED) + 1;
    const part = end === 0 ? bytes : bytes.subarray(0, end);
    const line = new Uint8Array(this.#start.length + part.length);
    line.set(this.#start);
    line.set(part, this.#start.length);
    if (line.length > LONGEST_ROW) throw new LongRowError();
    this.#start = line;
    if (end === 0) return bytes.subarray(bytes.length);
    this.#open(this.#header = parseHeader(line));
    return bytes.subarray(end);
  }

  /** Makes ready for the rows below a header row. */
  #open({ names }: RowHeader): void {
    const { test = () => true, window } = this.#filter;
    const column = this.#filter.test === undefined
      ? 0
      : this.#columnOf(["ticker"], names);
    this.#lines = column === 0
      ? this.#first ??= KernelSelector.open(test) ?? new PlainSelector(test)
      : new PlainSelector(test, column);
    if (window !== undefined) {
      this.#times = new Int32Array(
        2 * this.#columnOf(TIME_COLUMNS, names) + 2,
      );
    }
  }

  /** The place of the first of some columns that there is. */
  #columnOf(wanted: readonly string[], names: readonly string[]): number {
    const name = wanted.find((name) => names.includes(name));
    if (name !== undefined) return names.indexOf(name);
    throw new RowError(
      `${this.#failure()}: expected a column ${wanted.join(" or ")}, got ${
        quote(names.join(", "))
      }`,
    );
  }

  /** Hands on only rows of the times that are wanted. */
  #checked(take: TakeRows): TakeRows {
    const { window } = this.#filter;
    if (window === undefined) return take;
    const bounds = this.#times;
    const last = bounds.length - 2;
    const columns = this.#header?.names.length;
    return (rows) => {
      let start = 0;
      let count = 0;
      for (let at = 0; at < rows.length;) {
        const next = splitFields(rows, at, bounds);
        // A row of fewer or more fields than columns has no time, as in an index.
        const isKept =
          window.has(rows, bounds[last] ?? 0, bounds[last + 1] ?? 0) &&
          countFields(rows, at, next) === columns;
        if (isKept) {
          if (count++ === 0) start = at;
        } else {
          if (count > 0) take(rows.subarray(start, at), count);
          count = 0;
        }
        at = next;
      }
      if (count > 0) take(rows.subarray(start), count);
    };
  }
}
