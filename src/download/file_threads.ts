import { canInflate } from "../gzip/mod.ts";
import type { RowBatch } from "../rows/mod.ts";
import type { DownloadProgress } from "./download_options.ts";
import { runFileJob } from "./workers/run_file_job.ts";
import { canStartWorker } from "./workers/start_worker.ts";
import type {
  FileJob,
  FileJobName,
  JobArguments,
  JobResult,
} from "./workers/thread_protocol.ts";
import { MAX_THREADS, WorkerThreads } from "./workers/worker_threads.ts";

/** Options of {@linkcode FileThreads.run}. */
export interface FileJobOptions {
  /** Ends the job. */
  signal: AbortSignal;
  /** Whether it is done in another thread, if there is one. */
  isThreaded: boolean;
  /** Takes rows; resolves when there is room for more. */
  onRows?: ((batch: RowBatch) => void | Promise<void>) | undefined;
  /** Called as the file is read. */
  onProgress?: ((progress: DownloadProgress) => void) | undefined;
}

/**
 * Does work on files of this machine, in other threads where it is large. They are started
 * when there is work for them; where none can be started, this thread does it.
 */
export class FileThreads implements AsyncDisposable {
  #threads: WorkerThreads | undefined;
  #isClosed = false;

  /** How many threads there can be, one a processor; 0 where they are of no use. */
  get count(): number {
    if (this.#isClosed || !canInflate || !canStartWorker()) return 0;
    const processors = Math.min(MAX_THREADS, navigator.hardwareConcurrency);
    return processors > 1 ? processors : 0;
  }

  /**
   * Does a job.
   *
   * @param method Which one.
   * @param args What it needs.
   * @param options Where it is done.
   * @returns Its result.
   * @throws {FlatbedError} What it failed with.
   * @throws {unknown} The signal's reason, if it is aborted.
   */
  async run<N extends FileJobName>(
    method: N,
    args: JobArguments<N>,
    { isThreaded, ...options }: FileJobOptions,
  ): Promise<JobResult<N>> {
    options.signal.throwIfAborted();
    const { onProgress } = options;
    if (isThreaded && this.count > 0) {
      this.#threads ??= new WorkerThreads(undefined, this.count);
      const thread = await this.#threads.pick();
      if (thread !== undefined) {
        return await thread.run(method, args, {
          ...{ ...options, onProgress },
          onRetry: () => {},
        });
      }
    }
    const job = { method, args } as FileJob;
    return await runFileJob(job, { ...options, onProgress }) as JobResult<N>;
  }

  /** Ends all threads, and what they do. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await this.#threads?.close();
  }
}
