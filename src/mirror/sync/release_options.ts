import {
  assertBoolean,
  assertFunction,
  assertOptions,
  assertSignal,
  type OptionNames,
} from "../../base/mod.ts";
import type { DataTypeName } from "../../catalog/mod.ts";
import { assertDataTypes } from "../plan/assert_data_types.ts";
import { assertRanges, type DatesByType } from "../plan/dates_by_type.ts";
import type { ReleaseEvent } from "./release_event.ts";

/** Options of {@linkcode Mirror.release}. */
export interface ReleaseOptions<Name extends string = string> {
  /** The data types. */
  dataTypes: readonly DataTypeName<Name>[];
  /** The first date, of all data types or of each. */
  from?: DatesByType | undefined;
  /** The last date, of all data types or of each. */
  to?: DatesByType | undefined;
  /**
   * Whether to release files, too, that perhaps cannot be fetched again.
   *
   * @default {false}
   */
  force?: boolean;
  /**
   * Whether to remove nothing: events and the summary only say what would be released.
   *
   * @default {false}
   */
  dryRun?: boolean;
  /** Aborts the release between two files. */
  signal?: AbortSignal | undefined;
  /** Called for each file. */
  onEvent?: ((event: ReleaseEvent) => void) | undefined;
}

const RELEASE_OPTIONS: OptionNames<ReleaseOptions> = {
  dataTypes: true,
  from: true,
  to: true,
  force: true,
  dryRun: true,
  signal: true,
  onEvent: true,
};

/** Checks the options of `Mirror.release`. */
export function checkReleaseOptions(options: ReleaseOptions): void {
  assertOptions(options, RELEASE_OPTIONS);
  assertDataTypes(options.dataTypes);
  assertRanges(options.from, options.to);
  const { force = false, dryRun = false } = options;
  assertBoolean(force, "force");
  assertBoolean(dryRun, "dryRun");
  assertSignal(options.signal);
  assertFunction(options.onEvent, "onEvent");
}
