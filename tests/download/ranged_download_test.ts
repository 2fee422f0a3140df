import { sha256 } from "../support/hash.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertLessOrEqual,
  assertRejects,
} from "@std/assert";
import { gzipSync } from "node:zlib";
import { startDemoServer } from "../../src/demo/mod.ts";
import {
  AsyncS3Downloader,
  type AsyncS3DownloaderOptions,
} from "../../src/download/mod.ts";
import { IntegrityError, TransferError } from "../../src/base/mod.ts";
import { makeFolder } from "../support/folder.ts";

const KEY = "large/object.bin";
const SIZE = 5_000_000;
/** Bytes that differ from range to range. */
const BODY = Uint8Array.from(
  { length: SIZE },
  (_, index) => (index * 31 + (index >> 12)) & 0xff,
);
const SHA256 = sha256(BODY);
const MULTIPART_ETAG = `"${"0123456789abcdef".repeat(2)}-3"`;

function open(
  server: {
    url: string;
    credentials: { accessKeyId: string; secretAccessKey: string };
  },
  options: AsyncS3DownloaderOptions = {},
): AsyncS3Downloader {
  return new AsyncS3Downloader(server.credentials, {
    endpointUrl: server.url,
    maxRetries: 1,
    rangeThreshold: 1_000_000,
    rangeSize: 700_000,
    ...options,
  });
}

Deno.test("AsyncS3Downloader.downloadToFile() fetches a large object in ranges, several at once", async () => {
  const ranges: (string | undefined)[] = [];
  await using server = startDemoServer({
    objects: [[KEY, { body: BODY, etag: MULTIPART_ETAG }]],
    onRequest: ({ method, range }) => {
      if (method === "GET") ranges.push(range);
    },
  });
  await using downloader = open(server);
  await using folder = await makeFolder();
  const seen: number[] = [];
  const file = await downloader.downloadToFile(
    server.bucket,
    KEY,
    `${folder.path}/a`,
    {
      decompress: false,
      sha256: true,
      expectedSize: SIZE,
      onProgress: ({ bytes, size }) => {
        assertEquals(size, SIZE);
        seen.push(bytes);
      },
    },
  );
  assertEquals(await Deno.readFile(file.path), BODY);
  assertEquals([file.size, file.bytes, file.sha256], [SIZE, SIZE, SHA256]);
  assertEquals(await folder.names(), ["a"]);
  assertEquals(
    ranges.toSorted(),
    Array.from(
      { length: 8 },
      (_, index) =>
        `bytes=${index * 700_000}-${Math.min(SIZE, (index + 1) * 700_000) - 1}`,
    ).toSorted(),
  );
  assertEquals(seen.at(-1), SIZE);
  assertEquals(downloader.getStatistics().totalDownloads, 1);
});

Deno.test("AsyncS3Downloader.downloadToFile() finds out by itself that an object is large", async () => {
  await using server = startDemoServer({ objects: [[KEY, { body: BODY }]] });
  await using downloader = open(server);
  await using folder = await makeFolder();
  const path = `${folder.path}/a`;
  await downloader.downloadToFile(server.bucket, KEY, path, {
    decompress: false,
  });
  assertEquals(await Deno.readFile(path), BODY);
});

Deno.test("AsyncS3Downloader.downloadToFile() decompresses what it has fetched in ranges", async () => {
  let state = 1;
  const text = Uint8Array.from({ length: 300_000 }, () => {
    state = Math.imul(state, 1_103_515_245) + 12_345;
    return 48 + (state >>> 16) % 10;
  });
  const body = new Uint8Array(gzipSync(text));
  assert(body.length > 100_000);
  await using server = startDemoServer({ objects: [["a.csv.gz", { body }]] });
  await using downloader = open(server, {
    rangeThreshold: 1000,
    rangeSize: 50_000,
  });
  await using folder = await makeFolder();
  const path = `${folder.path}/a.csv`;
  const file = await downloader.downloadToFile(
    server.bucket,
    "a.csv.gz",
    path,
    { sha256: true },
  );
  assertEquals(await Deno.readFile(path), text);
  assertEquals(file.sha256, sha256(text));
  assertEquals(await folder.names(), ["a.csv"]);
});

