import type { DataType } from "../../catalog/mod.ts";
import type { SyncOutcome } from "./outcome_of.ts";

/** What was refused of a data type, by dates in order. */
export interface RefusedFiles {
  /** The dataset's id. */
  dataType: DataType;
  /** The oldest date that can be read, as far as is known; `null` if none is known. */
  since: string | null;
  /** Files older than that. A plan's history is a moving window, so they are no failure. */
  older: string[];
  /** Files that are due and not older: they should have been readable. */
  newer: string[];
  /** Files that were fetched once, and are lost or damaged now. */
  damaged: string[];
  /** Files of days on which none is expected, and that are not older. */
  optional: string[];
}

/** What a sync has done. Each file is counted once. */
export interface SyncSummary {
  /** Files that were not there, and are now. */
  fetched: number;
  /** Files that were there in an older version, and are now in the newest. */
  replaced: number;
  /** Files that were there in the newest version. */
  present: number;
  /** Files that the mirror did not know and that are what the bucket lists: they were not fetched. */
  adopted: number;
  /** Files that are damaged at source, whether this sync or an earlier one has fetched or adopted them. */
  damagedAtSource: number;
  /** Files that are due, and not in the bucket. */
  missing: number;
  /** Files that are not in the bucket, and whose absence was accepted. */
  accepted: number;
  /** Files that are listed and not in the bucket, of days on which none is expected. */
  absent: number;
  /** Files that the account cannot read. */
  refused: number;
  /** The same, by data type and by what it means. */
  refusals: RefusedFiles[];
  /** Of the refused files, those that are there all the same: another version, damaged, or unknown to the mirror. They are kept. */
  kept: number;
  /** Files that could not be fetched. */
  failed: number;
  /** Files that are not due yet. */
  notPublished: number;
  /** Files that were released, and not fetched again. */
  released: number;
  /** Of the fetched files, those of days on which the dataset should have no file. */
  unexpected: number;
  /** The bytes that were downloaded, without those that earlier runs had stored. */
  bytes: number;
  /** How long it took, in milliseconds. */
  elapsed: number;
  /** Whether every file was dealt with; not if the sync was aborted or failed. */
  isFinished: boolean;
  /** The data types of which a later sync may fetch more: files are missing, failed, or were refused though they are due. */
  incomplete: DataType[];
  /** What all of it comes to. */
  outcome: SyncOutcome;
}

/** The summary of a sync that has done nothing yet. */
export function emptySummary(): SyncSummary {
  return {
    fetched: 0,
    replaced: 0,
    present: 0,
    adopted: 0,
    damagedAtSource: 0,
    missing: 0,
    accepted: 0,
    absent: 0,
    refused: 0,
    refusals: [],
    failed: 0,
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
