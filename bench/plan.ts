/**
 * Plans ten thousand files that are all there: how long does a morning take on which
 * nothing is new? Prints the median of five runs.
 *
 * @module
 */
// deno-lint-ignore-file no-console -- a program for the terminal
import { S3Catalog } from "../src/catalog/mod.ts";
import { startDemoServer } from "../src/demo/mod.ts";
import { AsyncS3Downloader } from "../src/download/mod.ts";
import { Mirror } from "../src/mirror/mod.ts";

const DATA_TYPES = ["forex_daily", "crypto_daily"];
const RUNS = 5;

const folder = await Deno.makeTempDir();
await using server = startDemoServer({ scale: 0.01 });
await using downloader = new AsyncS3Downloader(server.credentials, {
  endpointUrl: server.url,
});
{
  await using mirror = await Mirror.open(folder, { downloader });
  const options = { dataTypes: DATA_TYPES, from: "2009-09-25" };
  const started = performance.now();
  const first = await mirror.plan(options);
  const { fetched } = await mirror.sync(first, { concurrency: 16 });
  const seconds = (performance.now() - started) / 1000;
  console.log(`synced ${fetched} files in ${seconds.toFixed(1)} s`);

  const times: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const start = performance.now();
    const plan = await mirror.plan(options);
    times.push(performance.now() - start);
    if (plan.counts.present !== fetched) throw new Error("Not all are present");
  }
  times.sort((a, b) => a - b);
  const median = times[RUNS >> 1] ?? 0;
  console.log(
    `planned ${fetched} present files in ${
      median.toFixed(0)
    } ms (median of ${RUNS}, ${times[0]?.toFixed(0)} to ${
      times.at(-1)?.toFixed(0)
    } ms), the service's listings included`,
  );
}
{
  const catalog = new S3Catalog();
  const start = performance.now();
  const keys = catalog.getDateRangeKeys(
    "crypto_daily",
    "2013-11-01",
    "2025-12-31",
  );
  const ms = performance.now() - start;
  console.log(`made ${keys.length} keys in ${ms.toFixed(1)} ms`);
}
await Deno.remove(folder, { recursive: true });