Deno.test("AsyncS3Downloader.downloadToFile() takes ranges up where they stopped", async () => {
  let sent = 0;
  await using server = startDemoServer({
    objects: [[KEY, { body: BODY, etag: MULTIPART_ETAG }]],
    // Of each connection: a HEAD request would use up one of them.
    faults: [
      { kind: "drop", after: 300_000, times: 4, operation: "get" },
    ],
    onRequest: ({ method, bytesSent }) => {
      if (method === "GET") sent += bytesSent;
    },
  });
  await using folder = await makeFolder();
  const path = `${folder.path}/a`;
  const options = { decompress: false, expectedSize: SIZE };
  {
    await using downloader = open(server, { maxRetries: 0 });
    await assertRejects(
      () => downloader.downloadToFile(server.bucket, KEY, path, options),
      TransferError,
    );
  }
  assertEquals(await folder.names(), [
    "a.part",
    "a.part.json",
    "a.part.ranges",
  ]);
  server.faults.clear();
  await using downloader = open(server);
  const file = await downloader.downloadToFile(
    server.bucket,
    KEY,
    path,
    options,
  );
  assertEquals(await Deno.readFile(path), BODY);
  assert(file.resumedFrom > 0);
  assertEquals(await folder.names(), ["a"]);
  // No more came twice than what each of the broken connections had under way.
  assertLessOrEqual(sent, SIZE + 4 * 300_000);
});

/** Leaves what a run would have left, and fetches the rest. */
async function resume(
  part: Uint8Array,
  ranges: readonly number[],
): Promise<{ bytes: Uint8Array; names: string[]; resumedFrom: number }> {
  await using server = startDemoServer({
    objects: [[KEY, { body: BODY, etag: MULTIPART_ETAG }]],
  });
  await using downloader = open(server);
  await using folder = await makeFolder();
  const path = `${folder.path}/a`;
  await Deno.writeFile(`${path}.part`, part);
  await Deno.writeFile(
    `${path}.part.ranges`,
    new Uint8Array(new Float64Array(ranges).buffer),
  );
  const record = {
    bucket: server.bucket,
    key: KEY,
    etag: MULTIPART_ETAG.slice(1, -1),
    size: SIZE,
    rangeSize: 700_000,
  };
  await Deno.writeTextFile(`${path}.part.json`, JSON.stringify(record));
  const { resumedFrom } = await downloader.downloadToFile(
    server.bucket,
    KEY,
    path,
    { decompress: false, expectedSize: SIZE },
  );
  return {
    bytes: await Deno.readFile(path),
    names: await folder.names(),
    resumedFrom,
  };
}

Deno.test("AsyncS3Downloader.downloadToFile() believes no more of a range record than the part file is long", async () => {
  const full = Array.from(
    { length: 8 },
    (_, index) => Math.min(700_000, SIZE - index * 700_000),
  );
  for (
    const [part, ranges, resumedFrom] of [
      [BODY.subarray(0, 1000), full, 1000],
      [BODY.subarray(0, 1_000_000), full, 1_000_000],
      [new Uint8Array(SIZE + 1000), [], 0],
      [BODY, full, SIZE],
    ] as const
  ) {
    const result = await resume(part, ranges);
    assertEquals([result.names, result.resumedFrom], [["a"], resumedFrom]);
    assertEquals(
      sha256(result.bytes),
      SHA256,
    );
  }
});

Deno.test("AsyncS3Downloader.downloadToFile() does not write through a link in a range record's place", async () => {
  await using server = startDemoServer({
    objects: [[KEY, { body: BODY, etag: MULTIPART_ETAG }]],
  });
  await using downloader = open(server);
  await using folder = await makeFolder();
  const path = `${folder.path}/a`;
  await Deno.writeTextFile(`${folder.path}/victim`, "untouched");
  await Deno.writeFile(`${path}.part`, BODY.subarray(0, 700_000));
  await Deno.symlink("victim", `${path}.part.ranges`);
  await Deno.writeTextFile(
    `${path}.part.json`,
    JSON.stringify({
      bucket: server.bucket,
      key: KEY,
      etag: MULTIPART_ETAG.slice(1, -1),
      size: SIZE,
      rangeSize: 700_000,
    }),
  );
  await downloader.downloadToFile(server.bucket, KEY, path, {
    decompress: false,
    expectedSize: SIZE,
  });
  assertEquals(await Deno.readFile(path), BODY);
  assertEquals(
    await Deno.readTextFile(`${folder.path}/victim`),
    "untouched",
  );
});

