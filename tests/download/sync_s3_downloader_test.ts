import { fileURLToPath } from "node:url";
import {
  assert,
  assertEquals,
  assertFalse,
  assertGreater,
  assertInstanceOf,
  assertMatch,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { S3Catalog } from "../../src/catalog/mod.ts";
import type { Fault } from "../../src/demo/mod.ts";
import {
  AccessDeniedError,
  CredentialsError,
  FlatbedError,
  IntegrityError,
  LocalFileError,
  NotFoundError,
  TimedOutError,
  TooLargeError,
  TransferError,
} from "../../src/base/mod.ts";
import { SyncS3Downloader } from "../../src/download/mod.ts";
import { runScript } from "../support/child.ts";
import { csv, gzip, joined, noise, sizeAndSum } from "../support/data.ts";
import { BUCKET, openDownloader, startRecorded } from "../support/demo.ts";
import { ROOT } from "../support/deno_command.ts";
import { startDemoThread } from "../support/demo_thread.ts";
import { makeFolder } from "../support/folder.ts";
import { TEST_CREDENTIALS } from "../support/store.ts";

const KEY = new S3Catalog().getStocksDailyKey("2024-01-02");

function openSync(
  endpointUrl: string,
  options: { maxRetries?: number; timeout?: number } = {},
): SyncS3Downloader {
  return new SyncS3Downloader(TEST_CREDENTIALS, {
    endpointUrl,
    maxRetries: 1,
    timeout: 10,
    ...options,
  });
}

/** What an error is to those who catch it. */
function look(error: unknown): unknown {
  assertInstanceOf(error, Error);
  return {
    class: error.constructor,
    name: error.name,
    message: error.message,
    fields: { ...error },
  };
}

Deno.test("SyncS3Downloader.download() has the same results as AsyncS3Downloader.downloadOne()", async () => {
  const [a, b] = [await gzip(csv(30_000, 1)), await gzip(csv(20_000, 2))];
  using server = await startDemoThread({
    objects: [
      ["multi.csv.gz", joined(a, b, new Uint8Array(9))],
      ["plain.csv", csv(10)],
      ["empty", new Uint8Array()],
      ["large", noise(10_000_000)],
    ],
  });
  await using downloader = openDownloader(server.url);
  using sync = openSync(server.url);
  for (const key of [KEY, "multi.csv.gz", "plain.csv", "empty", "large"]) {
    for (const decompress of [true, false]) {
      const expected = await downloader.downloadOne(BUCKET, key, {
        decompress,
      });
      const actual = sync.download(BUCKET, key, { decompress });
      assertEquals(sizeAndSum(actual), sizeAndSum(expected), key);
      assertEquals(actual.buffer.byteLength, actual.length);
      assertInstanceOf(actual.buffer, ArrayBuffer);
    }
  }
  assertEquals(sync.getStatistics(), downloader.getStatistics());
});

Deno.test("SyncS3Downloader throws the same errors as AsyncS3Downloader, and goes on afterwards", async () => {
  const objects: [string, Uint8Array][] = ["a", "b", "c", "d", "e", "f"].map((
    key,
  ) => [key, noise(1000)]);
  const faults: Fault[] = [
    { kind: "forbidden", key: "a" },
    { kind: "status", status: 503, key: "b", retryAfter: 0 },
    { kind: "wrong-length", key: "c", by: 5 },
    { kind: "stall", after: 0, key: "d" },
    { kind: "flip-bit", key: "e" },
    { kind: "status", status: 400, code: "InvalidRequest", key: "f" },
  ];
  using server = await startDemoThread({
    objects: [
      ...objects,
      ["text.csv.gz", csv(100)],
      ["cut.csv.gz", (await gzip(csv(900))).slice(0, -1)],
      ["good", noise(10)],
    ],
    faults,
  });
  const options = { timeout: 0.3, maxRetries: 0 };
  await using downloader = openDownloader(server.url, options);
  using sync = openSync(server.url, options);
  const classes: unknown[] = [];
  for (
    const key of [
      ...["a", "b", "c", "d", "e", "f"],
      ...["text.csv.gz", "cut.csv.gz", "no-such-key"],
    ]
  ) {
    const expected = await downloader.downloadOne(BUCKET, key).then(
      () => undefined,
      (error) => error,
    );
    const actual = assertThrows(() => sync.download(BUCKET, key));
    assertEquals(look(actual), look(expected), key);
    assertInstanceOf(actual, FlatbedError);
    classes.push(actual.constructor);
    assertEquals(sync.download(BUCKET, "good"), noise(10), "it goes on");
  }
  for (
    const Class of [AccessDeniedError, TimedOutError, IntegrityError] as const
  ) {
    assert(classes.includes(Class), Class.name);
  }
  assertEquals(sync.getStatistics().failedDownloads, 9);
  assertEquals(sync.getStatistics().successfulDownloads, 9);

  const message = "Cannot look up 'a': access denied";
  assertThrows(() => sync.checkExists(BUCKET, "a"), AccessDeniedError, message);
  assertThrows(
    () => sync.listObjects("no-such-bucket", ""),
    NotFoundError,
    "there is no bucket 'no-such-bucket'",
  );
});

Deno.test("SyncS3Downloader throws what it cannot reach or is refused with", async () => {
  using server = await startDemoThread();
  using stranger = new SyncS3Downloader(
    { ...TEST_CREDENTIALS, secretAccessKey: "wrong-secret" },
    { endpointUrl: server.url },
  );
  const refused = assertThrows(
    () => stranger.download(BUCKET, KEY),
    CredentialsError,
    "the signature does not match",
  );
  assertFalse(Deno.inspect(refused).includes("wrong-secret"));
  assertFalse(
    Deno.inspect(stranger, { showHidden: true }).includes("wrong-secret"),
  );
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { addr } = listener;
  listener.close();
  assert(addr.transport === "tcp");
  using lost = openSync(`http://127.0.0.1:${addr.port}`, { maxRetries: 0 });
  assertThrows(
    () => lost.download(BUCKET, "a"),
    TransferError,
    "the connection failed",
  );
});

Deno.test("SyncS3Downloader retries, and counts it, like AsyncS3Downloader", async () => {
  const body = noise(200_000);
  using server = await startDemoThread({
    objects: [["a", body]],
    faults: [{ kind: "drop", after: 60_000, times: 2 }],
  });
  using sync = openSync(server.url);
  assertEquals(sizeAndSum(sync.download(BUCKET, "a")), sizeAndSum(body));
  assertThrows(() => sync.download(BUCKET, "b"), NotFoundError);
  assertEquals(sync.getStatistics(), {
    totalDownloads: 2,
    successfulDownloads: 1,
    failedDownloads: 1,
    totalRetries: 2,
    successRate: 0.5,
  });
  sync.resetStatistics();
  assertEquals(sync.getStatistics(), {
    totalDownloads: 0,
    successfulDownloads: 0,
    failedDownloads: 0,
    totalRetries: 0,
    successRate: 0,
  });
});

Deno.test("SyncS3Downloader.downloadToFile() has the same results as AsyncS3Downloader.downloadToFile()", async () => {
  const content = csv(300_000);
  using server = await startDemoThread({
    objects: [["a.csv.gz", await gzip(content)]],
  });
  await using downloader = openDownloader(server.url);
  using sync = openSync(server.url);
  await using folder = await makeFolder();
  const path = `${folder.path}/sub/a.csv`;
  for (const decompress of [true, false]) {
    const options = { decompress };
    const expected = await downloader.downloadToFile(
      BUCKET,
      "a.csv.gz",
      path,
      options,
    );
    await Deno.remove(path);
    assertEquals(
      sync.downloadToFile(BUCKET, "a.csv.gz", path, options),
      expected,
    );
    assertEquals((await Deno.stat(path)).size, expected.bytes);
  }
  const url = new URL(`file://${folder.path}/b%20c`);
  assertEquals(
    sync.downloadToFile(BUCKET, "a.csv.gz", url).path,
    `${folder.path}/b c`,
  );
  assertEquals(await folder.names(), ["b c", "sub/a.csv"]);
  const error = assertThrows(
    () => sync.downloadToFile(BUCKET, "a.csv.gz", folder.path),
    LocalFileError,
    "it is a folder",
  );
  assertEquals(error.code, "file");
});

Deno.test("SyncS3Downloader.listObjects() and checkExists() have the same results as AsyncS3Downloader's", async () => {
  const keys = Array.from(
    { length: 1500 },
    (_, index) => `many/${String(index).padStart(4, "0")}`,
  );
  using server = await startDemoThread({
    objects: keys.map((key) => [key, new Uint8Array(1)]),
  });
  using sync = openSync(server.url);
  assertEquals(sync.listObjects(BUCKET, "many/"), keys.slice(0, 1000));
  assertEquals(sync.listObjects(BUCKET, "many/", 1), keys.slice(0, 1));
  assertEquals(sync.listObjects(BUCKET, "many/", 1001), keys.slice(0, 1001));
  assertEquals(sync.listObjects(BUCKET, "many/", 9999), keys);
  assertEquals(sync.listObjects(BUCKET, "none/"), []);
  assertEquals(sync.checkExists(BUCKET, "many/0001"), true);
  assertEquals(sync.checkExists(BUCKET, "many/x"), false);
});

Deno.test("SyncS3Downloader.close() ends it: further calls are a TypeError, closing again is not", async () => {
  using server = await startDemoThread({ objects: [["a", noise(10)]] });
  const sync = openSync(server.url);
  assertEquals(sync.download(BUCKET, "a"), noise(10));
  sync.close();
  sync.close();
  const unused = openSync(server.url);
  unused.close();
  let used: SyncS3Downloader;
  {
    using inner = openSync(server.url);
    used = inner;
  }
  for (const closed of [sync, unused, used]) {
    for (
      const call of [
        () => closed.download(BUCKET, "a"),
        () => closed.downloadToFile(BUCKET, "a", "/nonexistent/a"),
        () => closed.listObjects(BUCKET, "a"),
        () => closed.checkExists(BUCKET, "a"),
        () => closed.getStatistics(),
        () => closed.resetStatistics(),
      ]
    ) {
      assertThrows(call, TypeError, "Cannot use a downloader that is closed");
    }
  }
});

Deno.test("SyncS3Downloader.download() does not believe an impossible size, and goes on afterwards", async () => {
  // A service in a process of its own: what it answers cannot be had from the demo service.
  const source = `
    const handler = (wire: Deno.Conn, index: number) => async () => {
      await wire.read(new Uint8Array(8192));
      const length = index === 0 ? Number.MAX_SAFE_INTEGER : 3;
      await wire.write(new TextEncoder().encode(
        "HTTP/1.1 200 OK\\r\\nETag: \\"x-2\\"\\r\\nContent-Length: " + length + "\\r\\n\\r\\nabc"));
      wire.close();
    };
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    self.postMessage((listener.addr as Deno.NetAddr).port);
    let index = 0;
    for await (const wire of listener) handler(wire, index++)();
  `;
  const worker = new Worker(
    `data:application/typescript,${encodeURIComponent(source)}`,
    { type: "module" },
  );
  const port = await new Promise((resolve) => {
    worker.onmessage = ({ data }) => resolve(data);
  });
  using sync = openSync(`http://127.0.0.1:${port}`, { maxRetries: 0 });
  assertThrows(
    () =>
      sync.download(BUCKET, "a", {
        decompress: false,
        maxBytes: Number.MAX_SAFE_INTEGER,
      }),
    TransferError,
  );
  assertEquals(
    sync.download(BUCKET, "a", { decompress: false }),
    new TextEncoder().encode("abc"),
  );
  worker.terminate();
});

Deno.test("SyncS3Downloader.download() goes on after a call whose content was too large", async () => {
  const body = noise(3_000_000);
  using server = await startDemoThread({
    objects: [["a", body], ["b", body.subarray(0, 10)]],
  });
  using sync = openSync(server.url);
  assertThrows(
    () => sync.download(BUCKET, "a", { maxBytes: 2_999_999 }),
    TooLargeError,
    "'a'",
  );
  assertEquals(sync.download(BUCKET, "b"), body.slice(0, 10));
  assertEquals(
    sizeAndSum(sync.download(BUCKET, "a")),
    sizeAndSum(body),
  );
});

Deno.test("SyncS3Downloader.download() brings 300 MB at once", async () => {
  // As a typed array, Deno could not receive it.
  const part = csv(1_000_000);
  const member = await gzip(part);
  using server = await startDemoThread({
    objects: [["a.gz", joined(...Array(300).fill(member))]],
  });
  using sync = openSync(server.url);
  const bytes = sync.download(BUCKET, "a.gz");
  assertEquals(bytes.length, 300_000_000);
  assertEquals(sizeAndSum(bytes.subarray(-part.length)), sizeAndSum(part));
});

/** A script with a blocking downloader. */
function script(body: string): string {
  return `
    import { TEST_CREDENTIALS } from "#root/tests/support/store.ts";
    import { SyncS3Downloader } from "#root/src/download/mod.ts";
    ${body}
  `;
}

Deno.test("SyncS3Downloader lets a script end by itself that never closes it", async () => {
  using server = await startDemoThread({ objects: [["a", noise(5_000_000)]] });
  const result = await runScript(script(`
    const downloader = new SyncS3Downloader(TEST_CREDENTIALS, {
      endpointUrl: ${JSON.stringify(server.url)},
    });
    console.log(downloader.download("flatfiles", "a").length);
    console.log(downloader.checkExists("flatfiles", "b"));
  `));
  assertFalse(result.isStuck, "it ended by itself");
  assertEquals(
    [result.code, result.stdout, result.stderr],
    [0, "5000000\nfalse\n", ""],
  );
});

Deno.test("SyncS3Downloader lets a script that fails end with its error", async () => {
  using server = await startDemoThread();
  const result = await runScript(script(`
    using downloader = new SyncS3Downloader(TEST_CREDENTIALS, {
      endpointUrl: ${JSON.stringify(server.url)},
    });
    downloader.download("flatfiles", "no-such-key");
  `));
  assertFalse(result.isStuck, "it ended by itself");
  assertEquals(result.code, 1);
  assertStringIncludes(
    result.stderr,
    "NotFoundError: Cannot download 'no-such-key': there is no such object",
  );
  assertFalse(result.stderr.includes(TEST_CREDENTIALS.secretAccessKey));
});

Deno.test("SyncS3Downloader says which permission is missing", async () => {
  using server = await startDemoThread();
  const source = (call: string) =>
    script(`
      using downloader = new SyncS3Downloader(TEST_CREDENTIALS, {
        endpointUrl: ${JSON.stringify(server.url)},
      });
      try {
        ${call}
      } catch (error) {
        console.log(String(error));
      }
    `);
  const download = `downloader.download("flatfiles", "a")`;
  for (
    const [call, permissions, flag] of [
      [download, ["--allow-read"], "--allow-net"],
      [download, ["--allow-net"], "--allow-read"],
      [
        `downloader.downloadToFile("flatfiles", "${KEY}", "/tmp/flatbed-not-written")`,
        ["--allow-read", "--allow-net"],
        "--allow-write",
      ],
    ] as const
  ) {
    const result = await runScript(source(call), { permissions });
    assertFalse(result.isStuck, flag);
    assertMatch(result.stdout, /^NotCapable: Requires \w+ access to/);
    assertStringIncludes(result.stdout, flag);
  }
});

Deno.test("SyncS3Downloader says what its worker may not read", async () => {
  const worker = "src/download/workers/worker_main.ts";
  const result = await runScript(
    script(`
      using downloader = new SyncS3Downloader(TEST_CREDENTIALS);
      try {
        downloader.getStatistics();
      } catch (error) {
        console.log(String(error));
      }
    `),
    { permissions: [`--allow-read=${fileURLToPath(new URL(worker, ROOT))}`] },
  );
  assertFalse(result.isStuck);
  assertStringIncludes(result.stdout, "Requires read access to");
  assertStringIncludes(result.stdout, "serve_jobs.ts");
});

Deno.test({
  name: "SyncS3Downloader.close() ends its thread",
  ignore: Deno.build.os !== "linux", // others do not tell the threads' names
  async fn() {
    const result = await runScript(script(`
      const hasWorker = () =>
        [...Deno.readDirSync("/proc/self/task")].some(({ name }) => {
          try {
            return Deno.readTextFileSync("/proc/self/task/" + name + "/comm")
              .startsWith("worker-");
          } catch {
            return false; // it has just ended
          }
        });
      const downloader = new SyncS3Downloader(TEST_CREDENTIALS);
      downloader.getStatistics();
      console.log(hasWorker());
      downloader.close();
      while (hasWorker()) await new Promise((resolve) => setTimeout(resolve));
      console.log(hasWorker());
    `));
    assertFalse(result.isStuck);
    assertEquals([result.stdout, result.code], ["true\nfalse\n", 0]);
  },
});

Deno.test("SyncS3Downloader needs no permission but to read its own module and to reach the service", async () => {
  using server = await startDemoThread({ objects: [["a", noise(10)]] });
  const result = await runScript(
    script(`
      using downloader = new SyncS3Downloader(TEST_CREDENTIALS, {
        endpointUrl: ${JSON.stringify(server.url)},
      });
      console.log(downloader.download("flatfiles", "a").length);
    `),
    { permissions: ["--allow-read", "--allow-net"] },
  );
  assertEquals([result.stdout, result.code], ["10\n", 0], result.stderr);
});

Deno.test("SyncS3Downloader.downloadToFile() holds no copy of a large file in memory", async () => {
  const size = 400_000_000;
  const chunk = noise(1_000_000);
  await using server = startRecorded({
    objects: [["large", {
      body: {
        size,
        async *read(start, end) {
          for (let at = start; at < end; at += chunk.length) {
            yield chunk.slice(0, end - at);
          }
        },
      },
    }]],
  });
  await using folder = await makeFolder();
  const result = await runScript(script(`
    using downloader = new SyncS3Downloader(TEST_CREDENTIALS, {
      endpointUrl: ${JSON.stringify(server.url)},
    });
    downloader.checkExists("flatfiles", "large");
    const before = Deno.memoryUsage().rss;
    const { bytes } = downloader.downloadToFile(
      "flatfiles", "large", ${JSON.stringify(`${folder.path}/large`)},
    );
    console.log(bytes, Deno.memoryUsage().rss - before);
  `));
  const [bytes, growth = NaN] = result.stdout.split(" ").map(Number);
  assertEquals(bytes, size, result.stderr);
  assertGreater(size / 2, growth);
});
