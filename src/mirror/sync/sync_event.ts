import type { GzipState, Proof } from "../../store/mod.ts";
import type { MirrorFile } from "../mirror_file.ts";
import type { SyncSummary } from "./sync_summary.ts";

/** A sync begins. */
export interface StartEvent {
  /** What has happened. */
  code: "start";
  /** How many files are to be fetched, without those of which a file is there that may be adopted. */
  files: number;
  /** How many bytes that is, as stored, as far as it is known. */
  bytes: number;
  /** How many files are there that the mirror does not know: each is adopted, or else fetched. */
  untracked: number;
  /** How many files are there already. */
  present: number;
}

/** A file that the mirror does not know is read, to find out whether it is what the bucket lists. */
export interface ExaminingEvent extends MirrorFile {
  /** What has happened. */
  code: "examining";
  /** The object's size as stored, in bytes. */
  size: number;
}

/** A file that the mirror did not know is what the bucket lists: it is in the manifest, and not fetched. */
export interface AdoptedFileEvent extends MirrorFile {
  /** What has happened. */
  code: "adopted";
  /** The file's size in bytes. */
  bytes: number;
  /** The ETag, without quotes. */
  etag: string;
  /** The SHA-256 of the file's bytes, in hexadecimal digits. */
  sha256: string;
  /** What proves that its bytes are the object's. */
  proof: Proof;
  /** Whether its gzip data is whole. */
  gzip: GzipState;
}

/** A file is asked for. */
export interface FetchingEvent extends MirrorFile {
  /** What has happened. */
  code: "fetching";
  /** The object's size as stored, in bytes, where it is known. */
  size: number | undefined;
}

/** Bytes have arrived. */
export interface ProgressEvent extends MirrorFile {
  /** What has happened. */
  code: "progress";
  /** The bytes that have arrived, as stored, in all runs together. */
  bytes: number;
  /** The object's size as stored, in bytes, where the service says it. */
  size: number | undefined;
}

/** A file is there and in the manifest: whole, as far as that was looked into. */
export interface FetchedEvent extends MirrorFile {
  /** What has happened. */
  code: "fetched";
  /** The file's size in bytes. */
  bytes: number;
  /** The object's size as stored, in bytes. */
  size: number;
  /** The ETag, without quotes. */
  etag: string;
  /** The SHA-256 of the file's bytes, in hexadecimal digits. */
  sha256: string;
  /** How many of the stored bytes an earlier run had left. */
  resumedFrom: number;
  /** Whether it takes the place of an older version. */
  isReplaced: boolean;
  /** Where the older version lies that it has replaced, where that was kept: it was asked for, or the newer one is damaged at source. */
  keptAs?: string;
  /** Whether it is of a day on which the dataset should have no file. */
  isUnexpected: boolean;
  /** What proves that its bytes are the object's. */
  proof: Proof;
  /** Whether its gzip data is whole, or nobody has looked. */
  gzip: GzipState;
}

/**
 * A file is damaged at source: its bytes are exactly the service's, and its gzip data is
 * not whole. It is kept as it is; where content is wanted, there is none. It is fetched
 * again when another version of it is upstream.
 */
export interface DamagedAtSourceEvent extends MirrorFile {
  /** What has happened. */
  code: "damaged-at-source";
  /** The object's size as stored, in bytes. */
  size: number | undefined;
  /** The ETag, without quotes. */
  etag: string | undefined;
  /** What is wrong with the gzip data, as the end of a sentence that begins with it. */
  gzipFault: string;
  /** Whether this sync has fetched it: otherwise it was there. */
  isFetched: boolean;
  /** Where the older version lies that it has replaced, where there was one. */
  keptAs?: string;
}

/** A file could not be fetched; the others go on. */
export interface FailedEvent extends MirrorFile {
  /** What has happened. */
  code: "failed";
  /** Why. */
  error: Error;
}

/** A file may not be read by the account. */
export interface RefusedEvent extends MirrorFile {
  /** What has happened. */
  code: "refused";
  /** Whether a file is there all the same, of another version, damaged or not known: it is kept. */
  isKept: boolean;
}

/** A file that is due is not in the bucket. */
export interface MissingEvent extends MirrorFile {
  /** What has happened. */
  code: "missing";
}

/** A file is not in the bucket, or refused, and not due yet. */
export interface NotPublishedEvent extends MirrorFile {
  /** What has happened. */
  code: "not-published";
}

/** A file is listed and not in the bucket, of a day of which none is expected: no gap. */
export interface AbsentEvent extends MirrorFile {
  /** What has happened. */
  code: "absent";
}

/** A file that is due is not in the bucket, which was accepted. */
export interface AcceptedEvent extends MirrorFile {
  /** What has happened. */
  code: "accepted";
}

/** A sync has ended, of itself or not. */
export interface SummaryEvent extends SyncSummary {
  /** What has happened. */
  code: "summary";
}

/** What happens during a sync, as plain objects, told apart by `code`. */
export type SyncEvent =
  | StartEvent
  | ExaminingEvent
  | AdoptedFileEvent
  | FetchingEvent
  | ProgressEvent
  | FetchedEvent
  | DamagedAtSourceEvent
  | FailedEvent
  | RefusedEvent
  | MissingEvent
  | NotPublishedEvent
  | AbsentEvent
  | AcceptedEvent
  | SummaryEvent;
