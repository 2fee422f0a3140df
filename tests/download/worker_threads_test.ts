import { fileURLToPath } from "node:url";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertLessOrEqual,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import type { DownloadProgress } from "../../src/download/mod.ts";
import {
  FlatbedError,
  IntegrityError,
  NotFoundError,
  TooLargeError,
  TransferError,
} from "../../src/base/mod.ts";
import { DownloadEngine } from "../../src/download/download_engine.ts";
import {
  shareSettings,
  WorkerThreads,
} from "../../src/download/workers/worker_threads.ts";
import { checkFileDownload } from "../../src/download/check_download.ts";
import { checkSettings } from "../../src/download/settings.ts";
import { SharedBackoff } from "../../src/store/mod.ts";
import { sendError, sendObject } from "../support/answers.ts";
import { runScript } from "../support/child.ts";
import { csv, gzip, sizeAndSum } from "../support/data.ts";
import { BUCKET, openDownloader, startRecorded } from "../support/demo.ts";
import { ROOT } from "../support/deno_command.ts";
import { makeFolder } from "../support/folder.ts";
import { RawServer } from "../support/raw_server.ts";
import { TEST_CREDENTIALS } from "../support/store.ts";

const CONTENTS = Array.from(
  { length: 12 },
  (_, index) => csv(50_000 * (index + 1), index),
);
const KEYS = CONTENTS.map((_, index) => `day-${index}.csv.gz`);

async function startService(): Promise<ReturnType<typeof startRecorded>> {
  const bodies = await Promise.all(CONTENTS.map(gzip));
  return startRecorded({
    objects: KEYS.map((key, index) => [
      key,
      { body: bodies[index] ?? new Uint8Array() },
    ]),
  });
}

Deno.test("AsyncS3Downloader has the same results with threads as without", async () => {
  await using server = await startService();
  await using downloader = openDownloader(server.url);
  await using folder = await makeFolder();
  // The smallest object has more than all of these, whichever requests they meet.
  server.faults.add({ kind: "drop", after: 4000, times: 5 });
  const all = await downloader.downloadBatch(BUCKET, KEYS);
  assertEquals(
    all.map((bytes) => bytes && sizeAndSum(bytes)),
    CONTENTS.map(sizeAndSum),
  );
  const files = await Promise.all(
    KEYS.map((key) =>
      downloader.downloadToFile(BUCKET, key, `${folder.path}/${key}.csv`, {
        sha256: true,
      })
    ),
  );
  for (const [index, { path, key, bytes, lastModified }] of files.entries()) {
    const content = CONTENTS[index] ?? new Uint8Array();
    assertEquals([key, bytes], [KEYS[index], content.length]);
    assertInstanceOf(lastModified, Date);
    assertEquals(await Deno.readFile(path), content);
  }
  const { totalRetries, ...counted } = downloader.getStatistics();
  assertEquals(counted, {
    totalDownloads: 24,
    successfulDownloads: 24,
    failedDownloads: 0,
    successRate: 1,
  });
  assertEquals(totalRetries, 5);
  // Each byte has come once, also those of the connections that broke, whichever thread had them.
  const size = (await Promise.all(CONTENTS.map(gzip)))
    .reduce((sum, { length }) => sum + length, 0);
  assertEquals(downloader.getTraffic(), {
    bytesReceived: 2 * size,
    throttled: 0,
    openConnections: 0,
  });
});

Deno.test("AsyncS3Downloader has the same errors with threads as without", async () => {
  await using server = await startService();
  server.objects.set("cut.gz", { body: new Uint8Array([0x1f, 0x8b, 8]) });
  await using downloader = openDownloader(server.url, { maxRetries: 0 });
  server.faults.add({ kind: "drop", after: 10, key: KEYS[0] ?? "" });
  const errors = new Map<string, Error>();
  const keys = [...KEYS.slice(0, 5), "missing.gz", "cut.gz"];
  const results = await downloader.downloadBatch(BUCKET, keys, {
    maxBytes: 200_000,
    onFailure: (key, error) => errors.set(key, error),
  });
  assertEquals(
    results.map((bytes) => bytes?.length),
    [undefined, 100_000, 150_000, 200_000, undefined, undefined, undefined],
  );
  for (
    const [key, Class] of [
      [KEYS[0], TransferError],
      [KEYS[4], TooLargeError],
      ["missing.gz", NotFoundError],
      ["cut.gz", IntegrityError],
    ] as const
  ) {
    const error = errors.get(key ?? "");
    assertInstanceOf(error, Class, key);
    assertInstanceOf(error, FlatbedError);
    assertEquals(error.key, key);
  }
});

