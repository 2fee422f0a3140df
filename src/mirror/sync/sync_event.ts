import type { OptionNames } from "../../base/mod.ts";
import type { DataType } from "../../catalog/mod.ts";
import type { GzipState, Proof } from "../../store/mod.ts";

/** The file that an event is about. */
export interface EventFile {
  /** The dataset's id. */
  dataType: DataType;
  /** The file's date, `YYYY-MM-DD`. */
  date: string;
  /** The object's key, in the live layout. */
  key: string;
  /** Where its file lies. */
  path: string;
}

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
export interface ExaminingEvent extends EventFile {
  /** What has happened. */
  code: "examining";
  /** The object's size as stored, in bytes. */
  size: number;
}

/** A file that the mirror did not know is what the bucket lists: it is in the manifest, and not fetched. */
export interface AdoptedFileEvent extends EventFile {
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
export interface FetchingEvent extends EventFile {
  /** What has happened. */
  code: "fetching";
  /** The object's size as stored, in bytes, where it is known. */
  size: number | undefined;
}

/** Bytes have arrived. */
export interface ProgressEvent extends EventFile {
  /** What has happened. */
  code: "progress";
  /** The bytes that have arrived, as stored, in all runs together. */
  bytes: number;
  /** The object's size as stored, in bytes, where the service says it. */
  total: number | undefined;
}

/** A file is there and in the manifest: whole, as far as that was looked into. */
export interface FetchedEvent extends EventFile {
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
export interface DamagedAtSourceEvent extends EventFile {
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
export interface FailedEvent extends EventFile {
  /** What has happened. */
  code: "failed";
  /** Why. */
  error: Error;
}

/** A file may not be read by the account. */
export interface RefusedEvent extends EventFile {
  /** What has happened. */
  code: "refused";
  /** Whether a file is there all the same, of another version, damaged or not known: it is kept. */
  isKept: boolean;
}

/** A file that is due is not in the bucket. */
export interface MissingEvent extends EventFile {
  /** What has happened. */
  code: "missing";
}

/** A file is not in the bucket, or refused, and not due yet. */
export interface NotPublishedEvent extends EventFile {
  /** What has happened. */
  code: "not-published";
}

/** A file is listed and not in the bucket, of a day of which none is expected: no gap. */
export interface AbsentEvent extends EventFile {
  /** What has happened. */
  code: "absent";
}

/** A file that is due is not in the bucket, which was accepted. */
export interface AcceptedEvent extends EventFile {
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
}

/** Options of {@linkcode Mirror.sync}. */
export interface SyncOptions {
  /** Ends the sync: nothing new is begun, part files are kept, and it rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Called with everything that happens. */
  onEvent?: ((event: SyncEvent) => void) | undefined;
  /**
   * How many files are fetched at once; the downloader's own limit holds as well.
   *
   * @default {8}
   */
  maxConcurrent?: number;
  /**
   * Whether older versions are kept, in `.flatbed/replaced/`.
   *
   * @default {false}
   */
  keepReplaced?: boolean;
  /**
   * Whether gzip data is not inflated where an MD5 proves that it is the service's. It
   * saves the time; which files were not looked into is remembered.
   *
   * @default {false}
   */
  trustEtag?: boolean;
}

/** The names of {@linkcode SyncOptions}. */
export const SYNC_OPTIONS: OptionNames<SyncOptions> = {
  signal: true,
  onEvent: true,
  maxConcurrent: true,
  keepReplaced: true,
  trustEtag: true,
};
