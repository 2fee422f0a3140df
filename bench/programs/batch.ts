/**
 * Downloads the objects of a file of keys into the memory, decompressed, many at once.
 *
 *     batch.ts URL KEYS [MAX_CONCURRENT]
 *
 * @module
 */
import { AsyncS3Downloader } from "../../src/download/mod.ts";
import { CREDENTIALS, report } from "./_report.ts";

const [endpointUrl = "", file = "", maxConcurrent] = Deno.args;
const keys: string[] = JSON.parse(await Deno.readTextFile(file));
await using downloader = new AsyncS3Downloader(CREDENTIALS, {
  endpointUrl,
  allowSyncIO: true, // this program has nothing else to do
  ...(maxConcurrent === undefined
    ? {}
    : { maxConcurrent: Number(maxConcurrent) }),
});
await report(async () => {
  const bodies = await downloader.downloadBatch("flatfiles", keys, {
    onFailure(_key, error) {
      throw error;
    },
  });
  return { bytes: bodies.reduce((sum, body) => sum + (body?.length ?? 0), 0) };
});
