import { quote, RowError } from "../base/mod.ts";
import { getColumnType } from "../catalog/mod.ts";
import { type ArrowColumn, openArrowColumn } from "./arrow_columns.ts";
import { type Arrow, loadArrow } from "./load_arrow.ts";
import type { RowBatch } from "./row_batch.ts";
import type { RowWriter } from "./row_writer.ts";
import { splitFields } from "./split_fields.ts";

/** So many rows, or more, are one record batch. */
const BATCH_ROWS = 16_384;
/** What stands before a message: a mark and the length of its description. */
const PREFIX = 8;

/**
 * Writes Arrow's IPC stream: tickers and conditions in dictionaries, times as nanoseconds in
 * UTC, prices and sizes as numbers of 64 bits. Each record batch comes with dictionaries of
 * its own, so that memory does not grow.
 */
export class ArrowWriter implements RowWriter {
  readonly #arrow: Arrow;
  #names: readonly string[] = [];
  #columns: ArrowColumn[] = [];
  #bounds = new Int32Array();
  #rows = 0;
  #hasBegun = false;

  private constructor(arrow: Arrow) {
    this.#arrow = arrow;
  }

  /** Loads what it needs. */
  static async open(): Promise<ArrowWriter> {
    return new ArrowWriter(await loadArrow());
  }

  write({ name, header, bytes, rows }: RowBatch): Uint8Array<ArrayBuffer> {
    if (this.#columns.length === 0) this.#begin(header.names);
    const bounds = this.#bounds;
    const columns = this.#columns;
    for (let at = 0; at < bytes.length;) {
      at = splitFields(bytes, at, bounds);
      for (let index = 0; index < columns.length; index++) {
        const start = bounds[2 * index] ?? 0;
        const end = bounds[2 * index + 1] ?? 0;
        if (columns[index]?.add(bytes, start, end) === false) {
          const value = new TextDecoder().decode(bytes.subarray(start, end));
          throw new RowError(
            `Cannot write ${quote(value)} of ${quote(name)} to Arrow: column ${
              quote(this.#names[index])
            } is of type ${
              getColumnType(this.#names[index] ?? "")
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
    this.#columns = names.map((name) =>
      openArrowColumn(this.#arrow, name, getColumnType(name))
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