Deno.test("AsyncS3Downloader.downloadToFile() goes on in ranges behind what was fetched in one", async () => {
  const ranges: string[] = [];
  await using server = startDemoServer({
    objects: [[KEY, { body: BODY, etag: MULTIPART_ETAG }]],
    faults: [{ kind: "drop", after: 2_000_000, times: 1 }],
    onRequest: ({ range }) => {
      if (range !== undefined) ranges.push(range);
    },
  });
  await using folder = await makeFolder();
  const path = `${folder.path}/a`;
  {
    await using downloader = open(server, {
      maxRetries: 0,
      rangeThreshold: SIZE + 1,
    });
    await assertRejects(() =>
      downloader.downloadToFile(server.bucket, KEY, path, { decompress: false })
    );
  }
  const { size } = await Deno.stat(`${path}.part`);
  await using downloader = open(server);
  const file = await downloader.downloadToFile(server.bucket, KEY, path, {
    decompress: false,
  });
  assertEquals(await Deno.readFile(path), BODY);
  assertEquals(file.resumedFrom, size);
  assert(
    ranges.every((range) => Number(/\d+/.exec(range)) >= size),
    `${ranges}`,
  );
});

Deno.test("AsyncS3Downloader.downloadToFile() starts ranges over where the object has changed", async () => {
  const other = BODY.toReversed();
  await using server = startDemoServer({
    objects: [[KEY, { body: BODY, etag: MULTIPART_ETAG }]],
    faults: [{ kind: "drop", after: 300_000, times: 4 }],
  });
  await using folder = await makeFolder();
  const path = `${folder.path}/a`;
  {
    await using downloader = open(server, { maxRetries: 0 });
    await assertRejects(() =>
      downloader.downloadToFile(server.bucket, KEY, path, { decompress: false })
    );
  }
  server.faults.clear();
  server.objects.set(KEY, { body: other });
  await using downloader = open(server);
  const file = await downloader.downloadToFile(server.bucket, KEY, path, {
    decompress: false,
  });
  assertEquals(await Deno.readFile(path), other);
  assertEquals(file.resumedFrom, 0);
});

Deno.test("AsyncS3Downloader.downloadToFile() checks the MD5 of what it has fetched in ranges", async () => {
  await using server = startDemoServer({
    objects: [[KEY, { body: BODY }]],
    faults: [{ kind: "flip-bit", at: 4_500_000 }],
  });
  await using downloader = open(server);
  await using folder = await makeFolder();
  const error = await assertRejects(() =>
    downloader.downloadToFile(server.bucket, KEY, `${folder.path}/a`, {
      decompress: false,
    })
  );
  assertInstanceOf(error, IntegrityError);
  assertEquals(await folder.names(), []);
});

Deno.test("AsyncS3Downloader.downloadToFile() does without ranges where the service knows none", async () => {
  const requests: string[] = [];
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => {
      requests.push(request.method);
      return new Response(request.method === "HEAD" ? null : BODY, {
        headers: { etag: MULTIPART_ETAG, "content-length": `${SIZE}` },
      });
    },
  );
  await using downloader = open({
    url: `http://127.0.0.1:${server.addr.port}`,
    credentials: { accessKeyId: "made-up", secretAccessKey: "made-up" },
  });
  await using folder = await makeFolder();
  const path = `${folder.path}/a`;
  await downloader.downloadToFile("bucket", KEY, path, {
    decompress: false,
    expectedSize: SIZE,
  });
  assertEquals(await Deno.readFile(path), BODY);
  assertEquals(await folder.names(), ["a"]);
});

Deno.test("AsyncS3Downloader.downloadToFile() keeps ranges when it is aborted, and takes them up", async () => {
  await using server = startDemoServer({
    objects: [[KEY, { body: BODY, etag: MULTIPART_ETAG }]],
    faults: [{ kind: "stall", after: 500_000 }],
  });
  await using folder = await makeFolder();
  const path = `${folder.path}/a`;
  await using downloader = open(server, { rangeSize: 2_000_000 });
  const controller = new AbortController();
  const options = { decompress: false, expectedSize: SIZE };
  const under = downloader.downloadToFile(server.bucket, KEY, path, {
    ...options,
    signal: controller.signal,
  });
  const stalled = Promise.withResolvers<void>();
  const watcher = Deno.watchFs(folder.path);
  (async () => {
    for await (const { paths } of watcher) {
      if (paths.some((path) => path.endsWith(".ranges"))) break;
    }
    stalled.resolve();
  })();
  await stalled.promise;
  controller.abort(new Error("enough"));
  await assertRejects(() => under, Error, "enough");
  server.faults.clear();
  await downloader.downloadToFile(server.bucket, KEY, path, options);
  assertEquals(await Deno.readFile(path), BODY);
});

