import {
  assert,
  assertEquals,
  assertFalse,
  assertGreater,
  assertInstanceOf,
  assertLessOrEqual,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { DATASETS, S3Catalog } from "../../src/catalog/mod.ts";
import { startDemoServer } from "../../src/demo/mod.ts";
import {
  AccessDeniedError,
  CredentialsError,
  DamagedAtSourceError,
  IntegrityError,
  NotFoundError,
  ObjectChangedError,
  ThrottledError,
  TimedOutError,
  TransferError,
} from "../../src/base/mod.ts";
import {
  AsyncS3Downloader,
  type DownloadProgress,
} from "../../src/download/mod.ts";
import { Inflater } from "../../src/gzip/inflater.ts";
import { keyAtEndpoint } from "../../src/download/key_at_endpoint.ts";
import { sendError, sendObject } from "../support/answers.ts";
import { md5 } from "../support/hash.ts";
import {
  collect,
  csv,
  gzip,
  joined,
  noise,
  sizeAndSum,
} from "../support/data.ts";
import { BUCKET, openDownloader, startRecorded } from "../support/demo.ts";
import { RawServer } from "../support/raw_server.ts";
import { TEST_CREDENTIALS } from "../support/store.ts";

const KEY = new S3Catalog().getStocksDailyKey("2024-01-02");
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

Deno.test("AsyncS3Downloader.downloadOne() decompresses a file, or leaves it as it is stored", async () => {
  await using server = startRecorded();
  await using downloader = openDownloader(server.url);
  const plain = await downloader.downloadOne(BUCKET, KEY);
  assert(text(plain).startsWith("ticker,volume,open,close,high,low,"));
  const stored = await downloader.downloadOne(BUCKET, KEY, {
    decompress: false,
  });
  assertEquals([stored[0], stored[1]], [0x1f, 0x8b]);
  const unpacked = new Blob([stored]).stream().pipeThrough(
    new DecompressionStream("gzip"),
  );
  assertEquals(await collect(unpacked), plain);
  assertEquals(plain.buffer.byteLength, plain.length);
  assertEquals(stored.buffer.byteLength, stored.length);
});

Deno.test("AsyncS3Downloader.downloadOne() brings files of every dataset, under both names", async () => {
  await using server = startRecorded({ scale: 0.01 });
  await using downloader = openDownloader(server.url);
  for (const layout of ["documented", "live"] as const) {
    const catalog = new S3Catalog(BUCKET, { layout });
    const keys = DATASETS.map(({ id }) => catalog.getKey(id, "2024-01-03"));
    const failures: Error[] = [];
    const files = await downloader.downloadBatch(BUCKET, keys, {
      onFailure: (_, error) => failures.push(error),
    });
    assertEquals(failures, []);
    for (const [index, { id, columns }] of DATASETS.entries()) {
      const header = text(files[index] ?? new Uint8Array()).split("\n", 1)[0];
      if (columns !== null) assertEquals(header, columns.join(","), id);
      assertGreater(files[index]?.length ?? 0, 0, id);
    }
  }
  assertEquals(downloader.getStatistics().successfulDownloads, 66);
});

Deno.test("AsyncS3Downloader.downloadOne() handles gzip data of every kind", async () => {
  const [a, b] = [csv(3000, 1), csv(200_000, 2)];
  const [packedA, packedB] = [await gzip(a), await gzip(b)];
  const objects: Record<string, Uint8Array> = {
    "multi.csv.gz": joined(packedA, packedB),
    "padded.csv.gz": joined(packedB, new Uint8Array(70_000)),
    "both.csv.gz": joined(packedA, packedB, new Uint8Array(1)),
    "nothing.csv.gz": await gzip(new Uint8Array()),
    "no-ending": packedA,
    "plain.csv": a,
    "empty.csv": new Uint8Array(),
    "text.csv.gz": a,
    "empty.csv.gz": new Uint8Array(),
    "one-byte.csv.gz": packedA.slice(0, 1),
    "cut.csv.gz": packedB.slice(0, -1),
    "half.csv.gz": packedB.slice(0, packedB.length / 2),
    "garbage.csv.gz": joined(packedA, Uint8Array.of(1, 2, 3)),
  };
  await using server = startRecorded({
    objects: Object.entries(objects).map(([key, body]) =>
      [key, { body }] as const
    ),
  });
  await using downloader = openDownloader(server.url);
  const get = async (key: string) =>
    sizeAndSum(await downloader.downloadOne(BUCKET, key));
  assertEquals(await get("multi.csv.gz"), sizeAndSum(joined(a, b)));
  assertEquals(await get("padded.csv.gz"), sizeAndSum(b));
  assertEquals(await get("both.csv.gz"), sizeAndSum(joined(a, b)));
  assertEquals(await get("nothing.csv.gz"), sizeAndSum(new Uint8Array()));
  assertEquals(await get("no-ending"), sizeAndSum(a));
  assertEquals(await get("plain.csv"), sizeAndSum(a));
  assertEquals(await get("empty.csv"), sizeAndSum(new Uint8Array()));
  for (
    const [key, message] of [
      ["text.csv.gz", "does not begin with the gzip magic bytes"],
      ["empty.csv.gz", "is empty"],
      ["one-byte.csv.gz", "does not begin with the gzip magic bytes"],
      ["cut.csv.gz", "ends early"],
      ["half.csv.gz", "ends early"],
      ["garbage.csv.gz", "is followed by something else"],
    ] as const
  ) {
    // Their MD5s are right.
    const error = await assertRejects(
      () => get(key),
      DamagedAtSourceError,
      `it is damaged at source: its gzip data ${message}`,
    );
    assertEquals([error.key, error.etag], [
      key,
      md5(objects[key] ?? new Uint8Array()),
    ]);
  }
  assertEquals(server.records.length, 13);
  for (const [key, body] of Object.entries(objects)) {
    const stored = await downloader.downloadOne(BUCKET, key, {
      decompress: false,
    });
    assertEquals(sizeAndSum(stored), sizeAndSum(body), key);
  }
});

Deno.test("AsyncS3Downloader.downloadOne() brings an object with Content-Encoding: gzip as it is stored", async () => {
  const content = csv(3000);
  const packed = await gzip(content);
  await using server = startRecorded({
    objects: [["a.csv", { body: packed, contentEncoding: "gzip" }]],
  });
  await using downloader = openDownloader(server.url);
  assertEquals(
    await downloader.downloadOne(BUCKET, "a.csv", { decompress: false }),
    packed,
  );
  assertEquals(await downloader.downloadOne(BUCKET, "a.csv"), content);
});

Deno.test("AsyncS3Downloader.downloadOne() hides a broken body from the caller, under the decompressor", async () => {
  const content = csv(500_000);
  const packed = await gzip(content);
  await using server = startRecorded({
    objects: [["a.csv.gz", { body: packed }]],
    faults: [{ kind: "drop", after: 30_000, times: 3 }],
  });
  await using downloader = openDownloader(server.url);
  const got = await downloader.downloadOne(BUCKET, "a.csv.gz");
  assertEquals(sizeAndSum(got), sizeAndSum(content));
  assertEquals(downloader.getStatistics(), {
    totalDownloads: 1,
    successfulDownloads: 1,
    failedDownloads: 0,
    totalRetries: 3,
    successRate: 1,
  });
  assertEquals(
    server.records.map(({ range }) => range).slice(0, 2),
    [undefined, "bytes=30000-"],
  );
});

Deno.test("AsyncS3Downloader.downloadOne() gives each failure its own class", async () => {
  await using server = startRecorded({
    objects: ["a", "b", "c", "d", "e", "f"].map((key) =>
      [key, { body: noise(1000) }] as const
    ),
    faults: [
      { kind: "forbidden", key: "a" },
      { kind: "status", status: 503, key: "b" },
      { kind: "truncate", after: 0, key: "c" },
      { kind: "stall", after: 0, key: "d" },
      { kind: "flip-bit", key: "e" },
      { kind: "drop", after: 0, key: "f" },
    ],
  });
  await using downloader = openDownloader(server.url, { timeout: 0.3 });
  await Promise.all(
    ([
      ["a", AccessDeniedError, 1, "the plan may not include it"],
      ["b", ThrottledError, 2, "the service asks to slow down (503"],
      ["c", IntegrityError, 1, "MD5"],
      ["d", TimedOutError, 2, "no byte arrived for 0.3 seconds"],
      ["e", IntegrityError, 1, "MD5"],
      ["f", TransferError, 2, "the connection failed"],
      ["no-such-key", NotFoundError, 1, "there is no such object"],
    ] as const).map(async ([key, Class, requests, message]) => {
      const error = await assertRejects(
        () => downloader.downloadOne(BUCKET, key, { decompress: false }),
        Class,
        message,
        key,
      );
      assertEquals(error.key, key);
      const made = server.records.filter((record) => record.key === key);
      assertLessOrEqual(made.length, requests);
    }),
  );
  const statistics = downloader.getStatistics();
  assertEquals(
    [statistics.totalDownloads, statistics.failedDownloads],
    [7, 7],
  );
  assertEquals([statistics.totalRetries, statistics.successRate], [3, 0]);
  await using stranger = openDownloader(server.url);
  await assertRejects(
    () => stranger.downloadOne("no-such-bucket", "a"),
    NotFoundError,
    "there is no bucket 'no-such-bucket'",
  );
});

Deno.test("AsyncS3Downloader says when the service refuses the credentials", async () => {
  await using server = startDemoServer(); // takes other credentials
  await using downloader = openDownloader(server.url);
  await assertRejects(
    () => downloader.downloadOne(BUCKET, KEY),
    CredentialsError,
    "the service does not know the access key id",
  );
  await using other = startDemoServer({
    credentials: { ...TEST_CREDENTIALS, secretAccessKey: "another" },
  });
  await using second = openDownloader(other.url);
  const error = await assertRejects(
    () => second.listObjects(BUCKET, ""),
    CredentialsError,
    "the signature does not match",
  );
  assertFalse(Deno.inspect(error).includes("secret-that"));
});

Deno.test("AsyncS3Downloader.downloadOne() starts over once when the object changed, and never mixes versions", async () => {
  const [one, two] = [noise(5000, 1), noise(5000, 2)];
  await using server = new RawServer((request, wire) =>
    request.index === 0
      ? sendObject(request, wire, one, { drop: 2000, etag: "one-2" })
      : sendObject(request, wire, two, { etag: "two-2" })
  );
  await using downloader = openDownloader(server.url);
  assertEquals(
    sizeAndSum(await downloader.downloadOne(BUCKET, "a")),
    sizeAndSum(two),
  );
  assertEquals(
    server.requests.map(({ headers }) => headers.get("if-match")),
    [null, '"one-2"', null],
  );
  assertEquals(downloader.getStatistics(), {
    totalDownloads: 1,
    successfulDownloads: 1,
    failedDownloads: 0,
    totalRetries: 2,
    successRate: 1,
  });
});

Deno.test("AsyncS3Downloader.downloadOne() gives up on an object that changes again", async () => {
  await using server = new RawServer((request, wire) =>
    sendObject(request, wire, noise(5000, request.index), { drop: 2000 })
  );
  await using downloader = openDownloader(server.url);
  await assertRejects(
    () => downloader.downloadOne(BUCKET, "a"),
    ObjectChangedError,
    "Cannot download 'a': the object changed while it was read",
  );
  assertEquals(server.requests.length, 4);
});

Deno.test("AsyncS3Downloader.downloadOne() does not believe an impossible size", async () => {
  for (const decompress of [true, false]) {
    await using server = new RawServer(async (request, wire) => {
      if (request.index > 0) return await sendObject(request, wire, noise(10));
      await wire.head(200, {
        "Content-Length": Number.MAX_SAFE_INTEGER,
        ETag: '"x-2"',
      });
      await wire.send(noise(10));
      wire.close();
    });
    await using downloader = openDownloader(server.url, {
      maxPoolConnections: 1,
      maxRetries: 0,
    });
    await assertRejects(
      () =>
        downloader.downloadOne(BUCKET, "a", {
          decompress,
          maxBytes: Number.MAX_SAFE_INTEGER,
        }),
      TransferError,
    );
    assertEquals(await downloader.downloadOne(BUCKET, "a"), noise(10));
  }
});

Deno.test("AsyncS3Downloader.downloadOne() tells how far it is", async () => {
  const body = noise(300_000);
  await using server = startRecorded({
    objects: [["a", { body }]],
    faults: [{ kind: "drop", after: 100_000, times: 1 }],
  });
  await using downloader = openDownloader(server.url);
  const seen: DownloadProgress[] = [];
  await downloader.downloadOne(BUCKET, "a", {
    onProgress: (progress) => seen.push(progress),
  });
  assertEquals(seen.at(-1), { key: "a", bytes: 300_000, size: 300_000 });
  assertEquals(seen, seen.toSorted((a, b) => a.bytes - b.bytes));
  assert(seen.some(({ bytes }) => bytes === 100_000));
});

Deno.test("AsyncS3Downloader.downloadOne() passes on what onProgress throws", async () => {
  await using server = startRecorded({ objects: [["a", { body: noise(9) }]] });
  await using downloader = openDownloader(server.url, {
    maxPoolConnections: 1,
  });
  const failure = new Error("mine");
  const onProgress = () => {
    throw failure;
  };
  for (let time = 0; time < 2; time++) {
    assertEquals(
      await assertRejects(() =>
        downloader.downloadOne(BUCKET, "a", { onProgress })
      ),
      failure,
    );
  }
});

Deno.test("AsyncS3Downloader.downloadBatch() keeps the order asked, and reports what failed", async () => {
  const gates = Array.from({ length: 4 }, () => Promise.withResolvers<void>());
  await using server = new RawServer(async (request, wire) => {
    const place = Number(request.path.slice(-1));
    // The last is answered first.
    if (place < 3) await gates[place + 1]?.promise;
    if (place === 1) await sendError(wire, 404, "NoSuchKey");
    else await sendObject(request, wire, noise(10, place));
    gates[place]?.resolve();
  });
  await using downloader = openDownloader(server.url);
  const failures: [string, Error][] = [];
  const results = await downloader.downloadBatch(
    BUCKET,
    ["k0", "k1", "k2", "k3"],
    { onFailure: (key, error) => failures.push([key, error]) },
  );
  assertEquals(results, [noise(10, 0), null, noise(10, 2), noise(10, 3)]);
  assertEquals(failures.map(([key]) => key), ["k1"]);
  assertInstanceOf(failures[0]?.[1], NotFoundError);
  assertEquals(downloader.getStatistics(), {
    totalDownloads: 4,
    successfulDownloads: 3,
    failedDownloads: 1,
    totalRetries: 0,
    successRate: 0.75,
  });
  assertEquals(await downloader.downloadBatch(BUCKET, []), []);
});

Deno.test("AsyncS3Downloader.downloadBatch() stops at what onFailure throws", async () => {
  await using server = new RawServer((request, wire) =>
    request.path.endsWith("/0")
      ? sendError(wire, 404, "NoSuchKey")
      : sendObject(request, wire, noise(10))
  );
  await using downloader = openDownloader(server.url, { maxConcurrent: 2 });
  const failure = new Error("mine");
  const keys = Array.from({ length: 100 }, (_, index) => `${index}`);
  const error = await assertRejects(() =>
    downloader.downloadBatch(BUCKET, keys, {
      onFailure() {
        throw failure;
      },
    })
  );
  assertEquals(error, failure);
  // Meanwhile others would be asked for.
  for (let time = 0; time < 20; time++) {
    await downloader.checkExists(BUCKET, "x");
  }
  const gets = server.requests.filter(({ method }) => method === "GET");
  assertLessOrEqual(gets.length, 4);
});

Deno.test("AsyncS3Downloader has at most maxConcurrent objects under way, over all calls", async () => {
  let underWay = 0;
  let most = 0;
  const full = Promise.withResolvers<void>();
  await using server = new RawServer(async (request, wire) => {
    most = Math.max(most, ++underWay);
    if (underWay === 3) full.resolve();
    await full.promise;
    await new Promise((resolve) => setTimeout(resolve, 5)); // others get their chance
    underWay--;
    await sendObject(request, wire, noise(10));
  });
  await using downloader = openDownloader(server.url, { maxConcurrent: 3 });
  const keys = ["a", "b", "c", "d", "e"];
  await using folder = await temporaryFolder();
  const [first, second, one, file, stream] = await Promise.all([
    downloader.downloadBatch(BUCKET, keys),
    downloader.downloadBatch(BUCKET, keys),
    downloader.downloadOne(BUCKET, "f"),
    downloader.downloadToFile(BUCKET, "g", `${folder.path}/g`),
    downloader.openStream(BUCKET, "h").then(collect),
  ]);
  assertEquals([...first, ...second, one, stream], Array(12).fill(noise(10)));
  assertEquals(file.bytes, 10);
  assertEquals(most, 3);
});

Deno.test("AsyncS3Downloader bounds its connections, however many objects are under way", async () => {
  await using server = new RawServer((request, wire) =>
    sendObject(request, wire, noise(2000))
  );
  await using downloader = openDownloader(server.url, {
    maxConcurrent: 16,
    maxPoolConnections: 2,
  });
  const keys = Array.from({ length: 60 }, (_, index) => `${index}`);
  const results = await downloader.downloadBatch(BUCKET, keys);
  assertFalse(results.includes(null));
  assertLessOrEqual(server.mostOpen, 2);
});

async function temporaryFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await Deno.makeTempDir();
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

Deno.test("AsyncS3Downloader.openStream() gives the content piece by piece", async () => {
  const content = csv(2_000_000);
  await using server = startRecorded({
    objects: [["a.csv.gz", { body: await gzip(content) }]],
    faults: [{ kind: "drop", after: 50_000, times: 1 }],
  });
  await using downloader = openDownloader(server.url);
  const stream = await downloader.openStream(BUCKET, "a.csv.gz");
  assertInstanceOf(stream, ReadableStream);
  const chunks = await Array.fromAsync(stream);
  assertGreater(chunks.length, 1);
  assertEquals(sizeAndSum(joined(...chunks)), sizeAndSum(content));
  assertEquals(downloader.getStatistics().successfulDownloads, 1);
  assertEquals(downloader.getStatistics().totalRetries, 1);
});

Deno.test("AsyncS3Downloader.openStream() rejects where it cannot be opened, and counts it", async () => {
  await using server = startRecorded();
  await using downloader = openDownloader(server.url);
  await assertRejects(
    () => downloader.openStream(BUCKET, "no-such-key"),
    NotFoundError,
  );
  assertEquals(downloader.getStatistics().failedDownloads, 1);
});

Deno.test("AsyncS3Downloader.openStream() counts a stream that fails by the time that it does", async () => {
  await using server = startRecorded({
    objects: [["a.csv.gz", { body: (await gzip(csv(900))).slice(0, -1) }]],
  });
  await using downloader = openDownloader(server.url, { maxConcurrent: 1 });
  const stream = await downloader.openStream(BUCKET, "a.csv.gz");
  const reader = stream.getReader();
  let outcome: unknown;
  while (outcome === undefined) {
    await reader.read().then(({ done }) => {
      assertFalse(done);
    }, (error) => {
      outcome = error;
      assertEquals(downloader.getStatistics().failedDownloads, 1);
    });
  }
  assertInstanceOf(outcome, IntegrityError);
  // Its place among the others is free again.
  await assertRejects(() => downloader.downloadOne(BUCKET, "x"), NotFoundError);
});

Deno.test("AsyncS3Downloader.openStream() gives its place back when it is cancelled, and counts nothing", async () => {
  const body = noise(3_000_000);
  await using server = startRecorded({ objects: [["a", { body }]] });
  await using downloader = openDownloader(server.url, {
    maxConcurrent: 1,
    maxPoolConnections: 1,
  });
  const unread = await downloader.openStream(BUCKET, "a");
  await unread.cancel();
  for await (const chunk of await downloader.openStream(BUCKET, "a")) {
    assertGreater(chunk.length, 0);
    break;
  }
  assertEquals(downloader.getStatistics().totalDownloads, 0);
  assertEquals(
    sizeAndSum(await downloader.downloadOne(BUCKET, "a")),
    sizeAndSum(body),
  );
});

Deno.test("AsyncS3Downloader.openStream() lets go of the decompressor when it is cancelled", async () => {
  const body = await gzip(noise(3_000_000));
  await using server = startRecorded({ objects: [["a.gz", { body }]] });
  await using downloader = openDownloader(server.url);
  const { prototype } = Inflater;
  const dispose = prototype[Symbol.dispose];
  let disposed = 0;
  prototype[Symbol.dispose] = function (this: Inflater) {
    disposed++;
    dispose.call(this);
  };
  try {
    for (let time = 0; time < 3; time++) {
      const reader = (await downloader.openStream(BUCKET, "a.gz")).getReader();
      await reader.read();
      await reader.cancel();
    }
    assertEquals(disposed, 3);
  } finally {
    prototype[Symbol.dispose] = dispose;
  }
});

Deno.test("AsyncS3Downloader.openStream() does not read ahead of its reader without bound", async () => {
  let sent = 0;
  const size = 200_000_000;
  await using server = startRecorded({
    objects: [["a", {
      body: {
        size,
        async *read(start, end) {
          const chunk = noise(1_000_000);
          for (let at = start; at < end; at += chunk.length) {
            sent += chunk.length;
            yield chunk;
          }
        },
      },
    }]],
  });
  await using downloader = openDownloader(server.url);
  const stream = await downloader.openStream(BUCKET, "a");
  const reader = stream.getReader();
  await reader.read();
  // Until nothing moves any more: the buffers on the way are full, or all is sent.
  for (let still = 0, before = sent; still < 50; before = sent) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    still = sent === before ? still + 1 : 0;
  }
  assertLessOrEqual(sent, size / 2);
  await reader.cancel();
});

