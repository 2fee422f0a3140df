import type { MessagePort } from "node:worker_threads";
import type {
  IndexedObject,
  IndexedPart,
  IndexPart,
  RowBatch,
  RowIndex,
} from "../../rows/mod.ts";
import type { ObjectInfo } from "../../store/mod.ts";
import type { DownloadedFile } from "../downloaded_file.ts";
import type {
  CheckedFileOptions,
  CheckedMemoryOptions,
} from "../check_download.ts";
import type { DownloadProgress } from "../download_options.ts";
import type { Settings } from "../settings.ts";
import type { IndexedContent } from "../content/index_file.ts";
import type { SelectedFile, Selection } from "../content/select_file.ts";
import type { DownloadStatistics } from "../statistics.ts";
import type { EncodedError } from "./error_codec.ts";

/** A thread's settings, with the endpoint as a string. */
export type ThreadSettings = Omit<Settings, "endpoint" | "clock"> & {
  endpoint: string;
};

/** What a thread is started with. */
export interface ThreadStart {
  /** What downloads are done with; without them, it only works on files. */
  settings?: ThreadSettings | undefined;
  /** For a thread that blocks; otherwise, the worker's own port is used. */
  blocking?: {
    /** The port for all messages. */
    port: MessagePort;
    /** Changed and notified after each message, and as a heartbeat while a job is running. */
    flag: Int32Array<SharedArrayBuffer>;
  };
}

/** Options without what cannot be posted. */
type Plain<T> = Omit<T, "signal" | "onProgress">;

/** The jobs of downloads, with their arguments and results as they are posted. */
interface DownloadJobs {
  toFile(
    bucket: string,
    key: string,
    path: string,
    options: Plain<CheckedFileOptions>,
  ): DownloadedFile;
  /** Returns a buffer: Deno's `receiveMessageOnPort()` fails with a large `Uint8Array`. */
  toMemory(
    bucket: string,
    key: string,
    options: Plain<CheckedMemoryOptions>,
  ): ArrayBuffer;
  listKeys(bucket: string, prefix: string, limit: number): string[];
  head(bucket: string, key: string): ObjectInfo;
  getStatistics(): DownloadStatistics;
  resetStatistics(): void;
}

/** The jobs on files of this machine. */
interface FileJobs {
  indexFile(
    path: string,
    object: IndexedObject,
  ): IndexedContent;
  selectFile(file: SelectedFile): Selection;
  indexPart(
    path: string,
    object: IndexedObject,
    part: IndexPart,
  ): IndexedPart | undefined;
  writeSpans(path: string, index: RowIndex, output: string): void;
}

interface Jobs extends DownloadJobs, FileJobs {}

/** The name of a job on a file. */
export type FileJobName = keyof FileJobs;

/** The name of a job. */
export type JobName = keyof Jobs;

/** The arguments of a job. */
export type JobArguments<N extends JobName> = Parameters<Jobs[N]>;

/** The result of a job. */
export type JobResult<N extends JobName = JobName> = ReturnType<Jobs[N]>;

/** A job as it is posted. */
export type Job = JobOf<JobName>;

/** A job on a file. */
export type FileJob = JobOf<FileJobName>;

/** A job of a download. */
export type DownloadJob = JobOf<keyof DownloadJobs>;

type JobOf<Name extends JobName> = {
  [N in Name]: { method: N; args: JobArguments<N> };
}[Name];

/** What belongs to a job and cannot be posted. */
export interface JobOptions {
  /** Aborts the job. */
  signal: AbortSignal;
  onProgress: ((progress: DownloadProgress) => void) | undefined;
  onRetry: () => void;
  /** Takes rows; resolves when there is room for more. */
  onRows?: ((batch: RowBatch) => void | Promise<void>) | undefined;
}

/** Threads that do jobs for an engine. */
export interface JobThreads {
  /** The thread with the fewest jobs; `undefined` if none can be started. */
  pick(): Promise<JobThread | undefined>;
  /** The number of jobs of the thread with the fewest. */
  readonly leastJobs: number;
  /** Ends all threads. */
  close(): Promise<void>;
}

/** A thread that does jobs. */
export interface JobThread {
  /** Has it do a job. */
  run<N extends JobName>(
    method: N,
    args: JobArguments<N>,
    options: JobOptions,
  ): Promise<JobResult<N>>;
}

/** What is posted to a thread. */
export type ToThread =
  | { id: number; job: Job; wantsProgress: boolean }
  | { id: number; abort: true }
  /** So many bytes of the rows that the thread has posted were taken. */
  | { id: number; taken: number };

/** What a thread posts. */
export type FromThread =
  | { kind: "ready" }
  | { kind: "unable"; error: EncodedError }
  | { kind: "progress"; id: number; progress: DownloadProgress }
  | { kind: "retry"; id: number }
  | { kind: "rows"; id: number; batch: RowBatch }
  | {
    kind: "done";
    id: number;
    result: JobResult;
    /** The last progress, if it was not posted yet. */
    progress: DownloadProgress | undefined;
  }
  | { kind: "failed"; id: number; error: EncodedError };
