import { assert, assertEquals, assertRejects } from "@std/assert";
import { ServiceError } from "../../src/base/mod.ts";
import { type Made, MadeOnce } from "../../src/mirror/shards/made_once.ts";
import { FolderStateStore } from "../../src/mirror/state/folder_state_store.ts";
import { makeFolder } from "../support/folder.ts";
import { DATES, keyOf, setUp, WEEK } from "./_mirror.ts";
import { isOfShard } from "../../src/catalog/mod.ts";

const NAME = "listings/a.json";
const HOUR = 3_600_000;

/** What one process makes once; waiting only lets the others go on. */
function process(
  folder: string,
  { maxAge = HOUR, now = () => new Date(), isKept = true, onWait = () => {} }:
    & { maxAge?: number; now?: () => Date; isKept?: boolean }
    & { onWait?: (ms: number) => unknown } = {},
): MadeOnce {
  return new MadeOnce({
    ...{ store: new FolderStateStore(folder), maxAge, now, isKept },
    holder: "a test",
    delay: async (ms) => {
      await onWait(ms);
      await new Promise((resolve) => setTimeout(resolve));
    },
  });
}

function textOf({ content }: { content: Uint8Array }): string {
  return new TextDecoder().decode(content);
}

Deno.test("MadeOnce.get() makes it once, whoever asks and when", async () => {
  await using folder = await makeFolder();
  let count = 0;
  const make = async () => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    return `made ${++count}`;
  };
  const all = await Promise.all(
    Array.from({ length: 30 }, () => process(folder.path).get(NAME, make)),
  );
  assertEquals(new Set(all.map(textOf)), new Set(["made 1"]));
  assertEquals(all.filter(({ isOwn }) => isOwn).length, 1);
  const later = await process(folder.path).get(NAME, make);
  assertEquals([textOf(later), later.isOwn], ["made 1", false]);
  const names = [...Deno.readDirSync(`${folder.path}/.flatbed/listings`)]
    .map(({ name }) => name);
  assertEquals(names, ["a.json"]); // no claim is left
});

Deno.test("MadeOnce.get() makes it again where it is too old", async () => {
  await using folder = await makeFolder();
  const make = () => Promise.resolve("new");
  await process(folder.path).get(NAME, () => Promise.resolve("old"));
  const inTwoHours = () => new Date(Date.now() + 2 * HOUR);
  const made = await process(folder.path, { now: inTwoHours }).get(NAME, make);
  assertEquals([textOf(made), made.isOwn], ["new", true]);
});

Deno.test("MadeOnce.get() lets the next one make it where making fails", async () => {
  await using folder = await makeFolder();
  let other: Promise<Made> | undefined;
  const failing = process(folder.path).get(NAME, () => {
    other = process(folder.path).get(NAME, () => Promise.resolve("made"));
    return Promise.reject(new TypeError("no"));
  });
  await assertRejects(() => failing, TypeError);
  assert(other !== undefined);
  assertEquals(textOf(await other), "made");
});

Deno.test("MadeOnce.get() fails at once with the same error for all who wait, where it may pass soon; whoever comes later tries again", async () => {
  await using folder = await makeFolder();
  let tries = 0;
  let areWaiting = Promise.withResolvers<void>();
  const make = async (): Promise<string> => {
    tries++;
    await areWaiting.promise;
    throw new ServiceError("Cannot list 'a'", { status: 503 });
  };
  for (const round of [1, 2]) {
    areWaiting = Promise.withResolvers<void>();
    const waiting = new Set<number>();
    const all = await Promise.allSettled(
      Array.from(
        { length: 10 },
        (_, index) =>
          process(folder.path, {
            onWait() {
              if (waiting.add(index).size === 9) areWaiting.resolve();
            },
          }).get(NAME, make),
      ),
    );
    assertEquals(tries, round);
    const reasons = all.map((each) =>
      each.status === "rejected" && each.reason
    );
    assert(
      reasons.every((error) =>
        error instanceof ServiceError && error.status === 503
      ),
    );
    const told = reasons.filter(({ message }) =>
      message === "Cannot list 'a' (another shard has just met this)"
    );
    assertEquals(told.length, 9);
  }
  const made = await process(folder.path).get(
    NAME,
    () => Promise.resolve("made"),
  );
  assertEquals(textOf(made), "made");
});

Deno.test("MadeOnce.get() takes a claim over that nobody holds any more: at once if it is old, or else once it was seen unchanged for a minute", async () => {
  await using folder = await makeFolder();
  const store = new FolderStateStore(folder.path);
  const claim = `${NAME}.claim`;
  const path = store.locate(claim);
  const make = () => Promise.resolve("made");
  for (const [age, least] of [[2 * HOUR, 0], [0, 60_000]] as const) {
    await store.write(claim, "a process that was killed");
    const time = (Date.now() - age) / 1000;
    await Deno.utime(path, time, time);
    let waited = 0;
    const once = process(folder.path, {
      maxAge: -1,
      onWait: (ms) => waited += ms,
    });
    assertEquals(textOf(await once.get(NAME, make)), "made");
    assert(least === 0 ? waited === 0 : waited > least && waited < 66_000);
  }
});

