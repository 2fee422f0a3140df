import { assert, assertEquals, assertRejects } from "@std/assert";
import { MarketCalendar } from "../../src/calendar/mod.ts";
import { CredentialsError } from "../../src/download/mod.ts";
import { Mirror } from "../../src/mirror/mod.ts";
import { makeFolder } from "../support/folder.ts";
import {
  DATES,
  keyOf,
  manifestRows,
  NOW,
  type Setup,
  setUp,
  WEEK,
} from "./_mirror.ts";

/** The HEAD requests since it was last asked. */
function heads(setup: Setup): string[] {
  return setup.requests().filter((request) => request.startsWith("HEAD"));
}

const days = MarketCalendar.for("XNYS").tradingDays("2003-09-10", "2024-01-05");

Deno.test("Mirror.findFloor() finds the oldest readable date with at most 14 HEAD requests", async () => {
  await using setup = await setUp();
  const today = () => new Date("2026-07-01T16:00:00Z");
  const all = MarketCalendar.for("XNYS").tradingDays(
    "2003-09-10",
    "2026-06-30",
  );
  for (
    const index of [
      0,
      1,
      2,
      777,
      2500,
      4095,
      4096,
      all.length - 2,
      all.length - 1,
    ]
  ) {
    await using folder = await makeFolder();
    setup.server.faults.clear();
    setup.server.faults.add({ kind: "forbidden", before: all[index] });
    await using mirror = await Mirror.open(folder.path, {
      downloader: setup.downloader,
      now: today,
    });
    assertEquals(await mirror.findFloor("stocks_daily"), all[index]);
    const { length } = heads(setup);
    assert(length <= 14, `${length} requests`);
  }
});

Deno.test("Mirror.findFloor() takes a window that begins between trading days", async () => {
  await using setup = await setUp({
    faults: [{ kind: "forbidden", before: "2022-01-01" }],
  });
  await using mirror = await setup.open();
  assertEquals(await mirror.findFloor("stocks_daily"), "2022-01-03");
});

Deno.test("Mirror.findFloor() goes around days without a file", async () => {
  await using setup = await setUp({
    faults: [{ kind: "forbidden", before: "2005-01-03" }],
  });
  // The newest, and the first that the bisection asks for after it.
  const last = days.length - 1;
  for (const index of [last, last >> 1]) {
    setup.server.objects.delete(keyOf(days[index] ?? ""));
  }
  // A gap right behind the floor.
  for (const date of ["2005-01-04", "2005-01-05", "2005-01-06"]) {
    setup.server.objects.delete(keyOf(date));
  }
  await using mirror = await setup.open();
  const floor = await mirror.findFloor("stocks_daily") ?? "";
  // Detours take requests: the last ones may be lacking.
  assert(floor >= "2005-01-03" && floor <= "2005-01-10", floor);
  const asked = heads(setup);
  assert(asked.length <= 14);
  assert(asked.includes(`HEAD ${keyOf(days[last >> 1] ?? "")}`));
});

Deno.test("Mirror.findFloor() is null where nothing is readable, after one HEAD request", async () => {
  await using setup = await setUp({ faults: [{ kind: "forbidden" }] });
  await using mirror = await setup.open();
  assertEquals(await mirror.findFloor("stocks_daily"), null);
  assertEquals(heads(setup), [`HEAD ${keyOf("2024-01-05")}`]);
});

Deno.test("Mirror.findFloor() is null where there are no files at all", async () => {
  await using setup = await setUp({
    faults: [{ kind: "status", status: 404, operation: "head" }],
  });
  await using mirror = await setup.open();
  assertEquals(await mirror.findFloor("stocks_daily"), null);
  assert(heads(setup).length <= 14);
});

Deno.test("Mirror.findFloor() does not take wrong credentials for a plan without the dataset", async () => {
  await using setup = await setUp({
    faults: [{
      kind: "status",
      status: 403,
      code: "InvalidAccessKeyId",
      times: 2, // the answer to the HEAD request has no code: a GET asks for it
    }],
  });
  await using mirror = await setup.open();
  await assertRejects(() => mirror.findFloor("stocks_daily"), CredentialsError);
  setup.server.faults.clear();
  setup.server.faults.add({ kind: "forbidden", before: "2023-12-29" });
  assertEquals(await mirror.findFloor("stocks_daily"), "2023-12-29");
});