Deno.test("AsyncS3Downloader.getStatistics() starts from zero, and again after resetStatistics()", async () => {
  const zero = {
    totalDownloads: 0,
    successfulDownloads: 0,
    failedDownloads: 0,
    totalRetries: 0,
    successRate: 0,
  };
  await using server = startRecorded({
    objects: [["a", { body: noise(10) }]],
    faults: [{ kind: "status", status: 500, times: 1, operation: "get" }],
  });
  await using downloader = openDownloader(server.url);
  assertEquals(downloader.getStatistics(), zero);
  await downloader.downloadBatch(BUCKET, ["a", "b", "a", "a"]);
  assertEquals(downloader.getStatistics(), {
    totalDownloads: 4,
    successfulDownloads: 3,
    failedDownloads: 1,
    totalRetries: 1,
    successRate: 0.75,
  });
  downloader.resetStatistics();
  assertEquals(downloader.getStatistics(), zero);
  await downloader.checkExists(BUCKET, "a");
  await downloader.listObjects(BUCKET, "a");
  assertEquals(downloader.getStatistics(), zero, "these are no downloads");
});

const MANY = Array.from(
  { length: 5000 },
  (_, index) => `many/${String(index).padStart(5, "0")}`,
);

Deno.test("AsyncS3Downloader.listObjects() has exactly maxKeys, also above 1,000", async () => {
  await using server = startRecorded({
    objects: MANY.map((key) => [key, { body: new Uint8Array(3) }] as const),
  });
  await using downloader = openDownloader(server.url);
  for (const maxKeys of [1, 999, 1000, 1001, 2500, 4999, 5000, 9000]) {
    server.records.length = 0;
    const keys = await downloader.listObjects(BUCKET, "many/", maxKeys);
    assertEquals(keys, MANY.slice(0, maxKeys), `${maxKeys}`);
    const pages = Math.ceil(Math.min(maxKeys, 5000) / 1000);
    assertLessOrEqual(server.records.length, pages, `${maxKeys}`);
  }
  assertEquals(
    await downloader.listObjects(BUCKET, "many/"),
    MANY.slice(0, 1000),
  );
  assertEquals(await downloader.listObjects(BUCKET, "many/0499"), [
    ...MANY.slice(4990),
  ]);
  assertEquals(await downloader.listObjects(BUCKET, "nothing/"), []);

  const objects = await Array.fromAsync(
    downloader.iterateObjects(BUCKET, "many/"),
  );
  assertEquals(objects.map(({ key }) => key), MANY);
  const { size, etag, lastModified } = objects[4999] ?? {};
  assertEquals([size, etag], [3, md5(new Uint8Array(3))]);
  assertInstanceOf(lastModified, Date);
});

