/**
 * What becomes of a transfer into a bucket of a service that somebody else wrote, when a
 * request fails in the middle: the next run goes on, and the mirror is whole.
 */
import {
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { ServiceError } from "../../src/base/mod.ts";
import { BucketDestination } from "../../src/mirror/destination/bucket_destination.ts";
import { openTestBucket } from "../mirror/destination/_bucket.ts";
import { csv, gzip, noise } from "../support/data.ts";
import { sha256 } from "../support/hash.ts";
import { type BucketUser, KEY, openUser, PARTS } from "./_bucket_user.ts";
import { ERROR_IN_SUCCESS, S3Proxy, SLOW_DOWN } from "./_s3_proxy.ts";
import { findServer, SERVERS, startServer } from "./_servers.ts";

const SMALL = await gzip(csv(100_000));

for (const server of SERVERS) {
  // The two that look at signatures, and know conditions.
  if (!["versitygw", "minio"].includes(server.name)) continue;
  const program = await findServer(server);
  const ignore = program === undefined;
  const test = (
    name: string,
    fn: (user: BucketUser) => Promise<void>,
    file?: typeof SMALL,
  ) =>
    Deno.test({
      name: `flatbed sync to a bucket of ${server.name} ${name}`,
      ignore,
      async fn() {
        await using service = await startServer(server, program ?? "");
        await using user = await openUser(service, undefined, file);
        await fn(user);
      },
    });

  for (
    const [what, interference, said] of [
      ["SlowDown", SLOW_DOWN, "slow down (503 SlowDown"],
      ["connections that are cut within a part", "cut", "connection"],
    ] as const
  ) {
    test(`goes on after ${what}`, async (user) => {
      user.proxy.fail("UploadPart", interference, { skip: 2, times: 2 });
      const { code, stderr } = await user.sync();
      assertEquals([code, stderr], [0, ""]);
      assertEquals(user.partsSent(), PARTS);
      await user.assertWhole();
    });

    test(`ends with 75 where there is no end of ${what}, and the next one goes on`, async (user) => {
      user.proxy.fail("UploadPart", interference, { skip: 3, times: Infinity });
      assertStringIncludes(await user.failingSync(75), said);
      await user.assertNothingShown();
      const sent = user.partsSent();
      assertEquals(sent.length, 3);
      await user.goOn(sent);
      await user.assertWhole();
    });
  }

  for (
    const [what, operation] of [
      ["a part", "UploadPart"],
      ["the completion", "CompleteMultipartUpload"],
    ] as const
  ) {
    test(`is whole where the answer to ${what} is lost`, async (user) => {
      user.proxy.fail(operation, "lose answer");
      const { code, stdout, stderr } = await user.sync();
      assertEquals([code, stderr], [0, ""]);
      assertMatch(stdout, /fetched 1, replaced 0/);
      await user.assertWhole();
    });
  }

  test(
    "is whole where each answer to a small object is lost once, the mirror's own among them",
    async (user) => {
      const seen = new Set<string>();
      user.proxy.interfere = ({ operation, key }) => {
        if (operation !== "PutObject" || seen.has(key)) return;
        seen.add(key);
        return "lose answer";
      };
      const { code, stdout, stderr } = await user.sync();
      assertEquals([code, stderr], [0, ""]);
      assertMatch(stdout, /fetched 1, replaced 0/);
      assertEquals(seen.size > 2, true);
      await user.assertWhole();
    },
    SMALL,
  );

  test("leaves an upload without parts where the answer to its begin is lost", async (user) => {
    user.proxy.fail("CreateMultipartUpload", "lose answer");
    const { code, stderr } = await user.sync();
    assertEquals([code, stderr], [0, ""]);
    assertEquals(user.partsSent(), PARTS);
    // Nobody knows its id but the service: it takes no space, and a lifecycle rule ends it.
    await user.assertWhole(1);
  });

  test("knows in the next run what was completed without an answer", async (user) => {
    user.proxy.fail("CompleteMultipartUpload", "lose answer", {
      times: Infinity,
    });
    await user.failingSync(75);
    await user.goOn(PARTS);
    await user.assertWhole();
  });

  for (
    const [what, operation, reads, file] of [
      // Its SHA-256 is known at the end only, and metadata goes with the beginning.
      ["in parts, and reads it once", "CompleteMultipartUpload", 1, undefined],
      ["with one request, and reads nothing", "PutObject", 0, SMALL],
    ] as const
  ) {
    test(
      `that is killed before it has noted what is there, adopts what was sent ${what}`,
      async (user) => {
        await user.killedSync(operation);
        assertEquals(user.fetches().includes("GET"), true);
        user.proxy.requests.length = 0;
        const { code, stdout, stderr } = await user.sync();
        assertEquals(code, 0, stderr);
        assertMatch(stderr, /^Reading 1 file that the mirror does not know: /);
        assertMatch(stdout, /fetched 0, .*adopted 1/);
        assertEquals(user.fetches().includes("GET"), false);
        const read = user.proxy.requests.filter(({ operation, key }) =>
          operation === "GET" && key.endsWith(`team/${KEY}`)
        );
        assertEquals(read.length, reads);
        assertEquals(user.partsSent(), []);
        assertEquals(await user.uploadsOnRecord(), []);
        await user.assertWhole();
      },
      file,
    );
  }

  test("is whole where a completion's success holds an error, and ends with 75 where that stays", async (user) => {
    user.proxy.fail("CompleteMultipartUpload", ERROR_IN_SUCCESS, {
      times: Infinity,
    });
    assertStringIncludes(await user.failingSync(75), "200 InternalError");
    await user.assertNothingShown();
    assertEquals(user.partsSent(), PARTS);
    user.proxy.fail("CompleteMultipartUpload", ERROR_IN_SUCCESS);
    const { code, stderr } = await user.sync();
    assertEquals([code, stderr], [0, ""]);
    assertEquals(user.partsSent(), []);
    await user.assertWhole();
  });

  Deno.test({
    name:
      `BucketDestination.keep() in ${server.name} keeps a copy where a success holds an error or is lost, and shows none where it fails`,
    ignore,
    async fn() {
      await using service = await startServer(server, program ?? "");
      await using proxy = await S3Proxy.start(service.url);
      using bucket = openTestBucket({ ...service, url: proxy.url });
      const destination = new BucketDestination(bucket);
      const bytes = noise(1_000_000);
      const sum = sha256(bytes);
      await bucket.put("a/b.gz", bytes);
      proxy.fail("CopyObject", ERROR_IN_SUCCESS, { times: Infinity });
      await assertRejects(
        () => destination.keep("a/b.gz", sum),
        ServiceError,
        "200 InternalError",
      );
      const kept = () => Array.fromAsync(bucket.list(".flatbed/"));
      assertEquals(await kept(), []);
      for (const interference of [ERROR_IN_SUCCESS, "lose answer"] as const) {
        proxy.fail("CopyObject", interference);
        const { path, drop } = await destination.keep("a/b.gz", sum);
        const { bytes: copied } = await bucket.get(path) ?? {};
        assertEquals(sha256(copied ?? new Uint8Array()), sum);
        await drop();
        assertEquals(await kept(), []);
      }
    },
  });
}
