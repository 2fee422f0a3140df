import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { gzipSync } from "node:zlib";
import type { Shard } from "../../src/catalog/mod.ts";
import type {
  PiecesEvent,
  SyncEvent,
  SyncSummary,
} from "../../src/mirror/mod.ts";
import { noise } from "../support/data.ts";
import { md5 } from "../support/hash.ts";
import { keyOf, type Setup, setUp } from "./_mirror.ts";

const DAY = "2024-01-02";
const RANGE = {
  dataTypes: ["stocks_minute"],
  from: DAY,
  to: DAY,
} as const;
const KEY = keyOf(DAY, "stocks_minute");
const SPLIT = 256 * 1024;

/** A file of some pieces that no MD5 proves, as a large one has none. */
function large(size = 5 * SPLIT, seed = 1) {
  const content = noise(size, seed);
  const body = new Uint8Array(gzipSync(content, { level: 0 }));
  return { body, content, etag: `"${md5(body)}-3"` };
}

/** How many bytes of the object the service has sent. */
function sent({ server }: Setup): number {
  return server.records
    .filter(({ method, key }) => method === "GET" && key === KEY)
    .reduce((sum, { bytesSent }) => sum + bytesSent, 0);
}

/** What a run has come to. */
interface Run {
  summary: SyncSummary;
  events: SyncEvent[];
}

/** One run of a shard, or of none. */
async function runShard(
  setup: Setup,
  shard: Shard | undefined,
  { split = SPLIT, decompress, onEvent }: {
    split?: number;
    decompress?: boolean;
    onEvent?: (event: SyncEvent) => void;
  } = {},
): Promise<Run> {
  await using mirror = await setup.open({ shard, decompress });
  const plan = await mirror.plan({ ...RANGE, ...(shard && { split }) });
  const events: SyncEvent[] = [];
  const summary = await mirror.sync(plan, {
    onEvent: (event) => {
      events.push(event);
      onEvent?.(event);
    },
  });
  return { summary, events };
}

/** The last that was told of the pieces of a file. */
function lastPieces({ events }: Run): PiecesEvent | undefined {
  return events.findLast((event) => event.code === "pieces");
}

const read = ({ folder }: Setup, path = KEY) =>
  Deno.readFile(`${folder.path}/${path}`);

/** The names in the folder that are none of the mirror's own. */
async function copies({ folder }: Setup): Promise<string[]> {
  return (await folder.names()).filter((name) => !name.startsWith(".flatbed/"));
}

async function pieceNames({ folder }: Setup): Promise<string[]> {
  return (await folder.names()).filter((name) =>
    name.startsWith(".flatbed/pieces/")
  );
}

Deno.test("Mirror.sync() of shards fetches a large file in pieces, each its own, and the last one puts them together", async () => {
  const object = large();
  await using setup = await setUp({ objects: [[KEY, object]] });
  for (let index = 1; index <= 3; index++) {
    const run = await runShard(setup, { index, count: 3 });
    const { summary } = run;
    const isLast = index === 3;
    assertEquals([summary.fetched, summary.inPieces], isLast ? [1, 0] : [0, 1]);
    assertEquals(summary.outcome, "complete");
    if (isLast) break;
    const { pieces, piecesDone, others } = lastPieces(run) ?? {};
    assertEquals([pieces, piecesDone, others], [6, 2 * index, "fetching"]);
    assertEquals(await copies(setup), []);
  }
  assertEquals(await read(setup), object.body);
  assertEquals(sent(setup), object.body.length);
  assertEquals(await pieceNames(setup), []);
  await using mirror = await setup.open();
  const { isWhole } = await mirror.verify({ mode: "full" });
  assert(isWhole);
});

