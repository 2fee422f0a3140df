import {
  type Abortable,
  assertBoolean,
  assertIsoDate,
  assertOptions,
  assertSignal,
  type OptionNames,
} from "../../base/mod.ts";
import { getDataset } from "../../catalog/mod.ts";

/** Options of {@linkcode Mirror.tickers}. */
export interface TickersOptions extends Abortable {
  /** Only tickers that fit one of these: `*` stands for any characters, `?` for one. */
  readonly patterns?: readonly string[] | undefined;
  /**
   * Whether an index that had to be made is kept. By default where the mirror is open for
   * writing.
   */
  readonly keepIndexes?: boolean | undefined;
}

const NAMES: OptionNames<TickersOptions> = {
  patterns: true,
  keepIndexes: true,
  signal: true,
};

/** Checks what {@linkcode RowFilter} does not check itself. */
export function checkTickersOptions(
  dataType: string,
  date: string,
  options: TickersOptions,
): void {
  getDataset(dataType);
  assertIsoDate(date);
  assertOptions(options, NAMES);
  if (options.keepIndexes !== undefined) {
    assertBoolean(options.keepIndexes, "keepIndexes");
  }
  assertSignal(options.signal);
}
