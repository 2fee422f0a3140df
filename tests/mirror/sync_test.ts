import { sha256 } from "../support/hash.ts";
import {
  CredentialsError,
  FlatbedError,
  formatBytes,
  NoSpaceError,
  ObjectArchivedError,
  TransferError,
} from "../../src/base/mod.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
} from "@std/assert";
import {
  AsyncS3Downloader,
  type DownloadOptions,
} from "../../src/download/mod.ts";
import {
  Mirror,
  NotEnoughSpaceError,
  type SyncEvent,
} from "../../src/mirror/mod.ts";
import { md5 } from "../support/hash.ts";
import { csv, gzip, noise } from "../support/data.ts";
import { openDownloader } from "../support/demo.ts";
import { TEST_CREDENTIALS } from "../support/store.ts";
import { mirrorFile } from "../../src/mirror/mirror_file.ts";
import {
  contentOf,
  DATES,
  keyOf,
  manifestRows,
  NOW,
  packed,
  setUp,
  WEEK,
} from "./_mirror.ts";

const FILES = DATES.map((date) => keyOf(date));
const LISTING = "LIST us_stocks_sip/day_aggs_v1/2024/01/";

Deno.test("Mirror.sync() fetches what is new, and the second run makes listing requests only", async () => {
  await using setup = await setUp();
  await using mirror = await setup.open();
  const events: SyncEvent[] = [];
  const summary = await mirror.sync(await mirror.plan(WEEK), {
    onEvent: (event) => events.push(event),
  });
  const sizes = await Promise.all(
    DATES.map(async (date) => (await packed(date)).length),
  );
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  const expected = {
    fetched: 4,
    replaced: 0,
    present: 0,
    adopted: 0,
    damagedAtSource: 0,
    missing: 0,
    accepted: 0,
    absent: 0,
    refused: 0,
    refusals: [],
    failed: 0,
    failedForNow: 0,
    inPieces: 0,
    notPublished: 0,
    kept: 0,
    released: 0,
    unexpected: 0,
    bytes,
    elapsed: 0,
    isFinished: true,
    incomplete: [],
    outcome: "complete" as const,
  };
  assertEquals(summary, expected);
  assertEquals(events[0], {
    code: "start",
    files: 4,
    bytes,
    untracked: 0,
    present: 0,
  });
  assertEquals(events.at(-1), { code: "summary", ...expected });
  for (const [index, date] of DATES.entries()) {
    const key = keyOf(date);
    const body = await packed(date);
    assertEquals(await Deno.readFile(`${setup.folder.path}/${key}`), body);
    const file = mirrorFile("stocks_daily", date, "stored");
    const own = events.filter((event) => "key" in event && event.key === key);
    assertEquals(own[0], {
      code: "fetching",
      ...file,
      size: sizes[index],
    });
    assert(own.some(({ code }) => code === "progress"));
    assertEquals(own.at(-1), {
      code: "fetched",
      ...file,
      bytes: body.length,
      size: body.length,
      etag: md5(body),
      sha256: sha256(body),
      resumedFrom: 0,
      isReplaced: false,
      isUnexpected: false,
      proof: "md5",
      gzip: "whole",
    });
  }
  assertEquals(setup.requests(), [
    ...FILES.map((key) => `GET ${key}`),
    LISTING,
  ]);

  const again = await mirror.sync(await mirror.plan(WEEK));
  assertEquals([again.present, again.fetched, again.bytes], [4, 0, 0]);
  assertEquals(setup.requests(), [LISTING]);
});

Deno.test("Mirror.sync() notes in the manifest what it has fetched", async () => {
  await using setup = await setUp();
  {
    await using mirror = await setup.open();
    await mirror.sync(await mirror.plan(WEEK));
  }
  const rows = manifestRows(setup.folder.path);
  assertEquals(rows.map(({ key }) => key), FILES);
  const body = await packed("2024-01-02");
  const { mtime } = await Deno.stat(`${setup.folder.path}/${FILES[0]}`);
  assertEquals(rows[0], {
    key: FILES[0],
    form: "stored",
    data_type: "stocks_daily",
    date: "2024-01-02",
    size: body.length,
    etag: md5(body),
    last_modified: Date.parse("2024-01-06T00:00:00Z"),
    sha256: sha256(body),
    bytes: body.length,
    mtime: mtime?.getTime(),
    fetched_at: NOW.getTime(),
    verified_at: null,
    is_damaged: 0,
    proof: "md5",
    gzip: "whole",
    gzip_fault: null,
    released_at: null,
    withdrawn_at: null,
  });
  assertEquals(manifestRows(setup.folder.path, "SELECT * FROM arrivals"), []);
});