Deno.test("AsyncS3Downloader.iterateObjects() ends with the signal's reason", async () => {
  await using server = startRecorded({
    objects: MANY.slice(0, 1001).map((key) =>
      [key, { body: new Uint8Array() }] as const
    ),
  });
  await using downloader = openDownloader(server.url);
  const controller = new AbortController();
  const { signal } = controller;
  const keys: string[] = [];
  const error = await assertRejects(async () => {
    for await (
      const { key } of downloader.iterateObjects(BUCKET, "many/", { signal })
    ) {
      keys.push(key);
      if (keys.length === 1000) controller.abort(new Error("enough"));
    }
  }, Error);
  assertEquals([error.message, keys.length], ["enough", 1000]);
});

Deno.test("AsyncS3Downloader.checkExists() tells yes from no, and from unknown", async () => {
  await using server = startRecorded({
    objects: [["a", { body: noise(10) }]],
    faults: [
      { kind: "forbidden", key: "secret/" },
      { kind: "status", status: 500, key: "broken/" },
    ],
  });
  await using downloader = openDownloader(server.url);
  assertEquals(await downloader.checkExists(BUCKET, "a"), true);
  assertEquals(await downloader.checkExists(BUCKET, "b"), false);
  assertEquals(await downloader.checkExists("other-bucket", "a"), false);
  await assertRejects(
    () => downloader.checkExists(BUCKET, "secret/a"),
    AccessDeniedError,
    "Cannot look up 'secret/a'",
  );
  await assertRejects(() => downloader.checkExists(BUCKET, "broken/a"));
  assertEquals(
    server.records.map(({ method }) => method),
    Array(6).fill("HEAD"),
  );
});

