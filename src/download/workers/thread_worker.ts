/**
 * A thread of the downloader: it does whole downloads, as it is told of them.
 *
 * @module
 */

import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { DownloadEngine } from "../download_engine.ts";
import { encodeError } from "./error_codec.ts";
import type {
  FromThread,
  ThreadJob,
  ThreadResults,
  ThreadSettings,
  ToThread,
} from "./thread_protocol.ts";
import type { DownloadProgress } from "../options.ts";

/**
 * Progress is told at most this often for each download, in milliseconds, and not before
 * it has taken so long: a message costs as much as several calls of the system.
 */
const PROGRESS_EVERY = 50;

const settings: ThreadSettings = workerData;
const engine = new DownloadEngine({
  ...settings,
  endpoint: new URL(settings.endpoint),
  mayBlock: true, // nobody else works here
});
const underWay = new Map<number, AbortController>();
// It is there in every worker.
const port = parentPort as MessagePort;
port.on("message", (message: ToThread) => {
  if ("abort" in message) underWay.get(message.id)?.abort();
  else answer(message);
});
post({ kind: "ready" });

async function answer(
  { id, job, wantsProgress }: Extract<ToThread, { job: ThreadJob }>,
): Promise<void> {
  const controller = new AbortController();
  underWay.set(id, controller);
  let toldAt = performance.now();
  let untold: DownloadProgress | undefined;
  const common = {
    signal: controller.signal,
    onProgress: !wantsProgress ? undefined : (progress: DownloadProgress) => {
      const now = performance.now();
      untold = progress;
      if (now - toldAt < PROGRESS_EVERY) return;
      untold = undefined;
      toldAt = now;
      post({ kind: "progress", id, progress });
    },
    onRetry: () => post({ kind: "retry", id }),
  };
  try {
    const result = await run(job, common);
    const moved = result instanceof Uint8Array ? [result.buffer] : [];
    post({ kind: "done", id, result, progress: untold }, moved);
  } catch (error) {
    post({ kind: "failed", id, error: encodeError(error) });
  } finally {
    underWay.delete(id);
  }
}

async function run(
  job: ThreadJob,
  common: {
    signal: AbortSignal;
    onProgress: ((progress: DownloadProgress) => void) | undefined;
    onRetry: () => void;
  },
): Promise<ThreadResults[keyof ThreadResults]> {
  if (job.method === "toFile") {
    const [bucket, key, path, options] = job.args;
    return await engine.toFile(bucket, key, path, { ...options, ...common });
  }
  const [bucket, key, options] = job.args;
  return await engine.toMemory(bucket, key, { ...options, ...common });
}

function post(message: FromThread, moved: ArrayBuffer[] = []): void {
  port.postMessage(message, moved);
}
