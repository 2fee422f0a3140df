import type { MessagePort } from "node:worker_threads";
import { DownloadEngine } from "../download_engine.ts";
import type { DownloadProgress } from "../download_options.ts";
import { encodeError } from "./error_codec.ts";
import type {
  FromThread,
  Job,
  JobOptions,
  JobResult,
  ThreadSettings,
  ToThread,
} from "./thread_protocol.ts";

/**
 * The interval of progress messages per download, in milliseconds: a message costs as
 * much as several system calls.
 */
const PROGRESS_INTERVAL_MS = 50;
/** The interval of heartbeats while a job is running, in milliseconds. */
const HEARTBEAT_INTERVAL_MS = 1000;

/** What {@linkcode serveJobs} needs. */
export interface JobService {
  settings: ThreadSettings;
  /** The port that jobs arrive on. */
  port: MessagePort;
  /** Posts a message, and transfers buffers. */
  post: (message: FromThread, moved?: ArrayBuffer[]) => void;
  /** Sends a heartbeat, if the other side waits for one. */
  beat: (() => void) | undefined;
}

/** Does the jobs that arrive on a port, concurrently. */
export function serveJobs({ settings, port, post, beat }: JobService): void {
  const engine = new DownloadEngine({
    ...settings,
    endpoint: new URL(settings.endpoint),
    allowSyncIO: true, // the thread has nothing else to do
  });
  const underWay = new Map<number, AbortController>();
  port.on("message", (message: ToThread) => {
    if ("abort" in message) underWay.get(message.id)?.abort();
    else answer(message);
  });

  async function answer(
    { id, job, wantsProgress }: Extract<ToThread, { job: Job }>,
  ): Promise<void> {
    const controller = new AbortController();
    underWay.set(id, controller);
    const beating = beat && setInterval(beat, HEARTBEAT_INTERVAL_MS);
    let toldAt = performance.now();
    let untold: DownloadProgress | undefined;
    const tell = (progress: DownloadProgress) => {
      const now = performance.now();
      untold = progress;
      if (now - toldAt < PROGRESS_INTERVAL_MS) return;
      untold = undefined;
      toldAt = now;
      post({ kind: "progress", id, progress });
    };
    try {
      const result = await run(engine, job, {
        signal: controller.signal,
        onProgress: wantsProgress ? tell : undefined,
        onRetry: () => post({ kind: "retry", id }),
      });
      const moved = result instanceof ArrayBuffer ? [result] : [];
      post({ kind: "done", id, result, progress: untold }, moved);
    } catch (error) {
      post({ kind: "failed", id, error: encodeError(error) });
    } finally {
      clearInterval(beating);
      underWay.delete(id);
    }
  }
}

async function run(
  engine: DownloadEngine,
  job: Job,
  common: JobOptions,
): Promise<JobResult> {
  switch (job.method) {
    case "toFile": {
      const [bucket, key, path, options] = job.args;
      return await engine.toFile(bucket, key, path, { ...options, ...common });
    }
    case "toMemory": {
      const [bucket, key, options] = job.args;
      const all = { ...options, ...common };
      return (await engine.toMemory(bucket, key, all)).buffer;
    }
    case "listKeys":
      return (await Array.fromAsync(engine.list(...job.args, common.signal)))
        .map(({ key }) => key);
    case "head":
      return await engine.head(...job.args, common.signal);
    case "getStatistics":
      return engine.statistics.get();
    case "resetStatistics":
      return engine.statistics.reset();
  }
}
