import {
  assertBoolean,
  assertFunction,
  assertOneOf,
  assertOptions,
  assertSignal,
} from "../../base/mod.ts";
import { assertDataTypes } from "../plan/assert_data_types.ts";
import { VERIFY_OPTIONS, type VerifyOptions } from "./verify_report.ts";

/** Checks the options of `Mirror.verify`. */
export function checkVerifyOptions(options: VerifyOptions): void {
  assertOptions(options, VERIFY_OPTIONS);
  const { mode = "quick", repair = false, rebuild = false } = options;
  const { remember = false } = options;
  assertOneOf(mode, "mode", ["quick", "full", "remote"]);
  assertBoolean(repair, "repair");
  assertBoolean(rebuild, "rebuild");
  assertBoolean(remember, "remember");
  if (options.dataTypes !== undefined) assertDataTypes(options.dataTypes);
  assertSignal(options.signal);
  assertFunction(options.onEvent, "onEvent");
}
