import type { DataType } from "../../catalog/mod.ts";
import type { SyncOutcome } from "./outcome_of.ts";

/** The refused files of a data type, as dates in order. */
export interface RefusedFiles {
  /** The dataset's id. */
  dataType: DataType;
  /** The oldest date that is known to be readable; `null` if none is known. */
  since: string | null;
  /** Files older than that. They are not a failure: a plan's history is a moving window. */
  older: string[];
  /** Files that are due and not older than that: they should have been readable. */
  newer: string[];
  /** Files that were fetched before, and are now lost or damaged. */
  damaged: string[];
  /** Files that are not older than that, of days on which none is expected. */
  optional: string[];
}

/** The result of a sync. Each file is counted once. */
export interface SyncSummary {
  /** Files that were not there and were fetched. */
  fetched: number;
  /** Files of which an older version was replaced by the newest one. */
  replaced: number;
  /** Files that were there in the newest version. */
  present: number;
  /** Files of which this shard's pieces are there, and that are not whole yet: other shards fetch the rest, or put them together. */
  inPieces: number;
  /** Files that the mirror did not know and that match the bucket's listing: they were added to the manifest without a download. */
  adopted: number;
  /** Files that are damaged at source, fetched or adopted by this sync or an earlier one. */
  damagedAtSource: number;
  /** Files that are due and not in the bucket. */
  missing: number;
  /** Files that are not in the bucket, and whose absence was accepted. */
  accepted: number;
  /** Files that are listed and not in the bucket, of days on which none is expected. */
  absent: number;
  /** Files that the account cannot read. */
  refused: number;
  /** The refused files by data type, and by what the refusal means. */
  refusals: RefusedFiles[];
  /** Refused files of which a file is there anyway: another version, damaged, or unknown to the mirror. It is kept. */
  kept: number;
  /** Files that could not be fetched. */
  failed: number;
  /** How many of these failed for a reason that may pass in minutes, such as a throttling. */
  failedForNow: number;
  /** Files that are not due yet. */
  notPublished: number;
  /** Files that were released and not fetched again. */
  released: number;
  /** Fetched files of days on which the dataset should have no file. */
  unexpected: number;
  /** The bytes that were downloaded, without those that earlier runs had stored. */
  bytes: number;
  /** The duration in milliseconds. */
  elapsed: number;
  /** Whether the sync reached every file; `false` if it was aborted or failed. */
  isFinished: boolean;
  /** The data types of which a later sync may fetch more: files are missing, failed, or were refused though they are due. */
  incomplete: DataType[];
  /** The outcome as a whole. */
  outcome: SyncOutcome;
}

/** The summary of a sync that has done nothing yet. */
export function emptySummary(): SyncSummary {
  return {
    fetched: 0,
    replaced: 0,
    present: 0,
    inPieces: 0,
    adopted: 0,
    damagedAtSource: 0,
    missing: 0,
    accepted: 0,
    absent: 0,
    refused: 0,
    refusals: [],
    failed: 0,
    failedForNow: 0,
    kept: 0,
    notPublished: 0,
    released: 0,
    unexpected: 0,
    bytes: 0,
    elapsed: 0,
    isFinished: false,
    incomplete: [],
    outcome: "failed",
  };
}