Deno.test("AsyncS3Downloader.downloadToFile() decompresses ranges while others arrive, and leaves no content behind when it is aborted", async () => {
  const body = new Uint8Array(gzipSync(BODY, { level: 0 }));
  await using server = startDemoServer({
    objects: [["a.csv.gz", { body, etag: MULTIPART_ETAG }]],
  });
  await using folder = await makeFolder();
  const path = `${folder.path}/a.csv`;
  await using downloader = open(server, { maxConcurrentRanges: 2 });
  // Once more, with what the first run left.
  for (const skip of [6, 0]) {
    server.faults.add({ kind: "stall", operation: "get", skip, after: 0 });
    const controller = new AbortController();
    using watcher = Deno.watchFs(folder.path);
    const under = downloader.downloadToFile(server.bucket, "a.csv.gz", path, {
      expectedSize: body.length,
      signal: controller.signal,
    });
    for await (const { paths } of watcher) {
      const name = paths.find((path) => path.endsWith(".content"));
      const size = name && (await Deno.stat(name)).size;
      if (size && size >= 3_000_000) break;
    }
    controller.abort(new Error("enough"));
    await assertRejects(() => under, Error, "enough");
    const names = ["a.csv.part", "a.csv.part.json", "a.csv.part.ranges"];
    assertEquals((await folder.names()).toSorted(), names);
    server.faults.clear();
  }
  const file = await downloader.downloadToFile(
    server.bucket,
    "a.csv.gz",
    path,
    { expectedSize: body.length, sha256: true },
  );
  assert(file.resumedFrom > 0);
  assertEquals([await Deno.readFile(path), file.sha256], [BODY, SHA256]);
});

Deno.test("AsyncS3Downloader.downloadToFile() checks gzip data that it keeps as stored, where no MD5 proves it", async () => {
  const body = new Uint8Array(
    gzipSync(BODY.subarray(0, 400_000), { level: 0 }),
  );
  for (const rangeThreshold of [1000, 10_000_000]) {
    await using server = startDemoServer({
      objects: [["a.csv.gz", { body, etag: MULTIPART_ETAG }]],
    });
    await using downloader = open(server, {
      rangeThreshold,
      rangeSize: 90_000,
      maxConcurrentRanges: 1,
    });
    await using folder = await makeFolder();
    const path = `${folder.path}/a.csv.gz`;
    const download = () =>
      downloader.downloadToFile(server.bucket, "a.csv.gz", path, {
        decompress: false,
        trustEtag: true, // it is no MD5
        sha256: true,
      });
    const file = await download();
    assertEquals([file.proof, file.gzip], ["gzip", "whole"]);
    assertEquals(await Deno.readFile(path), body);
    assertEquals(file.sha256, sha256(body));
    await Deno.remove(path);

    // The object is asked for as a whole first, and then range by range: the third has it.
    const isRanged = rangeThreshold === 1000;
    const skip = isRanged ? 3 : 0;
    const requests = isRanged ? 1 + Math.ceil(body.length / 90_000) : 1;
    const flip = { kind: "flip-bit", operation: "get", times: 1 } as const;
    server.faults.add({ ...flip, skip, at: 200_000 });
    const again = await download();
    assertEquals([again.gzip, again.sha256], ["whole", file.sha256]);
    assertEquals(downloader.getStatistics().totalRetries, 1);
    await Deno.remove(path);

    // Each time that it is downloaded, another bit is wrong.
    server.faults.clear();
    for (const [n, at] of [200_000, 200_001].entries()) {
      // A request that meets the first fault is not counted by the second.
      server.faults.add({ ...flip, skip: skip + n * (requests - 1), at });
    }
    await assertRejects(
      download,
      IntegrityError,
      "was not the same each time that it was downloaded",
    );
    assertEquals(await folder.names(), []);
  }
});
