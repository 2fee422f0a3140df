import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  AsyncS3Downloader,
  CredentialsError,
  type DownloadFilesEvent,
  NotFoundError,
} from "../../src/download/mod.ts";
import { startDemoServer } from "../../src/demo/mod.ts";
import { runScript } from "../support/child.ts";
import { makeFolder } from "../support/folder.ts";

const KEYS = ["2024-01-02", "2024-01-03", "2024-01-04"].map((date) =>
  `us_stocks_sip/day_aggs_v1/2024/01/${date}.csv.gz`
);

async function setUp() {
  const resources = new AsyncDisposableStack();
  const folder = resources.use(await makeFolder());
  const server = resources.use(startDemoServer({ scale: 0.01 }));
  const downloader = resources.use(
    new AsyncS3Downloader(server.credentials, {
      endpointUrl: server.url,
      maxRetries: 0,
    }),
  );
  const events: DownloadFilesEvent[] = [];
  return {
    folder: folder.path,
    server,
    downloader,
    /** What happened, without progress: the outcomes and their keys' days. */
    outcomes: () =>
      events.splice(0).flatMap((event) =>
        "key" in event && !["fetching", "progress"].includes(event.code)
          ? [`${event.code} ${event.key.slice(-17, -7)}`]
          : []
      ).toSorted(),
    onEvent: (event: DownloadFilesEvent) => void events.push(event),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

Deno.test("downloadFiles() downloads what is not there, under the keys, and tells of each", async () => {
  await using setup = await setUp();
  const { downloader, folder, server, onEvent, outcomes } = setup;
  const options = { decompress: false, onEvent };
  const run = (keys: string[], more = {}) =>
    downloader.downloadFiles(server.bucket, keys, `${folder}/`, {
      ...options,
      ...more,
    });
  const dry = await run(KEYS, { dryRun: true });
  assertEquals([dry.planned, dry.fetched, dry.isFinished], [3, 0, true]);
  assertEquals(outcomes(), [
    "planned 2024-01-02",
    "planned 2024-01-03",
    "planned 2024-01-04",
  ]);
  await run(KEYS.slice(0, 1));
  assertEquals(outcomes(), ["fetched 2024-01-02"]);
  const { fetched, present, failed, bytes, written } = await run(KEYS);
  assertEquals([fetched, present, failed], [2, 1, 0]);
  assertEquals(outcomes(), [
    "fetched 2024-01-03",
    "fetched 2024-01-04",
    "present 2024-01-02",
  ]);
  const sizes = await Promise.all(
    KEYS.slice(1).map(async (key) =>
      (await Deno.stat(`${folder}/${key}`)).size
    ),
  );
  const all = sizes.reduce((sum, size) => sum + size, 0);
  assertEquals([dry.bytes > bytes, bytes, written], [true, all, all]);
});

Deno.test("downloadFiles() names the content of gzip data without its ending", async () => {
  await using setup = await setUp();
  const { downloader, folder, server } = setup;
  await downloader.downloadFiles(server.bucket, KEYS, folder);
  const [key = ""] = KEYS;
  const path = `${folder}/${key.slice(0, -3)}`;
  assert((await Deno.readTextFile(path)).startsWith("ticker,"));
});

Deno.test("downloadFiles() goes on after a failure that is one object's own", async () => {
  await using setup = await setUp();
  const { downloader, folder, server, onEvent, outcomes } = setup;
  const keys = [...KEYS, "us_stocks_sip/day_aggs_v1/2024/01/2024-01-01.csv.gz"];
  const errors: Error[] = [];
  const { fetched, failed, isFinished } = await downloader.downloadFiles(
    server.bucket,
    keys,
    folder,
    {
      onEvent(event) {
        onEvent(event);
        if (event.code === "failed") errors.push(event.error);
      },
    },
  );
  assertEquals([fetched, failed, isFinished], [3, 1, true]);
  assertEquals(errors.map((error) => error instanceof NotFoundError), [true]);
  assertEquals(outcomes().filter((line) => line.startsWith("failed")), [
    "failed 2024-01-01",
  ]);
});

Deno.test("downloadFiles() ends where all others would fail alike, and still sums up", async () => {
  await using setup = await setUp();
  const { folder, server } = setup;
  await using downloader = new AsyncS3Downloader(
    { ...server.credentials, secretAccessKey: "made-up" },
    { endpointUrl: server.url },
  );
  const summaries: DownloadFilesEvent[] = [];
  const failed: string[] = [];
  await assertRejects(
    () =>
      downloader.downloadFiles(server.bucket, KEYS, folder, {
        maxConcurrent: 1,
        onEvent(event) {
          if (event.code === "summary") summaries.push(event);
          if (event.code === "failed") failed.push(event.key);
        },
      }),
    CredentialsError,
  );
  assertEquals(failed, []);
  const [summary] = summaries;
  assert(summary?.code === "summary");
  assertEquals(
    [summaries.length, summary.fetched, summary.failed, summary.isFinished],
    [1, 0, 1, false],
  );
});

Deno.test("downloadFiles() ends with what its listener throws, or with the signal's reason", async () => {
  await using setup = await setUp();
  const { downloader, folder, server } = setup;
  for (const kind of ["fetching", "progress", "fetched"]) {
    const thrown = new Error(`enough of ${kind}`);
    let failed = 0;
    const ended = await assertRejects(() =>
      downloader.downloadFiles(server.bucket, KEYS, `${folder}/${kind}`, {
        onEvent({ code }) {
          if (code === "failed") failed++;
          if (code === kind) throw thrown;
        },
      })
    );
    assertEquals([kind, ended, failed], [kind, thrown, 0]);
  }
  const reason = new Error("stop");
  const ended = await assertRejects(() =>
    downloader.downloadFiles(server.bucket, KEYS, folder, {
      signal: AbortSignal.abort(reason),
    })
  );
  assertEquals(ended, reason);
});

Deno.test("downloadFiles() tells of what is damaged at source, each time, and where its bytes are", async () => {
  await using setup = await setUp();
  const { downloader, folder, server } = setup;
  const [key = ""] = KEYS;
  server.faults.add({ kind: "damaged-source", how: "cut", key });
  const places: string[] = [];
  for (const decompress of [false, false, true]) {
    const { damagedAtSource, fetched, failed } = await downloader
      .downloadFiles(server.bucket, [key], folder, {
        decompress,
        onEvent(event) {
          if (event.code === "damaged-at-source") places.push(event.place);
        },
      });
    assertEquals([damagedAtSource, fetched, failed], [1, 0, 0]);
  }
  assertEquals(places, ["fetched", "present", "none"]);
});

Deno.test("downloadFiles() lets `fetch` have the keys that it takes", async () => {
  await using setup = await setUp();
  const { downloader, folder, server, onEvent, outcomes } = setup;
  const [key = ""] = KEYS;
  const object = { key, size: 5, etag: "x", lastModified: undefined };
  const { present, fetched } = await downloader.downloadFiles(
    server.bucket,
    KEYS,
    folder,
    {
      onEvent,
      fetch: (asked, { dryRun }) =>
        asked !== key || dryRun ? undefined : Promise.resolve({
          outcome: "present" as const,
          path: "elsewhere",
          object,
          resumedFrom: 0,
        }),
    },
  );
  assertEquals([present, fetched], [1, 2]);
  assertEquals(outcomes()[2], "present 2024-01-02");
});

Deno.test("downloadFiles() refuses impossible arguments before any request", async () => {
  await using setup = await setUp();
  const { downloader, folder, server } = setup;
  const run = (keys: unknown, options: unknown = {}) =>
    downloader.downloadFiles(
      server.bucket,
      keys as string[],
      folder,
      options as never,
    );
  await assertRejects(() => run("a"), TypeError, "expected an array");
  await assertRejects(() => run(["a", "../b"]), RangeError, "'../b'");
  await assertRejects(() => run([], { maxConcurrent: 0 }), RangeError);
  await assertRejects(
    () => run([], { dry: true }),
    TypeError,
    "no such option",
  );
  assertThrows(() => Deno.readDirSync(`${folder}/us_stocks_sip`));
  assertEquals(downloader.getStatistics().totalDownloads, 0);
});

Deno.test("downloadFiles() and downloadBatch() end where a permission is missing: all others would fail alike", async () => {
  await using setup = await setUp();
  const { folder, server } = setup;
  const call = (method: string, args: string) => `
    import { AsyncS3Downloader } from "#root/src/download/mod.ts";
    const downloader = new AsyncS3Downloader(
      ${JSON.stringify(server.credentials)},
      { endpointUrl: "${server.url}", maxConcurrent: 1 },
    );
    const failed = [];
    const onFailure = (key) => failed.push(key);
    const onEvent = ({ code }) => code === "failed" && failed.push(code);
    try {
      await downloader.${method}("${server.bucket}", ${
    JSON.stringify(KEYS)
  }, ${args});
    } catch (error) {
      console.log(error.name, failed.length);
    }`;
  for (
    const [method, args] of [
      ["downloadBatch", "{ onFailure }"],
      ["downloadFiles", `${JSON.stringify(folder)}, { onEvent }`],
    ] as const
  ) {
    const { stdout, stderr } = await runScript(call(method, args), {
      permissions: ["--no-check", "--allow-read", "--deny-net"],
    });
    assertEquals([method, stdout], [method, "NotCapable 0\n"], stderr);
  }
});
