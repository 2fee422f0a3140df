import { quote, RowError } from "../base/mod.ts";
import { type ColumnType, getColumnType } from "../catalog/mod.ts";
import { type ArrowColumn, openArrowColumn } from "./arrow_columns.ts";
import { type Arrow, loadArrow } from "./load_arrow.ts";
import type { RowBatch } from "./row_batch.ts";
import type { RowWriter } from "./row_writer.ts";
import { splitFields } from "./split_fields.ts";

/** So many rows, or more, are one record batch. */
const BATCH_ROWS = 16_384;
/** What stands before a message: a mark and the length of its description. */
const PREFIX = 8;

/** What the rows are made of. */
export interface ArrowOptions {
  /**
   * The columns' types where the rows are those of a query: times are nanoseconds of no time
   * zone, a quoted text may have line feeds, and an empty one is quoted, since nothing is
   * null. Otherwise the columns' names tell.
   */
  readonly types?: readonly ColumnType[];
}

/**
 * Writes Arrow's IPC stream: tickers and conditions in dictionaries, times as nanoseconds in
 * UTC, prices and sizes as numbers of 64 bits. Each record batch comes with dictionaries of
 * its own, so that memory does not grow.
 */
export class ArrowWriter implements RowWriter {
  readonly #arrow: Arrow;
  readonly #options: ArrowOptions;
  #types: readonly ColumnType[] = [];
  #names: readonly string[] = [];
  #columns: ArrowColumn[] = [];
  #bounds = new Int32Array();
  #rows = 0;
  #hasBegun = false;

  private constructor(arrow: Arrow, options: ArrowOptions) {
    this.#arrow = arrow;
    this.#options = options;
  }

  /** Loads what it needs. */
  static async open(options: ArrowOptions = {}): Promise<ArrowWriter> {
    return new ArrowWriter(await loadArrow(), options);
  }

  write({ name, header, bytes, rows }: RowBatch): Uint8Array<ArrayBuffer> {
    if (this.#columns.length === 0) this.#begin(header.names);
    const bounds = this.#bounds;
    const columns = this.#columns;
    const isQuery = this.#options.types !== undefined;
    for (let at = 0; at < bytes.length;) {
      at = splitFields(bytes, at, bounds, isQuery);
      for (let index = 0; index < columns.length; index++) {
        const start = bounds[2 * index] ?? 0;
        const end = bounds[2 * index + 1] ?? 0;
        if (columns[index]?.add(bytes, start, end) === false) {
          const value = new TextDecoder().decode(bytes.subarray(start, end));
          throw new RowError(
            `Cannot write ${quote(value)} of ${quote(name)} to Arrow: column ${
              quote(this.#names[index])
            } is of type ${
              this.#types[index]
            }; CSV and NDJSON take what is there`,
            { key: name },
          );
        }
      }
    }
    this.#rows += rows;
    return this.#rows < BATCH_ROWS ? new Uint8Array() : this.#flush(false);
  }

  end(): Uint8Array<ArrayBuffer> {
    return this.#columns.length === 0 ? new Uint8Array() : this.#flush(true);
  }

  #begin(names: readonly string[]): void {
    this.#names = names;
    this.#bounds = new Int32Array(2 * names.length);
    const { types } = this.#options;
    this.#types = types ?? names.map((name) => getColumnType(name));
    this.#columns = names.map((name, index) =>
      openArrowColumn(
        this.#arrow,
        name,
        this.#types[index] ?? "text",
        types !== undefined,
      )
    );
  }

  /** Writes the rows there are as a record batch of a stream, and of this one what belongs there. */
  #flush(isLast: boolean): Uint8Array<ArrayBuffer> {
    const { tableFromColumns, tableToIPC } = this.#arrow;
    const table = tableFromColumns(
      this.#columns.map((column, index) => [
        this.#names[index] ?? "",
        column.toColumn(),
      ]),
    );
    const stream = tableToIPC(table, { format: "stream" });
    if (stream === null) throw new TypeError("Cannot write Arrow: no bytes");
    const schemaEnd = PREFIX +
      new DataView(stream.buffer, stream.byteOffset).getInt32(4, true);
    const start = this.#hasBegun ? schemaEnd : 0;
    const end = stream.length - (isLast ? 0 : PREFIX);
    this.#hasBegun = true;
    this.#columns.forEach((column) => column.clear());
    this.#rows = 0;
    return stream.subarray(start, end) as Uint8Array<ArrayBuffer>;
  }
}