Deno.test("Mirror.sync() decompresses, and leaves the ending off", async () => {
  await using setup = await setUp();
  await using mirror = await setup.open({ decompress: true });
  await mirror.sync(await mirror.plan(WEEK));
  const path = FILES[0]?.replace(/\.gz$/, "");
  const content = contentOf("2024-01-02");
  assertEquals(
    await Deno.readFile(`${setup.folder.path}/${path}`),
    content,
  );
  const [entry] = mirror.entries();
  assertEquals(
    [entry?.encoding, entry?.bytes, entry?.sha256],
    ["decompressed", content.length, sha256(content)],
  );
  const { counts } = await mirror.plan(WEEK);
  assertEquals(counts.present, 4);
  assertEquals(
    (await setup.folder.names()).filter((name) => !name.startsWith(".")),
    FILES.map((key) => key.replace(/\.gz$/, "")),
  );
});

Deno.test("Mirror.sync() fetches again what was replaced upstream", async () => {
  await using setup = await setUp();
  await using mirror = await setup.open();
  await mirror.sync(await mirror.plan(WEEK));
  setup.requests();
  const body = await gzip(csv(5000, 7));
  setup.server.objects.set(FILES[1] ?? "", { body });
  const events: SyncEvent[] = [];
  const summary = await mirror.sync(await mirror.plan(WEEK), {
    onEvent: (event) => events.push(event),
  });
  assertEquals(
    [summary.replaced, summary.fetched, summary.present],
    [1, 0, 3],
  );
  assertEquals(setup.requests(), [`GET ${FILES[1]}`, LISTING]);
  assertEquals(
    await Deno.readFile(`${setup.folder.path}/${FILES[1]}`),
    body,
  );
  assertEquals(
    events.flatMap((event) => event.code === "fetched" ? event.isReplaced : []),
    [true],
  );
  assertEquals(mirror.entries()[1]?.etag, md5(body));
  assertEquals((await mirror.plan(WEEK)).counts.present, 4);
  assertEquals(
    (await setup.folder.names()).filter((name) => name.includes("replaced")),
    [],
  );
});

Deno.test("Mirror.sync() keeps the replaced version where it is told to", async () => {
  await using setup = await setUp();
  setup.server.objects.set(FILES[1] ?? "", {
    body: await packed("2024-01-03"),
    etag: "../../../x",
  });
  await using mirror = await setup.open();
  await mirror.sync(await mirror.plan(WEEK), { keepReplaced: true });
  const body = await gzip(csv(5000, 7));
  setup.server.objects.set(FILES[1] ?? "", { body });
  await mirror.sync(await mirror.plan(WEEK), { keepReplaced: true });
  assertEquals(await Deno.readFile(`${setup.folder.path}/${FILES[1]}`), body);
  const kept = (await setup.folder.names()).filter((name) =>
    name.startsWith(".flatbed/replaced/")
  );
  const name = sha256(await packed("2024-01-03"));
  assertEquals(kept, [`.flatbed/replaced/${FILES[1]}.${name}`]);
  assertEquals(
    await Deno.readFile(`${setup.folder.path}/${kept[0]}`),
    await packed("2024-01-03"),
  );
});

