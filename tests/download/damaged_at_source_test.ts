/**
 * What proves an object, and files whose bytes are the service's and no whole gzip data.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import type { Fault } from "../../src/demo/mod.ts";
import { DamagedAtSourceError, IntegrityError } from "../../src/base/mod.ts";
import { findGzipFault } from "../../src/gzip/mod.ts";
import { SyncS3Downloader } from "../../src/download/mod.ts";
import { csv, gzip, joined, sizeAndSum } from "../support/data.ts";
import { BUCKET, openDownloader, startRecorded } from "../support/demo.ts";
import { startDemoThread } from "../support/demo_thread.ts";
import { makeFolder } from "../support/folder.ts";
import { TEST_CREDENTIALS } from "../support/store.ts";

const KEY = "us_stocks_sip/day_aggs_v1/2024/01/2024-01-02.csv.gz";
const BODY = await gzip(csv(300_000));
/** In one stream, and in ranges. */
const WAYS = [{}, { rangeThreshold: 1000, rangeSize: 30_000 }];

const DAMAGED: Record<string, [body: Uint8Array, fault: string]> = {
  "cut in half": [BODY.subarray(0, BODY.length >> 1), "ends early"],
  "empty": [new Uint8Array(), "is empty"],
  "not gzip": [csv(5000), "does not begin with the gzip magic bytes"],
  "followed by a newline": [
    joined(BODY, Uint8Array.of(10)),
    "is followed by something else",
  ],
};

const WHOLE: Record<string, Uint8Array> = {
  "a header row alone": await gzip(new TextEncoder().encode("ticker\n")),
  "an empty gzip": await gzip(new Uint8Array()),
  "zeros behind it": joined(BODY, new Uint8Array(1000)),
};

for (const [what, [body, gzipFault]] of Object.entries(DAMAGED)) {
  Deno.test(`downloadToFile() keeps data whose MD5 is right and that is ${what}, and says so`, async () => {
    for (const options of WAYS) {
      await using folder = await makeFolder();
      await using server = startRecorded({ objects: [[KEY, { body }]] });
      await using downloader = openDownloader(server.url, options);
      const path = `${folder.path}/a.csv.gz`;
      const get = (more = {}) =>
        downloader.downloadToFile(BUCKET, KEY, path, {
          decompress: false,
          ...more,
        });
      const { key: _, path: __, lastModified: ___, ...file } = await get();
      assertEquals(file, {
        bytes: body.length,
        size: body.length,
        etag: file.etag,
        resumedFrom: 0,
        proof: "md5",
        gzip: "damaged",
        gzipFault,
      });
      assertEquals(sizeAndSum(await Deno.readFile(path)), sizeAndSum(body));
      assertEquals((await get({ trustEtag: true })).gzip, "unchecked");
      await Deno.remove(path);
      for (
        const content of [
          () => get({ decompress: true }),
          () => downloader.downloadOne(BUCKET, KEY),
          async () => Array.fromAsync(await downloader.openStream(BUCKET, KEY)),
        ]
      ) {
        const error = await assertRejects(content, DamagedAtSourceError);
        assertEquals(
          [error.code, error.fault, error.size, error.etag],
          ["damaged-at-source", gzipFault, body.length, file.etag],
        );
      }
      assertEquals(await folder.names(), []);
    }
  });
}

for (const [what, body] of Object.entries(WHOLE)) {
  Deno.test(`downloadToFile() calls ${what} whole`, async () => {
    for (const options of WAYS) {
      await using folder = await makeFolder();
      await using server = startRecorded({ objects: [[KEY, { body }]] });
      await using downloader = openDownloader(server.url, options);
      const file = await downloader.downloadToFile(
        BUCKET,
        KEY,
        `${folder.path}/a.csv.gz`,
        { decompress: false },
      );
      assertEquals([file.proof, file.gzip], ["md5", "whole"]);
    }
  });
}

