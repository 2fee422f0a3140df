import type {
  Mirror,
  Plan,
  ShardCounts,
  SyncEvent,
  SyncOutcome,
  SyncSummary,
} from "../../mirror/mod.ts";
import type { DamagedFile } from "../describe_damaged.ts";
import type { Day } from "../day_ranges.ts";
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

/** What a sync has done. */
export interface SyncReport {
  summary: SyncSummary;
  /** The files that are due and not in the bucket. */
  missing: Day[];
  /** The files that are listed and not in the bucket, of days of which none is expected. */
  absent: Day[];
  /** The files that are damaged at source. */
  damaged: DamagedFile[];
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
  const missing: Day[] = [];
  const absent: Day[] = [];
  const damaged: DamagedFile[] = [];
  using progress = await Progress.start(toFetch, json);
  let done = 0, failed = 0, bytes = 0;
  const onEvent = (event: SyncEvent) => {
    switch (event.code) {
      case "missing":
        missing.push(event);
        break;
      case "absent":
        absent.push(event);
        break;
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
      case "damaged-at-source": {
        const { dataType, date, gzipFault, isFetched } = event;
        damaged.push({ name: `${dataType} ${date}`, gzipFault });
        if (isFetched) done++;
      }
    }
    const { present } = plan.counts;
    onCounts?.({ files: done, present, failed, bytes, toFetch });
    if (json) printSyncEvent(event);
    else tellSyncEvent(event, progress, mirror);
  };
  try {
    const summary = await mirror.sync(plan, { ...options, onEvent });
    return { summary, missing, absent, damaged };
  } catch (error) {
    const present = plan.counts.present + plan.counts["damaged-at-source"];
    throwIfInterrupted(options.signal, present + done, present + toFetch);
    throw error;
  }
}