Deno.test("AsyncS3Downloader ends what its threads do when it is aborted, and keeps what they have", async () => {
  await using server = await startService();
  server.faults.add({ kind: "stall", after: 10_000 });
  await using folder = await makeFolder();
  await using downloader = openDownloader(server.url, {
    timeout: 2, // a retry brings the progress
  });
  const controller = new AbortController();
  const reason = new Error("enough");
  const arrived = new Set<string>();
  const results = Promise.allSettled(
    KEYS.slice(0, 6).map((key) =>
      downloader.downloadToFile(BUCKET, key, `${folder.path}/${key}`, {
        decompress: false,
        signal: controller.signal,
        onProgress: ({ key }) => {
          arrived.add(key);
          if (arrived.size === 6) controller.abort(reason);
        },
      })
    ),
  );
  assertEquals(
    (await results).map((result) =>
      result.status === "rejected" && result.reason
    ),
    Array(6).fill(reason),
  );
  // What has arrived is kept for the next run.
  const names = await folder.names();
  assertEquals(names.filter((name) => name.endsWith(".part")).length, 6);
  server.faults.clear();
  const files = await Promise.all(
    KEYS.slice(0, 6).map((key) =>
      downloader.downloadToFile(BUCKET, key, `${folder.path}/${key}`, {
        decompress: false,
      })
    ),
  );
  assert(files.every(({ resumedFrom }) => resumedFrom > 0));
});

Deno.test("AsyncS3Downloader tells how far its threads are, and passes on what onProgress throws", async () => {
  await using server = await startService();
  await using downloader = openDownloader(server.url);
  const seen: DownloadProgress[] = [];
  await downloader.downloadBatch(BUCKET, KEYS, {
    onProgress: (progress) => seen.push(progress),
  });
  for (const key of KEYS) {
    const own = seen.filter((progress) => progress.key === key);
    const { bytes, size } = own.at(-1) ?? {};
    assertEquals(bytes, size, key);
  }
  const failure = new Error("The listener failed");
  const failures: Error[] = [];
  await downloader.downloadBatch(BUCKET, KEYS, {
    onProgress: ({ key }) => {
      if (key === KEYS[3]) throw failure;
    },
    onFailure: (_, error) => failures.push(error),
  });
  assertEquals(failures, [failure]);
});

Deno.test("AsyncS3Downloader has no more connections with threads than it is told", async () => {
  const body = await gzip(csv(20_000));
  const released = Promise.withResolvers<void>();
  await using server = new RawServer(async (request, wire) => {
    // The main thread holds as many connections as it may meanwhile.
    if (request.method === "HEAD") await released.promise;
    await sendObject(request, wire, body);
  });
  const maxPoolConnections = 16;
  await using downloader = openDownloader(server.url, {
    maxPoolConnections,
    maxConcurrent: 64,
  });
  const keys = Array.from({ length: 200 }, (_, index) => `${index}.gz`);
  const lookingUp = Promise.all(
    keys.slice(0, 40).map((key) => downloader.checkExists(BUCKET, key)),
  );
  assertEquals(
    (await downloader.downloadBatch(BUCKET, keys)).filter((bytes) =>
      bytes !== null
    ).length,
    200,
  );
  released.resolve();
  await lookingUp;
  // The runtime may open the next one while the last one comes back to its pool.
  assertLessOrEqual(server.mostOpen, maxPoolConnections + 4);
});

Deno.test("DownloadEngine asks for a thread where several downloads are under way", async () => {
  await using server = await startService();
  const settings = checkSettings(TEST_CREDENTIALS, {
    endpointUrl: server.url,
  }, { maxPoolConnections: 50, maxConcurrent: 8 });
  const threads = new WorkerThreads(settings, 0);
  let asked = 0;
  threads.pick = () => {
    asked++;
    return Promise.resolve(undefined);
  };
  const engine = new DownloadEngine(settings, threads);
  const fetchAll = (keys: readonly string[]) =>
    Promise.all(
      keys.map((key) =>
        engine.toMemory(BUCKET, key, { decompress: true, maxBytes: 1e9 })
      ),
    );
  await fetchAll(KEYS.slice(0, 2));
  assertEquals(asked, 0);
  await fetchAll(KEYS.slice(0, 3));
  assertEquals(asked, 3);
  await engine.close();
});