Deno.test("downloadToFile() does not take an encrypted object's ETag for an MD5", async () => {
  for (const how of ["aws:kms", "aws:kms:dsse", "customer"] as const) {
    for (const [index, options] of WAYS.entries()) {
      await using folder = await makeFolder();
      const fault: Fault = { kind: "encrypted", how };
      await using server = startRecorded({
        objects: [[KEY, { body: BODY }]],
        faults: [fault],
      });
      await using downloader = openDownloader(server.url, {
        maxConcurrentRanges: 1,
        ...options,
      });
      const { etag, isEncrypted } = await downloader.getObjectInfo(BUCKET, KEY);
      assertEquals([etag.length, isEncrypted], [32, true]);
      const [listed] = await Array.fromAsync(
        downloader.iterateObjects(BUCKET, KEY),
      );
      assertEquals([listed?.etag, listed?.isEncrypted], [etag, undefined]);
      const path = `${folder.path}/a.csv.gz`;
      const get = () =>
        downloader.downloadToFile(BUCKET, KEY, path, {
          decompress: false,
          trustEtag: true, // it proves nothing
        });
      const file = await get();
      assertEquals([file.proof, file.gzip], ["gzip", "whole"]);
      // A bit that flips on the way is noticed, and the object comes again.
      server.faults.add({
        kind: "flip-bit",
        operation: "get",
        times: 1,
        skip: index === 0 ? 0 : 3,
        at: 70_000,
      });
      assertEquals((await get()).gzip, "whole");
      assertEquals(sizeAndSum(await Deno.readFile(path)), sizeAndSum(BODY));
      assertEquals(downloader.getStatistics().totalRetries, 1);
    }
  }
});

Deno.test("downloadToFile() does not call damaged at source what nobody proves", async () => {
  await using folder = await makeFolder();
  await using server = startRecorded({
    objects: [[KEY, { body: BODY, etag: `${"a".repeat(32)}-2` }]],
    faults: [100, 101].map((at) => ({ kind: "flip-bit", times: 1, at })),
  });
  await using downloader = openDownloader(server.url);
  const path = `${folder.path}/a.csv.gz`;
  for (const decompress of [true, false]) {
    const error = await assertRejects(
      () => downloader.downloadToFile(BUCKET, KEY, path, { decompress }),
      IntegrityError,
      "was not the same each time that it was downloaded",
    );
    assertEquals(error.code, "integrity");
    assertEquals(await folder.names(), []);
    for (const at of [100, 101]) {
      server.faults.add({ kind: "flip-bit", times: 1, at });
    }
  }
});

Deno.test("SyncS3Downloader.downloadToFile() says what is damaged at source", async () => {
  await using folder = await makeFolder();
  using thread = await startDemoThread({
    objects: [[KEY, BODY.slice(0, -1)]],
  });
  using downloader = new SyncS3Downloader(TEST_CREDENTIALS, {
    endpointUrl: thread.url,
  });
  const get = (trustEtag: boolean) =>
    downloader.downloadToFile(BUCKET, KEY, `${folder.path}/a`, {
      decompress: false,
      trustEtag,
    });
  const { gzip, gzipFault } = get(false);
  assertEquals([gzip, gzipFault], ["damaged", "ends early"]);
  assertEquals(get(true).gzip, "unchecked");
});

Deno.test("findGzipFault() reads all of its source", async () => {
  const pieces = [BODY.subarray(0, 100), Uint8Array.of(1), BODY.subarray(101)];
  let read = 0;
  const source = async function* () {
    for (const piece of pieces) {
      read += piece.length;
      yield piece;
    }
  };
  assertEquals(
    (await findGzipFault(source(), "a.gz"))?.startsWith("is damaged"),
    true,
  );
  assertEquals(read, BODY.length);
  pieces.splice(0, 3, BODY);
  assertEquals(await findGzipFault(source(), "a.gz"), undefined);
});

Deno.test("downloadToFile() keeps a whole file that is there, unless it is told to replace it", async () => {
  await using folder = await makeFolder();
  await using server = startRecorded({
    objects: [[KEY, { body: BODY.subarray(0, BODY.length >> 1) }]],
  });
  await using downloader = openDownloader(server.url);
  const path = `${folder.path}/a.csv.gz`;
  await Deno.writeFile(path, WHOLE["an empty gzip"] ?? new Uint8Array());
  const get = (more = {}) =>
    downloader.downloadToFile(BUCKET, KEY, path, {
      decompress: false,
      ...more,
    });
  const sizes = async () =>
    Object.fromEntries(
      await Promise.all((await folder.names()).map(async (name) => [
        name,
        (await Deno.stat(`${folder.path}/${name}`)).size,
      ])),
    );
  const half = BODY.length >> 1;
  const whole = WHOLE["an empty gzip"]?.length;
  assertEquals((await get()).path, `${path}.damaged`);
  assertEquals(await sizes(), { "a.csv.gz": whole, "a.csv.gz.damaged": half });
  await Deno.remove(`${path}.damaged`);
  assertEquals((await get({ replaceByDamaged: true })).path, path);
  assertEquals(await sizes(), { "a.csv.gz": half });
  // One that is damaged itself need not be kept.
  await Deno.writeTextFile(path, "x");
  assertEquals((await get()).path, path);
  assertEquals(await sizes(), { "a.csv.gz": half });
});