Deno.test("AsyncS3Downloader ends everything within 100 ms when it is aborted, in each phase", async () => {
  const phases: readonly (readonly [
    string,
    (aborting: () => void) => RawServer,
  ])[] = [
    ["before the headers", (abort) =>
      new RawServer(async (_, wire) => {
        abort();
        await wire.stall();
      })],
    ["in the body", (abort) =>
      new RawServer(async (_, wire) => {
        await wire.head(200, { "Content-Length": 100, ETag: '"x"' });
        await wire.send(noise(50));
        abort();
        await wire.stall();
      })],
    [
      "while it waits to try again",
      (abort) =>
        new RawServer(async (_, wire) => {
          await sendError(wire, 503, "SlowDown", { "Retry-After": 60 });
          abort();
        }),
    ],
  ];
  await using folder = await temporaryFolder();
  for (const [phase, serve] of phases) {
    for (const method of ["one", "batch", "file", "stream"] as const) {
      const controller = new AbortController();
      const { signal } = controller;
      const reason = new Error(phase);
      let abortedAt = 0;
      await using server = serve(() =>
        setTimeout(() => {
          abortedAt = performance.now();
          controller.abort(reason);
        })
      );
      await using downloader = openDownloader(server.url, { maxConcurrent: 1 });
      const calls = {
        one: () => downloader.downloadOne(BUCKET, "a", { signal }),
        batch: () => downloader.downloadBatch(BUCKET, ["a", "b"], { signal }),
        file: () =>
          downloader.downloadToFile(BUCKET, "a", `${folder.path}/a`, {
            signal,
          }),
        stream: async () =>
          await collect(await downloader.openStream(BUCKET, "a", { signal })),
      };
      const error = await assertRejects(calls[method]);
      assertLessOrEqual(performance.now() - abortedAt, 100, phase);
      assertEquals(error, reason, `${method} ${phase}`);
      assertEquals(
        downloader.getStatistics().successfulDownloads,
        0,
      );
    }
  }
  assertFalse(
    await Deno.stat(`${folder.path}/a`).then(() => true, () => false),
  );
});

