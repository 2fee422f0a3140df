import { type ColumnType, getColumnType } from "../catalog/mod.ts";
import { ByteBuffer } from "./byte_buffer.ts";
import { isPlain, unquoted } from "./field_text.ts";
import type { RowBatch } from "./row_batch.ts";
import type { RowWriter } from "./row_writer.ts";
import { splitFields } from "./split_fields.ts";
import type { TimeText } from "./time_text.ts";

const QUOTE = 34;
const MINUS = 45;
const ZERO = 48;
const NINE = 57;
const POINT = 46;

/** A number of at most so many digits is one that every reader of JSON can hold. */
const SAFE_DIGITS = 15;

interface JsonColumn {
  /** What stands before the value: `{"ticker":` or `,"price":`. */
  readonly before: Uint8Array;
  readonly type: ColumnType;
}

/**
 * Writes a JSON object a line. Prices and sizes are numbers as they are written, times and
 * other integers of more than 15 digits are strings, what is no number is a string, and a
 * number that is not there is `null`.
 */
export class NdjsonWriter implements RowWriter {
  readonly #times: TimeText | undefined;
  readonly #encoder = new TextEncoder();
  readonly #decoder = new TextDecoder();
  readonly #buffer = new ByteBuffer();
  #columns: readonly JsonColumn[] = [];
  #bounds = new Int32Array();

  /** Writes times as text, or as the files have them. */
  constructor(times?: TimeText) {
    this.#times = times;
  }

  write({ header, bytes }: RowBatch): Uint8Array<ArrayBuffer> {
    if (this.#columns.length === 0) this.#begin(header.names);
    const buffer = this.#buffer;
    for (let at = 0; at < bytes.length;) {
      at = splitFields(bytes, at, this.#bounds);
      for (let index = 0; index < this.#columns.length; index++) {
        const column = this.#columns[index];
        if (column === undefined) continue;
        buffer.copy(column.before);
        this.#writeValue(
          column.type,
          bytes,
          this.#bounds[2 * index] ?? 0,
          this.#bounds[2 * index + 1] ?? 0,
        );
      }
      buffer.reserve(2);
      buffer.ascii("}\n");
    }
    return buffer.take();
  }

  end(): Uint8Array<ArrayBuffer> {
    return new Uint8Array();
  }

  #begin(names: readonly string[]): void {
    this.#bounds = new Int32Array(2 * names.length);
    this.#columns = names.map((name, index) => ({
      before: this.#encoder.encode(
        `${index === 0 ? "{" : ","}${JSON.stringify(name)}:`,
      ),
      type: getColumnType(name),
    }));
  }

  #writeValue(
    type: ColumnType,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    const isNumber = type === "integer" || type === "decimal";
    if (start === end && (isNumber || type === "timestamp")) {
      return this.#ascii("null");
    }
    if (isNumber && isJsonNumber(bytes, start, end)) {
      const isSafe = type === "decimal" || end - start <= SAFE_DIGITS;
      return isSafe
        ? this.#buffer.copy(bytes, start, end)
        : this.#text(bytes, start, end);
    }
    if (type === "timestamp" && this.#times !== undefined) {
      const time = this.#times.format(bytes, start, end);
      if (time !== undefined) {
        return this.#ascii(time === "" ? "null" : `"${time}"`);
      }
    }
    this.#text(bytes, start, end);
  }

  #ascii(text: string): void {
    this.#buffer.reserve(text.length);
    this.#buffer.ascii(text);
  }

  #text(bytes: Uint8Array, start: number, end: number): void {
    const buffer = this.#buffer;
    const isQuoted = end - start > 1 && bytes[start] === QUOTE &&
      bytes[end - 1] === QUOTE;
    if (isQuoted && isPlain(bytes, start + 1, end - 1)) {
      buffer.copy(bytes, start, end); // JSON has it in the same quotes
    } else if (isPlain(bytes, start, end)) {
      buffer.reserve(end - start + 2);
      buffer.push(QUOTE);
      buffer.copy(bytes, start, end);
      buffer.push(QUOTE);
    } else {
      const text = unquoted(this.#decoder.decode(bytes.subarray(start, end)));
      buffer.copy(this.#encoder.encode(JSON.stringify(text)));
    }
  }
}

/** Whether a number is in JSON as it is here: without exponents, which the files do not have. */
function isJsonNumber(bytes: Uint8Array, start: number, end: number): boolean {
  const first = bytes[start] === MINUS ? start + 1 : start;
  let point = -1;
  for (let at = first; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === POINT && point === -1) point = at;
    else if (byte < ZERO || byte > NINE) return false;
  }
  const digits = (point === -1 ? end : point) - first;
  return digits > 0 && point !== end - 1 &&
    (digits === 1 || bytes[first] !== ZERO);
}
