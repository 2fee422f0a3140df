import { assertIsoDate, assertOptions, type OptionNames } from "../base/mod.ts";
import { type DataTypeName, getDataset } from "../catalog/mod.ts";

/** Options of {@linkcode Mirror.entries}. One that is missing excludes nothing. */
export interface EntriesOptions<Id extends string = string> {
  /** The dataset's id. */
  readonly dataType?: DataTypeName<Id> | undefined;
  /** The first date, `YYYY-MM-DD`. */
  readonly from?: string | undefined;
  /** The last date. */
  readonly to?: string | undefined;
}

const NAMES: OptionNames<EntriesOptions> = {
  dataType: true,
  from: true,
  to: true,
};

/** Checks what a caller of {@linkcode Mirror.entries} gave. */
export function checkEntriesOptions(options: EntriesOptions): void {
  assertOptions(options, NAMES);
  const { dataType, from, to } = options;
  if (dataType !== undefined) getDataset(dataType);
  if (from !== undefined) assertIsoDate(from);
  if (to !== undefined) assertIsoDate(to);
}