Deno.test("DownloadEngine asks for no thread for the first twelve files that are known to be small", async () => {
  const body = new Uint8Array(1000);
  const keys = Array.from({ length: 20 }, (_, index) => `small-${index}`);
  await using server = startRecorded({
    objects: keys.map((key) => [key, { body }]),
  });
  await using folder = await makeFolder();
  const settings = checkSettings(TEST_CREDENTIALS, {
    endpointUrl: server.url,
  }, { maxPoolConnections: 50, maxConcurrent: 20 });
  for (const expectedSize of [1000, undefined]) {
    const threads = new WorkerThreads(settings, 0);
    let asked = 0;
    threads.pick = () => {
      asked++;
      return Promise.resolve(undefined);
    };
    const engine = new DownloadEngine(settings, threads);
    await Promise.all(
      keys.map((key) => {
        const path = `${folder.path}/${key}-${expectedSize}`;
        const options = checkFileDownload(BUCKET, key, { expectedSize });
        return engine.toFile(BUCKET, key, path, options);
      }),
    );
    assertEquals(asked, expectedSize === undefined ? 20 : 8);
    await engine.close();
  }
});

Deno.test("DownloadEngine takes its share where it may be blocked", async () => {
  await using server = await startService();
  const settings = checkSettings(TEST_CREDENTIALS, {
    endpointUrl: server.url,
    allowSyncIO: true,
  }, { maxPoolConnections: 50, maxConcurrent: 8 });
  const threads = new WorkerThreads(settings, 1);
  const pick = threads.pick.bind(threads);
  let asked = 0;
  threads.pick = () => {
    asked++;
    return pick();
  };
  const engine = new DownloadEngine(settings, threads);
  const bodies = await Promise.all(
    KEYS.slice(0, 8).map((key) =>
      engine.toMemory(BUCKET, key, { decompress: true, maxBytes: 1e9 })
    ),
  );
  assertEquals(
    bodies.map(sizeAndSum),
    CONTENTS.slice(0, 8).map(sizeAndSum),
  );
  assertEquals(asked, 4);
  await engine.close();
});

Deno.test("shareSettings() shares nothing where one place must count all", () => {
  const share = (options: object) =>
    shareSettings(
      checkSettings(TEST_CREDENTIALS, options, {
        maxPoolConnections: 50,
        maxConcurrent: 8,
      }),
    ).threads;
  const processors = navigator.hardwareConcurrency;
  assertEquals(share({}), processors > 1 ? Math.min(4, processors) : 0);
  assertEquals(share({ allowSyncIO: true }), Math.min(4, processors) - 1);
  assertEquals(share({ limitRate: 1_000_000 }), 0);
  assertEquals(share({ maxPoolConnections: 15 }), 0);
  assertEquals(share({ maxConcurrent: 1 }), 0);
});

Deno.test("WorkerThreads.pick() shares jobs out evenly from the first one on", async () => {
  const threads = new WorkerThreads(
    checkSettings(TEST_CREDENTIALS, {}, {
      maxPoolConnections: 16,
      maxConcurrent: 8,
    }),
    2,
  );
  try {
    const picked = await Promise.all(
      Array.from({ length: 8 }, () => threads.pick()),
    );
    const [first, ...others] = new Set(picked);
    assertEquals(others.length, 1);
    assertEquals(picked.filter((thread) => thread === first).length, 4);
  } finally {
    await threads.close();
  }
});

Deno.test("WorkerThreads.close() ends the jobs that are under way", async () => {
  await using server = await startService();
  server.faults.add({ kind: "stall", after: 0 });
  const threads = new WorkerThreads(
    checkSettings(TEST_CREDENTIALS, { endpointUrl: server.url }, {
      maxPoolConnections: 4,
      maxConcurrent: 4,
    }),
    1,
  );
  const thread = await threads.pick();
  assert(thread !== undefined);
  const job = thread.run("toMemory", [BUCKET, KEYS[0] ?? "", {
    decompress: true,
    maxBytes: 1e9,
  }], {
    signal: new AbortController().signal,
    onProgress: undefined,
    onRetry: () => {},
  });
  const rejected = assertRejects(() => job, TransferError, "has ended");
  await threads.close();
  await rejected;
});

