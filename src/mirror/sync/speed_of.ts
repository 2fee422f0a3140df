import type { SyncSummary } from "./sync_summary.ts";

/** The speed of a sync, in bytes a second. */
export function speedOf({ bytes, elapsed }: SyncSummary): number {
  return Math.round(bytes / Math.max(elapsed, 1) * 1000);
}
