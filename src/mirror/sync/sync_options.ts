import {
  assertBoolean,
  assertFunction,
  assertInteger,
  assertOptions,
  assertSignal,
  type OptionNames,
} from "../../base/mod.ts";
import type { SyncEvent } from "./sync_event.ts";

/** Options of {@linkcode Mirror.sync}. */
export interface SyncOptions {
  /** Aborts the sync: no further file is begun, part files are kept, and it rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Called with each event. What it throws ends the sync. */
  onEvent?: ((event: SyncEvent) => void) | undefined;
  /**
   * How many files are fetched at once. The downloader's own limit applies, too.
   *
   * @default {8}
   */
  maxConcurrent?: number;
  /**
   * Whether older versions are kept, in `.flatbed/replaced/`.
   *
   * @default {false}
   */
  keepReplaced?: boolean;
  /**
   * Whether gzip data is not checked if an MD5 proves that it is the service's. That saves
   * time; which files were not checked is remembered.
   *
   * @default {false}
   */
  trustEtag?: boolean;
}

const SYNC_OPTIONS: OptionNames<SyncOptions> = {
  signal: true,
  onEvent: true,
  maxConcurrent: true,
  keepReplaced: true,
  trustEtag: true,
};

/** Checks the options of `Mirror.sync`. */
export function checkSyncOptions(options: SyncOptions): void {
  assertOptions(options, SYNC_OPTIONS);
  assertSignal(options.signal);
  assertFunction(options.onEvent, "onEvent");
  const { maxConcurrent = 1, keepReplaced = false, trustEtag = false } =
    options;
  assertInteger(maxConcurrent, "maxConcurrent", 1);
  assertBoolean(keepReplaced, "keepReplaced");
  assertBoolean(trustEtag, "trustEtag");
}
