import {
  assert,
  assertEquals,
  assertGreater,
  assertRejects,
} from "@std/assert";
import { ObjectChangedError } from "../../src/base/mod.ts";
import { sendObject } from "../support/answers.ts";
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

/** Larger than what is on its way between the service and a reader that pauses. */
const LARGE = noise(3_000_000);

Deno.test("AsyncS3Downloader.openStream() opens more streams than places before anybody reads", async () => {
  const content = csv(600_000);
  await using server = startRecorded({
    objects: [["a.csv.gz", { body: await gzip(content) }], ["b", {
      body: LARGE,
    }]],
  });
  for (const options of [{ maxConcurrent: 2 }, { maxPoolConnections: 2 }]) {
    await using downloader = openDownloader(server.url, options);
    const keys = Array.from(
      { length: 12 },
      (_, index) => index % 2 === 0 ? "a.csv.gz" : "b",
    );
    const streams = await Promise.all(
      keys.map((key) => downloader.openStream(BUCKET, key)),
    );
    const wanted: Record<string, string> = {
      "a.csv.gz": sizeAndSum(content),
      "b": sizeAndSum(LARGE),
    };
    // The last first, and half of them side by side.
    for (const index of [11, 10, 9, 8, 7, 6]) {
      const read = await collect(streams[index] ?? new ReadableStream());
      assertEquals(sizeAndSum(read), wanted[keys[index] ?? ""]);
    }
    await Promise.all(
      streams.slice(0, 6).map(async (stream, index) => {
        const read = await collect(stream);
        assertEquals(sizeAndSum(read), wanted[keys[index] ?? ""]);
      }),
    );
    const { successfulDownloads, totalDownloads, totalRetries } = downloader
      .getStatistics();
    assertEquals([successfulDownloads, totalDownloads], [12, 12]);
    assertEquals(totalRetries, 0);
  }
});

