import { IntegrityError, type RangeSource } from "../base/mod.ts";

/** What the footer of a Parquet file says. */
export interface ParquetFooter {
  /** How many rows the file has. */
  readonly rows: number;
  /** How many rows each group of rows has. */
  readonly groups: readonly number[];
}

const MAGIC = "PAR1";
/** The footer's length as 4 bytes, and the magic. */
const TRAILER_SIZE = 8;

/** The fields that are read, by their numbers in the format. */
const NUM_ROWS = 3;
const ROW_GROUPS = 4;
const GROUP_NUM_ROWS = 3;

/**
 * Reads the footer of a Parquet file.
 *
 * @param source The file.
 * @param name How the file is called in messages.
 * @returns What it says.
 * @throws {IntegrityError} If it is no whole Parquet file.
 */
export async function readParquetFooter(
  source: RangeSource,
  name: string,
): Promise<ParquetFooter> {
  const fail = (reason: string) =>
    new IntegrityError(`Cannot read the footer of '${name}': ${reason}`);
  const { size } = source;
  if (size < MAGIC.length + TRAILER_SIZE) {
    throw fail(`it has ${size} bytes, too few for a Parquet file`);
  }
  const trailer = await source.slice(size - TRAILER_SIZE, size);
  const text = new TextDecoder("latin1");
  const length = new DataView(trailer.buffer, trailer.byteOffset)
    .getUint32(0, true);
  const start = size - TRAILER_SIZE - length;
  if (text.decode(trailer.subarray(4)) !== MAGIC || start < MAGIC.length) {
    throw fail("it does not end as a Parquet file does");
  }
  const bytes = await source.slice(start, size - TRAILER_SIZE);
  try {
    const footer = new CompactReader(bytes).readStruct();
    const rows = footer.get(NUM_ROWS);
    const groups = footer.get(ROW_GROUPS);
    if (typeof rows !== "number" || !Array.isArray(groups)) {
      throw new RangeError("it has no count of rows");
    }
    return {
      rows,
      groups: groups.map((group) =>
        group instanceof Map ? Number(group.get(GROUP_NUM_ROWS)) : NaN
      ),
    };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw fail(error.message);
  }
}

/** A value of Thrift; what is not needed of it is `undefined`. */
type Value = number | undefined | Value[] | Map<number, Value>;

/** Reads Thrift's compact protocol, which footers are written in. */
class CompactReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  readStruct(): Map<number, Value> {
    const fields = new Map<number, Value>();
    let id = 0;
    while (true) {
      const head = this.#byte();
      if (head === 0) return fields;
      // The high half is the distance to the field before, or else its number follows.
      id = head >> 4 === 0 ? this.#zigzag() : id + (head >> 4);
      fields.set(id, this.#value(head & 15, true));
    }
  }

  #value(type: number, isField: boolean): Value {
    switch (type) {
      case 1: // a field's boolean is its type
      case 2:
        if (!isField) this.#byte();
        return undefined;
      case 3:
        this.#byte();
        return undefined;
      case 4:
      case 5:
      case 6:
        return this.#zigzag();
      case 7:
        this.#skip(8);
        return undefined;
      case 8:
        this.#skip(this.#varint());
        return undefined;
      case 9:
      case 10: {
        const head = this.#byte();
        const length = head >> 4 === 15 ? this.#varint() : head >> 4;
        return Array.from(
          { length },
          () => this.#value(head & 15, false),
        );
      }
      case 12:
        return this.readStruct();
      default:
        throw new RangeError("it is damaged");
    }
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new RangeError("it is cut");
    return byte;
  }

  #skip(count: number): void {
    this.#at += count;
    if (this.#at > this.#bytes.length) throw new RangeError("it is cut");
  }

  #varint(): number {
    let value = 0;
    for (let factor = 1;; factor *= 128) {
      const byte = this.#byte();
      value += (byte & 127) * factor;
      if (byte < 128) break;
    }
    if (value > Number.MAX_SAFE_INTEGER) throw new RangeError("it is damaged");
    return value;
  }

  #zigzag(): number {
    const value = this.#varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}