Deno.test("Mirror.sync() knows a file again whose replacement could not be fetched", async () => {
  await using setup = await setUp();
  await using mirror = await setup.open();
  await mirror.sync(await mirror.plan(WEEK));
  const before = mirror.entries();
  setup.server.objects.set(FILES[1] ?? "", { body: await gzip(csv(5000, 7)) });
  setup.server.faults.add({
    kind: "status",
    status: 400,
    operation: "get",
    key: FILES[1],
  });
  const plan = await mirror.plan(WEEK);
  const during: unknown[] = [];
  const events: SyncEvent[] = [];
  const summary = await mirror.sync(plan, {
    onEvent: (event) => {
      events.push(event);
      if (event.code === "failed") during.push(mirror.entries().length);
    },
  });
  assertEquals([summary.failed, summary.present], [1, 3]);
  assert(
    events.some((event) =>
      event.code === "failed" && event.key === FILES[1] &&
      event.error instanceof FlatbedError
    ),
  );
  assertEquals(during, [4]);
  assertEquals(mirror.entries(), before);
  assertEquals(
    await Deno.readFile(`${setup.folder.path}/${FILES[1]}`),
    await packed("2024-01-03"),
  );
});

Deno.test("Mirror.sync() counts an archived object as failed, goes on, and concludes nothing about the plan", async () => {
  await using setup = await setUp();
  await using mirror = await setup.open();
  setup.server.faults.add({
    kind: "status",
    status: 403,
    code: "InvalidObjectState",
    operation: "get",
    key: FILES[1],
  });
  const plan = await mirror.plan(WEEK);
  setup.requests();
  const failures: unknown[] = [];
  const summary = await mirror.sync(plan, {
    onEvent: (event) => {
      if (event.code === "failed") failures.push(event.error);
    },
  });
  assertEquals([summary.fetched, summary.failed, summary.refused], [3, 1, 0]);
  assertInstanceOf(failures[0], ObjectArchivedError);
  assertEquals(setup.requests(), FILES.map((key) => `GET ${key}`));
});

Deno.test("Mirror.sync() leaves the old file known while it is replaced", async () => {
  await using setup = await setUp();
  await using mirror = await setup.open();
  await mirror.sync(await mirror.plan(WEEK));
  setup.server.objects.set(FILES[1] ?? "", { body: await gzip(csv(5000, 7)) });
  const plan = await mirror.plan(WEEK);
  const known: number[] = [];
  await using reader = await setup.open({ readOnly: true });
  await mirror.sync(plan, {
    onEvent: ({ code }) => {
      if (code === "progress") {
        known.push(mirror.entries().length, reader.entries().length);
      }
    },
  });
  assertEquals(new Set(known), new Set([4]));
  assertEquals([mirror.entries().length, reader.entries().length], [4, 4]);
});

Deno.test("Mirror.sync() counts refused, missing and failed files, and goes on", async () => {
  await using setup = await setUp();
  await using mirror = await setup.open();
  const plan = await mirror.plan(WEEK);
  const [refused = "", missing = "", failed = ""] = FILES;
  setup.server.faults.add({ kind: "forbidden", key: refused });
  setup.server.objects.delete(missing);
  setup.server.faults.add({ kind: "drop", operation: "get", key: failed });
  const events: SyncEvent[] = [];
  const summary = await mirror.sync(plan, {
    maxConcurrent: 1,
    onEvent: (event) => events.push(event),
  });
  assertEquals(
    [summary.refused, summary.missing, summary.failed, summary.fetched],
    [1, 1, 1, 1],
  );
  const told = events.flatMap((event) =>
    event.code === "refused" || event.code === "missing" ||
      event.code === "failed" || event.code === "fetched"
      ? [[event.code, event.key]]
      : []
  );
  assertEquals(told, [
    ["refused", refused],
    ["missing", missing],
    ["failed", failed],
    ["fetched", FILES[3]],
  ]);
  const failure = events.find(({ code }) => code === "failed");
  assert(failure?.code === "failed");
  assertInstanceOf(failure.error, TransferError);
  assertEquals(mirror.entries().map(({ key }) => key), [FILES[3]]);
});

