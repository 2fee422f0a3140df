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
   * Whether nothing is downloaded, and events only tell what would be.
   *
   * @default {false}
   */
  dryRun?: boolean | undefined;
  /** How many objects are under way at once; by default as many as the downloader allows. */
  maxConcurrent?: number | undefined;
  /** Called with each event; what it throws ends the run. */
  onEvent?: ((event: DownloadFilesEvent) => void) | undefined;
  /**
   * Fetches an object in another way, for instance by `Mirror.fetch`. Where it returns
   * `undefined`, the object is downloaded to the folder.
   */
  fetch?:
    | ((
      key: string,
      options: FetchObjectOptions,
    ) => Promise<FetchedObject> | undefined)
    | undefined;
}

/** What `DownloadFilesOptions.fetch` is told. */
export interface FetchObjectOptions {
  /** Whether nothing is downloaded. */
  dryRun: boolean;
  /** Whether gzip data is not inflated where an MD5 proves the bytes. */
  trustEtag: boolean;
  /** Aborted where the run ends. */
  signal: AbortSignal;
  /** To be called when bytes have arrived. */
  onProgress: (progress: DownloadProgress) => void;
}

/** What `DownloadFilesOptions.fetch` has done. */
export interface FetchedObject {
  /** Whether the file was there already, was fetched, or would be in a run that is not dry. */
  outcome: "present" | "fetched" | "planned";
  /** The file's path, relative to the folder. */
  path: string;
  /** The object as the service has it now. */
  object: ObjectInfo;
  /** What is known of the file; nothing where it is only planned. */
  entry?: FileFacts;
  /** How many of the stored bytes an earlier run had left. */
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
  /** What is wrong with its gzip data, as the end of a sentence that begins with it. */
  gzipFault?: string | undefined;
}

/**
 * What happens while files are downloaded, as plain objects, told apart by `code`:
 *
 * - `fetching`: an object's turn has come;
 * - `progress`: bytes have arrived;
 * - `present`: the file is there, and is the object as far as can be told;
 * - `planned`: in a dry run, the file would be downloaded;
 * - `fetched`: the file was downloaded;
 * - `damaged-at-source`: the service's bytes are no whole gzip data;
 * - `failed`: the file could not be downloaded, and the others go on;
 * - `summary`: the run has ended, of itself or not.
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
  /** The path of the file with its bytes, or of the content that there is not. */
  path: string;
  /** The object's size as stored, in bytes. */
  size: number;
  /** The ETag, without quotes. */
  etag: string;
  /** What is wrong with the gzip data, as the end of a sentence that begins with it. */
  gzipFault: string;
  /**
   * `present` where they were there before; `fetched` where they are now; `beside` where
   * a whole older version stays in their place; `none` where content was asked for.
   */
  place: "present" | "fetched" | "beside" | "none";
  /** Where the older version lies that gave way to it. */
  keptAs?: string | undefined;
}

/** What became of the files. Each is counted once. */
export interface DownloadFilesSummary {
  /** Files that were downloaded. */
  fetched: number;
  /** Files that would be downloaded, in a dry run. */
  planned: number;
  /** Files that were there already. */
  present: number;
  /** Objects that are damaged at source. */
  damagedAtSource: number;
  /** Files that could not be downloaded, with the one that ended the run. */
  failed: number;
  /** Bytes as stored that were downloaded, or would be in a dry run. */
  bytes: number;
  /** Bytes of the downloaded files on the disk. */
  written: number;
  /** Milliseconds. */
  elapsed: number;
  /** Whether each file had its turn. */
  isFinished: boolean;
}