Deno.test("AsyncS3Downloader makes no request when the signal is aborted already", async () => {
  await using server = new RawServer((request, wire) =>
    sendObject(request, wire, noise(10))
  );
  await using downloader = openDownloader(server.url);
  await using folder = await temporaryFolder();
  const signal = AbortSignal.abort(new Error("enough"));
  for (
    const call of [
      () => downloader.downloadOne(BUCKET, "a", { signal }),
      () => downloader.downloadBatch(BUCKET, ["a"], { signal }),
      () =>
        downloader.downloadToFile(BUCKET, "a", `${folder.path}/x/a`, {
          signal,
        }),
      () => downloader.openStream(BUCKET, "a", { signal }),
      () => Array.fromAsync(downloader.iterateObjects(BUCKET, "a", { signal })),
    ]
  ) {
    await assertRejects(call, Error, "enough");
  }
  assertEquals(server.requests.length, 0);
  assertEquals(await Array.fromAsync(Deno.readDir(folder.path)), []);
});

Deno.test("AsyncS3Downloader ends a waiting call when it is aborted, and the others go on", async () => {
  const arrived = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  await using server = new RawServer(async (request, wire) => {
    arrived.resolve();
    await gate.promise;
    await sendObject(request, wire, noise(10));
  });
  await using downloader = openDownloader(server.url, { maxConcurrent: 1 });
  const first = downloader.downloadOne(BUCKET, "a");
  await arrived.promise;
  const controller = new AbortController();
  const second = downloader.downloadOne(BUCKET, "b", {
    signal: controller.signal,
  });
  controller.abort(new Error("enough"));
  await assertRejects(() => second, Error, "enough");
  gate.resolve();
  assertEquals(await first, noise(10));
  assertEquals(server.requests.length, 1);
});

