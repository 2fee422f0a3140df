import type { ShardCounts, SyncSummary } from "../../mirror/mod.ts";

/** The figures of a sync that tell how far a shard is. */
export function countsOf(
  { fetched, replaced, adopted, present, failed, bytes }: SyncSummary,
): ShardCounts {
  return { files: fetched + replaced + adopted, present, failed, bytes };
}