Deno.test("MadeOnce.get() waits for whoever gives signs of life, until the signal", async () => {
  await using folder = await makeFolder();
  const store = new FolderStateStore(folder.path);
  const claim = `${NAME}.claim`;
  await store.write(claim, "alive");
  const stop = new AbortController();
  let waited = 0, time = Date.now() / 1000;
  const once = process(folder.path, {
    onWait: async (ms) => {
      waited += ms;
      await Deno.utime(store.locate(claim), time, time++);
      if (waited > 300_000) stop.abort(new TypeError("enough"));
    },
  });
  await assertRejects(
    () => once.get(NAME, () => Promise.resolve("x"), stop.signal),
    TypeError,
    "enough",
  );
});

Deno.test("MadeOnce.get() keeps nothing in a mirror that is only read, and uses what is there", async () => {
  await using folder = await makeFolder();
  const reader = process(folder.path, { isKept: false });
  const make = () => Promise.resolve("own");
  assertEquals(textOf(await reader.get(NAME, make)), "own");
  assertEquals([...Deno.readDirSync(folder.path)], []);
  await process(folder.path).get(NAME, () => Promise.resolve("shared"));
  assertEquals(textOf(await reader.get(NAME, make)), "shared");
});

Deno.test("Mirror.plan() of many shards asks the service for one listing, and says how old it is", async () => {
  await using setup = await setUp();
  const count = 12;
  const shards = Array.from({ length: count }, (_, at) => at + 1);
  const plans = await Promise.all(shards.map(async (index) => {
    await using mirror = await setup.open({ shard: { index, count } });
    return await mirror.plan(WEEK);
  }));
  assertEquals(setup.requests(), ["LIST us_stocks_sip/day_aggs_v1/2024/"]);
  assertEquals(
    plans.flatMap(({ items }) => items.map(({ date }) => date)).toSorted(),
    DATES,
  );
  for (const [at, { items }] of plans.entries()) {
    const shard = { index: at + 1, count };
    assert(
      items.every(({ key, size = 0 }) => isOfShard(key, shard) && size > 0),
    );
  }
  const own = plans.filter(({ listedAt }) => listedAt === undefined);
  assertEquals(own.length, 1);
  const alone = await setup.open();
  assertEquals((await alone.plan(WEEK)).listedAt, undefined);
  await alone[Symbol.asyncDispose]();
  assertEquals(setup.requests(), ["LIST us_stocks_sip/day_aggs_v1/2024/01/"]);
  await using fresh = await setup.open({
    ...{ shard: { index: 1, count }, maxListingAge: 0 },
    now: () => new Date(Date.now() + 1),
  });
  await fresh.plan(WEEK);
  assertEquals(setup.requests(), ["LIST us_stocks_sip/day_aggs_v1/2024/"]);
});

Deno.test("Mirror.plan() of shards does not trust a shared listing that it cannot read", async () => {
  await using setup = await setUp();
  const store = new FolderStateStore(setup.folder.path);
  for (
    const text of ['{"version":2}', "{", '{"version":1,"objects":[["x",1,""]]}']
  ) {
    await store.write("listings/stocks_daily/2024-2024.json", text);
    await using mirror = await setup.open({ shard: { index: 1, count: 1 } });
    const { items } = await mirror.plan(WEEK);
    assertEquals(items.map(({ key }) => key), DATES.map((date) => keyOf(date)));
  }
});

Deno.test("Mirror.sync() of a shard fetches nothing again because a shared listing is older than the copies", async () => {
  await using setup = await setUp();
  const run = async () => {
    await using mirror = await setup.open({ shard: { index: 1, count: 1 } });
    const plan = await mirror.plan(WEEK);
    const { fetched, replaced, present } = await mirror.sync(plan);
    return [fetched, replaced, present];
  };
  const { length } = DATES;
  assertEquals(await run(), [length, 0, 0]);
  const listing =
    `${setup.folder.path}/.flatbed/listings/stocks_daily/2024-2024.json`;
  const content = JSON.parse(await Deno.readTextFile(listing));
  for (const object of content.objects) object[2] = "0".repeat(32);
  await Deno.writeTextFile(listing, JSON.stringify(content));
  setup.requests();
  assertEquals(await run(), [0, 0, length]);
  assertEquals(
    setup.requests().toSorted(),
    DATES.map((date) => `HEAD ${keyOf(date)}`),
  );
});
