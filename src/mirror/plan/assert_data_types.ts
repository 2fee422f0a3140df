import { assertArray } from "../../base/mod.ts";
import { getDataset } from "../../catalog/mod.ts";

/**
 * Asserts that a value is an array of data types.
 *
 * @throws {TypeError} If it is not an array, or holds something else than strings.
 * @throws {RangeError} If there is no such dataset.
 */
export function assertDataTypes(dataTypes: unknown): void {
  assertArray(dataTypes, "dataTypes");
  for (const name of dataTypes) getDataset(name as string);
}
