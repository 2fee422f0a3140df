/**
 * A program for a child process that runs with `--v8-flags=--expose-gc`: downloads in
 * each way from a body that stalls, has memory collected, and then aborts. Prints how
 * each ended.
 */
// deno-lint-ignore-file no-console -- its output is what the test reads
import { startDemoServer } from "../../src/demo/mod.ts";
import { AsyncS3Downloader } from "../../src/download/mod.ts";

declare const gc: () => void;

const KEY = "us_stocks_sip/minute_aggs_v1/2024/01/2024-01-02.csv.gz";
await using server = startDemoServer({
  faults: [{ kind: "stall", after: 20_000 }],
});
const folder = Deno.args[0] ?? ".";
const { bucket, credentials, url } = server;

async function outcome(
  name: string,
  work: (
    downloader: AsyncS3Downloader,
    signal: AbortSignal,
    arrived: () => void,
  ) => Promise<unknown>,
  options: { timeout?: number; aborts: boolean },
): Promise<void> {
  const downloader = new AsyncS3Downloader(credentials, {
    endpointUrl: url,
    maxRetries: 0,
    ...options.timeout === undefined ? {} : { timeout: options.timeout },
  });
  const controller = new AbortController();
  const arrived = Promise.withResolvers<void>();
  const ended = work(downloader, controller.signal, arrived.resolve).then(
    () => "resolved",
    (error) => error.message.replace(/^.*: /, ""),
  );
  await arrived.promise;
  for (let i = 0; i < 3; i++) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  if (options.aborts) controller.abort(new Error("enough"));
  const late = new Promise((resolve) => setTimeout(resolve, 5000, "HUNG"));
  console.log(name, await Promise.race([ended, late]));
}

const one = (
  downloader: AsyncS3Downloader,
  signal: AbortSignal,
  arrived: () => void,
) => downloader.downloadOne(bucket, KEY, { signal, onProgress: arrived });
await outcome("downloadOne", one, { aborts: true });
await outcome(
  "downloadToFile",
  (downloader, signal, onProgress) =>
    downloader.downloadToFile(bucket, KEY, `${folder}/a.csv`, {
      signal,
      onProgress,
    }),
  { aborts: true },
);
await outcome("openStream", async (downloader, signal, onProgress) => {
  const stream = await downloader.openStream(bucket, KEY, {
    signal,
    onProgress,
  });
  for await (const _ of stream) { /* to the end, which does not come */ }
}, { aborts: true });
await outcome("timeout", one, { timeout: 0.3, aborts: false });
Deno.exit();
