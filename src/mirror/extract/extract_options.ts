import {
  assertBoolean,
  assertDateRange,
  assertFunction,
  assertIsoDate,
  assertOptions,
  assertSignal,
  type OptionNames,
} from "../../base/mod.ts";
import {
  type ColumnName,
  type DataTypeName,
  getDataset,
} from "../../catalog/mod.ts";
import type { RowFilter } from "../../rows/mod.ts";
import type { ExtractEvent } from "./extract_event.ts";

/** Options of {@linkcode Mirror.extract}. */
export interface ExtractOptions<Id extends string = string> extends RowFilter {
  /** The dataset's id. */
  readonly dataType: DataTypeName<Id>;
  /** The first date, `YYYY-MM-DD`. */
  readonly from: string;
  /** The last date. */
  readonly to: string;
  /** The columns, in this order; those of the first day where they are not given. */
  readonly columns?: readonly ColumnName<Id>[] | undefined;
  /**
   * Whether the service is never asked. Otherwise days that are not in the mirror are read
   * from the service, if the mirror was opened with a downloader. @default {false}
   */
  readonly offline?: boolean;
  /**
   * Whether a file or object that is read through gets an index, so that the next time
   * only parts of it are read. By default where the mirror is open for writing.
   */
  readonly keepIndexes?: boolean | undefined;
  /**
   * Whether a batch's memory is freed when the next batch is asked for: its `bytes` are
   * empty from then on. Otherwise it is freed when V8 collects garbage, so that tens of
   * megabytes more are in use. @default {false}
   */
  readonly freeBatches?: boolean;
  /** Ends the extraction. */
  readonly signal?: AbortSignal | undefined;
  /** Called for each day, and at the end. */
  readonly onEvent?: ((event: ExtractEvent) => void) | undefined;
}

const NAMES: OptionNames<ExtractOptions> = {
  dataType: true,
  from: true,
  to: true,
  columns: true,
  offline: true,
  keepIndexes: true,
  freeBatches: true,
  signal: true,
  onEvent: true,
  tickers: true,
  patterns: true,
  underlying: true,
  adjusted: true,
  between: true,
};

/** Checks what {@linkcode RowFilter} and the columns do not check themselves. */
export function checkExtractOptions(options: ExtractOptions): void {
  assertOptions(options, NAMES);
  const { dataType, from, to, offline = false, signal, onEvent } = options;
  const { keepIndexes, freeBatches = false } = options;
  const { id } = getDataset(dataType);
  assertIsoDate(from, "from");
  assertIsoDate(to, "to");
  assertDateRange(from, to);
  assertBoolean(offline, "offline");
  if (keepIndexes !== undefined) assertBoolean(keepIndexes, "keepIndexes");
  assertBoolean(freeBatches, "freeBatches");
  assertSignal(signal);
  assertFunction(onEvent, "onEvent");
  if (options.underlying !== undefined && !id.startsWith("options_")) {
    throw new RangeError(
      `Cannot use underlying: ${id} has no options; name its tickers`,
    );
  }
}