Deno.test("Mirror.sync() of a shard whose plan is older than the whole fetches nothing again", async () => {
  const object = large();
  await using setup = await setUp({ objects: [[KEY, object]] });
  const plan = await (async () => {
    await using mirror = await setup.open({ shard: { index: 1, count: 2 } });
    return await mirror.plan({ ...RANGE, split: SPLIT });
  })();
  for (const index of [1, 2]) await runShard(setup, { index, count: 2 });
  const before = sent(setup);
  await using mirror = await setup.open({ shard: { index: 1, count: 2 } });
  const { present, inPieces, bytes } = await mirror.sync(plan);
  assertEquals([present, inPieces, bytes], [1, 0, 0]);
  assertEquals(sent(setup), before);
  assertEquals(await pieceNames(setup), []);
});

Deno.test("Mirror.coverage(), missing and verify take a file in pieces neither for whole nor for rubbish", async () => {
  await using setup = await setUp({ objects: [[KEY, large()]] });
  await runShard(setup, { index: 1, count: 2 });
  await using mirror = await setup.open();
  const [coverage] = await mirror.coverage(RANGE);
  assertEquals([coverage?.files, coverage?.missing], [0, [DAY]]);
  const { problems, ignored } = await mirror.verify({ mode: "full" });
  assertEquals([problems, ignored], [[], []]);
});

Deno.test("Mirror.sync() without a shard goes on from the pieces that are there", async () => {
  const object = large();
  await using setup = await setUp({ objects: [[KEY, object]] });
  const first = await runShard(setup, { index: 2, count: 3 });
  const { summary } = await runShard(setup, undefined);
  assertEquals(summary.fetched, 1);
  assertEquals(summary.bytes, object.body.length - first.summary.bytes);
  assertEquals(await read(setup), object.body);
  assertEquals(sent(setup), object.body.length);
  assertEquals(await pieceNames(setup), []);
});

Deno.test("Mirror.sync() with another number of shards, or another size of pieces, keeps what is stored", async () => {
  const object = large();
  await using setup = await setUp({ objects: [[KEY, object]] });
  await runShard(setup, { index: 2, count: 5 });
  await runShard(setup, { index: 1, count: 3 }, { split: 3 * 65536 });
  await runShard(setup, { index: 2, count: 3 }, { split: 65536 + 1 });
  for (const index of [1, 2]) {
    await runShard(setup, { index, count: 2 }, { split: 1024 ** 2 });
  }
  assertEquals(await read(setup), object.body);
  assertEquals(sent(setup), object.body.length);
});

Deno.test("Mirror.sync() drops the pieces of a version that was replaced", async () => {
  const object = large();
  await using setup = await setUp({ objects: [[KEY, object]] });
  await runShard(setup, { index: 1, count: 2 });
  const next = large(4 * SPLIT, 2);
  setup.server.objects.set(KEY, next);
  await runShard(setup, { index: 2, count: 2 });
  await runShard(setup, { index: 1, count: 2 });
  assertEquals(await read(setup), next.body);
  assertEquals(await pieceNames(setup), []);

  await runShard(setup, { index: 1, count: 1 });
  const last = large(4 * SPLIT, 3);
  setup.server.objects.set(KEY, last);
  const run = await runShard(setup, { index: 1, count: 2 });
  assertEquals(await read(setup), next.body); // until the new one is whole
  assertEquals(run.summary.inPieces, 1);
  const end = await runShard(setup, { index: 2, count: 2 });
  assertEquals(end.summary.replaced, 1);
  assertEquals(await read(setup), last.body);
});

Deno.test("Mirror.sync() without a shard drops pieces of a version that was replaced", async () => {
  await using setup = await setUp({ objects: [[KEY, large()]] });
  await runShard(setup, { index: 1, count: 2 });
  const next = large(4 * SPLIT, 2);
  setup.server.objects.set(KEY, next);
  await runShard(setup, undefined);
  assertEquals(await read(setup), next.body);
  assertEquals(await pieceNames(setup), []);
});

