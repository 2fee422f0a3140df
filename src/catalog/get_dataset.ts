import { assertString, didYouMean, quote } from "../base/mod.ts";
import type { Dataset, DataTypeName } from "./dataset.ts";
import { DATASETS } from "./dataset_table.ts";
import { suggestDataTypes } from "./suggest_data_types.ts";

const byId: ReadonlyMap<string, Dataset> = new Map(
  DATASETS.map((dataset) => [dataset.id, dataset]),
);

/**
 * The dataset with an id.
 *
 * @param dataType The dataset's id.
 * @returns The facts about it.
 * @throws {TypeError} If `dataType` is not a string.
 * @throws {RangeError} If there is no such dataset.
 *
 * @example
 * ```ts
 * import { getDataset } from "@flatbed/flatbed/catalog";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(getDataset("stocks_daily").prefix, "us_stocks_sip/day_aggs_v1");
 * ```
 */
export function getDataset<Name extends string>(
  dataType: DataTypeName<Name>,
): Dataset {
  assertString(dataType, "dataType");
  const dataset = byId.get(dataType);
  if (dataset === undefined) {
    const hint = didYouMean(suggestDataTypes(dataType)) ||
      `; the data types are ${DATASETS.map(({ id }) => id).join(", ")}`;
    throw new RangeError(
      `Cannot find dataset ${quote(dataType)}${hint}`,
    );
  }
  return dataset;
}
