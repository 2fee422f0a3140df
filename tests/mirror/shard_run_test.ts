import { Mirror } from "../../src/mirror/mod.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertRejects,
} from "@std/assert";
import { FolderStateStore } from "../../src/mirror/state/folder_state_store.ts";
import { ShardRun } from "../../src/mirror/shards/shard_run.ts";
import { NOW, setUp } from "./_mirror.ts";

const SHARD = { index: 3, count: 8 };

Deno.test("Mirror.beginShard() says that a shard runs, what it has done, and how it has ended", async () => {
  await using setup = await setUp();
  await using mirror = await setup.open({ shard: SHARD, command: "a test" });
  await using reader = await setup.open({ readOnly: true });
  assertEquals(await reader.shards(), []);
  const run = await mirror.beginShard();
  const [running] = await reader.shards();
  assert(running !== undefined);
  const { since } = running;
  assertEquals(running, {
    ...{ ...SHARD, state: "running", command: "a test", counts: {} },
    ...{ pid: Deno.pid, host: Deno.hostname(), since, updated: since },
    ...{ exitCode: undefined, error: undefined },
    ...{ work: undefined, job: undefined },
  });
  run.note({ fetched: 2, bytes: 10 });
  await run.end({ isDone: true, exitCode: 0, counts: { fetched: 3 } });
  await run[Symbol.asyncDispose](); // says nothing else
  const [done] = await reader.shards();
  assertEquals(done, {
    ...running,
    ...{ state: "done", exitCode: 0, counts: { fetched: 3, bytes: 10 } },
    ...{ since: NOW, updated: NOW },
  });
});

Deno.test("Mirror.beginShard() notes a fingerprint of the work, and the job's id", async () => {
  await using setup = await setUp();
  const fingerprintOf = async (work: string) => {
    await using mirror = await setup.open({ shard: SHARD });
    await using _run = await mirror.beginShard({ work, job: "4711" });
    const [status] = await Mirror.shardsOf(setup.folder.path);
    assertEquals(status?.job, "4711");
    return status?.work;
  };
  const first = await fingerprintOf("stocks_daily");
  assertMatch(`${first}`, /^[0-9a-f]{12}$/);
  assertEquals(await fingerprintOf("stocks_daily"), first);
  assertNotEquals(await fingerprintOf("stocks_minute"), first);
});

Deno.test("Mirror.shards() tells when a shard gave a sign of life by the clock of the mirror, not of its host", async () => {
  await using setup = await setUp();
  const DAY = 24 * 60 * 60 * 1000;
  const times = [-DAY, DAY].map((wrong) => new Date(Date.now() + wrong));
  for (const [at, time] of times.entries()) {
    const shard = { index: at + 1, count: 2 };
    await using mirror = await setup.open({ shard, now: () => time });
    await using _run = await mirror.beginShard();
    const status = (await mirror.shards())[at];
    assert(status !== undefined);
    const { since, updated } = status;
    assert(Math.abs(updated.getTime() - Date.now()) < DAY / 2);
    assertEquals(since, updated);
  }
});

Deno.test("a shard that is not said to have ended has failed when it is disposed of", async () => {
  await using setup = await setUp();
  await using mirror = await setup.open({ shard: SHARD });
  {
    await using _run = await mirror.beginShard();
  }
  assertEquals((await mirror.shards()).map(({ state }) => state), ["failed"]);
  await using whole = await setup.open({ readOnly: true });
  await assertRejects(() => whole.beginShard(), TypeError, "without one");
});

Deno.test("Mirror.shards() tells of each count in order, and leaves out what is no shard's", async () => {
  await using setup = await setUp();
  for (const [index, count] of [[10, 40], [2, 40], [1, 8]] as const) {
    const shard = { index, count };
    await using mirror = await setup.open({ shard, command: "a test" });
    await using _run = await mirror.beginShard();
  }
  const folder = `${setup.folder.path}/.flatbed/shards/a-test`;
  await Deno.writeTextFile(`${folder}/7-of-8.json`, '{"state":"run');
  await Deno.writeTextFile(`${folder}/note.txt`, "x");
  // Far too large to be read: it would end the process.
  await Deno.writeTextFile(`${folder}/3-of-8.json`, "");
  await Deno.truncate(`${folder}/3-of-8.json`, 2 ** 35);
  await using reader = await setup.open({ readOnly: true });
  assertEquals(
    (await reader.shards()).map(({ index, count }) => `${index}/${count}`),
    ["1/8", "2/40", "10/40"],
  );
});

Deno.test("a ShardRun gives signs of life, and goes on where it cannot", async () => {
  await using setup = await setUp();
  const store = new FolderStateStore(setup.folder.path);
  const { promise: isWritten, resolve } = Promise.withResolvers<void>();
  let time = 0, writes = 0;
  const run = await ShardRun.begin({
    store: Object.assign(Object.create(store), {
      write: async (name: string, content: string) => {
        await FolderStateStore.prototype.write.call(store, name, content);
        if (++writes === 3) resolve();
        if (writes === 2) throw new TypeError("full");
        return true;
      },
    }),
    shard: SHARD,
    command: undefined,
    now: () => new Date(time++),
    interval: 1,
  });
  await isWritten;
  await run.end({ isDone: true });
  assertEquals(`${run.problem}`, "TypeError: full");
});
