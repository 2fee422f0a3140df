import type { BenchObject } from "../data.ts";

/** The folder of the small objects in the bucket. */
export const SMALL_FOLDER = "us_stocks_sip/day_aggs_v1";

/** How many bytes objects have together. */
export function totalSize(objects: readonly BenchObject[]): number {
  return objects.reduce((sum, { size }) => sum + size, 0);
}
