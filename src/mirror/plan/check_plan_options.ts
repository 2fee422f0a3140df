import {
  assertBoolean,
  assertFunction,
  assertOptions,
  assertSignal,
} from "../../base/mod.ts";
import { assertSplit } from "../split/split_object.ts";
import { assertDataTypes } from "./assert_data_types.ts";
import { assertRanges } from "./dates_by_type.ts";
import { PLAN_OPTIONS, type PlanOptions } from "./plan.ts";

/** Checks the options of `Mirror.plan`. */
export function checkPlanOptions(options: PlanOptions): void {
  assertOptions(options, PLAN_OPTIONS);
  assertDataTypes(options.dataTypes);
  assertRanges(options.from, options.to);
  assertBoolean(options.released ?? false, "released");
  if (options.split !== undefined) assertSplit(options.split);
  assertSignal(options.signal);
  assertFunction(options.onListing, "onListing");
}
