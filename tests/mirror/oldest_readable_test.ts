import { assert, assertEquals, assertRejects } from "@std/assert";
import { MarketCalendar } from "../../src/calendar/mod.ts";
import { getFileDates, lastDueDate } from "../../src/catalog/mod.ts";
import { CredentialsError } from "../../src/base/mod.ts";
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

Deno.test("Mirror.findOldestReadable() finds the oldest readable date with at most 14 HEAD requests", async () => {
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
    assertEquals(await mirror.findOldestReadable("stocks_daily"), all[index]);
    const { length } = heads(setup);
    assert(length <= 14, `${length} requests`);
  }
});

Deno.test("Mirror.findOldestReadable() takes a window that begins between trading days", async () => {
  await using setup = await setUp({
    faults: [{ kind: "forbidden", before: "2022-01-01" }],
  });
  await using mirror = await setup.open();
  assertEquals(await mirror.findOldestReadable("stocks_daily"), "2022-01-03");
});

Deno.test("Mirror.findOldestReadable() goes by the files that are listed, whatever is missing between them", async () => {
  await using setup = await setUp({
    faults: [{ kind: "forbidden", before: "2005-01-03" }],
  });
  // The newest, the one in the middle, and a gap right behind the oldest readable file.
  const last = days.length - 1;
  const gap = ["2005-01-03", "2005-01-04", "2005-01-05", "2005-01-06"];
  for (const date of [days[last], days[last >> 1], ...gap]) {
    setup.server.objects.delete(keyOf(date ?? ""));
  }
  await using mirror = await setup.open();
  assertEquals(await mirror.findOldestReadable("stocks_daily"), "2005-01-07");
  assert(heads(setup).length <= 14);
});

Deno.test("Mirror.findOldestReadable() takes what is listed and not there for no refusal", async () => {
  await using setup = await setUp({
    faults: [
      { kind: "forbidden", before: "2005-01-03" },
      { kind: "status", status: 404, operation: "head", times: 3 },
    ],
  });
  await using mirror = await setup.open();
  // The requests may not suffice then: what nobody knows to be refused is wanted.
  const oldest = await mirror.findOldestReadable("stocks_daily") ?? "";
  assert(oldest > "2004-12-01" && oldest <= "2005-01-03", oldest);
  assert(heads(setup).length <= 14);
});

Deno.test("Mirror.plan() wants all that is listed where nothing was ever refused, after three HEAD requests", async () => {
  await using setup = await setUp();
  // Ten trading days in the middle of all.
  const hole = days.filter((d) => d >= "2013-10-25" && d <= "2013-11-07");
  for (const date of hole) setup.server.objects.delete(keyOf(date));
  await using mirror = await setup.open();
  const plan = await mirror.plan({ dataTypes: ["stocks_daily"], to: WEEK.to });
  assertEquals(
    [plan.counts.new, plan.counts.missing],
    [days.length - hole.length, hole.length],
  );
  assertEquals(heads(setup).length, 3);
});

Deno.test("Mirror.plan() wants each of a few files of one year", async () => {
  await using setup = await setUp();
  const few = days.filter((date) => date.startsWith("2015-")).slice(40, 100);
  for (const date of days) {
    if (!few.includes(date)) setup.server.objects.delete(keyOf(date));
  }
  await using mirror = await setup.open();
  const plan = await mirror.plan({
    dataTypes: ["stocks_daily"],
    to: few.at(-1),
  });
  assertEquals(
    plan.items.map(({ date, state }) => [date, state]),
    few.map((date) => [date, "new"]),
  );
});

Deno.test("Mirror.findOldestReadable() does not take the newest files for all, where they are refused", async () => {
  await using setup = await setUp({
    faults: days.slice(-3).map((date) => ({
      kind: "forbidden",
      key: keyOf(date),
    })),
  });
  setup.server.faults.add({ kind: "forbidden", before: "2019-01-02" });
  await using mirror = await setup.open();
  assertEquals(await mirror.findOldestReadable("stocks_daily"), "2019-01-02");
  assert(heads(setup).length <= 15);
});