Deno.test("AsyncS3Downloader[Symbol.asyncDispose]() ends what is under way, and takes no more calls", async () => {
  const arrived = Promise.withResolvers<void>();
  await using server = new RawServer(async (_, wire) => {
    arrived.resolve();
    await wire.stall();
  });
  const downloader = openDownloader(server.url);
  const outcomes = Promise.allSettled([
    downloader.downloadOne(BUCKET, "a"),
    downloader.checkExists(BUCKET, "a"),
    downloader.listObjects(BUCKET, "a"),
    downloader.openStream(BUCKET, "a"),
  ]);
  await arrived.promise;
  await downloader[Symbol.asyncDispose]();
  for (const outcome of await outcomes) {
    assert(outcome.status === "rejected");
    assertEquals(outcome.reason.name, "AbortError");
    assertEquals(outcome.reason.message, "The downloader was closed");
  }
  await downloader[Symbol.asyncDispose]();
  server.requests.length = 0;
  for (
    const call of [
      () => downloader.downloadOne(BUCKET, "a"),
      () => downloader.downloadToFile(BUCKET, "a", "/nonexistent/a"),
      () => downloader.openStream(BUCKET, "a"),
      () => downloader.listObjects(BUCKET, "a"),
      () => Array.fromAsync(downloader.iterateObjects(BUCKET, "a")),
      () => downloader.checkExists(BUCKET, "a"),
    ]
  ) {
    await assertRejects(
      call,
      TypeError,
      "Cannot use a downloader that is closed",
    );
  }
  assertEquals(server.requests.length, 0);
  assertEquals(downloader.getStatistics().successfulDownloads, 0);
});

