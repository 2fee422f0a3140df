/**
 * The same from end to end, against S3 services that nobody here wrote: what they
 * agree on with the demo service, and what they do not.
 *
 * @module
 */
import {
  assert,
  assertEquals,
  assertFalse,
  assertGreater,
  assertInstanceOf,
  assertLessOrEqual,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { Buffer } from "node:buffer";
import { S3Catalog } from "../../src/catalog/mod.ts";
import {
  AsyncS3Downloader,
  type AsyncS3DownloaderOptions,
  SyncS3Downloader,
} from "../../src/download/mod.ts";
import {
  CredentialsError,
  NotFoundError,
  ObjectChangedError,
  ServiceError,
} from "../../src/base/mod.ts";
import { checkCredentials, SignedStore } from "../../src/store/mod.ts";
import { md5 } from "../support/hash.ts";
import { csv, gzip, gzipStored, joined, noise } from "../support/data.ts";
import {
  denoCommand,
  environmentOf,
  ROOT,
  runFlatbed,
} from "../support/deno_command.ts";
import { makeFolder } from "../support/folder.ts";
import {
  connect,
  findServer,
  SERVERS,
  type StartedServer,
  startServer,
} from "./_servers.ts";
import { Wire } from "./_wire.ts";

const MiB = 1024 * 1024;

for (const server of SERVERS) {
  const path = await findServer(server);
  if (path === undefined) {
    const { name, howToGet } = server;
    Deno.test({
      name: `${name}: skipped, not found; '${howToGet}' gives it`,
      ignore: true,
      fn() {},
    });
  } else {
    Deno.test(
      `Flatbed works against ${server.name} from end to end`,
      async (t) => {
        await using started = await startServer(server, path);
        await runEndToEnd(t, started, server.checksSignatures);
      },
    );
  }
}

const running = Deno.env.get("FLATBED_TEST_S3_URL");
if (running !== undefined) {
  Deno.test(
    "Flatbed works against the service at FLATBED_TEST_S3_URL from end to end",
    async (t) => {
      await using started = await connect(running);
      await runEndToEnd(t, started, true);
    },
  );
}

/** What every step works with. */
interface Setting {
  server: StartedServer;
  /** Between the downloader and the server. */
  wire: Wire;
  /** A downloader that asks through the wire. */
  open(options?: AsyncS3DownloaderOptions): AsyncS3Downloader;
}

async function runEndToEnd(
  t: Deno.TestContext,
  started: StartedServer,
  checksSignatures: boolean,
): Promise<void> {
  const steps: [string, (setting: Setting) => Promise<void>][] = [
    ["lists every page, and what is below a prefix", listsEveryPage],
    ["reads keys of every kind", readsKeysOfEveryKind],
    ["looks objects up", looksObjectsUp],
    ["gets objects whole", getsObjectsWhole],
    ["blocks, and gets the same", getsObjectsBlocking],
    ["gets a large object in ranges", getsRanges],
    ["is refused a range behind the end", isRefusedRangeBehindEnd],
    ["goes on where a connection broke", goesOnAfterBreak],
    ["never mixes versions of one stream", neverMixesInStream],
    ["never mixes versions of ranges", neverMixesInRanges],
    ["starts over where the new version is shorter", startsOverWhereShorter],
    ["resumes what was aborted", resumesAborted],
    ["syncs and verifies a mirror", syncsAndVerifies],
    ["resumes a sync that was killed", resumesKilledSync],
  ];
  if (checksSignatures) {
    steps.push(
      ["says that the secret is wrong", saysSecretIsWrong],
      ["says that the key id is wrong", saysKeyIdIsWrong],
      ["says that the clock is wrong", saysClockIsWrong],
    );
  }
  for (const [name, run] of steps) {
    await t.step(name, async () => {
      await using wire = new Wire(started.url);
      await run({
        server: started,
        wire,
        open: (options = {}) =>
          new AsyncS3Downloader(started.credentials, {
            endpointUrl: wire.url,
            maxRetries: 2,
            timeout: 20,
            ...options,
          }),
      });
    });
  }
}

async function listsEveryPage({ server, wire, open }: Setting) {
  const numbers = Array.from({ length: 1005 }, (_, index) => index);
  const names = numbers.map((n) => `many/${String(n).padStart(4, "0")}.txt`);
  const queue = names.values();
  const uploads = Array.from({ length: 8 }, async () => {
    for (const name of queue) await server.put(name, encode(name));
  });
  await Promise.all(uploads);
  await server.put("other.txt", encode("not below the prefix"));

  await using downloader = open();
  const { bucket } = server;
  const objects = await Array.fromAsync(
    downloader.iterateObjects(bucket, "many/"),
  );
  assertEquals(objects.map(({ key }) => key), names);
  assertEquals(wire.take("list-type=2"), ["GET 200", "GET 200"]);
  for (const { key, size, etag, lastModified } of objects) {
    assertEquals([size, etag], [key.length, md5(encode(key))], key);
    assertIsRecent(lastModified);
  }
  assertEquals(await downloader.listObjects(bucket, "many/100"), [
    ...names.slice(1000),
  ]);
  assertEquals(
    await downloader.listObjects(bucket, "many/", 3),
    names.slice(0, 3),
  );
  assertEquals(await downloader.listObjects(bucket, "none/"), []);
  const error = await assertRejects(
    () => downloader.listObjects("no-such-bucket", ""),
    NotFoundError,
  );
  assertStringIncludes(error.message, "there is no bucket 'no-such-bucket'");
}

async function readsKeysOfEveryKind({ server, open }: Setting) {
  const names = [
    "with blanks in it.csv",
    "a+b.csv",
    "a&b<c>d.csv",
    "100%.csv",
    "50%25.csv",
    "%2F%2e.csv",
    "Zürich-東京-😀.csv",
    'it\'s "quoted".csv',
    "(a)*b!~c_d-e.csv",
    "semi;colon=at@comma,dollar$.csv",
    "question?mark#hash.csv",
    "bracket[a]{b}|^`.csv",
    "folder/deep/er.csv",
    "folder-b.csv", // in the bytes' order it comes before those in the folder
  ].map((name) => `odd/${name}`);
  for (const name of names) await server.put(name, encode(name));
  await using downloader = open();
  const { bucket } = server;
  assertEquals(
    await downloader.listObjects(bucket, "odd/"),
    names.toSorted(compareBytes),
  );
  for (const name of names) {
    assertEquals(
      await downloader.listObjects(bucket, name),
      [name],
      `as a prefix: ${name}`,
    );
    const { size } = await downloader.getObjectInfo(bucket, name);
    assertEquals(size, encode(name).length, name);
    const bytes = await downloader.downloadOne(bucket, name);
    assertEquals(decode(bytes), name);
  }
}

async function looksObjectsUp({ server, wire, open }: Setting) {
  const bytes = csv(1000);
  await server.put("look/up.csv", bytes);
  await server.put("look/empty.csv", new Uint8Array());
  await using downloader = open();
  const { bucket } = server;
  assert(await downloader.checkExists(bucket, "look/up.csv"));
  assert(await downloader.checkExists(bucket, "look/empty.csv"));
  for (
    const missing of ["look/no.csv", "look", "look/up.csv/below.csv"]
  ) {
    assertFalse(await downloader.checkExists(bucket, missing), missing);
  }
  assertFalse(await downloader.checkExists("no-such-bucket", "look/up.csv"));
  // One request for each, the refused ones among them: nothing is asked again in vain.
  assertEquals(wire.take().filter((line) => line === "HEAD 404").length, 4);

  const info = await downloader.getObjectInfo(bucket, "look/up.csv");
  const { lastModified, ...rest } = info;
  assertEquals(rest, {
    key: "look/up.csv",
    size: 1000,
    etag: md5(bytes),
    isEncrypted: false,
  });
  assertIsRecent(lastModified);
  const [listed] = await Array.fromAsync(
    downloader.iterateObjects(bucket, "look/up"),
  );
  assertEquals(listed?.etag, info.etag);

  const error = await assertRejects(
    () => downloader.downloadOne(bucket, "look/no.csv"),
    NotFoundError,
  );
  assertEquals([error.status, error.serviceCode], [404, "NoSuchKey"]);
  const noBucket = await assertRejects(
    () => downloader.downloadOne("no-such-bucket", "look/up.csv"),
    NotFoundError,
  );
  assertStringIncludes(noBucket.message, "there is no bucket 'no-such-bucket'");
}

async function getsObjectsWhole({ server, open }: Setting) {
  const pieces = [csv(300_000, 1), csv(200_000, 2), new Uint8Array(), csv(9)];
  const stored = joined(...await Promise.all(pieces.map(gzip)));
  const plain = noise(6 * MiB + 5);
  await server.put("whole/members.csv.gz", stored);
  await server.put("whole/empty.csv", new Uint8Array());
  await server.putInParts("whole/parts.bin", [
    plain.subarray(0, 5 * MiB),
    plain.subarray(5 * MiB),
  ]);
  await using downloader = open();
  const { bucket } = server;
  const get = (key: string, decompress = true) =>
    downloader.downloadOne(bucket, key, { decompress });
  assertSame(await get("whole/members.csv.gz"), joined(...pieces));
  assertSame(await get("whole/members.csv.gz", false), stored);
  assertSame(await get("whole/empty.csv"), new Uint8Array());
  assertSame(await get("whole/parts.bin"), plain);

  const { etag } = await downloader.getObjectInfo(bucket, "whole/parts.bin");
  assert(
    /^[0-9a-f]{32}-2$/.test(etag) || etag === md5(plain),
    `no ETag of an upload in parts, nor an MD5: ${etag}`,
  );
  const stream = await downloader.openStream(bucket, "whole/members.csv.gz");
  assertSame(
    new Uint8Array(await new Response(stream).arrayBuffer()),
    joined(...pieces),
  );
  await using folder = await makeFolder();
  for (const key of ["whole/members.csv.gz", "whole/empty.csv"]) {
    const file = await downloader.downloadToFile(
      bucket,
      key,
      `${folder.path}/${key}`,
    );
    assertSame(await Deno.readFile(file.path), await get(key));
  }
  assertEquals(await folder.names(), [
    "whole/empty.csv",
    "whole/members.csv.gz",
  ]);
  assertEquals(downloader.getStatistics().totalRetries, 0);
}

async function getsObjectsBlocking({ server }: Setting) {
  const text = csv(400_000, 3);
  await server.put("blocking/a.csv.gz", await gzip(text));
  // Not through the wire: it would stand still with this thread.
  using downloader = new SyncS3Downloader(server.credentials, {
    endpointUrl: server.url,
    maxRetries: 1,
  });
  const { bucket } = server;
  assertSame(downloader.download(bucket, "blocking/a.csv.gz"), text);
  assertEquals(downloader.listObjects(bucket, "blocking/"), [
    "blocking/a.csv.gz",
  ]);
  assert(downloader.checkExists(bucket, "blocking/a.csv.gz"));
  assertFalse(downloader.checkExists(bucket, "blocking/b.csv.gz"));
  await using folder = await makeFolder();
  const path = `${folder.path}/a.csv`;
  downloader.downloadToFile(bucket, "blocking/a.csv.gz", path);
  assertSame(await Deno.readFile(path), text);
}

/** Downloaders with these fetch what is larger than a range in ranges. */
const IN_RANGES = { rangeThreshold: 4 * MiB, rangeSize: 4 * MiB };

async function getsRanges({ server, wire, open }: Setting) {
  const large = noise(20 * MiB + 7);
  await server.putInParts("ranges/parts.bin", inParts(large));
  await server.put("ranges/one.bin", large);
  await using downloader = open(IN_RANGES);
  await using folder = await makeFolder();
  for (const name of ["parts.bin", "one.bin"]) {
    wire.take();
    const file = await downloader.downloadToFile(
      server.bucket,
      `ranges/${name}`,
      `${folder.path}/${name}`,
    );
    assertEquals(file.size, large.length);
    assertSame(await Deno.readFile(file.path), large);
    const asked = wire.take(name).filter((line) => line.endsWith(" 206"));
    assertEquals(
      asked.toSorted(),
      Array.from({ length: 6 }, (_, index) => {
        const start = index * 4 * MiB;
        const end = Math.min(start + 4 * MiB, large.length);
        return `GET ${start}-${end - 1} 206`;
      }).toSorted(),
    );
  }
  assertEquals(downloader.getStatistics().totalRetries, 0);
}

async function isRefusedRangeBehindEnd({ server, wire }: Setting) {
  await server.put("behind/ten.bin", noise(10));
  const store = new SignedStore({
    endpoint: new URL(wire.url),
    credentials: checkCredentials(server.credentials),
    maxRetries: 0,
    timeout: 20,
    maxPoolConnections: 1,
  });
  try {
    const get = (start: number, etag?: string) =>
      store.get(server.bucket, "behind/ten.bin", { start, etag });
    const error = await assertRejects(() => get(10), ServiceError);
    assertEquals([error.status, error.serviceCode], [416, "InvalidRange"]);
    // The condition comes before the range: what is of another version has another end.
    await assertRejects(() => get(10, "0".repeat(32)), ObjectChangedError);
    await assertRejects(() => get(5, "0".repeat(32)), ObjectChangedError);
    const { body, info, offset } = await get(8);
    assertEquals([info.size, offset, (await body.read())?.length], [10, 8, 2]);
    body.cancel();
  } finally {
    store.close();
  }
}

async function goesOnAfterBreak({ server, wire, open }: Setting) {
  const bytes = noise(5 * MiB);
  await server.put("break/one.bin", bytes);
  await using downloader = open();
  wire.interference = { target: "break/", after: 2 * MiB, kind: "cut" };
  assertSame(
    await downloader.downloadOne(server.bucket, "break/one.bin"),
    bytes,
  );
  const [first, second, ...others] = wire.take();
  assertEquals([first, others], ["GET 200", []]);
  const [, start] = /^GET (\d+)- 206$/.exec(second ?? "") ?? [];
  assertGreater(Number(start), 0);
  assertLessOrEqual(Number(start), 2 * MiB);
  assertEquals(downloader.getStatistics().totalRetries, 1);
}

async function neverMixesInStream({ server, wire, open }: Setting) {
  const { bucket } = server;
  const key = "replaced/one.bin";
  const before = noise(3 * MiB, 1);
  const after = noise(3 * MiB, 2);
  await server.put(key, before);
  await using downloader = open();
  const replaceAtSecondRequest = () => {
    let count = 0;
    wire.onRequest = async () => {
      if (++count === 2) await server.put(key, after);
    };
    wire.interference = { target: key, after: MiB, kind: "cut" };
  };

  // The caller has some bytes of the stream already: it cannot start over.
  replaceAtSecondRequest();
  const stream = await downloader.openStream(bucket, key);
  const error = await assertRejects(
    () => Array.fromAsync(stream),
    ObjectChangedError,
  );
  assertEquals([error.key, error.serviceCode], [key, "PreconditionFailed"]);
  assertMatch(wire.take().join(), /^GET 200,GET \d+- 412$/);

  await server.put(key, before);
  replaceAtSecondRequest();
  assertSame(await downloader.downloadOne(bucket, key), after);
  assertMatch(wire.take().join(), /^GET 200,GET \d+- 412,GET 200$/);
}

async function neverMixesInRanges({ server, wire, open }: Setting) {
  const { bucket } = server;
  const key = "replaced/ranges.bin";
  const versions = [1, 2, 3].map((seed) => noise(12 * MiB, seed));
  const upload = (version: number) =>
    server.putInParts(key, inParts(versions[version] ?? new Uint8Array()));
  await upload(0);
  await using downloader = open({ ...IN_RANGES, maxConcurrentRanges: 1 });
  await using folder = await makeFolder();
  const path = `${folder.path}/ranges.bin`;

  let ranges = 0;
  const replaceAt = (...moments: number[]) => {
    ranges = 0;
    wire.onRequest = async ({ range }) => {
      if (range === undefined) return;
      const moment = moments.indexOf(++ranges);
      if (moment >= 0) await upload(moment + 1);
    };
  };
  replaceAt(2);
  await downloader.downloadToFile(bucket, key, path);
  assertSame(await Deno.readFile(path), versions[1]);
  assertEquals(ranges, 5); // one of the first version, one refused, three of the second

  // Replaced each time: no file at all rather than a wrong one.
  await Deno.remove(path);
  await upload(0);
  replaceAt(2, 4);
  await assertRejects(
    () => downloader.downloadToFile(bucket, key, path),
    ObjectChangedError,
  );
  assertFalse((await folder.names()).includes("ranges.bin"));

  // What is left is of a version that is gone.
  wire.onRequest = undefined;
  const { resumedFrom } = await downloader.downloadToFile(bucket, key, path);
  assertSame(await Deno.readFile(path), versions[2]);
  assertEquals(resumedFrom, 0);
  assertEquals(await folder.names(), ["ranges.bin"]);
}

/** What is asked for next is behind the end of the new version. */
async function startsOverWhereShorter({ server, wire, open }: Setting) {
  const { bucket } = server;
  const before = noise(9 * MiB, 1);
  const after = noise(MiB / 2, 2);
  const key = "shorter/one.bin";
  const prepare = async () => {
    await server.put(key, before);
    let count = 0;
    wire.onRequest = async () => {
      if (++count === 2) await server.put(key, after);
    };
  };
  await using downloader = open({ ...IN_RANGES, maxConcurrentRanges: 1 });
  await prepare();
  wire.interference = { target: key, after: MiB, kind: "cut" };
  const stream = await downloader.openStream(bucket, key);
  await assertRejects(() => Array.fromAsync(stream), ObjectChangedError);

  await prepare();
  wire.interference = { target: key, after: MiB, kind: "cut" };
  assertSame(await downloader.downloadOne(bucket, key), after);

  await using folder = await makeFolder();
  const path = `${folder.path}/one.bin`;
  await server.put(key, before);
  let ranges = 0;
  wire.onRequest = async ({ range }) => {
    if (range !== undefined && ++ranges === 2) await server.put(key, after);
  };
  await downloader.downloadToFile(bucket, key, path);
  assertSame(await Deno.readFile(path), after);
  assertEquals(ranges, 2);
  assertEquals(await folder.names(), ["one.bin"]);
}

async function resumesAborted({ server, wire, open }: Setting) {
  const { bucket } = server;
  const bytes = noise(12 * MiB, 4);
  await server.put("resume/one.bin", bytes);
  await server.putInParts("resume/parts.bin", inParts(bytes));
  await using folder = await makeFolder();
  for (
    const [key, options] of [
      ["resume/one.bin", {}],
      ["resume/parts.bin", {}],
      ["resume/parts.bin", IN_RANGES],
    ] as const
  ) {
    const path = `${folder.path}/file.bin`;
    await using downloader = open(options);
    const controller = new AbortController();
    await assertRejects(
      () =>
        downloader.downloadToFile(bucket, key, path, {
          signal: controller.signal,
          onProgress: ({ bytes }) => {
            if (bytes > 5 * MiB) controller.abort(new Error("enough"));
          },
        }),
      Error,
      "enough",
    );
    wire.take();
    const { resumedFrom } = await downloader.downloadToFile(bucket, key, path);
    assertGreater(resumedFrom, MiB);
    assertSame(await Deno.readFile(path), bytes);
    const gets = wire.take().filter((line) => line.startsWith("GET"));
    assert(gets.every((line) => line.endsWith(" 206")), gets.join());
    await Deno.remove(path);
    assertEquals(await folder.names(), []);
  }
}

const JANUARY = ["--from", "2024-01-01", "--to", "2024-01-31"];
const DATASETS = ["stocks_daily", "options_minute"];

async function syncsAndVerifies({ server, wire }: Setting) {
  const catalog = new S3Catalog(server.bucket, { layout: "live" });
  const keys = DATASETS.flatMap((dataset) =>
    catalog.getDateRangeKeys(dataset, "2024-01-01", "2024-01-31")
  );
  assertEquals(keys.length, 42);
  const objects = new Map<string, Uint8Array>();
  for (const [index, key] of keys.entries()) {
    const bytes = await gzip(csv(3000, index));
    objects.set(key, bytes);
    // As the service itself does it: its large files have ETags that are no MD5.
    if (index % 7 === 0) await server.putInParts(key, [bytes]);
    else await server.put(key, bytes);
  }
  await using folder = await makeFolder();
  const env = environmentOf({ ...server, url: wire.url });
  const run = (...args: string[]) =>
    runFlatbed([...args, "--out", folder.path], { env });
  const sync = async () => {
    const { code, stdout, stderr } = await run("sync", ...DATASETS, ...JANUARY);
    assertEquals([code, stderr], [0, ""]);
    return stdout;
  };

  assertStringIncludes(
    await sync(),
    "fetched 42, replaced 0, present 0, missing 0, refused 0, failed 0;",
  );
  for (const [key, bytes] of objects) {
    assertSame(await Deno.readFile(`${folder.path}/${key}`), bytes);
  }
  wire.take();
  assertStringIncludes(
    await sync(),
    "fetched 0, replaced 0, present 42, missing 0, refused 0, failed 0",
  );
  // Listings only: one for each dataset and month.
  assertEquals(wire.take(), ["GET 200", "GET 200"]);
  for (const mode of ["--full", "--remote"]) {
    const { code, stdout } = await run("verify", mode);
    assertEquals([mode, code], [mode, 0]);
    assertMatch(stdout, /^The mirror is whole: 42 files checked/);
  }

  // One of each kind is replaced.
  for (const index of [7, 30]) {
    const key = keys[index] ?? "";
    const bytes = await gzip(csv(3000, 100 + index));
    objects.set(key, bytes);
    if (index === 7) await server.putInParts(key, [bytes]);
    else await server.put(key, bytes);
  }
  const outdated = await run("verify", "--remote");
  assertEquals(outdated.code, 1);
  assertEquals([...outdated.stdout.matchAll(/^outdated /gm)].length, 2);
  assertStringIncludes(
    await sync(),
    "fetched 0, replaced 2, present 40, missing 0, refused 0, failed 0;",
  );
  for (const [key, bytes] of objects) {
    assertSame(await Deno.readFile(`${folder.path}/${key}`), bytes);
  }
  assertEquals((await run("verify", "--remote")).code, 0);
}

async function resumesKilledSync({ server, wire }: Setting) {
  const key = new S3Catalog(server.bucket, { layout: "live" }).getKey(
    "stocks_trades",
    "2024-01-08",
  );
  const bytes = gzipStored(noise(12 * MiB, 5));
  await server.putInParts(key, inParts(bytes));
  await using folder = await makeFolder();
  const env = environmentOf({ ...server, url: wire.url });
  const day = ["--from", "2024-01-08", "--to", "2024-01-08"];
  const args = ["sync", "stocks_trades", ...day, "--out", folder.path];
  const target = `${folder.path}/${key}`;
  await Deno.mkdir(target.slice(0, target.lastIndexOf("/")), {
    recursive: true,
  });

  // The rest of the answer is held back: the kill is always in time.
  wire.interference = { target: key, after: 8 * MiB, kind: "hold" };
  {
    using watcher = Deno.watchFs(folder.path);
    const child = denoCommand(
      ["run", "-A", new URL("cli.ts", ROOT).pathname, ...args],
      { env },
      { stdout: "null", stderr: "null" },
    ).spawn();
    // Should it end by itself, nothing would be written any more.
    const ended = child.status.finally(() => watcher.close());
    let isInTime = false;
    for await (const _ of watcher) {
      const part = await Deno.stat(`${target}.part`).catch(() => undefined);
      isInTime = part !== undefined && part.size >= 4 * MiB;
      if (isInTime) break;
    }
    assert(isInTime, "the sync ended before it could be killed");
    child.kill("SIGKILL");
    await ended;
  }
  wire.interference = undefined;
  wire.take();

  const { code, stderr } = await runFlatbed(args, { env });
  assertEquals([code, stderr], [0, ""]);
  assertSame(await Deno.readFile(target), bytes);
  const [get, ...others] = wire.take(key);
  const [, start] = /^GET (\d+)- 206$/.exec(get ?? "") ?? [];
  assertGreater(Number(start), 4 * MiB - 1);
  assertEquals(others, []);
}

/** Asserts that everything that asks ends with the same complaint about the credentials. */
async function assertAllRefused(
  { server, wire }: Setting,
  credentials: typeof server.credentials,
  reason: string,
): Promise<void> {
  await using downloader = new AsyncS3Downloader(credentials, {
    endpointUrl: wire.url,
    maxRetries: 2,
  });
  const { bucket } = server;
  const asks: Record<string, () => Promise<unknown>> = {
    "list": () => downloader.listObjects(bucket, "secret/"),
    "download": () => downloader.downloadOne(bucket, "secret/a.csv"),
    "download what is missing": () =>
      downloader.downloadOne(bucket, "secret/none.csv"),
    "look up": () => downloader.checkExists(bucket, "secret/a.csv"),
    "look up what is missing": () =>
      downloader.checkExists(bucket, "secret/none.csv"),
  };
  const actual: Record<string, string> = {};
  for (const [name, ask] of Object.entries(asks)) {
    const error: unknown = await ask().then(
      (value) => new Error(`an answer: ${JSON.stringify(value)}`),
      (error) => error,
    );
    assertInstanceOf(error, Error);
    for (const text of [error.message, Deno.inspect(error)]) {
      assertFalse(text.includes(credentials.secretAccessKey), text);
      assertFalse(/[0-9a-f]{64}/i.test(text), `a signature: ${text}`);
    }
    actual[name] = `${error.name}: ${
      error.message.replace(/^Cannot .*?: /, "")
    }`;
  }
  const expected = `${CredentialsError.name}: ${reason}`;
  assertEquals(
    actual,
    Object.fromEntries(Object.keys(asks).map((name) => [name, expected])),
  );
  assertEquals(downloader.getStatistics().totalRetries, 0);
}

/** Asserts that the command line says the same, whatever it asks first. */
async function assertCommandsRefused(
  { server, wire }: Setting,
  credentials: typeof server.credentials,
  reason: string,
): Promise<void> {
  const env = environmentOf({ url: wire.url, credentials });
  await using folder = await makeFolder();
  const day = ["--from", "2024-01-02", "--to", "2024-01-02"];
  const out = ["--out", folder.path];
  for (
    const args of [
      ["entitlements", ...out],
      ["sync", "stocks_daily", ...day, ...out],
    ]
  ) {
    const { code, stderr } = await runFlatbed(args, { env });
    assertEquals([args[0], code], [args[0], 1]);
    assertStringIncludes(stderr, reason);
  }
}

async function saysSecretIsWrong(setting: Setting) {
  await setting.server.put("secret/a.csv", csv(100));
  const credentials = {
    ...setting.server.credentials,
    secretAccessKey: "another-made-up-secret",
  };
  const reason =
    "the signature does not match: the secret access key is not the one that belongs to the access key id";
  await assertAllRefused(setting, credentials, reason);
  await assertCommandsRefused(setting, credentials, reason);
}

async function saysKeyIdIsWrong(setting: Setting) {
  await setting.server.put("secret/a.csv", csv(100));
  const credentials = {
    ...setting.server.credentials,
    accessKeyId: "nobody-has-this-id",
  };
  const reason = "the service does not know the access key id";
  await assertAllRefused(setting, credentials, reason);
  await assertCommandsRefused(setting, credentials, reason);
}

async function saysClockIsWrong(setting: Setting) {
  await setting.server.put("secret/a.csv", csv(100));
  const { Date: RightDate } = globalThis;
  class SlowDate extends RightDate {
    constructor(value: number | string | Date = SlowDate.now()) {
      super(value);
    }

    static override now() {
      return RightDate.now() - 40 * 60_000;
    }
  }
  Object.assign(globalThis, { Date: SlowDate });
  try {
    await assertAllRefused(
      setting,
      setting.server.credentials,
      "this machine's clock is wrong: it is 40 minutes behind the service's",
    );
  } finally {
    Object.assign(globalThis, { Date: RightDate });
  }
}

/** The pieces of an upload in parts, the smallest that services take. */
function inParts(bytes: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += 5 * MiB) {
    parts.push(bytes.subarray(at, at + 5 * MiB));
  }
  return parts;
}

/** Asserts that two pieces of bytes are equal, and prints neither. */
function assertSame(actual: Uint8Array, expected: Uint8Array | undefined) {
  assertNotEquals(expected, undefined);
  assertEquals(
    [actual.length, md5(actual)],
    [expected?.length, md5(expected ?? new Uint8Array())],
  );
}

/** Asserts that something was stored within the last ten minutes. */
function assertIsRecent(date: Date | undefined) {
  const age = Math.abs(Date.now() - (date?.getTime() ?? 0));
  assertLessOrEqual(age, 10 * 60_000);
}

/** The order of two texts' UTF-8 bytes. */
function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
