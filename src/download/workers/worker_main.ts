/**
 * A thread of the downloaders, which does whole jobs. It imports other modules only when
 * it can report what goes wrong with that, for instance a missing permission.
 *
 * @module
 */

import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import type { FromThread, ThreadStart } from "./thread_protocol.ts";

const { settings, blocking }: ThreadStart = workerData;
// It is there in every worker.
const port = blocking?.port ?? parentPort as MessagePort;
const wake = blocking && (() => {
  Atomics.add(blocking.flag, 0, 1);
  Atomics.notify(blocking.flag, 0);
});

try {
  const { serveJobs } = await import("./serve_jobs.ts");
  serveJobs({ settings, port, post, beat: wake });
  post({ kind: "ready" });
} catch (error) {
  const { name, message } = error instanceof Error
    ? error
    : new Error(String(error));
  post({ kind: "unable", error: { name, message } });
}

function post(message: FromThread, moved: ArrayBuffer[] = []): void {
  port.postMessage(message, moved);
  wake?.();
}