Deno.test("AsyncS3Downloader[Symbol.asyncDispose]() also ends a stream that nobody reads", async () => {
  await using server = startRecorded({
    objects: [["a", { body: noise(3_000_000) }]],
  });
  let stream: ReadableStream<Uint8Array>;
  {
    await using downloader = openDownloader(server.url);
    stream = await downloader.openStream(BUCKET, "a");
  }
  await assertRejects(() => collect(stream), DOMException, "closed");
});

Deno.test("keyAtEndpoint() gives the options root its live name at the Polygon and Massive hosts only", () => {
  const key = "us_options/day_aggs_v1/2024/01/2024-01-02.csv.gz";
  const live = "us_options_opra/day_aggs_v1/2024/01/2024-01-02.csv.gz";
  for (const host of ["files.polygon.io", "files.massive.com"]) {
    const endpoint = new URL(`https://${host}`);
    assertEquals(keyAtEndpoint(endpoint, key), live);
    assertEquals(keyAtEndpoint(endpoint, live), live);
    assertEquals(keyAtEndpoint(endpoint, "us_options/"), "us_options_opra/");
    assertEquals(keyAtEndpoint(endpoint, "us_stocks_sip/"), "us_stocks_sip/");
  }
  for (const host of ["localhost:9000", "files.polygon.io.example"]) {
    assertEquals(keyAtEndpoint(new URL(`https://${host}`), key), key);
  }
});

