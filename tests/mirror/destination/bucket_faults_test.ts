/** What a bucket destination does when the service or the bucket fails in the middle. */
import {
  assertEquals,
  assertInstanceOf,
  assertLessOrEqual,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { S3Client } from "@aws-sdk/client-s3";
import { FetchHttpHandler } from "@smithy/fetch-http-handler";
import {
  BucketRefusedError,
  CredentialsError,
  endsRun,
  IntegrityError,
  NoSpaceError,
  ObjectChangedError,
  TransferError,
} from "../../../src/base/mod.ts";
import type { Fault, RequestRecord } from "../../../src/demo/mod.ts";
import { Bucket } from "../../../src/mirror/destination/bucket.ts";
import {
  BucketDestination,
  type BucketDestinationOptions,
} from "../../../src/mirror/destination/bucket_destination.ts";
import { copyMetadata } from "../../../src/mirror/destination/copy_metadata.ts";
import type {
  CopyOptions,
  PutCopy,
} from "../../../src/mirror/destination/destination.ts";
import { decodeRowIndex, isSameIndex } from "../../../src/rows/mod.ts";
import { gzip, gzipStored, noise } from "../../support/data.ts";
import { BUCKET, openDownloader, startRecorded } from "../../support/demo.ts";
import { md5, sha256 } from "../../support/hash.ts";
import { TEST_CREDENTIALS, TestAwsStore } from "../../support/store.ts";
import { PART } from "./_bucket.ts";

const MiB = 1024 * 1024;
const KEY = "us_stocks_sip/day_aggs_v1/2024/01/2024-01-02.csv.gz";
/** Five parts. */
const OBJECT = gzipStored(noise(22 * MiB));
const NEWER = gzipStored(noise(22 * MiB, 2));

/** A service with an object, and a bucket that can be written to. */
async function setUp(
  options: BucketDestinationOptions = {},
  credentials: S3Client["config"]["credentials"] = () =>
    Promise.resolve(TEST_CREDENTIALS),
) {
  await using stack = new AsyncDisposableStack();
  const source = stack.use(startRecorded({
    objects: [[KEY, { body: OBJECT }]],
    scale: 0.01,
  }));
  const target = stack.use(startRecorded({ writable: true, scale: 0.01 }));
  const downloader = stack.use(openDownloader(source.url, { maxRetries: 0 }));
  const client = stack.adopt(
    new S3Client({
      endpoint: target.url,
      region: "us-east-1",
      forcePathStyle: true,
      credentials,
      requestHandler: new FetchHttpHandler(),
      requestChecksumCalculation: "WHEN_REQUIRED",
    }),
    (client) => client.destroy(),
  );
  const store = stack.use(
    new TestAwsStore(target.url, { client, isOwn: true, maxRetries: 3 }),
  );
  const bucket = new Bucket(store, BUCKET, "team");
  const destination = new BucketDestination(bucket, {
    ...{
      partSize: PART,
      inOneUpTo: PART,
      partsAtOnce: 2,
      savesFrom: PART,
      saveEvery: PART,
    },
    ...options,
  });
  await destination.conditions();
  target.records.length = 0;
  const owned = stack.move();
  return {
    source,
    target,
    bucket,
    destination,
    put: (options: CopyOptions = {}): Promise<PutCopy> =>
      destination.put({ downloader, bucket: BUCKET, key: KEY }, KEY, {
        decompress: false,
        expectedSize: OBJECT.length,
        ...options,
      }),
    /** Resolves when a part was sent; what it returns ends the upload. */
    async nextUpload(): Promise<() => Promise<void>> {
      while (partsSent(target.records).length === 0) {
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      const id =
        target.records.find(({ operation }) => operation === "UploadPart")
          ?.query.uploadId ?? "";
      const requests = await store.putRequests(BUCKET, bucket.key(KEY));
      return () => requests.abort(id, false);
    },
    /** The bytes under the key in the bucket. */
    stored: () => target.objects.get(`team/${KEY}`)?.body,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** The numbers of the parts that were sent and taken. */
function partsSent(records: readonly RequestRecord[]): number[] {
  return records.filter(({ operation, status }) =>
    operation === "UploadPart" && status === 200
  ).map(({ query }) => Number(query.partNumber)).sort((a, b) => a - b);
}

/** A fault of the bucket's from the third part on. */
function fromThirdPart(fault: Partial<Fault>): Fault {
  // What the destination notes beside it has other keys.
  return { method: "PUT", key: `team/${KEY}`, skip: 2, ...fault } as Fault;
}

Deno.test("BucketDestination.put() goes on after SlowDown", async () => {
  await using test = await setUp();
  test.target.faults.add(
    fromThirdPart({ kind: "status", status: 503, code: "SlowDown", times: 2 }),
  );
  const { sha256: sum, proof, gzip } = await test.put();
  assertEquals([sum, proof, gzip], [sha256(OBJECT), "md5", "whole"]);
  assertEquals(test.stored(), OBJECT);
  assertEquals(partsSent(test.target.records), [1, 2, 3, 4, 5]);
});

Deno.test("BucketDestination.put() asks for credentials again when a session token ends, and goes on with others", async () => {
  let asked = 0;
  await using test = await setUp({}, () => {
    asked++;
    return Promise.resolve({
      ...TEST_CREDENTIALS,
      sessionToken: `token-${asked}`,
      expiration: new Date(Date.now() + 3600_000),
    });
  });
  assertEquals(asked, 1);
  test.target.faults.add(
    fromThirdPart({
      ...{ kind: "status", status: 400, code: "ExpiredToken", times: 1 },
    }),
  );
  assertEquals((await test.put()).sha256, sha256(OBJECT));
  assertEquals(asked, 2);
  assertEquals(test.stored(), OBJECT);
});

Deno.test("BucketDestination.put() ends with the same credentials that have ended, and the next one goes on", async () => {
  let asked = 0;
  await using test = await setUp({}, () => {
    asked++;
    return Promise.resolve(TEST_CREDENTIALS);
  });
  test.target.faults.add(
    fromThirdPart({ kind: "status", status: 400, code: "ExpiredToken" }),
  );
  const error = await assertRejects(() => test.put(), CredentialsError);
  assertStringIncludes(error.message, `Cannot upload 's3://${BUCKET}/team/`);
  assertStringIncludes(error.message, "the session token has expired");
  assertEquals(endsRun(error), true);
  assertLessOrEqual(asked, 4); // not once for each request
  assertEquals(test.stored(), undefined);
  assertEquals(test.target.openUploads, 1);
  test.target.faults.clear();
  test.target.records.length = 0;
  const { resumedFrom } = await test.put();
  assertEquals(resumedFrom, 2 * PART);
  assertEquals(partsSent(test.target.records), [3, 4, 5]);
  assertEquals(test.stored(), OBJECT);
  assertEquals(test.target.openUploads, 0);
});

for (
  const [what, status, code, Class] of [
    ["rights that are revoked", 403, "AccessDenied", BucketRefusedError],
    ["keys that are revoked", 403, "InvalidAccessKeyId", CredentialsError],
    [
      "a session token that MinIO refuses",
      403,
      "InvalidTokenId",
      CredentialsError,
    ],
    ["a full bucket", 507, "XMinioStorageFull", NoSpaceError],
  ] as const
) {
  Deno.test(`BucketDestination.put() ends the run with ${what}, and shows nothing under the key`, async () => {
    await using test = await setUp();
    test.target.faults.add(fromThirdPart({ kind: "status", status, code }));
    const error = await assertRejects(() => test.put(), Class);
    assertEquals(endsRun(error), true);
    assertStringIncludes(error.message, `s3://${BUCKET}/team/`);
    assertEquals(error.message.includes("plan"), false);
    assertEquals(test.stored(), undefined);
  });
}

Deno.test("BucketDestination.put() neither fetches nor sends again what the bucket has", async () => {
  await using test = await setUp();
  test.source.faults.add({
    ...{ kind: "drop", after: 1000, operation: "get", skip: 3 },
  });
  await assertRejects(() => test.put(), TransferError);
  const sent = partsSent(test.target.records);
  assertEquals(sent, [1, 2, 3]);
  test.source.faults.clear();
  test.source.records.length = test.target.records.length = 0;
  const put = await test.put();
  assertEquals(
    [put.sha256, put.proof, put.gzip, put.resumedFrom],
    [sha256(OBJECT), "md5", "whole", 3 * PART],
  );
  assertEquals(partsSent(test.target.records), [4, 5]);
  const fetched = test.source.records.reduce(
    (sum, { bytesSent }) => sum + bytesSent,
    0,
  );
  // Inflating goes on at the end of a block, a little before the part.
  assertLessOrEqual(fetched, OBJECT.length - 3 * PART + MiB);
  assertEquals(test.stored(), OBJECT);
  assertEquals(await test.destination.unfinished(KEY), {
    ...{ stored: 0, content: 0 },
  });
});

Deno.test("BucketDestination.put() reads back what it has gone on with, once, for its index too", async () => {
  const digits = noise(12 * MiB).toHex();
  const rows = Array.from(
    { length: digits.length / 256 },
    (_, at) => `T${10_000 + at},${digits.slice(256 * at, 256 * (at + 1))}\n`,
  );
  const text = `ticker,volume\n${rows.join("")}`;
  const body = await gzip(new TextEncoder().encode(text));
  const indexOf = async (isBrokenOff: boolean) => {
    await using test = await setUp();
    test.source.objects.set(KEY, { body });
    const put = () => test.put({ expectedSize: body.length, rowIndex: true });
    if (isBrokenOff) {
      test.source.faults.add({
        ...{ kind: "drop", after: 1000, operation: "get", skip: 1 },
      });
      await assertRejects(put, TransferError);
      test.source.faults.clear();
    }
    test.target.records.length = 0;
    const { rowIndex, sha256: sum } = await put();
    assertEquals(sum, sha256(body));
    assertEquals(test.stored(), body);
    const reads = test.target.records.filter(({ method, key, query }) =>
      method === "GET" && key === `team/${KEY}` &&
      query.uploadId === undefined
    );
    const object = { key: KEY, size: body.length, etag: md5(body) };
    const index = decodeRowIndex(rowIndex ?? new Uint8Array(), object);
    return { index, reads: reads.length };
  };
  const whole = await indexOf(false);
  const resumed = await indexOf(true);
  assertEquals([whole.reads, resumed.reads], [0, 1]);
  assertEquals(isSameIndex(whole.index, resumed.index), true);
});

Deno.test("BucketDestination.put() removes an object whose parts are not those that were sent", async () => {
  await using test = await setUp();
  test.source.faults.add({
    ...{ kind: "drop", after: 1000, operation: "get", skip: 3 },
  });
  await assertRejects(() => test.put(), TransferError);
  test.source.faults.clear();
  const record = await test.bucket.get(`.flatbed/uploads/${KEY}.json`);
  const { id } = JSON.parse(new TextDecoder().decode(record?.bytes));
  const requests = await test.bucket.store.putRequests(
    BUCKET,
    test.bucket.key(KEY),
  );
  const bytes = OBJECT.slice(0, PART);
  bytes[1000] = (bytes[1000] ?? 0) ^ 1;
  const { signal } = new AbortController();
  await requests.putPart(id, { number: 1, bytes }, signal);
  await assertRejects(
    () => test.put(),
    IntegrityError,
    "other bytes than those",
  );
  assertEquals(test.stored(), undefined);
  assertEquals((await test.put()).sha256, sha256(OBJECT));
  assertEquals(test.stored(), OBJECT);
});

Deno.test("BucketDestination.put() fetches again, but does not send again, where no state is saved", async () => {
  await using test = await setUp({ savesFrom: 2 ** 40 });
  test.source.faults.add({
    ...{ kind: "drop", after: 1000, operation: "get", skip: 3 },
  });
  await assertRejects(() => test.put(), TransferError);
  test.source.faults.clear();
  test.target.records.length = 0;
  const { sha256: sum, resumedFrom } = await test.put();
  assertEquals([sum, resumedFrom], [sha256(OBJECT), 3 * PART]);
  assertEquals(partsSent(test.target.records), [4, 5]);
});

Deno.test("BucketDestination.put() gives up what it has of a version that was replaced", async () => {
  await using test = await setUp();
  test.source.faults.add({
    ...{ kind: "drop", after: 1000, operation: "get", skip: 3 },
  });
  await assertRejects(() => test.put(), TransferError);
  test.source.faults.clear();
  test.source.objects.set(KEY, { body: NEWER });
  assertEquals((await test.put()).sha256, sha256(NEWER));
  assertEquals(test.stored(), NEWER);
  assertEquals(test.target.openUploads, 0);
});

Deno.test("BucketDestination.put() begins anew when the object is replaced while it is fetched", async () => {
  await using test = await setUp();
  const run = test.put();
  while (partsSent(test.target.records).length === 0) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  test.source.objects.set(KEY, { body: NEWER });
  assertEquals((await run).sha256, sha256(NEWER));
  assertEquals(test.stored(), NEWER);
  assertEquals(test.target.openUploads, 0);
});

Deno.test("BucketDestination.put() completes nothing that is not the object's bytes", async () => {
  await using test = await setUp();
  test.source.faults.add({ kind: "flip-bit", operation: "get", skip: 2 });
  await assertRejects(() => test.put(), IntegrityError, "the ETag says");
  assertEquals(test.stored(), undefined);
  assertEquals(test.target.openUploads, 0);
  assertEquals(await test.destination.unfinished(KEY), {
    ...{ stored: 0, content: 0 },
  });
});

Deno.test("BucketDestination.put() does not replace what another writer has put meanwhile", async () => {
  await using test = await setUp();
  const other = new Uint8Array([1, 2, 3]);
  const run = test.put();
  while (partsSent(test.target.records).length === 0) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await test.bucket.put(KEY, other);
  const error = await assertRejects(() => run, ObjectChangedError);
  assertStringIncludes(error.message, "another writer");
  assertEquals(test.stored(), other);
  assertEquals(test.target.openUploads, 0);
});

Deno.test("BucketDestination.put() by two processes at once makes one whole copy", async () => {
  await using test = await setUp();
  const puts = await Promise.all([test.put(), test.put()]);
  assertEquals(puts.map(({ sha256 }) => sha256), [
    sha256(OBJECT),
    sha256(OBJECT),
  ]);
  assertEquals(test.stored(), OBJECT);
});

Deno.test("BucketDestination.put() goes on when another process completes the same upload meanwhile", async () => {
  await using test = await setUp({ savesFrom: 2 ** 40 });
  const run = test.put();
  const endUpload = await test.nextUpload();
  await test.bucket.put(KEY, OBJECT, {
    metadata: copyMetadata({ etag: md5(OBJECT) }),
    partSize: OBJECT.length, // with one request
  });
  await endUpload();
  assertEquals((await run).sha256, sha256(OBJECT));
  assertEquals(test.stored(), OBJECT);
  assertEquals(test.target.openUploads, 0);
  const begun = test.target.records.filter(({ operation }) =>
    operation === "CreateMultipartUpload"
  );
  assertEquals(begun.length, 1);
});

Deno.test("BucketDestination.put() begins anew when another program aborts its upload", async () => {
  await using test = await setUp({ savesFrom: 2 ** 40 });
  const run = test.put();
  await (await test.nextUpload())();
  assertEquals((await run).sha256, sha256(OBJECT));
  assertEquals(test.stored(), OBJECT);
  assertEquals(test.target.openUploads, 0);
});

Deno.test("BucketDestination.put() stores what tells a copy without reading it", async () => {
  await using test = await setUp();
  const { etag } = await test.put();
  const { metadata } = await test.bucket.stat(KEY) ?? {};
  assertEquals(metadata, {
    "flatbed-etag": etag,
    md5chksum: Uint8Array.fromHex(etag).toBase64(),
  });
  assertInstanceOf(test.stored(), Uint8Array);
});

Deno.test("BucketDestination.known() tells a copy that was put with one request without reading it", async () => {
  await using test = await setUp({ inOneUpTo: OBJECT.length });
  const { etag, size, mtime } = await test.put();
  assertEquals(partsSent(test.target.records), []);
  const { destination, target } = test;
  target.records.length = 0;
  assertEquals(await destination.known(KEY, { size, etag }), {
    ...{ bytes: size, sha256: sha256(OBJECT), proof: "md5", gzip: "whole" },
    mtime,
  });
  assertEquals(target.records.map(({ method }) => method), ["HEAD"]);
  const other = "0".repeat(32);
  assertEquals(await destination.known(KEY, { size, etag: other }), undefined);
  assertEquals(await destination.known("none", { size, etag }), undefined);
  await test.bucket.put(KEY, OBJECT); // by another program
  assertEquals(await destination.known(KEY, { size, etag }), undefined);
});