Deno.test("Mirror.entitlement() is refused where the newest file is, and those that are a week, five weeks and a year old", async () => {
  await using setup = await setUp({ faults: [{ kind: "forbidden" }] });
  await using mirror = await setup.open();
  assertEquals(await mirror.entitlement("stocks_daily"), {
    dataType: "stocks_daily",
    outcome: "refused",
    since: null,
    isExact: true,
    until: null,
  });
  assertEquals(heads(setup), [
    `HEAD ${keyOf("2023-01-06")}`,
    `HEAD ${keyOf("2023-12-01")}`,
    `HEAD ${keyOf("2023-12-29")}`,
    `HEAD ${keyOf("2024-01-08")}`,
  ]);
});

Deno.test("Mirror.entitlement() tells from when to when files can be read where more than the newest are refused", async () => {
  for (
    const [refused, since] of [[20, days[0]], [20, "2022-01-03"], [
      100,
      days[0],
    ]] as const
  ) {
    await using setup = await setUp({
      faults: days.slice(-refused).map((date) => ({
        kind: "forbidden",
        key: keyOf(date),
      })),
    });
    if (since !== days[0]) {
      setup.server.faults.add({ kind: "forbidden", before: since ?? "" });
    }
    setup.server.faults.add({ kind: "forbidden", key: keyOf("2024-01-08") });
    await using mirror = await setup.open();
    assertEquals(await mirror.entitlement("stocks_daily"), {
      dataType: "stocks_daily",
      outcome: "readable",
      since: since ?? null,
      isExact: true,
      until: days.at(-refused - 1) ?? null,
    });
    const { length } = heads(setup);
    assert(length <= 26, `${length} requests`);
    const plan = await mirror.plan({ dataTypes: ["stocks_daily"] });
    assert(plan.counts.new > refused);
  }
});

Deno.test("Mirror.entitlement() says where the requests did not suffice to find the date", async () => {
  await using setup = await setUp({
    faults: [
      { kind: "forbidden", before: "2005-01-03" },
      { kind: "status", status: 404, operation: "head", times: 8 },
    ],
  });
  {
    await using mirror = await setup.open();
    const { since, isExact } = await mirror.entitlement("stocks_daily");
    assertEquals(isExact, false);
    assert(since !== null && since <= "2005-01-03", `${since}`);
  }
  await using reader = await setup.open({ readOnly: true });
  assertEquals((await reader.entitlement("stocks_daily")).isExact, false);
});

Deno.test("Mirror.entitlement() asks again where nothing could be read: an agreement may be signed by now", async () => {
  await using setup = await setUp({ faults: [{ kind: "forbidden" }] });
  await using mirror = await setup.open();
  assertEquals(await mirror.findOldestReadable("stocks_daily"), null);
  setup.server.faults.clear();
  const { outcome, since } = await mirror.entitlement("stocks_daily");
  assertEquals([outcome, since], ["all", "2003-09-10"]);
});

Deno.test("Mirror.entitlement() knows nothing where no listed file is there, and tells where none is listed", async () => {
  await using setup = await setUp({
    faults: [{ kind: "status", status: 404, operation: "head" }],
  });
  await using mirror = await setup.open();
  const outcomeOf = async (dataType: string) =>
    (await mirror.entitlement(dataType)).outcome;
  assertEquals(await outcomeOf("stocks_daily"), "unknown");
  assert(heads(setup).length <= 14);
  for (
    const date of getFileDates(
      "indices_values",
      "2023-02-14",
      lastDueDate(new Date()),
    )
  ) {
    setup.server.objects.delete(keyOf(date, "indices_values"));
  }
  assertEquals(await outcomeOf("indices_values"), "no-files");
});

