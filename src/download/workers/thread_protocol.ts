import type { MessagePort } from "node:worker_threads";
import type { ObjectInfo } from "../../store/mod.ts";
import type { DownloadedFile } from "../downloaded_file.ts";
import type {
  CheckedFileOptions,
  CheckedMemoryOptions,
} from "../check_download.ts";
import type { DownloadProgress } from "../download_options.ts";
import type { Settings } from "../settings.ts";
import type { DownloadStatistics } from "../statistics.ts";
import type { EncodedError } from "./error_codec.ts";

/** What a thread's engine works with; the endpoint as a text. */
export type ThreadSettings = Omit<Settings, "endpoint" | "clock"> & {
  endpoint: string;
};

/** What a thread is started with. */
export interface ThreadStart {
  settings: ThreadSettings;
  /** How to talk with a thread that blocks; with others, the worker's own port is used. */
  blocking?: {
    /** The port for all messages. */
    port: MessagePort;
    /** Changed and notified after each message, and as a sign of life while a job is under way. */
    flag: Int32Array<SharedArrayBuffer>;
  };
}

/** Options without what does not travel between threads. */
type Plain<T> = Omit<T, "signal" | "onProgress">;

/** What a thread does: each job with its arguments and its result, as they are posted. */
interface Jobs {
  toFile(
    bucket: string,
    key: string,
    path: string,
    options: Plain<CheckedFileOptions>,
  ): DownloadedFile;
  /** A buffer: Deno's `receiveMessageOnPort()` is slow with a large `Uint8Array`, or fails. */
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

/** The name of a job. */
export type JobName = keyof Jobs;

/** The arguments of a job. */
export type JobArguments<N extends JobName> = Parameters<Jobs[N]>;

/** What a job results in. */
export type JobResult<N extends JobName = JobName> = ReturnType<Jobs[N]>;

/** A job, as a thread is told of it. */
export type Job = {
  [N in JobName]: { method: N; args: JobArguments<N> };
}[JobName];

/** What goes with a job and is not posted. */
export interface JobOptions {
  /** Ends the job; it rejects with the signal's reason. */
  signal: AbortSignal;
  onProgress: ((progress: DownloadProgress) => void) | undefined;
  onRetry: () => void;
}

/** Threads that do jobs for an engine. */
export interface JobThreads {
  /** The thread with the least to do; none where they cannot be started. */
  pick(): Promise<JobThread | undefined>;
  /** How many jobs the thread with the least of them is at. */
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
  | { id: number; abort: true };

/** What a thread posts. */
export type FromThread =
  | { kind: "ready" }
  | { kind: "unable"; error: EncodedError }
  | { kind: "progress"; id: number; progress: DownloadProgress }
  | { kind: "retry"; id: number }
  | {
    kind: "done";
    id: number;
    result: JobResult;
    /** The last progress, where it was not told. */
    progress: DownloadProgress | undefined;
  }
  | { kind: "failed"; id: number; error: EncodedError };