Deno.test("Mirror.sync() tells of what is missing by the plan, and counts the rest of it", async () => {
  await using setup = await setUp();
  for (const date of ["2024-01-03", "2024-01-08"]) {
    setup.server.objects.delete(keyOf(date));
  }
  await using mirror = await setup.open();
  const events: SyncEvent[] = [];
  const summary = await mirror.sync(
    await mirror.plan({ ...WEEK, to: "2024-01-08" }),
    { onEvent: (event) => events.push(event) },
  );
  assertEquals(
    [summary.fetched, summary.missing, summary.notPublished],
    [3, 1, 1],
  );
  assertEquals(events.filter(({ code }) => code === "missing"), [{
    code: "missing",
    ...mirrorFile("stocks_daily", "2024-01-03", "stored"),
  }]);
});

Deno.test("Mirror.sync() fetches a file of a closed day, and reports it", async () => {
  const saturday = keyOf("2024-01-06");
  await using setup = await setUp({
    objects: [[saturday, { body: await packed("2024-01-06") }]],
  });
  await using mirror = await setup.open();
  const events: SyncEvent[] = [];
  const summary = await mirror.sync(await mirror.plan(WEEK), {
    onEvent: (event) => events.push(event),
  });
  assertEquals([summary.fetched, summary.unexpected], [5, 1]);
  assertEquals(
    events.flatMap((event) =>
      event.code === "fetched" && event.isUnexpected ? event.key : []
    ),
    [saturday],
  );
});

Deno.test("Mirror.sync() rejects with the signal's reason, begins nothing new, and keeps part files", async () => {
  const body = await gzip(noise(3_000_000));
  await using setup = await setUp({
    objects: [[keyOf("2024-01-03"), { body }]],
  });
  const [, large = ""] = FILES;
  setup.server.faults.add({
    kind: "stall",
    operation: "get",
    key: large,
    after: 2_000_000,
  });
  await using mirror = await setup.open();
  const plan = await mirror.plan(WEEK);
  const stop = new AbortController();
  const events: SyncEvent[] = [];
  const reason = new Error("enough");
  const rejected = await assertRejects(() =>
    mirror.sync(plan, {
      signal: stop.signal,
      maxConcurrent: 1,
      onEvent(event) {
        events.push(event);
        if (event.code === "progress" && event.bytes >= 1_900_000) {
          stop.abort(reason);
        }
      },
    })
  );
  assertEquals(rejected, reason);
  assertEquals(
    events.flatMap((event) => event.code === "fetching" ? event.key : []),
    FILES.slice(0, 2),
  );
  const last = events.at(-1);
  assert(last?.code === "summary");
  assertEquals([last.fetched, last.failed, last.isFinished], [1, 0, false]);
  const part = await Deno.stat(`${setup.folder.path}/${large}.part`);
  assert(part.size > 1_000_000);

  setup.server.faults.clear();
  const summary = await mirror.sync(await mirror.plan(WEEK));
  assertEquals(summary.fetched, 3);
  assert(summary.bytes < 2_100_000, `${summary.bytes} bytes were fetched`);
  assertEquals(await Deno.readFile(`${setup.folder.path}/${large}`), body);
  assertEquals(
    (await setup.folder.names()).filter((name) => name.includes(".part")),
    [],
  );
  assertEquals(
    await assertRejects(() => mirror.sync(plan, { signal: stop.signal })),
    reason,
  );
});

Deno.test("Mirror.sync() fetches no more files at once than it is told", async () => {
  await using setup = await setUp();
  await using mirror = await setup.open();
  const plan = await mirror.plan(WEEK);
  for (const maxConcurrent of [1, 3]) {
    for (const key of FILES) {
      await Deno.remove(`${setup.folder.path}/${key}`).catch(() => {});
    }
    let underWay = 0, most = 0;
    await mirror.sync(plan, {
      maxConcurrent,
      onEvent({ code }) {
        if (code === "fetching") most = Math.max(most, ++underWay);
        if (code === "fetched") underWay--;
      },
    });
    assertEquals(most, maxConcurrent);
  }
});

