import {
  assertOneOf,
  assertOptions,
  assertString,
  NEW_YORK,
  type OptionNames,
} from "../base/mod.ts";
import {
  ALIGN_ROWS_NAMES,
  alignRows,
  type AlignRowsOptions,
} from "./align_rows.ts";
import { ArrowWriter } from "./arrow_writer.ts";
import { CsvWriter } from "./csv_writer.ts";
import { NdjsonWriter } from "./ndjson_writer.ts";
import type { RowBatch } from "./row_batch.ts";
import type { RowWriter, TimeFormat } from "./row_writer.ts";
import { TimeText } from "./time_text.ts";

/** A format that rows are written in. */
export type RowFormat = "csv" | "ndjson" | "arrow";

/** Options of {@linkcode writeRows}. */
export interface WriteRowsOptions<Id extends string = string>
  extends AlignRowsOptions<Id> {
  /** The format. @default {"csv"} */
  readonly format?: RowFormat;
  /**
   * How CSV and NDJSON have times: nanoseconds since 1970, ISO 8601 in UTC, or ISO 8601 on
   * the clock of `zone`. @default {"ns"}
   */
  readonly time?: TimeFormat;
  /** The time zone of local times. @default {"America/New_York"} */
  readonly zone?: string;
}

const NAMES: OptionNames<WriteRowsOptions> = {
  ...ALIGN_ROWS_NAMES,
  format: true,
  time: true,
  zone: true,
};

/**
 * Writes rows, of one content or of several one after the other. All have the same columns,
 * by name: where a content has others than the first one, or than were asked for, what it
 * lacks stays empty, and what it has besides is left out; `onDifference` is told.
 *
 * - `csv`: the rows as they are, below one header row.
 * - `ndjson`: an object a line. Prices and sizes are numbers as they are written; times, and
 *   integers of more than 15 digits, are strings.
 * - `arrow`: Arrow's IPC stream, as `polars.read_ipc_stream()` and
 *   `pyarrow.ipc.open_stream()` read it. It loads `npm:@uwdata/flechette`.
 *
 * @param batches The rows, as {@linkcode selectRows} gives them.
 * @param options The format and what belongs to it.
 * @returns What is written, in pieces.
 * @throws {TypeError} If an option has the wrong type.
 * @throws {RangeError} If an option has an impossible value, or a column is not known.
 * @throws {RowError} If a value cannot be written to Arrow, since it is not of its column's type.
 *
 * @example
 * ```ts
 * import { selectRows, writeRows } from "@flatbed/flatbed/rows";
 * import { assertEquals } from "@std/assert";
 *
 * const content = new Blob([
 *   "ticker,open,close,window_start\nNA,1.50,1.25,1704205800000000000\n",
 * ]);
 * const rows = selectRows(content.stream(), { tickers: ["NA"] });
 * let text = "";
 * for await (
 *   const bytes of writeRows(rows, {
 *     format: "ndjson",
 *     dataType: "stocks_minute",
 *     columns: ["ticker", "close", "window_start"],
 *     time: "iso",
 *   })
 * ) text += new TextDecoder().decode(bytes);
 * assertEquals(
 *   text,
 *   '{"ticker":"NA","close":1.25,"window_start":"2024-01-02T14:30:00.000000000Z"}\n',
 * );
 * ```
 */
export function writeRows<const Id extends string = string>(
  batches: AsyncIterable<RowBatch>,
  options: WriteRowsOptions<Id> = {},
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  assertOptions(options, NAMES);
  const { format = "csv", time = "ns", zone = NEW_YORK, ...columns } = options;
  assertOneOf(format, "format", ["csv", "ndjson", "arrow"]);
  assertOneOf(time, "time", ["ns", "iso", "local"]);
  assertString(zone, "zone");
  const times = time === "ns"
    ? undefined
    : new TimeText(time === "iso" ? undefined : zone);
  const aligned = alignRows<Id>(batches, columns);
  return written(aligned, () => openWriter(format, times));
}

async function openWriter(
  format: RowFormat,
  times: TimeText | undefined,
): Promise<RowWriter> {
  switch (format) {
    case "csv":
      return new CsvWriter(times);
    case "ndjson":
      return new NdjsonWriter(times);
    case "arrow":
      return await ArrowWriter.open();
  }
}

async function* written(
  batches: AsyncIterable<RowBatch>,
  open: () => Promise<RowWriter>,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const writer = await open();
  for await (const batch of batches) {
    const bytes = writer.write(batch);
    if (bytes.length > 0) yield bytes;
  }
  const bytes = writer.end();
  if (bytes.length > 0) yield bytes;
}
