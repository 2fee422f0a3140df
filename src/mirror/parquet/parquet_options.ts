import {
  assertBoolean,
  assertFunction,
  assertInteger,
  assertOptions,
  assertSignal,
  assertString,
  type OptionNames,
} from "../../base/mod.ts";
import type { DataTypeName } from "../../catalog/mod.ts";
import { assertDataTypes } from "../plan/assert_data_types.ts";
import { assertRanges, type DatesByType } from "../plan/dates_by_type.ts";
import type { ParquetEvent } from "./parquet_event.ts";

/** Options of {@linkcode Mirror.toParquet}. */
export interface ParquetOptions<Name extends string = string> {
  /** The data types; by default, all that the mirror has. */
  dataTypes?: readonly DataTypeName<Name>[] | undefined;
  /** The first date, of all data types or of each. */
  from?: DatesByType | undefined;
  /** The last date, of all data types or of each. */
  to?: DatesByType | undefined;
  /** Where the files go; by default into `parquet/` of the mirror. */
  folder?: string | undefined;
  /**
   * How much memory is used, in bytes. What does not fit is put into the mirror's folder
   * meanwhile.
   *
   * @default {1_500_000_000}
   */
  memory?: number | undefined;
  /**
   * Whether files are released once their Parquet files are proven to have the same rows;
   * those that perhaps cannot be fetched again stay, as with {@linkcode Mirror.release}.
   *
   * @default {false}
   */
  dropSource?: boolean;
  /** Ends it; what was made stays. */
  signal?: AbortSignal | undefined;
  /** Called with each event. */
  onEvent?: ((event: ParquetEvent) => void) | undefined;
}

const PARQUET_OPTIONS: OptionNames<ParquetOptions> = {
  dataTypes: true,
  from: true,
  to: true,
  folder: true,
  memory: true,
  dropSource: true,
  signal: true,
  onEvent: true,
};

/** With less, DuckDB cannot sort. */
export const LEAST_MEMORY = 200_000_000;

/** Checks the options of `Mirror.toParquet`. */
export function checkParquetOptions(options: ParquetOptions): void {
  assertOptions(options, PARQUET_OPTIONS);
  const { dataTypes, folder, memory, dropSource = false } = options;
  if (dataTypes !== undefined) assertDataTypes(dataTypes);
  assertRanges(options.from, options.to);
  if (folder !== undefined) {
    assertString(folder, "folder");
    if (folder === "") throw new RangeError("Cannot use folder: it is empty");
  }
  if (memory !== undefined) assertInteger(memory, "memory", LEAST_MEMORY);
  assertBoolean(dropSource, "dropSource");
  assertSignal(options.signal);
  assertFunction(options.onEvent, "onEvent");
}
