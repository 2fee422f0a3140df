import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import type { Mirror } from "../../src/mirror/mod.ts";
import { DATES, keyOf, packed, type Setup, setUp, WEEK } from "./_mirror.ts";

/** A mirror whose sync has begun, and of which one file does not arrive before it is told to. */
async function syncing(setup: Setup) {
  const key = keyOf(DATES[0] ?? "");
  const body = await packed(DATES[0] ?? "");
  const began = Promise.withResolvers<void>();
  const rest = Promise.withResolvers<void>();
  setup.server.objects.set(key, {
    body: {
      size: body.length,
      async *read(start: number, end: number) {
        if (start === 0) yield body.slice(0, 100);
        began.resolve();
        await rest.promise;
        yield body.slice(Math.max(start, 100), end);
      },
    },
  });
  const mirror = await setup.open();
  const plan = await mirror.plan(WEEK);
  const told = { hasEnded: false };
  const sync = mirror.sync(plan, {
    onEvent(event) {
      if (event.code === "summary") told.hasEnded = true;
    },
  });
  const outcome = sync.then(() => undefined, (error) => error);
  await began.promise;
  return { mirror, outcome, told, finish: rest.resolve };
}

function assertClosed(error: unknown): void {
  assertInstanceOf(error, DOMException);
  assertEquals([error.name, error.message], [
    "AbortError",
    "The mirror was closed",
  ]);
}

Deno.test("Mirror[Symbol.asyncDispose]() ends a sync, waits for its end, and can be called twice", async () => {
  await using setup = await setUp();
  const { mirror, outcome, told, finish } = await syncing(setup);
  await Promise.all(
    [1, 2].map(async () => {
      await mirror[Symbol.asyncDispose]();
      assertEquals(told.hasEnded, true);
    }),
  );
  assertClosed(await outcome);
  await assertRejects(
    () => mirror.plan(WEEK),
    TypeError,
    "Cannot use a mirror that is closed",
  );
  await mirror[Symbol.asyncDispose]();
  // Others can write to it, and go on where it ended.
  finish();
  await using next = await setup.open();
  const { present, fetched } = await next.sync(await next.plan(WEEK));
  assertEquals(present + fetched, 4);
  assertEquals((await next.verify({ mode: "full" })).isSound, true);
});

/** What a mirror does with all its files, and tells of one by one. */
const WORKS: Record<
  string,
  (mirror: Mirror, onEvent: () => void) => Promise<unknown>
> = {
  "verify": (mirror, onEvent) => mirror.verify({ mode: "full", onEvent }),
  "release": (mirror, onEvent) => mirror.release({ ...WEEK, onEvent }),
};

for (const [name, work] of Object.entries(WORKS)) {
  Deno.test(`Mirror[Symbol.asyncDispose]() ends a ${name} behind a file`, async () => {
    await using setup = await setUp();
    const mirror = await setup.open();
    await mirror.sync(await mirror.plan(WEEK));
    let events = 0;
    let closed: Promise<void> | undefined;
    const error = await assertRejects(() =>
      work(mirror, () => {
        events++;
        closed ??= mirror[Symbol.asyncDispose]();
      })
    );
    assertClosed(error);
    await closed;
    assertEquals(events < 4, true);
    // What it had not come to is what it was.
    await using next = await setup.open();
    const { problems, released, checked } = await next.verify();
    assertEquals(problems, []);
    assertEquals([released, checked], name === "release" ? [1, 3] : [0, 4]);
  });
}

Deno.test("Mirror[Symbol.asyncDispose]() hides no error in await using", async () => {
  await using setup = await setUp();
  const first = new Error("first");
  let outcome: Promise<unknown> | undefined;
  const error = await assertRejects(async () => {
    const busy = await syncing(setup);
    outcome = busy.outcome;
    await using _mirror = busy.mirror;
    throw first;
  });
  assertEquals(error, first);
  assertClosed(await outcome);
});
