import {
  assertFunction,
  assertOptions,
  type OptionNames,
} from "../base/mod.ts";
import {
  type ColumnName,
  type DataTypeName,
  getColumns,
} from "../catalog/mod.ts";
import { ColumnAligner, type ColumnDifference } from "./column_aligner.ts";
import type { RowBatch } from "./row_batch.ts";

/** Options of {@linkcode alignRows}. */
export interface AlignRowsOptions<Id extends string = string> {
  /** The dataset that the rows are of: its columns are the ones that `columns` may name. */
  readonly dataType?: DataTypeName<Id>;
  /** The columns, in this order; those of the first content where they are not given. */
  readonly columns?: readonly ColumnName<Id>[] | undefined;
  /** Called where a content has other columns. */
  readonly onDifference?: ((difference: ColumnDifference) => void) | undefined;
}

/** The names of its options. */
export const ALIGN_ROWS_NAMES: OptionNames<AlignRowsOptions> = {
  dataType: true,
  columns: true,
  onDifference: true,
};

/**
 * Gives the rows of several contents the same columns, by name: what a content lacks stays
 * empty, and what it has besides is left out. Rows whose columns are right stay as they are.
 *
 * @param batches The rows, as {@linkcode selectRows} gives them.
 * @param options The columns.
 * @returns The rows; all batches have the same header row.
 * @throws {TypeError} If an option has the wrong type.
 * @throws {RangeError} If there is no such dataset, or a column is not known.
 */
export function alignRows<const Id extends string = string>(
  batches: AsyncIterable<RowBatch>,
  options: AlignRowsOptions<Id> = {},
): AsyncGenerator<RowBatch> {
  assertOptions(options, ALIGN_ROWS_NAMES);
  const { dataType, columns, onDifference } = options;
  assertFunction(onDifference, "onDifference");
  const known = dataType === undefined ? [] : getColumns(dataType) ?? [];
  const names = known.map(({ name }) => name);
  return aligned(batches, new ColumnAligner(columns, names, onDifference));
}

async function* aligned(
  batches: AsyncIterable<RowBatch>,
  aligner: ColumnAligner,
): AsyncGenerator<RowBatch> {
  for await (const batch of batches) yield aligner.align(batch);
}
