/**
 * Puts one object into a bucket, in a process that can be killed. Its credentials come
 * from the environment, as those of a mirror do.
 *
 * @module
 */
import { BucketDestination } from "../../../src/mirror/destination/bucket_destination.ts";
import { openBucket } from "../../../src/mirror/destination/open_bucket.ts";
import { AsyncS3Downloader } from "../../../src/download/mod.ts";
import { BUCKET } from "../../support/demo.ts";
import { TEST_CREDENTIALS } from "../../support/store.ts";

const MiB = 1024 * 1024;
const [source, endpointUrl, location = "", key = "", size] = Deno.args;
await using downloader = new AsyncS3Downloader(TEST_CREDENTIALS, {
  endpointUrl: source,
});
using bucket = await openBucket(location, { endpointUrl });
const destination = new BucketDestination(bucket, {
  memory: 40 * MiB,
  partSize: 5 * MiB,
  inOneUpTo: 5 * MiB,
  savesFrom: 5 * MiB,
  saveEvery: 5 * MiB,
});
const { sha256, resumedFrom } = await destination.put(
  { downloader, bucket: BUCKET, key },
  key,
  { decompress: false, rowIndex: true, expectedSize: Number(size) },
);
await Deno.stdout.write(
  new TextEncoder().encode(JSON.stringify({ sha256, resumedFrom })),
);