Deno.test("Mirror.findFloor() remembers the date for the day, in the manifest", async () => {
  await using setup = await setUp({
    faults: [{ kind: "forbidden", before: "2022-01-03" }],
  });
  {
    await using mirror = await setup.open();
    await mirror.findFloor("stocks_daily");
  }
  assertEquals(manifestRows(setup.folder.path, "SELECT * FROM floors"), [{
    data_type: "stocks_daily",
    outcome: "readable",
    date: "2022-01-03",
    found_on: "2024-01-08",
  }]);
  heads(setup);
  setup.server.faults.clear();
  for (
    const [now, floor] of [
      [NOW, "2022-01-03"],
      [new Date("2024-01-08T23:59:59Z"), "2022-01-03"],
      [new Date("2024-01-09T00:00:00Z"), "2003-09-10"],
    ] as const
  ) {
    await using mirror = await setup.open({ now: () => now });
    assertEquals(await mirror.findFloor("stocks_daily"), floor);
    assertEquals(heads(setup).length > 0, floor === "2003-09-10");
  }
});

Deno.test("Mirror.findFloor() remembers without writing where the mirror is only looked at", async () => {
  await using setup = await setUp({
    faults: [{ kind: "forbidden", before: "2022-01-03" }],
  });
  await using mirror = await setup.open({ readOnly: true });
  assertEquals(await mirror.findFloor("stocks_daily"), "2022-01-03");
  heads(setup);
  assertEquals(await mirror.findFloor("stocks_daily"), "2022-01-03");
  assertEquals(heads(setup), []);
  assertEquals(await setup.folder.names(), []);
});

Deno.test("Mirror.plan() begins at the floor where it is not told where", async () => {
  await using setup = await setUp({
    faults: [{ kind: "forbidden", before: "2024-01-04" }],
  });
  await using mirror = await setup.open();
  const plan = await mirror.plan({ dataTypes: ["stocks_daily"], to: WEEK.to });
  assertEquals(plan.items.map(({ date }) => date), DATES.slice(2));
  assertEquals(plan.ranges[0]?.from, "2024-01-04");
  assertEquals(plan.ranges[0]?.floor, "2024-01-04");
  setup.requests();
  await mirror.plan({ dataTypes: ["stocks_daily"], to: WEEK.to });
  assertEquals(setup.requests(), ["LIST us_stocks_sip/day_aggs_v1/2024/01/"]);
});

Deno.test("Mirror.plan() refuses, without asking for each, what is older than the floor", async () => {
  await using setup = await setUp({
    faults: [{ kind: "forbidden", before: "2023-12-28" }],
  });
  await using mirror = await setup.open();
  const plan = await mirror.plan({ ...WEEK, from: "2023-11-01" });
  const refused = plan.items.filter(({ state }) => state === "refused");
  assertEquals([refused[0]?.date, refused.at(-1)?.date], [
    "2023-11-01",
    "2023-12-27",
  ]);
  assertEquals(refused.every(({ reason }) => reason === "floor"), true);
  assertEquals([plan.counts.refused, plan.counts.new], [refused.length, 6]);
  assert(heads(setup).length <= 14);
  const summary = await mirror.sync(plan);
  assertEquals(
    [summary.refused, summary.fetched, summary.failed],
    [refused.length, 6, 0],
  );
  assertEquals(setup.requests().length, 6);
});

Deno.test("Mirror.plan() asks nothing more of a data type that the account cannot read", async () => {
  await using setup = await setUp({ faults: [{ kind: "forbidden" }] });
  await using mirror = await setup.open();
  const plan = await mirror.plan({ dataTypes: ["stocks_daily"] });
  assertEquals(plan.ranges[0]?.floor, null);
  assertEquals(plan.ranges[0]?.isListed, false);
  assertEquals(plan.counts.refused, days.length);
  assertEquals(setup.requests().length, 2);
});

Deno.test("Mirror.plan() begins with the dataset's first date where nothing can be known", async () => {
  await using setup = await setUp({
    faults: [{ kind: "status", status: 404, operation: "head" }],
  });
  await using mirror = await setup.open({
    now: () => new Date("2003-10-10T00:00:00Z"),
  });
  const plan = await mirror.plan({ dataTypes: ["stocks_daily"] });
  assertEquals(plan.ranges[0]?.from, "2003-09-10");
  assertEquals(plan.items[0]?.state, "new");
});
