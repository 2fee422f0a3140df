import { describeIndexEvent } from "../index/describe_index_event.ts";
import { describeIndexSummary } from "../index/describe_index_summary.ts";
import type { IndexEvent, IndexSummary } from "../index/index_event.ts";
import type { IndexOptions } from "../index/index_options.ts";
import type { Message } from "../message.ts";
import { describeParquetEvent } from "../parquet/describe_parquet_event.ts";
import { describeParquetSummary } from "../parquet/describe_parquet_summary.ts";
import type { ParquetEvent, ParquetSummary } from "../parquet/parquet_event.ts";
import type { Plan } from "../plan/plan.ts";
import {
  type DescribedMirror,
  describeSyncEvent,
} from "../sync/describe_sync_event.ts";
import type { FetchKeyOptions, FetchKeyOutcome } from "../sync/fetch_key.ts";
import { describeSyncReport } from "../sync/describe_sync_report.ts";
import type { SyncEvent } from "../sync/sync_event.ts";
import { noteSyncEvent, type SyncNotes } from "../sync/sync_report.ts";
import { describeVerifyEvent } from "../verify/describe_verify_event.ts";
import { describeVerifyReport } from "../verify/describe_verify_report.ts";
import type { VerifyEvent, VerifyReport } from "../verify/verify_report.ts";
import type { ActivityRun } from "./activity_run.ts";

/** Shows in an activity what happens in a sync, its summary included. */
export function syncEventTaker(
  run: ActivityRun,
  plan: Plan,
  mirror: DescribedMirror,
): (event: SyncEvent) => void {
  const notes: SyncNotes = { missing: [], absent: [], damaged: [] };
  return (event) => {
    noteSyncEvent(notes, event);
    countSyncEvent(run, event);
    tell(run, describeSyncEvent(event, mirror));
    if (event.code === "summary" && event.isFinished) {
      conclude(
        run,
        "sync",
        describeSyncReport({ summary: event, ...notes }, plan),
      );
    }
  };
}

function countSyncEvent(run: ActivityRun, event: SyncEvent): void {
  switch (event.code) {
    case "start": {
      const { files, untracked, bytes, present } = event;
      return run.begin("fetching", {
        files: files + untracked,
        bytes,
        present,
      });
    }
    case "examining":
    case "fetching":
      return run.update(event.key, 0, event.size);
    case "progress":
      return run.update(event.key, event.bytes, event.size);
    case "fetched":
      return run.finish(event.key, { outcome: "done", bytes: event.size });
    case "adopted":
      return run.finish(event.key, { outcome: "done" });
    case "damaged-at-source": {
      const { key, isFetched, size } = event;
      if (isFetched) run.finish(key, { outcome: "done", bytes: size });
      return;
    }
    case "failed":
      return run.finish(event.key, { outcome: "failed" });
    case "pieces":
    case "refused":
    case "missing":
    case "not-published":
    case "absent":
    case "accepted":
      return run.finish(event.key);
  }
}

/** Shows in an activity how one object is fetched, if there is an activity. */
export async function followFetch(
  run: ActivityRun | undefined,
  key: string,
  onProgress: FetchKeyOptions["onProgress"],
  fetch: (
    onProgress: FetchKeyOptions["onProgress"],
  ) => Promise<FetchKeyOutcome>,
): Promise<FetchKeyOutcome> {
  if (run === undefined) return await fetch(onProgress);
  run.update(key, 0, undefined);
  try {
    const fetched = await fetch((progress) => {
      run.update(key, progress.bytes, progress.size);
      onProgress?.(progress);
    });
    const { outcome, object } = fetched;
    const bytes = outcome === "fetched" ? object.size : 0;
    run.finish(key, { outcome: "done", bytes });
    return fetched;
  } catch (error) {
    run.finish(key, { outcome: "failed" });
    throw error;
  }
}

/** Shows in an activity what happens in a verification. */
export function takeVerifyEvent(run: ActivityRun, event: VerifyEvent): void {
  if (event.code === "checked") {
    run.note({ files: event.total, filesDone: event.done });
  }
  tell(run, describeVerifyEvent(event));
}

/** Shows in an activity what a verification came to. */
export function takeVerifyReport(run: ActivityRun, report: VerifyReport): void {
  conclude(run, "verify", describeVerifyReport(report));
}

/** Shows in an activity what happens while indexes are made. */
export function takeIndexEvent(run: ActivityRun, event: IndexEvent): void {
  switch (event.code) {
    case "indexing":
      run.update(event.key, 0, event.size);
      break;
    case "indexed":
      run.finish(event.key, { outcome: "done", bytes: event.size });
      break;
    case "not-indexed":
      run.finish(event.key, { outcome: "failed" });
  }
  tell(run, describeIndexEvent(event));
}

/** Shows in an activity what making indexes came to. */
export function takeIndexSummary(
  run: ActivityRun,
  summary: IndexSummary,
  { location }: DescribedMirror,
  { remote = false }: IndexOptions,
): void {
  conclude(run, "index", [describeIndexSummary(summary, { location, remote })]);
}

/** Shows in an activity what happens while Parquet files are made. */
export function parquetEventTaker(
  run: ActivityRun,
): (event: ParquetEvent) => void {
  const said = new Set<string>();
  return (event) => {
    if (event.code === "converted") {
      run.finish(event.key, { outcome: "done", bytes: event.sourceBytes });
    } else if (event.code === "not-converted") {
      run.finish(event.key, { outcome: "failed" });
    }
    describeParquetEvent(event, said).forEach((message) => run.tell(message));
  };
}

/** Shows in an activity what making Parquet files came to. */
export function takeParquetSummary(
  run: ActivityRun,
  summary: ParquetSummary,
): void {
  conclude(run, "parquet", describeParquetSummary(summary));
}

/** Says what some work came to: the figures first, which it is known for. */
function conclude(
  run: ActivityRun,
  work: string,
  [figures, ...others]: readonly Message[],
): void {
  if (figures !== undefined) run.conclude(work, figures);
  others.forEach((message) => run.tell(message));
}

function tell(run: ActivityRun, message: Message | undefined): void {
  if (message !== undefined) run.tell(message);
}
