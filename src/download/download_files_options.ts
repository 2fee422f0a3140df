import type { Abortable } from "../base/mod.ts";
import type { GzipState, ObjectInfo, Proof } from "../store/mod.ts";
import type {
  DownloadProgress,
  GzipCheck,
  SyncDownloadOptions,
} from "./download_options.ts";

/** Options of `AsyncS3Downloader.downloadFiles`. */
export interface DownloadFilesOptions
  extends SyncDownloadOptions, GzipCheck, Abortable {
  /**
   * Whether to download nothing, and only report what would be done.
   *
   * @default {false}
   */
  dryRun?: boolean | undefined;
  /** How many objects are downloaded at once; by default as many as the downloader allows. */
  maxConcurrent?: number | undefined;
  /** Called with each event; an error that it throws ends the run. */
  onEvent?: ((event: DownloadFilesEvent) => void) | undefined;
  /**
   * Fetches an object in another way, for instance with `Mirror.fetch`. If it returns
   * `undefined`, the object is downloaded to the folder.
   */
  fetch?:
    | ((
      key: string,
      options: FetchObjectOptions,
    ) => Promise<FetchedObject> | undefined)
    | undefined;
}

/** Options of `DownloadFilesOptions.fetch`. */
export interface FetchObjectOptions {
  /** Whether to download nothing. */
  dryRun: boolean;
  /** Whether a matching MD5 is proof enough, so that the gzip data is not inflated. */
  trustEtag: boolean;
  /** Aborted when the run ends. */
  signal: AbortSignal;
  /** Must be called whenever bytes have arrived. */
  onProgress: (progress: DownloadProgress) => void;
}

/** The result of `DownloadFilesOptions.fetch`. */
export interface FetchedObject {
  /** Whether the file was there already, was fetched, or would be fetched without `dryRun`. */
  outcome: "present" | "fetched" | "planned";
  /** The file's path, relative to the folder. */
  path: string;
  /** The object as it is stored now. */
  object: ObjectInfo;
  /** What is known of the file, unless it is only planned. */
  entry?: FileFacts;
  /** How many stored bytes were already there from an interrupted run. */
  resumedFrom: number;
  /** The path of the older version, relative to the folder, if the newer one is damaged at source. */
  keptAs?: string;
}

/** What is known of a file that was fetched. */
export interface FileFacts {
  /** The file's size in bytes. */
  bytes: number;
  /** The object's size as stored, in bytes. */
  size: number;
  /** The ETag, without quotes. */
  etag: string;
  /** What proves that the bytes are the object's. */
  proof: Proof;
  /** Whether its gzip data is whole. */
  gzip: GzipState;
  /** What is wrong with its gzip data, to complete the sentence "its gzip data …". */
  gzipFault?: string | undefined;
}

/**
 * What happens while files are downloaded: plain objects, distinguished by `code`.
 *
 * - `fetching`: an object is next;
 * - `progress`: bytes have arrived;
 * - `present`: the file is there, and is the object as far as can be told;
 * - `planned`: in a dry run, the file would be downloaded;
 * - `fetched`: the file was downloaded;
 * - `damaged-at-source`: the stored gzip data is damaged;
 * - `failed`: the file could not be downloaded, and the others go on;
 * - `summary`: the run has ended, in whichever way.
 */
export type DownloadFilesEvent =
  | { code: "fetching"; key: string; path: string }
  | ({ code: "progress" } & DownloadProgress)
  | { code: "present"; key: string; path: string; size: number }
  | { code: "planned"; key: string; path: string; size: number }
  | (
    & { code: "fetched"; key: string; path: string; resumedFrom: number }
    & FileFacts
  )
  | ({ code: "damaged-at-source"; key: string } & DamagedObject)
  | { code: "failed"; key: string; error: Error }
  | ({ code: "summary" } & DownloadFilesSummary);

/** An object that is damaged at source, and where its bytes are. */
export interface DamagedObject {
  /** The path of the file with its bytes, or the path that its content would have. */
  path: string;
  /** The object's size as stored, in bytes. */
  size: number;
  /** The ETag, without quotes. */
  etag: string;
  /** What is wrong with the gzip data, to complete the sentence "its gzip data …". */
  gzipFault: string;
  /**
   * Where its bytes are: `present` if they were there before; `fetched` if they are there
   * now; `beside` if a whole older version keeps their place; `none` if content was
   * requested.
   */
  place: "present" | "fetched" | "beside" | "none";
  /** The path of the older version that was replaced. */
  keptAs?: string | undefined;
}

/** The result of a run; each file is counted once. */
export interface DownloadFilesSummary {
  /** Files that were downloaded. */
  fetched: number;
  /** Files that would be downloaded without `dryRun`. */
  planned: number;
  /** Files that were there already. */
  present: number;
  /** Objects that are damaged at source. */
  damagedAtSource: number;
  /** Files that could not be downloaded, including the one that ended the run. */
  failed: number;
  /** Stored bytes that were downloaded, or would be without `dryRun`. */
  bytes: number;
  /** The size of the downloaded files in bytes. */
  written: number;
  /** The duration in milliseconds. */
  elapsed: number;
  /** Whether the run reached every file. */
  isFinished: boolean;
}