Deno.test("Mirror.sync() says what is needed and what is free before it fetches anything", async () => {
  const size = 2 ** 50;
  await using setup = await setUp({
    objects: [[keyOf("2024-01-03"), {
      body: { size, read: () => new ReadableStream() },
    }]],
  });
  await using mirror = await setup.open();
  const plan = await mirror.plan(WEEK);
  setup.requests();
  const error = await assertRejects(
    () => mirror.sync(plan),
    NotEnoughSpaceError,
  );
  assertInstanceOf(error, NoSpaceError);
  assert(error.needed > size && error.needed < size + 100_000);
  assert(error.free !== undefined && error.free > 0 && error.free < size);
  assertEquals(
    error.message,
    `Cannot fetch 4 files to mirror '${setup.folder.path}': ${
      formatBytes(error.needed)
    } are needed, and ${formatBytes(error.free)} are free`,
  );
  assertEquals(setup.requests(), []);
});

Deno.test("Mirror.sync() reckons a replaced file in full: the old one is there until the new one is", async () => {
  const size = 2 ** 50;
  await using setup = await setUp();
  for (
    const [decompress, keepReplaced] of [
      [false, false],
      [false, true],
      [true, false],
    ]
  ) {
    await using mirror = await setup.open({ decompress });
    await mirror.sync(await mirror.plan(WEEK));
    const ratios = mirror.entries()
      .filter(({ encoding }) => encoding === "decompressed")
      .map(({ bytes, size }) => bytes / size);
    const plan = await mirror.plan(WEEK);
    Object.assign(plan.items[1] ?? {}, { state: "replaced", size });
    const error = await assertRejects(
      () => mirror.sync(plan, { keepReplaced }),
      NotEnoughSpaceError,
    );
    // The content lies beside the object, and is larger: as much as those that are known.
    const content = decompress ? Math.ceil(size * Math.min(...ratios)) : 0;
    assertEquals(error.needed, size + content);
  }
});

Deno.test("Mirror.sync() notes what is written of a content while it is fetched", async () => {
  await using setup = await setUp();
  await using mirror = await setup.open({ decompress: true });
  await mirror.sync(await mirror.plan({ ...WEEK, to: "2024-01-04" }));
  const full = new NoSpaceError("Cannot write 'a': the disk is full");
  const ratio = Math.min(
    ...mirror.entries().map(({ bytes, size }) => bytes / size),
  );
  await mirror[Symbol.asyncDispose]();
  const path = `${setup.folder.path}/${FILES[3]?.slice(0, -3)}`;
  /** Has written some of the content when the disk is full. */
  class HalfDownloader extends AsyncS3Downloader {
    override async downloadToFile(
      _bucket: string,
      key: string,
      _path: string | URL,
      { onProgress }: DownloadOptions = {},
    ): Promise<never> {
      await Deno.writeFile(`${path}.part.content`, new Uint8Array(500));
      onProgress?.({ key, bytes: size - 10, size });
      throw full;
    }
  }
  const size = (await packed("2024-01-05")).length;
  await using downloader = new HalfDownloader(TEST_CREDENTIALS, {
    endpointUrl: setup.server.url,
  });
  await using again = await setup.open({ downloader });
  const error = await assertRejects(
    async () => again.sync(await again.plan(WEEK), { maxConcurrent: 1 }),
    NotEnoughSpaceError,
  );
  assertEquals(error.needed, 10 + Math.ceil(size * ratio) - 500);
});

/** A downloader whose files fail in a certain way. */
class FailingDownloader extends AsyncS3Downloader {
  readonly asked: string[] = [];
  readonly #error: Error;

  constructor(endpointUrl: string, error: Error) {
    super(TEST_CREDENTIALS, { endpointUrl });
    this.#error = error;
  }

