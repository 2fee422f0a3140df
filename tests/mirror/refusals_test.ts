import { assertEquals } from "@std/assert";
import type { SyncEvent } from "../../src/mirror/mod.ts";
import { DATES, keyOf, packed, type Setup, setUp, WEEK } from "./_mirror.ts";

/** A Saturday before the day of which no file is due yet. */
const SATURDAY = "2024-01-06";
const NOT_DUE = "2024-01-08";

/** What became of each file that was not fetched. */
async function syncAll(setup: Setup) {
  await using mirror = await setup.open();
  const events: SyncEvent[] = [];
  const plan = await mirror.plan({ ...WEEK, to: NOT_DUE });
  const summary = await mirror.sync(plan, {
    onEvent: (event) => events.push(event),
  });
  const told = events.flatMap((event) =>
    event.code !== "fetched" && event.code !== "fetching" && "date" in event
      ? [`${event.code} ${event.date}`]
      : []
  ).filter((text) => !text.startsWith("progress")).sort();
  return { summary, told };
}

Deno.test("Mirror.sync() calls nothing missing that is not due, or of which no file is expected", async () => {
  await using setup = await setUp({
    objects: [[keyOf(SATURDAY), { body: await packed(SATURDAY) }]],
  });
  for (const date of [SATURDAY, NOT_DUE]) {
    setup.server.faults.add({
      kind: "status",
      status: 404,
      code: "NoSuchKey",
      operation: "get",
      key: keyOf(date),
    });
  }
  const { summary, told } = await syncAll(setup);
  assertEquals(told, [`absent ${SATURDAY}`, `not-published ${NOT_DUE}`]);
  assertEquals(
    [summary.fetched, summary.missing, summary.absent, summary.notPublished],
    [4, 0, 1, 1],
  );
});

Deno.test("Mirror.sync() says the same of what is refused", async () => {
  await using setup = await setUp({
    objects: [[keyOf(SATURDAY), { body: await packed(SATURDAY) }]],
    faults: [SATURDAY, NOT_DUE].map((date) => ({
      kind: "forbidden",
      key: keyOf(date),
    })),
  });
  const { summary, told } = await syncAll(setup);
  assertEquals(told, [`not-published ${NOT_DUE}`, `refused ${SATURDAY}`]);
  assertEquals([summary.refused, summary.notPublished], [1, 1]);
  assertEquals(summary.refusals, [{
    dataType: "stocks_daily",
    since: "2003-09-10",
    older: [],
    newer: [],
    damaged: [],
    optional: [SATURDAY],
  }]);
});

Deno.test("Mirror.sync() finds out which of a few refused files are older than what can be read, and Mirror.missing() counts alike", async () => {
  await using setup = await setUp({
    faults: [{ kind: "forbidden", before: DATES[2] }],
  });
  const { summary } = await syncAll(setup);
  const [refusals] = summary.refusals;
  assertEquals([refusals?.since, refusals?.older], [
    DATES[2],
    DATES.slice(0, 2),
  ]);
  await using reader = await setup.open({ readOnly: true });
  assertEquals(await reader.missing(WEEK), []);
  // One that was fetched, and is gone, is missing however old it is.
  await Deno.remove(`${setup.folder.path}/${keyOf(DATES[2] ?? "")}`);
  setup.server.faults.clear();
  setup.server.faults.add({ kind: "forbidden", before: DATES[3] });
  const later = () => new Date("2024-01-09T17:00:00Z");
  await using mirror = await setup.open({ now: later });
  const second = await mirror.sync(await mirror.plan(WEEK));
  assertEquals(second.refusals[0]?.damaged, [DATES[2]]);
  assertEquals((await mirror.missing(WEEK)).map(({ date }) => date), [
    DATES[2],
  ]);
});

Deno.test("Mirror.missing() hides nothing where everything was refused", async () => {
  await using setup = await setUp({ faults: [{ kind: "forbidden" }] });
  const { summary } = await syncAll(setup);
  assertEquals(summary.refusals.map(({ since, newer }) => [since, newer]), [
    [null, DATES],
  ]);
  await using reader = await setup.open({ readOnly: true });
  assertEquals((await reader.missing(WEEK)).map(({ date }) => date), DATES);
});

Deno.test("Mirror.sync() tells of which data types more may come, and what all of it comes to", async () => {
  const of = async (...faults: Parameters<typeof setUp>[0][]) => {
    await using setup = await setUp(...faults);
    const { summary: { incomplete, outcome } } = await syncAll(setup);
    return [outcome, ...incomplete];
  };
  assertEquals(await of(), ["complete"]);
  const key = keyOf(DATES[2] ?? "");
  assertEquals(
    await of({
      faults: [{
        kind: "status",
        status: 404,
        code: "NoSuchKey",
        operation: "get",
        key,
      }],
    }),
    ["missing", "stocks_daily"],
  );
  assertEquals(
    await of({ faults: [{ kind: "forbidden", before: DATES[2] }] }),
    ["complete"],
  );
  assertEquals(await of({ faults: [{ kind: "forbidden", key }] }), [
    "failed",
    "stocks_daily",
  ]);
});
