/**
 * Plans ten thousand files that are all there: how long does a morning take on which
 * nothing is new? The service with its listings is in the same process. Reports the
 * median of five plans.
 *
 * @module
 */
// deno-lint-ignore-file no-console -- it reports on standard output
import { startDemoServer } from "../../src/demo/mod.ts";
import { AsyncS3Downloader } from "../../src/download/mod.ts";
import { Mirror } from "../../src/mirror/mod.ts";

const DATA_TYPES = ["forex_daily", "crypto_daily"];
const RUNS = 5;

const [folder = ""] = Deno.args;
await using server = startDemoServer({ scale: 0.01 });
await using downloader = new AsyncS3Downloader(server.credentials, {
  endpointUrl: server.url,
});
await using mirror = await Mirror.open(folder, { downloader });
const options = { dataTypes: DATA_TYPES, from: "2009-09-25" };
const { fetched } = await mirror.sync(await mirror.plan(options), {
  maxConcurrent: 16,
});
const times: number[] = [];
for (let run = 0; run < RUNS; run++) {
  const start = performance.now();
  const plan = await mirror.plan(options);
  times.push((performance.now() - start) / 1000);
  if (plan.counts.present !== fetched) throw new Error("Not all are present");
}
const [min = 0, , seconds = 0, , max = 0] = times.sort((a, b) => a - b);
console.log(JSON.stringify({ seconds, min, max, files: fetched }));
