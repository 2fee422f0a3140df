/** A process that is killed while it puts an object into a bucket, and the next one. */
import { assertEquals, assertLessOrEqual } from "@std/assert";
import {
  absenceNote,
  findServer,
  SERVERS,
  startServer,
} from "../../interop/_servers.ts";
import { gzipStored, noise } from "../../support/data.ts";
import { startRecorded } from "../../support/demo.ts";
import { denoArguments, ownEnvironment } from "../../support/deno_command.ts";
import { sha256 } from "../../support/hash.ts";
import { openTestBucket } from "./_bucket.ts";

const MiB = 1024 * 1024;
const KEY = "us_stocks_sip/day_aggs_v1/2024/01/2024-01-02.csv.gz";
const OBJECT = gzipStored(noise(60 * MiB));
const SCRIPT = new URL("put_in_process.ts", import.meta.url).pathname;

for (const server of SERVERS) {
  const program = await findServer(server);
  Deno.test({
    name:
      `BucketDestination.put() in ${server.name} goes on where a killed process has ended${
        absenceNote(server, program)
      }`,
    ignore: program === undefined || Deno.build.os === "windows",
    async fn() {
      await using service = await startServer(server, program ?? "");
      using bucket = openTestBucket(service, "team");
      await using source = startRecorded({
        objects: [[KEY, { body: OBJECT }]],
        scale: 0.01,
        // What a test of it sees does not depend on how fast the machine is.
        faults: [{ kind: "stall", operation: "get", skip: 8, after: 1000 }],
      });
      const start = () =>
        new Deno.Command(Deno.execPath(), {
          args: denoArguments([
            ...["run", "-A", SCRIPT, source.url, service.url],
            ...[`s3://${service.bucket}/team`, KEY, `${OBJECT.length}`],
          ]),
          env: {
            ...ownEnvironment(),
            AWS_ACCESS_KEY_ID: service.credentials.accessKeyId,
            AWS_SECRET_ACCESS_KEY: service.credentials.secretAccessKey,
          },
          clearEnv: true,
          stdout: "piped",
          stderr: "inherit",
        }).spawn();
      const first = start();
      const ended = first.output();
      // It has noted that six of the eight parts that arrive are there.
      const record = `.flatbed/uploads/${KEY}.json`;
      while (true) {
        const { bytes } = await bucket.get(record) ?? {};
        const { checks } = bytes === undefined
          ? {}
          : JSON.parse(new TextDecoder().decode(bytes));
        if (checks?.parts >= 6) break;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      first.kill("SIGKILL");
      await ended;
      assertEquals(await bucket.stat(KEY), undefined);
      source.faults.clear();
      source.records.length = 0;
      const { stdout, success } = await start().output();
      assertEquals(success, true);
      const put = JSON.parse(new TextDecoder().decode(stdout));
      assertEquals(put.sha256, sha256(OBJECT));
      assertLessOrEqual(6 * 5 * MiB, put.resumedFrom);
      const fetched = source.records.reduce(
        (sum, { bytesSent }) => sum + bytesSent,
        0,
      );
      assertLessOrEqual(fetched, OBJECT.length - 6 * 5 * MiB + MiB);
      const { bytes } = await bucket.get(KEY) ?? {};
      assertEquals(sha256(bytes ?? new Uint8Array()), sha256(OBJECT));
      assertEquals(await bucket.stat(record), undefined);
      const left = bucket.store.openUploads(service.bucket, bucket.key(KEY));
      assertEquals(await Array.fromAsync(left), []);
    },
  });
}
