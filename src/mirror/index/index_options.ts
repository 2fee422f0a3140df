import {
  assertBoolean,
  assertFunction,
  assertOptions,
  assertSignal,
  type OptionNames,
} from "../../base/mod.ts";
import { type DataTypeName, getDataset } from "../../catalog/mod.ts";
import { assertDataTypes } from "../plan/assert_data_types.ts";
import {
  assertRanges,
  dateFor,
  type DatesByType,
} from "../plan/dates_by_type.ts";
import type { IndexEvent } from "./index_event.ts";

/** Options of {@linkcode Mirror.index}. */
export interface IndexOptions<Name extends string = string> {
  /** The data types; by default, all that the mirror has. */
  dataTypes?: readonly DataTypeName<Name>[] | undefined;
  /** The first date, of all data types or of each. */
  from?: DatesByType | undefined;
  /** The last date, of all data types or of each; today by default. */
  to?: DatesByType | undefined;
  /**
   * Whether days whose files are not in the mirror get an index as well: each object is
   * read once, and only its index is kept. Then `dataTypes` and `from` must be given.
   *
   * @default {false}
   */
  remote?: boolean;
  /** Ends it; what was made stays. */
  signal?: AbortSignal | undefined;
  /** Called for each index that was made, or could not be. */
  onEvent?: ((event: IndexEvent) => void) | undefined;
}

const INDEX_OPTIONS: OptionNames<IndexOptions> = {
  dataTypes: true,
  from: true,
  to: true,
  remote: true,
  signal: true,
  onEvent: true,
};

/** Checks the options of `Mirror.index`. */
export function checkIndexOptions(options: IndexOptions): void {
  assertOptions(options, INDEX_OPTIONS);
  const { dataTypes, from, to, remote = false, signal, onEvent } = options;
  if (dataTypes !== undefined) assertDataTypes(dataTypes);
  assertRanges(from, to);
  assertBoolean(remote, "remote");
  assertSignal(signal);
  assertFunction(onEvent, "onEvent");
  if (!remote) return;
  if (dataTypes === undefined) {
    throw new TypeError("Cannot use remote without dataTypes");
  }
  for (const name of dataTypes) {
    const { id } = getDataset(name);
    if (dateFor(from, id) !== undefined) continue;
    throw new TypeError(
      `Cannot use remote without from: ${id} has no first date`,
    );
  }
}
