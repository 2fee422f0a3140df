import { assertIsoDate } from "../../base/mod.ts";
import { getDataset } from "../../catalog/mod.ts";
import type { Plan } from "./plan.ts";

/**
 * Asserts that a plan names datasets and dates: it is plain data, and may have been changed.
 *
 * @throws {TypeError} If it is not a plan.
 * @throws {RangeError} If there is no such dataset or date.
 */
export function assertPlan(plan: Plan): void {
  if (!Array.isArray(plan?.items)) {
    throw new TypeError("Cannot use plan: it was not made by a mirror");
  }
  for (const { dataType, date } of plan.items) {
    getDataset(dataType);
    assertIsoDate(date);
  }
}