Deno.test("Mirror.sync() decompresses what was put together", async () => {
  const object = large();
  await using setup = await setUp({ objects: [[KEY, object]] });
  const decompress = true;
  for (const index of [1, 2]) {
    await runShard(setup, { index, count: 2 }, { decompress });
  }
  const path = KEY.slice(0, -".gz".length);
  assertEquals(await copies(setup), [path]);
  assertEquals(await read(setup, path), object.content);
  assertEquals(sent(setup), object.body.length);
});

Deno.test("Mirror.sync() of a shard that is stopped keeps what it has fetched, and another run goes on", async () => {
  const object = large(40 * SPLIT);
  await using setup = await setUp({
    objects: [[KEY, object]],
    downloader: { rangeSize: 4 * SPLIT, maxConcurrentRanges: 1 },
  });
  const shard = { index: 1, count: 2 };
  const split = 20 * SPLIT;
  const stop = new Error("stopped");
  await assertRejects(
    () =>
      runShard(setup, shard, {
        split,
        onEvent: (event) => {
          if (event.code !== "progress" || event.bytes < 6 * SPLIT) return;
          throw stop;
        },
      }),
    Error,
    "stopped",
  );
  const { summary } = await runShard(setup, shard, { split });
  assert(summary.bytes <= (20 - 6) * SPLIT + 65536, `${summary.bytes}`);
  await runShard(setup, { index: 2, count: 2 }, { split });
  assertEquals(await read(setup), object.body);
});

Deno.test("Mirror.sync() drops pieces that are not the object, and believes what comes twice the same is damaged at source", async () => {
  const { body } = large();
  body[100_000] = (body[100_000] ?? 0) ^ 1;
  await using setup = await setUp({
    objects: [[KEY, { body, etag: `"${md5(body)}-3"` }]],
  });
  await runShard(setup, { index: 1, count: 2 });
  const wrong = await runShard(setup, { index: 2, count: 2 });
  assertEquals([wrong.summary.failed, wrong.summary.outcome], [1, "try-again"]);
  const failed = wrong.events.find((event) => event.code === "failed");
  assertMatch(failed?.error.message ?? "", /its pieces were dropped/);
  assertEquals(await copies(setup), []);
  await runShard(setup, { index: 1, count: 2 });
  const { summary } = await runShard(setup, { index: 2, count: 2 });
  assertEquals(summary.damagedAtSource, 1);
  assertEquals(await read(setup), body);
  assertEquals(await pieceNames(setup), []);
});

Deno.test("Mirror.sync() of a shard leaves files that are not larger than a piece to whom they belong", async () => {
  const object = large(SPLIT / 2);
  await using setup = await setUp({ objects: [[KEY, object]] });
  const runs = [];
  for (const index of [1, 2, 3]) {
    runs.push(await runShard(setup, { index, count: 3 }));
  }
  assertEquals(runs.map(({ summary }) => summary.inPieces), [0, 0, 0]);
  const fetched = runs.map(({ summary }) => summary.fetched);
  assertEquals(fetched.toSorted(), [0, 0, 1]);
  assertEquals(sent(setup), object.body.length);
});

Deno.test("Mirror.plan() counts the bytes of a shard's own pieces, and refuses a split without a shard", async () => {
  const object = large();
  await using setup = await setUp({ objects: [[KEY, object]] });
  const bytes = [];
  for (const index of [1, 2, 3]) {
    await using mirror = await setup.open({ shard: { index, count: 3 } });
    const plan = await mirror.plan({ ...RANGE, split: SPLIT });
    bytes.push(plan.bytes);
    assertEquals(plan.items.map(({ pieces }) => pieces?.count), [6]);
  }
  assertEquals(
    bytes.reduce((sum, count) => sum + count, 0),
    object.body.length,
  );
  await using mirror = await setup.open();
  await assertRejects(
    () => mirror.plan({ ...RANGE, split: SPLIT }),
    RangeError,
    "without a shard",
  );
  await assertRejects(
    () => mirror.plan({ ...RANGE, split: 0.5 }),
    RangeError,
    "split",
  );
});
