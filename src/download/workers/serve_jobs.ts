import type { MessagePort } from "node:worker_threads";
import type { DownloadProgress } from "../download_options.ts";
import { encodeError } from "./error_codec.ts";
import type {
  FromThread,
  Job,
  JobOptions,
  JobResult,
  ToThread,
} from "./thread_protocol.ts";

/**
 * The interval of progress messages per download, in milliseconds: a message costs as
 * much as several system calls.
 */
const PROGRESS_INTERVAL_MS = 50;
/** The interval of heartbeats while a job is running, in milliseconds. */
const HEARTBEAT_INTERVAL_MS = 1000;
/** So many bytes of rows are posted ahead of those that were taken, per job. */
const ROWS_AHEAD = 4 * 1024 * 1024;

/** What {@linkcode serveJobs} needs. */
export interface JobService {
  /** Does a job. */
  run: (job: Job, options: JobOptions) => Promise<JobResult>;
  /** The port that jobs arrive on. */
  port: MessagePort;
  /** Posts a message, and transfers buffers. */
  post: (message: FromThread, moved?: ArrayBuffer[]) => void;
  /** Sends a heartbeat, if the other side waits for one. */
  beat: (() => void) | undefined;
}

interface JobUnderWay {
  readonly controller: AbortController;
  /** How many bytes of rows were posted, and not taken yet. */
  ahead: number;
  /** Called when rows were taken. */
  onTaken: () => void;
}

/** Does the jobs that arrive on a port, concurrently. */
export function serveJobs({ run, port, post, beat }: JobService): void {
  const underWay = new Map<number, JobUnderWay>();
  port.on("message", (message: ToThread) => {
    if ("job" in message) return void answer(message);
    const job = underWay.get(message.id);
    if (job === undefined) return;
    if ("taken" in message) job.ahead -= message.taken;
    else job.controller.abort();
    job.onTaken();
  });

  async function answer(
    { id, job, wantsProgress }: Extract<ToThread, { job: Job }>,
  ): Promise<void> {
    const controller = new AbortController();
    const own: JobUnderWay = { controller, ahead: 0, onTaken: () => {} };
    underWay.set(id, own);
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
      const result = await run(job, {
        signal: controller.signal,
        onProgress: wantsProgress ? tell : undefined,
        onRetry: () => post({ kind: "retry", id }),
        onRows: async (batch) => {
          own.ahead += batch.bytes.length;
          post({ kind: "rows", id, batch }, [batch.bytes.buffer]);
          while (own.ahead > ROWS_AHEAD) {
            controller.signal.throwIfAborted();
            await new Promise<void>((resolve) => own.onTaken = resolve);
          }
        },
      });
      post({ kind: "done", id, result, progress: untold }, buffersOf(result));
    } catch (error) {
      post({ kind: "failed", id, error: encodeError(error) });
    } finally {
      clearInterval(beating);
      underWay.delete(id);
    }
  }
}

/** The buffers of a result, which are moved to the other thread. */
function buffersOf(result: JobResult): ArrayBuffer[] {
  if (result instanceof ArrayBuffer) return [result];
  return typeof result !== "object" || result === null
    ? []
    : Object.values(result).flatMap((value: unknown) =>
      value instanceof Uint8Array && value.buffer instanceof ArrayBuffer
        ? [value.buffer]
        : []
    );
}
