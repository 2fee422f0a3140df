import {
  type Mirror,
  noteSyncEvent,
  type Plan,
  type ShardCounts,
  type SyncEvent,
  type SyncNotes,
  type SyncOutcome,
  type SyncReport,
} from "../../mirror/mod.ts";
import { ExitCode } from "../exit_code.ts";
import { throwIfInterrupted } from "../interrupt.ts";
import { Progress } from "../progress.ts";
import { printSyncEvent, tellSyncEvent } from "./tell_sync_event.ts";

/** Options of {@linkcode syncMirror}. */
export interface SyncMirrorOptions {
  maxConcurrent: number;
  keepReplaced: boolean;
  trustEtag: boolean;
  json: boolean;
  signal: AbortSignal;
  /** Takes what was done so far. */
  onCounts?: ((counts: ShardCounts) => void) | undefined;
}

/** The exit code of each outcome. */
export const EXIT_CODE_OF_OUTCOME: Readonly<Record<SyncOutcome, number>> = {
  complete: ExitCode.Done,
  missing: ExitCode.MissingUpstream,
  "try-again": ExitCode.TryAgain,
  failed: ExitCode.Failed,
};

/** Runs a plan, and renders its events: as bars on a terminal, as lines elsewhere. */
export async function syncMirror(
  mirror: Mirror,
  plan: Plan,
  { json, onCounts, ...options }: SyncMirrorOptions,
): Promise<SyncReport> {
  const toFetch = plan.counts.new + plan.counts.replaced;
  const notes: SyncNotes = { missing: [], absent: [], damaged: [] };
  using progress = await Progress.start(toFetch, json);
  let done = 0, failed = 0, bytes = 0;
  const onEvent = (event: SyncEvent) => {
    noteSyncEvent(notes, event);
    switch (event.code) {
      case "fetched":
        bytes += event.size - event.resumedFrom;
        done++;
        break;
      case "adopted":
        done++;
        break;
      case "failed":
        failed++;
        break;
      case "damaged-at-source":
        if (event.isFetched) done++;
    }
    const { present } = plan.counts;
    onCounts?.({ files: done, present, failed, bytes, toFetch });
    if (json) printSyncEvent(event);
    else tellSyncEvent(event, progress, mirror);
  };
  try {
    const summary = await mirror.sync(plan, { ...options, onEvent });
    return { summary, ...notes };
  } catch (error) {
    const present = plan.counts.present + plan.counts["damaged-at-source"];
    throwIfInterrupted(options.signal, present + done, present + toFetch);
    throw error;
  }
}
