import { DownloadEngine } from "../download_engine.ts";
import type {
  DownloadJob,
  JobOptions,
  JobResult,
  ThreadSettings,
} from "./thread_protocol.ts";

/** Makes what does downloads with some settings. */
export function openDownloads(
  settings: ThreadSettings,
): (job: DownloadJob, options: JobOptions) => Promise<JobResult> {
  const engine = new DownloadEngine({
    ...settings,
    endpoint: new URL(settings.endpoint),
    allowSyncIO: true, // the thread has nothing else to do
  });
  return (job, options) => run(engine, job, options);
}

async function run(
  engine: DownloadEngine,
  job: DownloadJob,
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
