import type { Worker } from "node:worker_threads";
import type { RowBatch } from "../../rows/mod.ts";
import { SharedBackoff, TrafficMeter } from "../../store/mod.ts";
import { TransferError } from "../../base/mod.ts";
import { decodeError } from "./error_codec.ts";
import type { DownloadProgress } from "../download_options.ts";
import type { Settings } from "../settings.ts";
import { canStartWorker, hasHandles, startWorker } from "./start_worker.ts";
import type {
  FromThread,
  Job,
  JobArguments,
  JobName,
  JobOptions,
  JobResult,
  JobThread,
  JobThreads,
  ThreadSettings,
  ToThread,
} from "./thread_protocol.ts";

/** There is a thread per processor, up to this many: then the disk or the network is the limit. */
export const MAX_THREADS = 4;
/** With fewer connections, no other threads are used. */
const MIN_CONNECTIONS = 16;
/** Each thread's fraction of the connections; the main thread has the rest. */
const CONNECTIONS_PER_THREAD = 1 / 8;

/** Divides settings between the main thread and others. */
export function shareSettings(
  settings: Settings,
): { main: Settings; thread: Settings | undefined; threads: number } {
  const processors = Math.min(MAX_THREADS, navigator.hardwareConcurrency);
  const { maxPoolConnections, maxConcurrent, allowSyncIO } = settings;
  // With allowSyncIO, the main thread does as much as the others.
  const threads = allowSyncIO ? processors - 1 : processors;
  // One rate limit applies to all connections: they must be in one thread.
  const canShare = processors > 1 && maxConcurrent > 1 &&
    maxPoolConnections >= MIN_CONNECTIONS &&
    settings.limitRate === undefined &&
    // A client cannot be sent to another thread.
    settings.client === undefined && canStartWorker();
  if (!canShare) return { main: settings, thread: undefined, threads: 0 };
  const share = Math.floor(maxPoolConnections * CONNECTIONS_PER_THREAD);
  const backoffMemory = SharedBackoff.newMemory();
  const trafficMemory = TrafficMeter.newMemory();
  return {
    main: {
      ...settings,
      backoffMemory,
      trafficMemory,
      maxPoolConnections: maxPoolConnections - threads * share,
    },
    thread: {
      ...settings,
      backoffMemory,
      trafficMemory,
      maxPoolConnections: share,
    },
    threads,
  };
}

/**
 * Threads that do whole jobs, since hashing and decompressing take a processor each. They
 * are started when there is work for them.
 */
export class WorkerThreads implements JobThreads {
  readonly #settings: ThreadSettings | undefined;
  readonly #count: number;
  #threads: WorkerThread[] | undefined;

  /** Starts nothing yet. Without settings, they work on files. */
  constructor(settings: Settings | undefined, count: number) {
    this.#settings = settings &&
      { ...settings, endpoint: settings.endpoint.href };
    this.#count = count;
  }

  /** The thread with the fewest jobs; `undefined` if none can be started. */
  async pick(): Promise<WorkerThread | undefined> {
    this.#threads ??= Array.from(
      { length: hasHandles(this.#count * 16) ? this.#count : 0 },
      () => new WorkerThread(this.#settings),
    );
    while (true) {
      const thread = this.#threads.filter(({ hasEnded }) => !hasEnded)
        .toSorted((a, b) => a.jobs - b.jobs)[0];
      // Counts before it has started: the first one that is ready must not get all jobs.
      thread?.expect();
      await thread?.started;
      if (!thread?.hasEnded) return thread;
    }
  }

  /** The number of jobs of the thread with the fewest. */
  get leastJobs(): number {
    return Math.min(...this.#threads?.map(({ jobs }) => jobs) ?? [0]);
  }

  /** Ends all threads. */
  async close(): Promise<void> {
    await Promise.all(this.#threads?.map((thread) => thread.close()) ?? []);
    this.#threads = [];
  }
}

interface JobUnderWay extends JobOptions {
  resolve: (result: JobResult) => void;
  reject: (error: unknown) => void;
}

/** One thread that does jobs. */
export class WorkerThread implements JobThread {
  readonly #worker: Worker;
  readonly #jobs = new Map<number, JobUnderWay>();
  readonly #started = Promise.withResolvers<void>();
  #nextId = 0;
  #expected = 0;
  /** Whether it takes no more jobs. */
  hasEnded = false;

  /** Starts it. */
  constructor(settings: ThreadSettings | undefined) {
    this.#worker = startWorker({ settings });
    this.#worker.on("message", (message: FromThread) => this.#take(message));
    this.#worker.on("error", () => this.#end());
    this.#worker.on("exit", () => this.#end());
  }

  /** Resolves when it has started, or has failed to. */
  get started(): Promise<void> {
    return this.#started.promise;
  }

  /** How many jobs it has, including those that are about to come. */
  get jobs(): number {
    return this.#jobs.size + this.#expected;
  }

  /** Notes that a job is about to come. */
  expect(): void {
    this.#expected++;
  }

  /** Has it do a job. */
  async run<N extends JobName>(
    method: N,
    args: JobArguments<N>,
    options: JobOptions,
  ): Promise<JobResult<N>> {
    const { signal, onProgress } = options;
    this.#expected--;
    const id = this.#nextId++;
    const abort = () => this.#post({ id, abort: true });
    const { promise, resolve, reject } = Promise.withResolvers<JobResult>();
    this.#jobs.set(id, { ...options, resolve, reject });
    this.#worker.ref(); // the program must not end before the job
    this.#post({
      id,
      job: { method, args } as Job,
      wantsProgress: onProgress !== undefined,
    });
    signal.addEventListener("abort", abort);
    if (signal.aborted) abort();
    try {
      return await promise as JobResult<N>;
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener("abort", abort);
      this.#jobs.delete(id);
      if (this.#jobs.size === 0) this.#worker.unref();
    }
  }

  /** Ends it. */
  async close(): Promise<void> {
    this.#end();
    await this.#worker.terminate();
  }

  #post(message: ToThread): void {
    this.#worker.postMessage(message);
  }

  #take(message: FromThread): void {
    if (message.kind === "ready") {
      this.#started.resolve();
      if (this.jobs === 0) this.#worker.unref(); // it ends with the program
      return;
    }
    if (message.kind === "unable") return this.#end();
    const job = this.#jobs.get(message.id);
    switch (message.kind) {
      case "progress":
        this.#tell(message.id, message.progress);
        break;
      case "retry":
        job?.onRetry();
        break;
      case "rows":
        this.#giveRows(message.id, message.batch);
        break;
      case "done":
        if (message.progress) this.#tell(message.id, message.progress);
        job?.resolve(message.result);
        break;
      case "failed":
        job?.reject(decodeError(message.error));
    }
  }

  #tell(id: number, progress: DownloadProgress): void {
    const job = this.#jobs.get(id);
    try {
      job?.onProgress?.(progress);
    } catch (error) {
      job?.reject(error);
      this.#post({ id, abort: true });
    }
  }

  /** Hands rows on, and tells the thread when they were taken. */
  async #giveRows(id: number, batch: RowBatch): Promise<void> {
    const job = this.#jobs.get(id);
    try {
      const taken = batch.bytes.length;
      await job?.onRows?.(batch);
      this.#post({ id, taken });
    } catch (error) {
      job?.reject(error);
      this.#post({ id, abort: true });
    }
  }

  #end(): void {
    this.hasEnded = true;
    this.#started.resolve();
    for (const { reject } of this.#jobs.values()) {
      reject(
        new TransferError("Cannot go on: the thread that did it has ended"),
      );
    }
  }
}