Deno.test("Mirror.findOldestReadable() does not take wrong credentials for a plan without the dataset", async () => {
  await using setup = await setUp({
    faults: [{
      kind: "status",
      status: 403,
      code: "InvalidAccessKeyId",
      times: 2, // the answer to the HEAD request has no code: a GET asks for it
    }],
  });
  await using mirror = await setup.open();
  await assertRejects(
    () => mirror.findOldestReadable("stocks_daily"),
    CredentialsError,
  );
  setup.server.faults.clear();
  setup.server.faults.add({ kind: "forbidden", before: "2023-12-29" });
  assertEquals(await mirror.findOldestReadable("stocks_daily"), "2023-12-29");
});

Deno.test("Mirror.findOldestReadable() remembers the date for the day, in the manifest", async () => {
  await using setup = await setUp({
    faults: [{ kind: "forbidden", before: "2022-01-03" }],
  });
  {
    await using mirror = await setup.open();
    await mirror.findOldestReadable("stocks_daily");
  }
  assertEquals(manifestRows(setup.folder.path, "SELECT * FROM floors"), [{
    data_type: "stocks_daily",
    outcome: "readable",
    date: "2022-01-03",
    found_on: "2024-01-08",
    is_exact: 1,
    until: null,
  }]);
  heads(setup);
  setup.server.faults.clear();
  for (
    const [now, oldest] of [
      [NOW, "2022-01-03"],
      [new Date("2024-01-08T23:59:59Z"), "2022-01-03"],
      [new Date("2024-01-09T00:00:00Z"), "2003-09-10"],
    ] as const
  ) {
    await using mirror = await setup.open({ now: () => now });
    assertEquals(await mirror.findOldestReadable("stocks_daily"), oldest);
    assertEquals(heads(setup).length > 0, oldest === "2003-09-10");
  }
});

Deno.test("Mirror.findOldestReadable() remembers without writing where the mirror is only looked at", async () => {
  await using setup = await setUp({
    faults: [{ kind: "forbidden", before: "2022-01-03" }],
  });
  await using mirror = await setup.open({ readOnly: true });
  assertEquals(await mirror.findOldestReadable("stocks_daily"), "2022-01-03");
  heads(setup);
  assertEquals(await mirror.findOldestReadable("stocks_daily"), "2022-01-03");
  assertEquals(heads(setup), []);
  assertEquals(await setup.folder.names(), []);
});

Deno.test("Mirror.plan() begins at the oldest readable date where it is not told where", async () => {
  await using setup = await setUp({
    faults: [{ kind: "forbidden", before: "2024-01-04" }],
  });
  await using mirror = await setup.open();
  const plan = await mirror.plan({ dataTypes: ["stocks_daily"], to: WEEK.to });
  assertEquals(plan.items.map(({ date }) => date), DATES.slice(2));
  assertEquals(plan.ranges[0]?.from, "2024-01-04");
  assertEquals(plan.ranges[0]?.oldestReadable, "2024-01-04");
  setup.requests();
  await mirror.plan({ dataTypes: ["stocks_daily"], to: WEEK.to });
  assertEquals(setup.requests(), ["LIST us_stocks_sip/day_aggs_v1/2024/01/"]);
});

Deno.test("Mirror.plan() refuses, without asking for each, what is older than the oldest readable date", async () => {
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
  assertEquals(
    refused.every(({ reason }) => reason === "older-than-readable"),
    true,
  );
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
  assertEquals(plan.ranges[0]?.oldestReadable, null);
  assertEquals(plan.ranges[0]?.isListed, false);
  assertEquals(plan.counts.refused, days.length);
  // Four files, and the listings of the oldest file and of two years.
  const requests = setup.requests();
  assertEquals(
    requests.filter((request) => request.startsWith("HEAD")).length,
    4,
  );
  assert(requests.every((request) => !request.startsWith("GET")));
  assertEquals(requests.length, 7);
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
