import {
  assertInteger,
  assertOptions,
  assertString,
  type OptionNames,
} from "../base/mod.ts";
import type { BucketOptions } from "./destination/open_bucket.ts";

/** How a mirror's bucket is reached and written to. Credentials come from the AWS chain alone. */
export interface OutOptions extends BucketOptions {
  /**
   * How many bytes of the objects under way are held in memory at most.
   *
   * @default {256 * 1024 * 1024}
   */
  memory?: number | undefined;
  /**
   * The folder of this machine for what may be forgotten: what the bucket's manifest says,
   * and Parquet files that were queried. By default below `~/.cache/flatbed`; where that
   * cannot be written, nothing is kept.
   */
  cacheFolder?: string | undefined;
}

const OUT_OPTIONS: OptionNames<OutOptions> = {
  endpointUrl: true,
  region: true,
  profile: true,
  client: true,
  addressing: true,
  allowHttp: true,
  maxRetries: true,
  timeout: true,
  maxConnections: true,
  memory: true,
  cacheFolder: true,
};

/** With less, not even two parts of the least size are under way. */
export const LEAST_TRANSFER_MEMORY = 32 * 1024 * 1024;

/** Checks the option `out` of {@linkcode Mirror.open}. */
export function checkOutOptions(options: OutOptions): void {
  assertOptions(options, OUT_OPTIONS, "out");
  const { memory, cacheFolder } = options;
  if (cacheFolder !== undefined) assertString(cacheFolder, "cacheFolder");
  if (memory !== undefined) {
    assertInteger(memory, "memory", LEAST_TRANSFER_MEMORY);
  }
}
