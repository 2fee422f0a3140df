import { assertOptions, assertSignal } from "../../base/mod.ts";
import { assertDataTypes } from "./assert_data_types.ts";
import { COVERAGE_OPTIONS, type CoverageOptions } from "./coverage.ts";
import { assertRanges } from "./dates_by_type.ts";

/** Checks the options of `Mirror.coverage` and `Mirror.missing`. */
export function checkCoverageOptions(options: CoverageOptions): void {
  assertOptions(options, COVERAGE_OPTIONS);
  if (options.dataTypes !== undefined) assertDataTypes(options.dataTypes);
  assertRanges(options.from, options.to);
  assertSignal(options.signal);
}
