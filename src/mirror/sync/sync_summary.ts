import type { DataType } from "../../catalog/mod.ts";
import type { SyncOutcome } from "./outcome_of.ts";

/** What was refused of a data type, by dates in order. */
export interface RefusedFiles {
  /** The dataset's id. */
  dataType: DataType;
  /** The oldest date that can be read, as far as is known; `null` where nothing is known to be readable. */
  since: string | null;
  /** Files older than that: a plan's history is a window that moves on, so they are no failure. */
  older: string[];
  /** Files that are due and no older than that: they should have been readable. */
  newer: string[];
  /** Files that were fetched once, and are lost or damaged now. */
  damaged: string[];
  /** Files of days of which none is expected, and that are no older. */
  optional: string[];
}

/** What a sync has done. Each file is counted once. */
export interface SyncSummary {
  /** Files that were not there, and are now. */
  fetched: number;
  /** Files that were there in an older version, and are now in the newest. */
  replaced: number;
  /** Files that were there. */
  present: number;
  /** Files that were there without the mirror knowing of them, and are what the bucket lists: they were not fetched. */
  adopted: number;
  /** Files that are damaged at source, whether this sync has fetched or adopted them or an earlier one. */
  damagedAtSource: number;
  /** Files that are due, and not in the bucket. */
  missing: number;
  /** Files that are not in the bucket, which was accepted. */
  accepted: number;
  /** Files that are listed and not in the bucket, of days of which none is expected. */
  absent: number;
  /** Files that the account cannot read. */
  refused: number;
  /** The same, by data type and by what it means. */
  refusals: RefusedFiles[];
  /** Of the refused files, those that are there all the same, of another version, damaged or not known: they are kept. */
  kept: number;
  /** Files that could not be fetched. */
  failed: number;
  /** Files that are not due yet. */
  notPublished: number;
  /** Files whose space was given back, and that are left. */
  released: number;
  /** Of the fetched files, those of days on which the dataset should have no file. */
  unexpected: number;
  /** The bytes that arrived for the files that were fetched, as stored, without those that earlier runs had left. */
  bytes: number;
  /** How long it took, in milliseconds. */
  elapsed: number;
  /** Whether every file had its turn: not so where the sync was ended, or had to stop. */
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
