import type {
  Batch,
  Column,
  DataType,
  DictionaryType,
} from "@uwdata/flechette";
import type { ColumnType } from "../catalog/mod.ts";
import { ByteBuffer } from "./byte_buffer.ts";
import { isPlain, unquoted } from "./field_text.ts";
import { Instant } from "./instant.ts";
import type { Arrow } from "./load_arrow.ts";

/** Collects the values of a column, and makes a part of a record batch of them. */
export interface ArrowColumn {
  /** Its type. */
  readonly type: DataType;
  /** Adds the value of a field; returns whether it is of the column's type. */
  add(bytes: Uint8Array, start: number, end: number): boolean;
  /** The values that were added, good until they are cleared. */
  toColumn(): Column<unknown>;
  /** Forgets the values that were added. */
  clear(): void;
}

/**
 * The column for values of a type; tickers and codes are kept once in a dictionary.
 *
 * @param isQuery Whether the values are a query's, as {@linkcode ArrowOptions} tells.
 */
export function openArrowColumn(
  arrow: Arrow,
  name: string,
  type: ColumnType,
  isQuery: boolean,
): ArrowColumn {
  switch (type) {
    case "decimal":
      return new Decimals(arrow);
    case "integer":
      return new Integers(arrow);
    case "timestamp":
      return isQuery
        ? new Integers(arrow, arrow.timestamp(arrow.TimeUnit.NANOSECOND, null))
        : new Timestamps(arrow);
    case "date":
      return new Dates(arrow);
    case "codes":
      return new Names(arrow, isQuery);
    case "text":
      return name === "ticker"
        ? new Names(arrow, isQuery)
        : new Texts(arrow, isQuery);
  }
}

const QUOTE = 34;
const MINUS = 45;
const POINT = 46;
const ZERO = 48;
const FIRST_ROWS = 1024;
/** A longer field is not compared with the one before. */
const LONGEST_KEPT = 64;
const WORD = 2 ** 32;
const DAY_MS = 86_400_000;

/** Powers of ten that are exact as numbers. */
const POWERS = Float64Array.from({ length: 16 }, (_, power) => 10 ** power);
/** Numbers of at most so many digits are exact. */
const EXACT_DIGITS = 15;

const decoder = new TextDecoder();
const encoder = new TextEncoder();

function textOf(bytes: Uint8Array, start: number, end: number): string {
  return unquoted(decoder.decode(bytes.subarray(start, end)));
}

/** What a column is made of. */
interface ColumnParts {
  readonly length: number;
  readonly nullCount: number;
  readonly validity: Uint8Array;
  readonly values: Float64Array | Int32Array | BigInt64Array | Uint8Array;
  readonly offsets?: Int32Array;
}

function toColumn(
  { batchType, Column }: Arrow,
  type: DataType,
  parts: ColumnParts,
): Column<unknown> {
  const Batch = batchType(type);
  return new Column([new Batch({ type, ...parts })]);
}

/** Values of a fixed width, each there or not. */
abstract class FixedWidth<Values extends Float64Array | Int32Array> {
  protected readonly arrow: Arrow;
  readonly #perRow: number;
  protected values: Values;
  #validity = new Uint8Array(FIRST_ROWS / 8);
  protected length = 0;
  protected nullCount = 0;

  constructor(arrow: Arrow, values: Values, perRow = 1) {
    this.arrow = arrow;
    this.values = values;
    this.#perRow = perRow;
  }

