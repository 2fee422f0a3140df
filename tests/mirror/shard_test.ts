import { assert, assertEquals, assertRejects } from "@std/assert";
import { isOfShard, type Shard } from "../../src/catalog/mod.ts";
import type { Mirror } from "../../src/mirror/mod.ts";
import { DATES, keyOf, setUp, WEEK } from "./_mirror.ts";

const SHARDS: readonly Shard[] = [
  { index: 1, count: 2 },
  { index: 2, count: 2 },
];

/** The test dates that belong to a shard. */
function datesOf(shard: Shard): string[] {
  return DATES.filter((date) => isOfShard(keyOf(date), shard));
}

/** A day that is due, and that the service does not have. */
const LACKING = ["2023-12-28", "2023-12-29"];

Deno.test("Mirror.open() with a shard: every method sees the keys of that shard only", async () => {
  await using setup = await setUp();
  {
    await using mirror = await setup.open();
    await mirror.sync(await mirror.plan(WEEK));
    assertEquals(mirror.entries().length, DATES.length);
  }
  const range = { ...WEEK, from: LACKING[0] };
  const day = { dataType: "stocks_daily", from: "2023-12-28", to: WEEK.to };
  const views: Readonly<
    Record<string, (mirror: Mirror) => string[] | Promise<string[]>>
  > = {
    entries: (mirror) => mirror.entries().map(({ date }) => date),
    plan: async (mirror) =>
      (await mirror.plan(WEEK)).items.map(({ date }) => date),
    coverage: async (mirror) =>
      (await mirror.coverage(WEEK)).flatMap(({ days }) =>
        days.filter(({ state }) => state === "present").map(({ date }) => date)
      ),
    files: async (mirror) =>
      (await mirror.files(day)).files.map(({ date }) => date),
    extract: async (mirror) => {
      const dates: string[] = [];
      const rows = mirror.extract({
        ...day,
        offline: true,
        onEvent: (event) => {
          if (event.code === "extracted") dates.push(event.date);
        },
      });
      for await (const _ of rows);
      return dates;
    },
    release: async (mirror) => {
      const dates: string[] = [];
      await mirror.release({
        ...WEEK,
        dryRun: true,
        force: true,
        onEvent: ({ date }) => dates.push(date),
      });
      return dates;
    },
    verify: async (mirror) => {
      const dates: string[] = [];
      await mirror.verify({
        onEvent: (event) => {
          if (event.code === "checked") {
            dates.push(event.path.slice(-"YYYY-MM-DD.csv.gz".length, -7));
          }
        },
      });
      return dates.toSorted();
    },
  };
  for (const shard of SHARDS) {
    await using mirror = await setup.open({ readOnly: true, shard });
    const mine = datesOf(shard);
    assert(mine.length > 0 && mine.length < DATES.length);
    for (const [name, view] of Object.entries(views)) {
      assertEquals(await view(mirror), mine, name);
    }
    const missing = await mirror.missing(range);
    assertEquals(
      missing.map(({ date }) => date),
      LACKING.filter((date) => isOfShard(keyOf(date), shard)),
    );
    assertEquals((await mirror.verify()).checked, mine.length);
  }
});

Deno.test("Mirror.sync() of a shard leaves the others' files alone, also those of a plan for all", async () => {
  await using setup = await setUp();
  await using all = await setup.open({ readOnly: true });
  const plan = await all.plan(WEEK);
  assertEquals(plan.items.length, DATES.length);
  for (const shard of SHARDS) {
    await using mirror = await setup.open({ shard });
    const { fetched, present } = await mirror.sync(plan);
    assertEquals([fetched, present], [datesOf(shard).length, 0]);
    assertEquals(mirror.entries().map(({ date }) => date), datesOf(shard));
    const [other = ""] = DATES.filter((date) => !datesOf(shard).includes(date));
    await assertRejects(
      () => mirror.fetch(keyOf(other)),
      RangeError,
      "does not belong to the mirror's shard",
    );
  }
  assertEquals(all.entries().map(({ date }) => date), DATES);
});

Deno.test("Mirror.verify() of a shard finds, and with rebuild takes in, the files of that shard only", async () => {
  await using setup = await setUp();
  {
    await using mirror = await setup.open();
    await mirror.sync(await mirror.plan(WEEK));
  }
  await Deno.remove(`${setup.folder.path}/.flatbed`, { recursive: true });
  const [shard] = SHARDS;
  assert(shard !== undefined);
  await using mirror = await setup.open({ shard });
  const { problems } = await mirror.verify();
  assertEquals(
    problems.map(({ path }) => path),
    datesOf(shard).map((date) => keyOf(date)),
  );
  const { adopted } = await mirror.verify({ rebuild: true });
  assertEquals(adopted, datesOf(shard).length);
});

Deno.test("Mirror.open() refuses what is no shard", async () => {
  await using setup = await setUp();
  await assertRejects(
    () => setup.open({ shard: { index: 3, count: 2 } }),
    RangeError,
    "expected i/n with 1 ≤ i ≤ n",
  );
});

Deno.test("Mirror.verify() of a shard notes what it read while other shards write", async () => {
  await using setup = await setUp();
  {
    await using mirror = await setup.open();
    await mirror.sync(await mirror.plan(WEEK));
  }
  const [shard, other] = SHARDS;
  assert(shard !== undefined && other !== undefined);
  await using _writer = await setup.open({ shard: other });
  await using mirror = await setup.open({ shard, readOnly: true });
  const before = mirror.entries().map(({ verifiedAt }) => verifiedAt);
  const { isWhole, notRemembered } = await mirror.verify({
    mode: "full",
    remember: true,
  });
  assertEquals([isWhole, notRemembered], [true, undefined]);
  for (const [at, { verifiedAt }] of mirror.entries().entries()) {
    assert(
      verifiedAt !== undefined && verifiedAt > (before[at] ?? new Date(0)),
    );
  }
});