Deno.test("AsyncS3Downloader.openStream() leaves its place and its connection to others while nobody reads", async () => {
  await using server = startRecorded({ objects: [["a", { body: LARGE }]] });
  await using downloader = openDownloader(server.url, {
    maxConcurrent: 1,
    maxPoolConnections: 1,
  });
  const folder = await Deno.makeTempDir();
  try {
    for (const pieces of [0, 1]) {
      const others: [name: string, work: () => Promise<unknown>][] = [
        ["checkExists", () => downloader.checkExists(BUCKET, "a")],
        ["listObjects", () => downloader.listObjects(BUCKET, "a")],
        ["downloadOne", () => downloader.downloadOne(BUCKET, "a")],
        [
          "downloadToFile",
          () => downloader.downloadToFile(BUCKET, "a", `${folder}/a`),
        ],
        ["downloadBatch", () => downloader.downloadBatch(BUCKET, ["a", "a"])],
      ];
      const reader = (await downloader.openStream(BUCKET, "a")).getReader();
      const read: Uint8Array[] = [];
      const next = async () => {
        const { value } = await reader.read();
        if (value !== undefined) read.push(value);
        return value !== undefined;
      };
      for (let piece = 0; piece < pieces; piece++) await next();
      for (const [name, work] of others) {
        assert(await work(), name);
        if (pieces > 0) await next();
      }
      while (await next()) { /* to the end */ }
      assertEquals(sizeAndSum(joined(...read)), sizeAndSum(LARGE));
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("AsyncS3Downloader.openStream() lets more streams than places be read in turn", async () => {
  const content = csv(2_000_000);
  await using server = startRecorded({
    objects: [["a.gz", { body: await gzip(content) }], ["b", { body: LARGE }]],
  });
  await using downloader = openDownloader(server.url, { maxConcurrent: 2 });
  for (const [key, wanted] of [["a.gz", content], ["b", LARGE]] as const) {
    const streams = await Promise.all(
      Array.from({ length: 5 }, () => downloader.openStream(BUCKET, key)),
    );
    const runs = streams.map((stream) => ({
      reader: stream.getReader(),
      pieces: [] as Uint8Array[],
    }));
    const left = new Set(runs);
    while (left.size > 0) {
      for (const run of left) {
        const { value, done } = await run.reader.read();
        if (done) left.delete(run);
        else run.pieces.push(value);
      }
    }
    for (const { pieces } of runs) {
      assertEquals(sizeAndSum(joined(...pieces)), sizeAndSum(wanted));
    }
  }
});

Deno.test("AsyncS3Downloader.openStream() keeps the connection of a stream that is read without a pause", async () => {
  const content = csv(4_000_000);
  await using server = startRecorded({
    objects: [["a.gz", { body: await gzip(content) }], ["b", { body: LARGE }]],
  });
  await using downloader = openDownloader(server.url, { maxConcurrent: 1 });
  const keys = ["a.gz", "b", "a.gz", "b"];
  await Promise.all(keys.map(async (key) => {
    for await (const _ of await downloader.openStream(BUCKET, key)) { /* on */ }
  }));
  assertEquals(server.records.length, keys.length);
});

Deno.test("AsyncS3Downloader.openStream() gives the new version of an object that was replaced before anything was read", async () => {
  let body = LARGE;
  await using server = new RawServer((request, wire) =>
    sendObject(request, wire, body)
  );
  await using downloader = openDownloader(server.url, {
    maxConcurrent: 1,
    maxRetries: 0,
  });
  const stream = await downloader.openStream(BUCKET, "a");
  const other = await downloader.openStream(BUCKET, "b");
  body = noise(2_000_000, 7);
  assertEquals(sizeAndSum(await collect(stream)), sizeAndSum(body));
  assertEquals(downloader.getStatistics().totalRetries, 1);
  await other.cancel();
});

Deno.test("AsyncS3Downloader.openStream() does not mix versions of an object that was replaced while nobody read", async () => {
  let body = LARGE;
  await using server = new RawServer((request, wire) =>
    sendObject(request, wire, body)
  );
  await using downloader = openDownloader(server.url, {
    maxConcurrent: 1,
    maxRetries: 0,
  });
  const reader = (await downloader.openStream(BUCKET, "a")).getReader();
  await reader.read();
  const other = await downloader.openStream(BUCKET, "b");
  body = noise(2_000_000, 7);
  const error = await assertRejects(async () => {
    while (!(await reader.read()).done) { /* on */ }
  }, ObjectChangedError);
  assertEquals(error.key, "a");
  assertEquals(downloader.getStatistics().failedDownloads, 1);
  await other.cancel();
});

Deno.test("AsyncS3Downloader.openStream() goes on with an object without an ETag, however it stopped", async () => {
  let drop = 1_000_000;
  await using server = new RawServer(async (_, wire) => {
    await wire.head(200, { "Content-Length": LARGE.length });
    await wire.send(LARGE.subarray(0, drop));
    if (drop < LARGE.length) wire.close();
    drop = LARGE.length;
  });
  await using downloader = openDownloader(server.url, { maxConcurrent: 1 });
  const reader = (await downloader.openStream(BUCKET, "a")).getReader();
  const read: Uint8Array[] = [];
  for (
    let piece = await reader.read();
    !piece.done;
    piece = await reader.read()
  ) {
    read.push(piece.value);
    if (read.length < 4) await downloader.checkExists(BUCKET, "a");
    if (read.length === 4) {
      await (await downloader.openStream(BUCKET, "b")).cancel();
    }
  }
  assertEquals(sizeAndSum(joined(...read)), sizeAndSum(LARGE));
});

Deno.test("AsyncS3Downloader.openStream() tells a reader that pauses at once that it was aborted", async () => {
  await using server = startRecorded({ objects: [["a", { body: LARGE }]] });
  for (const isParked of [false, true]) {
    await using downloader = openDownloader(server.url, { maxConcurrent: 1 });
    const controller = new AbortController();
    const { signal } = controller;
    const stream = await downloader.openStream(BUCKET, "a", { signal });
    const reader = stream.getReader();
    await reader.read();
    if (isParked) await downloader.downloadOne(BUCKET, "a");
    const reason = new Error("enough");
    controller.abort(reason);
    assertEquals(await assertRejects(() => reader.closed), reason);
    assertEquals(downloader.getStatistics().failedDownloads, 1);
  }
});

Deno.test("AsyncS3Downloader[Symbol.asyncDispose]() ends streams that have given their place away", async () => {
  await using server = startRecorded({ objects: [["a", { body: LARGE }]] });
  const streams: ReadableStream<Uint8Array>[] = [];
  {
    await using downloader = openDownloader(server.url, { maxConcurrent: 1 });
    for (let time = 0; time < 3; time++) {
      streams.push(await downloader.openStream(BUCKET, "a"));
    }
  }
  for (const stream of streams) {
    await assertRejects(() => collect(stream), DOMException, "closed");
  }
});

Deno.test("AsyncS3Downloader.openStream() asks for nothing more when it is cancelled in the middle of a read", async () => {
  const arrived = Promise.withResolvers<void>();
  await using server = new RawServer(async (request, wire) => {
    if (request.path.endsWith("/b")) {
      return await sendObject(request, wire, noise(10));
    }
    await wire.head(200, {
      "Content-Length": LARGE.length,
      ETag: `"${md5(LARGE)}"`,
    });
    arrived.resolve();
    await wire.stall();
  });
  await using downloader = openDownloader(server.url, { maxConcurrent: 1 });
  const reader = (await downloader.openStream(BUCKET, "a")).getReader();
  const reading = reader.read();
  await arrived.promise;
  await reader.cancel();
  assertEquals((await reading).done, true);
  assertEquals(await downloader.downloadOne(BUCKET, "b"), noise(10));
  assertEquals(server.requests.map(({ path }) => path), [
    `/${BUCKET}/a`,
    `/${BUCKET}/b`,
  ]);
});

Deno.test("AsyncS3Downloader.iterateObjects() holds no connection where it is not read to its end", async () => {
  await using server = startRecorded({
    objects: Array.from(
      { length: 2100 },
      (_, index) => [`x/${index}`, { body: noise(1) }],
    ),
  });
  await using downloader = openDownloader(server.url, {
    maxConcurrent: 1,
    maxPoolConnections: 1,
  });
  const listings = Array.from(
    { length: 3 },
    () => downloader.iterateObjects(BUCKET, "x/"),
  );
  for (const listing of listings) {
    const { value } = await listing.next();
    assertEquals(value?.key, "x/0");
  }
  assertEquals(await downloader.checkExists(BUCKET, "x/1"), true);
  let count = 0;
  for await (const _ of listings[1] ?? []) count++;
  assertGreater(count, 2000);
});