  /** Makes room for a value; returns where it goes, in rows. */
  protected next(isThere: boolean): number {
    const row = this.length++;
    const size = this.length * this.#perRow;
    if (size > this.values.length) {
      const Values = this.values.constructor as new (size: number) => Values;
      const grown = new Values(2 * this.values.length);
      grown.set(this.values);
      this.values = grown;
    }
    if (row >> 3 >= this.#validity.length) {
      const grown = new Uint8Array(2 * this.#validity.length);
      grown.set(this.#validity);
      this.#validity = grown;
    }
    if (isThere) {
      this.#validity[row >> 3] = (this.#validity[row >> 3] ?? 0) |
        1 << (row & 7);
    } else this.nullCount++;
    return row;
  }

  /** What was added. */
  protected get parts(): ColumnParts & { values: Values } {
    const { length, nullCount } = this;
    const values = this.values.subarray(0, length * this.#perRow) as Values;
    const validity = nullCount === 0
      ? new Uint8Array()
      : this.#validity.subarray(0, Math.ceil(length / 8));
    return { length, nullCount, validity, values };
  }

  clear(): void {
    this.#validity.fill(0);
    this.values.fill(0);
    this.length = this.nullCount = 0;
  }
}

/** Numbers of 64 bits. */
class Decimals extends FixedWidth<Float64Array> implements ArrowColumn {
  readonly type: DataType;

  constructor(arrow: Arrow) {
    super(arrow, new Float64Array(FIRST_ROWS));
    this.type = arrow.float64();
  }

  add(bytes: Uint8Array, start: number, end: number): boolean {
    if (start === end) {
      this.next(false);
      return true;
    }
    const value = parseDecimal(bytes, start, end);
    if (Number.isNaN(value)) return false;
    const row = this.next(true); // which may grow the values
    this.values[row] = value;
    return true;
  }

  toColumn(): Column<unknown> {
    return toColumn(this.arrow, this.type, this.parts);
  }
}

/** The number that is nearest to what is written; `NaN` where it is none. */
function parseDecimal(bytes: Uint8Array, start: number, end: number): number {
  const isNegative = bytes[start] === MINUS;
  let mantissa = 0;
  let point = -1;
  const first = isNegative ? start + 1 : start;
  for (let at = first; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === POINT && point === -1) {
      point = at;
      continue;
    }
    const digit = byte - ZERO;
    if (digit < 0 || digit > 9) return slowDecimal(bytes, start, end);
    mantissa = mantissa * 10 + digit;
  }
  const digits = end - first - (point === -1 ? 0 : 1);
  if (digits === 0 || digits > EXACT_DIGITS) {
    return slowDecimal(bytes, start, end);
  }
  const places = point === -1 ? 0 : end - point - 1;
  const value = mantissa / (POWERS[places] ?? 1);
  return isNegative ? -value : value;
}

function slowDecimal(bytes: Uint8Array, start: number, end: number): number {
  const text = textOf(bytes, start, end).trim();
  return text === "" ? NaN : Number(text);
}

/** Integers of 64 bits, as two words each. */
abstract class Words extends FixedWidth<Int32Array> {
  constructor(arrow: Arrow) {
    super(arrow, new Int32Array(2 * FIRST_ROWS), 2);
  }

  protected addWords(high: number, low: number): true {
    const row = this.next(true);
    this.values[2 * row] = low | 0;
    this.values[2 * row + 1] = high;
    return true;
  }

  protected addNull(): true {
    this.next(false);
    return true;
  }

  /** Adds an integer as it is written; returns whether it is one of 64 bits. */
  protected addText(text: string): boolean {
    if (!/^-?\d+(\.0*)?$/.test(text)) return false;
    const value = BigInt(text.replace(/\..*/, ""));
    if (BigInt.asIntN(64, value) !== value) return false;
    return this.addWords(Number(value >> 32n), Number(value & 0xffffffffn));
  }

  protected get words(): ColumnParts {
    const { values, ...rest } = this.parts;
    return {
      ...rest,
      values: new BigInt64Array(values.buffer as ArrayBuffer, 0, rest.length),
    };
  }
}

class Integers extends Words implements ArrowColumn {
  readonly type: DataType;

  constructor(arrow: Arrow, type: DataType = arrow.int64()) {
    super(arrow);
    this.type = type;
  }

  add(bytes: Uint8Array, start: number, end: number): boolean {
    if (start === end) return this.addNull();
    let value = 0;
    for (let at = start; at < end; at++) {
      const digit = (bytes[at] ?? 0) - ZERO;
      if (digit < 0 || digit > 9 || at - start >= EXACT_DIGITS) {
        return this.addText(textOf(bytes, start, end));
      }
      value = value * 10 + digit;
    }
    return this.addWords(Math.floor(value / WORD), value % WORD);
  }

  toColumn(): Column<unknown> {
    return toColumn(this.arrow, this.type, this.words);
  }
}

/** Nanoseconds since 1970; 0 stands for none. */
class Timestamps extends Words implements ArrowColumn {
  readonly type: DataType;
  readonly #instant = new Instant();

  constructor(arrow: Arrow) {
    super(arrow);
    this.type = arrow.timestamp(arrow.TimeUnit.NANOSECOND, "UTC");
  }

  add(bytes: Uint8Array, start: number, end: number): boolean {
    if (start === end || end - start === 1 && bytes[start] === ZERO) {
      return this.addNull();
    }
    if (!this.#instant.read(bytes, start, end)) {
      return this.addText(textOf(bytes, start, end));
    }
    // seconds * 10^9 + nanos in halves, none of which loses a digit.
    const { seconds, nanos } = this.#instant;
    const upper = Math.floor(seconds / 65_536) * 1e9;
    const lower = (upper % 65_536) * 65_536 + (seconds % 65_536) * 1e9 + nanos;
    return this.addWords(
      Math.floor(upper / 65_536) + Math.floor(lower / WORD),
      lower % WORD,
    );
  }

  toColumn(): Column<unknown> {
    return toColumn(this.arrow, this.type, this.words);
  }
}

/** Dates, in days since 1970. */
class Dates extends FixedWidth<Int32Array> implements ArrowColumn {
  readonly type: DataType;

  constructor(arrow: Arrow) {
    super(arrow, new Int32Array(FIRST_ROWS));
    this.type = arrow.dateDay();
  }

  add(bytes: Uint8Array, start: number, end: number): boolean {
    if (start === end) {
      this.next(false);
      return true;
    }
    const text = textOf(bytes, start, end);
    const time = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : NaN;
    if (Number.isNaN(time)) return false;
    const row = this.next(true);
    this.values[row] = time / DAY_MS;
    return true;
  }

  toColumn(): Column<unknown> {
    return toColumn(this.arrow, this.type, this.parts);
  }
}

/** The parts of a column that tell which of its rows are null. */
function validityOf(
  length: number,
  nulls: readonly number[],
): Pick<ColumnParts, "nullCount" | "validity"> {
  if (nulls.length === 0) return { nullCount: 0, validity: new Uint8Array() };
  const validity = new Uint8Array(Math.ceil(length / 8)).fill(255);
  for (const row of nulls) {
    validity[row >> 3] = (validity[row >> 3] ?? 0) & ~(1 << (row & 7));
  }
  return { nullCount: nulls.length, validity };
}

/** Texts one behind the other. */
class TextBuffer {
  readonly #bytes = new ByteBuffer();
  /** Where each ends, behind a 0. */
  #ends = new Int32Array(FIRST_ROWS);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Adds what a field says. */
  add(bytes: Uint8Array, start: number, end: number): void {
    if (isPlain(bytes, start, end)) this.addText(bytes, start, end);
    else this.addText(encoder.encode(textOf(bytes, start, end)));
  }

  /** Adds bytes as they are. */
  addText(bytes: Uint8Array, start = 0, end = bytes.length): void {
    this.#bytes.copy(bytes, start, end);
    if (++this.#length === this.#ends.length) {
      this.#ends = doubled(this.#ends);
    }
    this.#ends[this.#length] = this.#bytes.length;
  }

  toColumn(
    arrow: Arrow,
    type: DataType,
    nulls: readonly number[] = [],
  ): Column<unknown> {
    return toColumn(arrow, type, {
      length: this.#length,
      ...validityOf(this.#length, nulls),
      offsets: this.#ends.subarray(0, this.#length + 1),
      values: this.#bytes.bytes,
    });
  }

  clear(): void {
    this.#length = 0;
    this.#bytes.clear();
  }
}

class Texts implements ArrowColumn {
  readonly type: DataType;
  readonly #arrow: Arrow;
  readonly #isNullable: boolean;
  readonly #texts = new TextBuffer();
  #nulls: number[] = [];

  constructor(arrow: Arrow, isNullable: boolean) {
    this.type = arrow.utf8();
    this.#arrow = arrow;
    this.#isNullable = isNullable;
  }

  add(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#isNullable && start === end) this.#nulls.push(this.#texts.length);
    this.#texts.add(bytes, start, end);
    return true;
  }

  toColumn(): Column<unknown> {
    return this.#texts.toColumn(this.#arrow, this.type, this.#nulls);
  }

  clear(): void {
    this.#texts.clear();
    this.#nulls = [];
  }
}

/** Texts of which there are few, each once in a dictionary. */
class Names implements ArrowColumn {
  readonly type: DictionaryType;
  readonly #arrow: Arrow;
  readonly #texts = new TextBuffer();
  readonly #places = new Map<string | number, number>();
  #indices = new Int32Array(FIRST_ROWS);
  #length = 0;
  /** The field that came last, and its place; -1 where it was a long one. */
  readonly #last = new Uint8Array(LONGEST_KEPT);
  #lastLength = 0;
  #lastPlace = -1;
  readonly #isNullable: boolean;
  #nulls: number[] = [];

  constructor(arrow: Arrow, isNullable: boolean) {
    this.#arrow = arrow;
    this.#isNullable = isNullable;
    this.type = arrow.dictionary(arrow.utf8(), arrow.int32());
  }

  add(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#isNullable && start === end) this.#nulls.push(this.#length);
    if (this.#length === this.#indices.length) {
      this.#indices = doubled(this.#indices);
    }
    const place = this.#isLast(bytes, start, end)
      ? this.#lastPlace
      : this.#keepLast(bytes, start, end, this.#placeOf(bytes, start, end));
    this.#indices[this.#length++] = place;
    return true;
  }

  /** Whether a field is the one that came last. */
  #isLast(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#lastPlace === -1 || this.#lastLength !== end - start) {
      return false;
    }
    for (let at = start; at < end; at++) {
      if (this.#last[at - start] !== bytes[at]) return false;
    }
    return true;
  }

  #keepLast(
    bytes: Uint8Array,
    start: number,
    end: number,
    place: number,
  ): number {
    const length = end - start;
    this.#lastPlace = length > LONGEST_KEPT ? -1 : place;
    this.#lastLength = length;
    for (let at = 0; at < length && at < LONGEST_KEPT; at++) {
      this.#last[at] = bytes[start + at] ?? 0;
    }
    return place;
  }

  #placeOf(bytes: Uint8Array, start: number, end: number): number {
    // With quotes or without, a text is in the dictionary once.
    if (end - start > 1 && bytes[start] === QUOTE) {
      if (bytes[end - 1] === QUOTE && isPlain(bytes, start + 1, end - 1)) {
        start++;
        end--;
      } else {
        bytes = encoder.encode(textOf(bytes, start, end));
        start = 0;
        end = bytes.length;
      }
    }
    const name = nameOf(bytes, start, end);
    let place = this.#places.get(name);
    if (place === undefined) {
      this.#places.set(name, place = this.#texts.length);
      this.#texts.addText(bytes, start, end);
    }
    return place;
  }

  toColumn(): Column<unknown> {
    const { batchType, Column } = this.#arrow;
    const Batch = batchType(this.type);
    const batch = new Batch({
      type: this.type,
      length: this.#length,
      ...validityOf(this.#length, this.#nulls),
      values: this.#indices.subarray(0, this.#length),
    }) as Batch<unknown> & { setDictionary(texts: Column<unknown>): void };
    batch.setDictionary(
      this.#texts.toColumn(this.#arrow, this.type.dictionary),
    );
    return new Column([batch]);
  }

  clear(): void {
    this.#texts.clear();
    this.#places.clear();
    this.#nulls = [];
    this.#lastPlace = -1;
    this.#length = 0;
  }
}

/** A field's bytes as a key of a map: short ones as a number, which is faster. */
function nameOf(
  bytes: Uint8Array,
  start: number,
  end: number,
): string | number {
  if (end - start > 7) return decoder.decode(bytes.subarray(start, end));
  let name = 1;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte > 127) return decoder.decode(bytes.subarray(start, end));
    name = name * 128 + byte;
  }
  return name;
}

/** The same values, with room for as many others. */
function doubled(values: Int32Array): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(2 * values.length);
  grown.set(values);
  return grown;
}
