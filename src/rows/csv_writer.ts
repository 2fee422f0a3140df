import { getColumnType } from "../catalog/mod.ts";
import { rewriteRows, type TargetColumn } from "./rewrite_rows.ts";
import type { RowBatch } from "./row_batch.ts";
import type { RowWriter } from "./row_writer.ts";
import type { TimeText } from "./time_text.ts";

/** Writes CSV: the rows as they are, below one header row. */
export class CsvWriter implements RowWriter {
  readonly #times: TimeText | undefined;
  #hasBegun = false;
  /** `undefined` where rows stay as they are. */
  #columns: readonly TargetColumn[] | undefined;

  /** Writes times as text, or as the files have them. */
  constructor(times?: TimeText) {
    this.#times = times;
  }

  write({ header, bytes }: RowBatch): Uint8Array<ArrayBuffer> {
    const isFirst = !this.#hasBegun;
    if (isFirst) this.#columns = this.#begin(header.names);
    const rows = this.#columns === undefined
      ? bytes
      : rewriteRows(bytes, this.#columns);
    if (!isFirst) return rows;
    const all = new Uint8Array(header.line.length + rows.length);
    all.set(header.line);
    all.set(rows, header.line.length);
    return all;
  }

  end(): Uint8Array<ArrayBuffer> {
    return new Uint8Array();
  }

  #begin(names: readonly string[]): readonly TargetColumn[] | undefined {
    this.#hasBegun = true;
    const times = this.#times;
    const isTime = (name: string) => getColumnType(name) === "timestamp";
    if (times === undefined || !names.some(isTime)) return undefined;
    return names.map((name, source) => ({
      source,
      format: isTime(name)
        ? (bytes, start, end) => times.format(bytes, start, end)
        : undefined,
    }));
  }
}
