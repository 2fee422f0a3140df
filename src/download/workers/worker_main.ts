/**
 * A thread that does whole jobs: downloads where it has settings, else work on files. It imports other modules only when
 * it can report what goes wrong with that, for instance a missing permission.
 *
 * @module
 */

import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import type {
  DownloadJob,
  FileJob,
  FromThread,
  Job,
  JobOptions,
  JobResult,
  ThreadStart,
} from "./thread_protocol.ts";

const { settings, blocking }: ThreadStart = workerData;
// It is there in every worker.
const port = blocking?.port ?? parentPort as MessagePort;
const wake = blocking && (() => {
  Atomics.add(blocking.flag, 0, 1);
  Atomics.notify(blocking.flag, 0);
});

try {
  const { serveJobs } = await import("./serve_jobs.ts");
  serveJobs({ run: await openJobs(), port, post, beat: wake });
  post({ kind: "ready" });
} catch (error) {
  const { name, message } = error instanceof Error
    ? error
    : new Error(String(error));
  post({ kind: "unable", error: { name, message } });
}

/** What does the jobs; each kind loads only what it needs. */
async function openJobs(): Promise<
  (job: Job, options: JobOptions) => Promise<JobResult>
> {
  if (settings === undefined) {
    const { runFileJob } = await import("./run_file_job.ts");
    return (job, options) => runFileJob(job as FileJob, options);
  }
  const { openDownloads } = await import("./run_download_job.ts");
  const run = openDownloads(settings);
  return (job, options) => run(job as DownloadJob, options);
}

function post(message: FromThread, moved: ArrayBuffer[] = []): void {
  port.postMessage(message, moved);
  wake?.();
}
