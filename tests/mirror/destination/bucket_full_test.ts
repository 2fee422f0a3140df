/** A bucket on a disk that is full: a small one in memory, which only root can make. */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { NoSpaceError } from "../../../src/base/mod.ts";
import { BucketDestination } from "../../../src/mirror/destination/bucket_destination.ts";
import {
  absenceNote,
  findServer,
  SERVERS,
  startServer,
} from "../../interop/_servers.ts";
import { gzipStored, noise } from "../../support/data.ts";
import { BUCKET, openDownloader, startRecorded } from "../../support/demo.ts";
import { openTestBucket, PART } from "./_bucket.ts";

const MiB = 1024 * 1024;
const KEY = "us_stocks_sip/day_aggs_v1/2024/01/2024-01-02.csv.gz";

async function run(command: string, ...args: string[]): Promise<boolean> {
  try {
    return (await new Deno.Command(command, { args, stderr: "null" }).output())
      .success;
  } catch {
    return false;
  }
}

/** Puts a disk of 40 MiB at a folder. */
async function mountSmall(folder: string): Promise<AsyncDisposable> {
  const options = ["-t", "tmpfs", "-o", "size=40m", "tmpfs", folder];
  assertEquals(await run("mount", ...options), true);
  return {
    async [Symbol.asyncDispose]() {
      await run("umount", "-l", folder);
    },
  };
}

const canMount = Deno.build.os === "linux" && await (async () => {
  const folder = await Deno.makeTempDir();
  try {
    return await run("mount", "-t", "tmpfs", "tmpfs", folder) &&
      await run("umount", folder);
  } finally {
    await Deno.remove(folder);
  }
})();

for (const server of SERVERS) {
  // Of the others, one keeps objects in memory and one behind a cache.
  if (!["versitygw", "minio"].includes(server.name)) continue;
  const program = await findServer(server);
  Deno.test({
    name:
      `BucketDestination.put() ends the run when the disk of ${server.name} is full, and discard() frees it${
        canMount
          ? absenceNote(server, program)
          : ": skipped, only root can mount a small disk"
      }`,
    ignore: program === undefined || !canMount,
    async fn() {
      await using service = await startServer(
        server,
        program ?? "",
        mountSmall,
      );
      await using source = startRecorded({
        objects: [[KEY, { body: gzipStored(noise(60 * MiB)) }]],
        scale: 0.01,
      });
      await using downloader = openDownloader(source.url);
      using bucket = openTestBucket(service);
      const destination = new BucketDestination(bucket, { partSize: PART });
      const error = await assertRejects(
        () =>
          destination.put({ downloader, bucket: BUCKET, key: KEY }, KEY, {
            decompress: false,
          }),
        NoSpaceError,
      );
      assertStringIncludes(error.message, "the bucket is full (507");
      assertEquals(await destination.stat(KEY), undefined);
      assertEquals((await destination.unfinished(KEY)).stored >= PART, true);
      await destination.discard(KEY);
      assertEquals(await destination.unfinished(KEY), {
        ...{ stored: 0, content: 0 },
      });
    },
  });
}