Deno.test("AsyncS3Downloader asks under an endpoint's own path", async () => {
  await using server = new RawServer((request, wire) =>
    sendObject(request, wire, noise(10))
  );
  for (const path of ["/base/path", "/base/path/"]) {
    server.requests.length = 0;
    await using downloader = openDownloader(server.url + path);
    await downloader.downloadOne(BUCKET, "a/b");
    assertEquals(server.requests[0]?.path, "/base/path/flatfiles/a/b");
  }
});

Deno.test("AsyncS3Downloader tells no secret, in errors or when it is shown", async () => {
  await using server = new RawServer((request, wire) => {
    switch (request.index % 5) {
      case 0:
        return wire.close();
      case 1: // a service that repeats what it was sent
        return sendError(
          wire,
          400,
          "InvalidArgument",
          {},
          `Unsupported: ${request.headers.get("authorization")}`,
        );
      case 2:
        return wire.answer(
          403,
          `<Error><Code>SignatureDoesNotMatch</Code>
          <Message>${request.headers.get("authorization")}</Message></Error>`,
        );
      case 3:
        return sendObject(request, wire, noise(10), {
          headers: { "Last-Modified": "yesterday" },
        });
      default:
        return wire.answer(302, "", {
          Location: `https://x/?a=${"f".repeat(64)}`,
        });
    }
  });
  const downloader = openDownloader(server.url, { maxRetries: 0 });
  const shown: unknown[] = [downloader];
  for (let time = 0; time < 5; time++) {
    for (
      const call of [
        () => downloader.downloadOne(BUCKET, "a"),
        () => downloader.listObjects(BUCKET, "a"),
        () => downloader.checkExists(BUCKET, "a"),
      ]
    ) {
      shown.push(await call().catch((error) => error));
    }
  }
  await downloader[Symbol.asyncDispose]();
  shown.push(assertThrows(() => openDownloader("http://u:pa55word@[broken")));
  shown.push(assertThrows(() => openDownloader("https://u:pa55word@host")));
  const text = shown.map((value) =>
    Deno.inspect(value, {
      depth: 100,
      showHidden: true,
      getters: true,
      strAbbreviateSize: Infinity,
    }) + String(value) + JSON.stringify(value)
  ).join("\n");
  assertFalse(text.includes(TEST_CREDENTIALS.secretAccessKey));
  assertFalse(/[0-9a-f]{64}/i.test(text), "a signature");
  assertFalse(text.includes("pa55word"));
  assertGreater(server.requests.length, 14);
});

Deno.test("AsyncS3Downloader.downloadBatch() ends where the credentials are refused", async () => {
  await using server = startRecorded();
  await using downloader = new AsyncS3Downloader({
    ...TEST_CREDENTIALS,
    secretAccessKey: "wrong",
  }, { endpointUrl: server.url, maxConcurrent: 2 });
  const keys = new S3Catalog().getDateRangeKeys(
    "stocks_daily",
    "2024-01-01",
    "2024-02-29",
  );
  const failures: string[] = [];
  await assertRejects(
    () =>
      downloader.downloadBatch(BUCKET, keys, {
        onFailure: (key) => failures.push(key),
      }),
    CredentialsError,
  );
  assertEquals(failures, []);
  assert(server.records.length <= 2, `${server.records.length} requests`);
});
