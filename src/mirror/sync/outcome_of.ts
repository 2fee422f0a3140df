/**
 * What a sync comes to:
 *
 * - `complete`: everything that is due and can be read is there;
 * - `missing`: nothing failed, and files that are due are not in the bucket;
 * - `failed`: the sync has not finished; or a file failed; or is damaged at source; or was
 *   refused, and is either due and recent enough to be readable, or was fetched before and
 *   is now lost or damaged.
 *
 * A refused file that is older than the oldest readable date is not a failure: a plan's
 * history is a window that moves on.
 */
export type SyncOutcome = "complete" | "missing" | "failed";

/** The figures that {@linkcode outcomeOf} asks for. */
interface Figures {
  isFinished: boolean;
  failed: number;
  damagedAtSource: number;
  missing: number;
  refusals: readonly { newer: readonly string[]; damaged: readonly string[] }[];
}

/** What a sync comes to, by its figures. */
export function outcomeOf(
  { isFinished, failed, damagedAtSource, refusals, missing }: Figures,
): SyncOutcome {
  const isRefused = refusals.some(({ newer, damaged }) =>
    newer.length + damaged.length > 0
  );
  if (!isFinished || failed > 0 || damagedAtSource > 0 || isRefused) {
    return "failed";
  }
  return missing > 0 ? "missing" : "complete";
}
