import type { GzipState, Proof } from "../../store/mod.ts";
import type { MirrorFile } from "../mirror_file.ts";
import type { SyncSummary } from "./sync_summary.ts";

/** A sync begins. */
export interface StartEvent {
  /** What has happened. */
  code: "start";
  /** How many files are to be fetched, not counting those that may be adopted. */
  files: number;
  /** The stored bytes of these files whose size is known. */
  bytes: number;
  /** How many files exist that the mirror does not know: each is adopted, or else fetched. */
  untracked: number;
  /** How many files are there already. */
  present: number;
}

/** A file that the mirror does not know is read and compared with the bucket's listing. */
export interface ExaminingEvent extends MirrorFile {
  /** What has happened. */
  code: "examining";
  /** The object's size as stored, in bytes. */
  size: number;
}

/** A file that the mirror did not know matches the bucket's listing: it was added to the manifest without a download. */
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

/** The download of a file begins. */
export interface FetchingEvent extends MirrorFile {
  /** What has happened. */
  code: "fetching";
  /** The object's size as stored, in bytes, if it is known; that of this shard's pieces if it has some. */
  size: number | undefined;
}

/** Bytes have arrived. */
export interface ProgressEvent extends MirrorFile {
  /** What has happened. */
  code: "progress";
  /** The stored bytes that have arrived so far, in this run and earlier ones. */
  bytes: number;
  /** The object's size as stored, in bytes, if the service sent it; that of this shard's pieces if it has some. */
  size: number | undefined;
}

/**
 * This shard's pieces of a file are there, and other shards have the rest to do. At the end
 * of the sync, it is told again if that has changed.
 */
export interface PiecesEvent extends MirrorFile {
  /** What has happened. */
  code: "pieces";
  /** The object's size as stored, in bytes. */
  size: number;
  /** How many of its bytes are there. */
  bytes: number;
  /** How many pieces it has. */
  pieces: number;
  /** How many of them are there. */
  piecesDone: number;
  /** What others do: they fetch the rest, put the file together, or have done that. */
  others: "fetching" | "joining" | "done";
}

/** All pieces of a file are there: this process reads the whole once, to prove it. */
export interface JoiningEvent extends MirrorFile {
  /** What has happened. */
  code: "joining";
  /** The object's size as stored, in bytes. */
  size: number;
}

/** A file was fetched and added to the manifest. */
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
  /** How many of the object's bytes an earlier run had stored. */
  resumedFrom: number;
  /** Whether it replaces an older version. */
  isReplaced: boolean;
  /** The path of the older version, relative to the mirror, if it was kept. */
  keptAs?: string;
  /** Whether it is of a day on which the dataset should have no file. */
  isUnexpected: boolean;
  /** What proves that its bytes are the object's. */
  proof: Proof;
  /** Whether its gzip data is whole, or was not checked. */
  gzip: GzipState;
}

/**
 * A file is damaged at source: its bytes are exactly the service's, and its gzip data is
 * not whole. It is stored as it is; a mirror of decompressed files has no file. It is
 * fetched again once there is another version upstream.
 */
export interface DamagedAtSourceEvent extends MirrorFile {
  /** What has happened. */
  code: "damaged-at-source";
  /** The object's size as stored, in bytes. */
  size: number | undefined;
  /** The ETag, without quotes. */
  etag: string | undefined;
  /** What is wrong with the gzip data, to complete the sentence "its gzip data …". */
  gzipFault: string;
  /** Whether this sync has fetched it; otherwise it was there before. */
  isFetched: boolean;
  /** The path of the older version, relative to the mirror, if there was one. */
  keptAs?: string;
}

/** A file could not be fetched. The sync continues with the others. */
export interface FailedEvent extends MirrorFile {
  /** What has happened. */
  code: "failed";
  /** Why. */
  error: Error;
}

/** The account may not read a file. */
export interface RefusedEvent extends MirrorFile {
  /** What has happened. */
  code: "refused";
  /** Whether a file is there anyway: another version, damaged, or unknown to the mirror. It is kept. */
  isKept: boolean;
}

/** A file that is due is not in the bucket. */
export interface MissingEvent extends MirrorFile {
  /** What has happened. */
  code: "missing";
}

/** A file is missing from the bucket, or refused, and not due yet. */
export interface NotPublishedEvent extends MirrorFile {
  /** What has happened. */
  code: "not-published";
}

/** A file is listed and not in the bucket, of a day on which none is expected. */
export interface AbsentEvent extends MirrorFile {
  /** What has happened. */
  code: "absent";
}

/** A file that is due is not in the bucket, and its absence was accepted. */
export interface AcceptedEvent extends MirrorFile {
  /** What has happened. */
  code: "accepted";
}

/** A sync has ended: finished, aborted or failed. */
export interface SummaryEvent extends SyncSummary {
  /** What has happened. */
  code: "summary";
}

/** What happens during a sync, as plain objects, distinguished by `code`. */
export type SyncEvent =
  | StartEvent
  | ExaminingEvent
  | AdoptedFileEvent
  | FetchingEvent
  | ProgressEvent
  | PiecesEvent
  | JoiningEvent
  | FetchedEvent
  | DamagedAtSourceEvent
  | FailedEvent
  | RefusedEvent
  | MissingEvent
  | NotPublishedEvent
  | AbsentEvent
  | AcceptedEvent
  | SummaryEvent;