  override downloadToFile(_bucket: string, key: string): Promise<never> {
    this.asked.push(key);
    return Promise.reject(this.#error);
  }
}

Deno.test("Mirror.sync() stops where the disk is full, with what is needed and what is free", async () => {
  await using setup = await setUp();
  const full = new NoSpaceError("Cannot write 'a': the disk is full");
  await using downloader = new FailingDownloader(setup.server.url, full);
  await using mirror = await setup.open({ downloader });
  const plan = await mirror.plan(WEEK);
  const error = await assertRejects(
    () => mirror.sync(plan, { maxConcurrent: 1 }),
    NotEnoughSpaceError,
  );
  assertEquals(error.cause, full);
  assertEquals(error.needed, (await packed("2024-01-02")).length);
  assert(error.free !== undefined && error.free > 0);
  assertEquals(downloader.asked, FILES.slice(0, 1));
});

Deno.test("Mirror.sync() ends what is under way where the disk is full", async () => {
  await using setup = await setUp();
  /** Every file but the last waits until it is told to end. */
  class WaitingDownloader extends AsyncS3Downloader {
    override downloadToFile(
      _bucket: string,
      key: string,
      _path: string | URL,
      { signal }: DownloadOptions = {},
    ): Promise<never> {
      return new Promise((_, reject) => {
        signal?.addEventListener("abort", () => reject(signal.reason));
        if (key === FILES[3]) reject(new NoSpaceError("Cannot write: full"));
      });
    }
  }
  await using downloader = new WaitingDownloader(TEST_CREDENTIALS, {
    endpointUrl: setup.server.url,
  });
  await using mirror = await setup.open({ downloader });
  const plan = await mirror.plan(WEEK);
  const error = await assertRejects(
    () => mirror.sync(plan),
    NotEnoughSpaceError,
  );
  assertEquals(error.needed, plan.bytes);
});

Deno.test("Mirror.sync() stops where the credentials are refused", async () => {
  await using setup = await setUp();
  const refused = new CredentialsError("Cannot download 'a': refused");
  await using downloader = new FailingDownloader(setup.server.url, refused);
  await using mirror = await setup.open({ downloader });
  const plan = await mirror.plan(WEEK);
  assertEquals(
    await assertRejects(() => mirror.sync(plan, { maxConcurrent: 1 })),
    refused,
  );
  assertEquals(downloader.asked.length, 1);
});

Deno.test("Mirror.sync() does not believe a plan's paths and keys", async () => {
  await using setup = await setUp();
  await using mirror = await setup.open();
  const plan = await mirror.plan(WEEK);
  for (const item of plan.items) {
    item.key = "../../evil.csv.gz";
    item.path = `${setup.folder.path}/../evil.csv.gz`;
  }
  assertEquals((await mirror.sync(plan)).fetched, 4);
  assertEquals(mirror.entries().map(({ key }) => key), FILES);
  const [item] = plan.items;
  assert(item !== undefined);
  item.date = "../../2024";
  await assertRejects(() => mirror.sync(plan), RangeError);
});

Deno.test("Mirror.sync() notes the version that it got, also where it is newer than the plan's", async () => {
  await using setup = await setUp();
  await using mirror = await setup.open();
  const plan = await mirror.plan(WEEK);
  const body = await gzip(csv(5000, 7));
  setup.server.objects.set(FILES[0] ?? "", { body });
  await mirror.sync(plan);
  assertEquals(mirror.entries()[0]?.etag, md5(body));
  assertEquals((await mirror.plan(WEEK)).counts.present, 4);
});

Deno.test("Mirror.sync() checks its arguments, and needs a writer and a downloader", async () => {
  await using setup = await setUp();
  await using mirror = await setup.open();
  const plan = await mirror.plan(WEEK);
  for (
    const options of [
      { maxConcurrent: 0 },
      { maxConcurrent: "2" as unknown as number },
      { keepReplaced: 1 as unknown as boolean },
      { onEvent: 1 as unknown as () => void },
      { signal: {} as AbortSignal },
    ]
  ) {
    const error = await assertRejects(() => mirror.sync(plan, options));
    assert(error instanceof TypeError || error instanceof RangeError);
  }
  await using reader = await setup.open({ readOnly: true });
  await assertRejects(
    () => reader.sync(plan),
    TypeError,
    "Cannot sync: the mirror was opened read-only",
  );
  await using alone = await Mirror.open(setup.folder.path, { readOnly: true });
  await assertRejects(
    () => alone.plan(WEEK),
    TypeError,
    "Cannot plan: the mirror was opened without a downloader",
  );
  await using closed = openDownloader(setup.server.url);
  await closed[Symbol.asyncDispose]();
  assertEquals(setup.requests().length, 1);
});