/** A script that downloads all of them at once. */
function script(url: string, end: string): string {
  return `
    import { AsyncS3Downloader } from "#root/src/download/mod.ts";
    const downloader = new AsyncS3Downloader(
      ${JSON.stringify(TEST_CREDENTIALS)},
      { endpointUrl: ${JSON.stringify(url)} },
    );
    for (let time = 0; time < 2; time++) {
      const all = await downloader.downloadBatch(
        "${BUCKET}",
        ${JSON.stringify(KEYS)},
        { onFailure: (_, error) => console.log(error.message) },
      );
      console.log(all.filter((bytes) => bytes !== null).length);
    }
    ${end}
  `;
}

Deno.test("AsyncS3Downloader lets a script end by itself that has used threads", async () => {
  await using server = await startService();
  for (const end of ["", "await downloader[Symbol.asyncDispose]();"]) {
    const result = await runScript(script(server.url, end));
    assertEquals(result, {
      code: 0,
      stdout: "12\n12\n",
      stderr: "",
      isStuck: false,
    });
  }
});

Deno.test("AsyncS3Downloader does without threads where their module may not be read", async () => {
  await using server = await startService();
  const { code, stdout, stderr } = await runScript(
    script(
      server.url,
      `console.log(Deno.permissions.querySync({ name: "read" }).state);`,
    ),
    { permissions: [`--allow-net=${new URL(server.url).host}`] },
  );
  assertStringIncludes(stdout, "12\n");
  assertEquals([code, stdout, stderr], [0, "12\n12\nprompt\n", ""]);
});

Deno.test("AsyncS3Downloader does without threads that cannot start", async () => {
  await using server = await startService();
  const worker = new URL("src/download/workers/worker_main.ts", ROOT);
  const { code, stdout, stderr } = await runScript(script(server.url, ""), {
    permissions: [
      `--allow-net=${new URL(server.url).host}`,
      `--allow-read=${fileURLToPath(worker)}`,
    ],
  });
  assertEquals([code, stdout, stderr], [0, "12\n12\n", ""]);
});

Deno.test("AsyncS3Downloader decompresses also where V8 may not make code", async () => {
  await using server = await startService();
  const { code, stdout, stderr } = await runScript(
    script(server.url, `console.log(typeof WebAssembly);`),
    { permissions: ["--allow-all", "--v8-flags=--jitless"] },
  );
  assertEquals([code, stdout, stderr], [0, "12\n12\nundefined\n", ""]);
});

Deno.test("WorkerThread pauses together with the main thread and the other threads", async () => {
  await using server = new RawServer((_, wire) =>
    sendError(wire, 503, "SlowDown", { "Retry-After": 60 })
  );
  const settings = checkSettings(TEST_CREDENTIALS, {
    endpointUrl: server.url,
  }, { maxPoolConnections: 50, maxConcurrent: 8 });
  const { main, thread: shared } = shareSettings(settings);
  assert(shared !== undefined);
  const threads = new WorkerThreads(shared, 1);
  const thread = await threads.pick();
  assert(thread !== undefined);
  const controller = new AbortController();
  const reason = new Error("enough");
  const waits: number[] = [];
  const backoff = new SharedBackoff({
    maxRetries: main.maxRetries,
    memory: main.backoffMemory,
    clock: {
      now: () => Date.now(),
      delay: (ms) => {
        waits.push(ms);
        return Promise.resolve();
      },
    },
  });
  await backoff.enter();
  assertEquals(waits, []);
  // It ends at once, in the middle of its pause.
  const onRetry = () => controller.abort(reason);
  const error = await assertRejects(() =>
    thread.run(
      "toMemory",
      [BUCKET, "a", { decompress: false, maxBytes: 1e9 }],
      {
        signal: controller.signal,
        onProgress: undefined,
        onRetry,
      },
    )
  );
  assertEquals(error, reason);
  assertEquals(server.requests.length, 1);
  await backoff.enter();
  assertEquals(waits.length, 1);
  await threads.close();
});
