import { ByteBuffer } from "./byte_buffer.ts";
import { splitFields } from "./split_fields.ts";

const COMMA = 44;
const LINE_FEED = 10;

/** How a field is written; `undefined` where it stays as it is. */
export type FieldFormat = (
  bytes: Uint8Array,
  start: number,
  end: number,
) => string | undefined;

/** A column of the rows that are written. */
export interface TargetColumn {
  /** Which field it comes from; -1 for none, so that it is empty. */
  readonly source: number;
  /** How it is written, in ASCII; as it is, where that is not given. */
  readonly format?: FieldFormat | undefined;
}

const buffer = new ByteBuffer();

/** Writes rows with other columns. */
export function rewriteRows(
  rows: Uint8Array,
  columns: readonly TargetColumn[],
): Uint8Array<ArrayBuffer> {
  const sources = columns.map(({ source }) => source);
  const bounds = new Int32Array(2 * Math.max(0, ...sources) + 2);
  for (let at = 0; at < rows.length;) {
    at = splitFields(rows, at, bounds);
    for (let i = 0; i < columns.length; i++) {
      buffer.reserve(64);
      if (i > 0) buffer.push(COMMA);
      const source = sources[i] ?? -1;
      if (source === -1) continue;
      const start = bounds[2 * source] ?? 0;
      const end = bounds[2 * source + 1] ?? 0;
      const text = columns[i]?.format?.(rows, start, end);
      if (text === undefined) buffer.copy(rows, start, end);
      else buffer.ascii(text);
    }
    buffer.reserve(1);
    buffer.push(LINE_FEED);
  }
  return buffer.take();
}
