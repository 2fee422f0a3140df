/**
 * What a sync comes to:
 *
 * - `complete`: everything that is due and can be read is there;
 * - `try-again`: files failed, and all for reasons that may pass in minutes, such as a
 *   throttling or a broken connection; nothing else has failed;
 * - `missing`: nothing failed, and files that are due are not in the bucket;
 * - `failed`: the sync has not finished; or a file failed; or is damaged at source; or was
 *   refused, and is either due and recent enough to be readable, or was fetched before and
 *   is now lost or damaged.
 *
 * A refused file that is older than the oldest readable date is not a failure: a plan's
 * history is a window that moves on.
 */
export type SyncOutcome = "complete" | "missing" | "try-again" | "failed";

/** The figures that {@linkcode outcomeOf} asks for. */
interface Figures {
  isFinished: boolean;
  failed: number;
  failedForNow: number;
  damagedAtSource: number;
  missing: number;
  refusals: readonly { newer: readonly string[]; damaged: readonly string[] }[];
}

/** What a sync comes to, by its figures. */
export function outcomeOf(
  { isFinished, failed, failedForNow, damagedAtSource, refusals, missing }:
    Figures,
): SyncOutcome {
  const isRefused = refusals.some(({ newer, damaged }) =>
    newer.length + damaged.length > 0
  );
  const hasFailed = failed > failedForNow || damagedAtSource > 0;
  if (!isFinished || hasFailed || isRefused) return "failed";
  if (failed > 0) return "try-again";
  return missing > 0 ? "missing" : "complete";
}
