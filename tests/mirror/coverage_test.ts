import { assert, assertEquals, assertRejects } from "@std/assert";
import { DATES, keyOf, packed, setUp, WEEK } from "./_mirror.ts";

Deno.test("Mirror.coverage() says what there is of each day", async () => {
  await using setup = await setUp();
  setup.server.objects.delete(keyOf("2024-01-03"));
  await using mirror = await setup.open();
  await mirror.sync(await mirror.plan(WEEK));
  const bytes = mirror.entries().reduce((sum, { bytes }) => sum + bytes, 0);
  const bytesOf = (date: string) => ({
    bytes: mirror.entries({ from: date, to: date })[0]?.bytes ?? NaN,
  });
  assertEquals(await mirror.coverage({ from: "2024-01-01" }), [{
    dataType: "stocks_daily",
    from: "2024-01-01",
    to: "2024-01-08",
    first: "2024-01-02",
    last: "2024-01-05",
    files: 3,
    bytes,
    released: 0,
    damagedAtSource: [],
    missing: ["2024-01-03"],
    accepted: [],
    days: [
      { date: "2024-01-01", state: "closed" },
      { date: "2024-01-02", state: "present", ...bytesOf("2024-01-02") },
      { date: "2024-01-03", state: "missing" },
      { date: "2024-01-04", state: "present", ...bytesOf("2024-01-04") },
      { date: "2024-01-05", state: "present", ...bytesOf("2024-01-05") },
      { date: "2024-01-06", state: "closed" },
      { date: "2024-01-07", state: "closed" },
      { date: "2024-01-08", state: "not-published" },
    ],
  }]);
  setup.requests();
  assertEquals((await mirror.coverage())[0]?.from, "2024-01-02");
  assertEquals(
    (await mirror.coverage({ from: "2024-01-04", to: "2024-01-04" }))[0]?.files,
    1,
  );
  assertEquals(
    (await mirror.coverage({ to: "2099-01-01" }))[0]?.to,
    "2024-01-08",
  );
  assertEquals(setup.requests(), []);
});

Deno.test("Mirror.coverage() goes by the look of the files, whatever their encoding", async () => {
  await using setup = await setUp();
  {
    await using mirror = await setup.open({ decompress: true });
    await mirror.sync(await mirror.plan(WEEK));
  }
  await using mirror = await setup.open({ decompress: false });
  assertEquals((await mirror.coverage())[0]?.missing, []);
  const path = (date: string) =>
    `${setup.folder.path}/${keyOf(date).replace(/\.gz$/, "")}`;
  await Deno.remove(path("2024-01-03"));
  await Deno.truncate(path("2024-01-04"), 1);
  const [coverage] = await mirror.coverage();
  assertEquals(coverage?.missing, ["2024-01-03", "2024-01-04"]);
  assertEquals(coverage?.files, 2);
});

Deno.test("Mirror.coverage() tells what is refused, and what is before a dataset's first date", async () => {
  await using setup = await setUp({
    faults: [{ kind: "forbidden", before: "2023-12-28" }],
  });
  await using mirror = await setup.open();
  const statesFrom = async (from: string, to: string) =>
    (await mirror.coverage({ dataTypes: ["stocks_daily"], from, to }))[0]?.days
      .map(({ state }) => state);
  assertEquals(await statesFrom("2023-12-27", "2023-12-28"), [
    "missing",
    "missing",
  ]);
  await mirror.findOldestReadable("stocks_daily");
  assertEquals(await statesFrom("2023-12-27", "2023-12-28"), [
    "refused",
    "missing",
  ]);
  assertEquals(await statesFrom("2003-09-09", "2003-09-10"), [
    "before",
    "refused",
  ]);
  assertEquals(
    (await mirror.coverage({ dataTypes: ["stocks_daily"] }))[0]?.from,
    "2023-12-28",
  );
});

Deno.test("Mirror.missing() names the trading days that are due and not there", async () => {
  await using setup = await setUp();
  setup.server.objects.delete(keyOf("2024-01-03"));
  await using mirror = await setup.open();
  await mirror.sync(await mirror.plan(WEEK));
  const hole = {
    dataType: "stocks_daily",
    date: "2024-01-03",
    key: keyOf("2024-01-03"),
  } as const;
  assertEquals(await mirror.missing(), [hole]);
  assertEquals(
    (await mirror.missing({
      dataTypes: ["stocks_daily", "forex_daily"],
      from: "2023-12-29",
      to: "2024-01-03",
    })).map(({ dataType, date }) => `${dataType} ${date}`),
    [
      "stocks_daily 2023-12-29",
      "stocks_daily 2024-01-03",
      "forex_daily 2023-12-29",
      "forex_daily 2024-01-01",
      "forex_daily 2024-01-02",
      "forex_daily 2024-01-03",
    ],
  );
});

Deno.test("Mirror.coverage() checks its arguments", async () => {
  await using setup = await setUp();
  await using mirror = await setup.open();
  assertEquals(await mirror.coverage({ from: DATES[0] }), []);
  await assertRejects(
    () => mirror.coverage({ from: "2024-02-30" }),
    RangeError,
  );
  await assertRejects(
    () => mirror.coverage({ from: "2024-02-02", to: "2024-02-01" }),
    RangeError,
  );
  await assertRejects(
    () => mirror.coverage({ dataTypes: ["x" as string] }),
    RangeError,
  );
});

Deno.test("Mirror.acceptMissing() takes days out of what is missing, until they are forgotten", async () => {
  await using setup = await setUp();
  const hole = "2024-01-03";
  const object = await packed(hole);
  setup.server.objects.delete(keyOf(hole));
  {
    await using mirror = await setup.open();
    await mirror.sync(await mirror.plan(WEEK));
    await mirror.acceptMissing("stocks_daily", [hole]);
    await mirror.acceptMissing("stocks_daily", [hole]);
  }
  await using mirror = await setup.open();
  assertEquals(mirror.acceptedDates("stocks_daily"), [hole]);
  assertEquals(await mirror.missing(), []);
  const [coverage] = await mirror.coverage();
  assertEquals([coverage?.missing, coverage?.accepted], [[], [hole]]);
  assertEquals(
    coverage?.days.find(({ date }) => date === hole)?.state,
    "accepted",
  );
  const plan = await mirror.plan(WEEK);
  assertEquals([plan.counts.missing, plan.counts.accepted], [0, 1]);
  const events: string[] = [];
  const summary = await mirror.sync(plan, {
    onEvent: ({ code }) => events.push(code),
  });
  assertEquals([summary.missing, summary.accepted], [0, 1]);
  assertEquals(events, ["start", "accepted", "summary"]);

  await mirror.forgetAccepted("stocks_daily", [hole]);
  assertEquals((await mirror.missing()).map(({ date }) => date), [hole]);
  await mirror.acceptMissing("stocks_daily", [hole]);
  // One that appears is fetched all the same.
  setup.server.objects.set(keyOf(hole), { body: object });
  assertEquals((await mirror.sync(await mirror.plan(WEEK))).fetched, 1);
  assertEquals((await mirror.coverage())[0]?.accepted, []);
});

Deno.test("Mirror.sync() counts an accepted missing day apart where listing is refused, too", async () => {
  await using setup = await setUp({
    faults: [{ kind: "status", status: 403, operation: "list" }],
  });
  setup.server.objects.delete(keyOf("2024-01-03"));
  await using mirror = await setup.open();
  await mirror.acceptMissing("stocks_daily", ["2024-01-03"]);
  const summary = await mirror.sync(await mirror.plan(WEEK));
  assertEquals(
    [summary.fetched, summary.missing, summary.accepted],
    [3, 0, 1],
  );
});

Deno.test("Mirror.acceptMissing() refuses a day whose file is there, was released, or is lost", async () => {
  await using setup = await setUp();
  await using mirror = await setup.open();
  await mirror.sync(await mirror.plan({ ...WEEK, to: "2024-01-04" }));
  const [first, second, third, fourth] = DATES;
  const path = (date = "") => `${setup.folder.path}/${keyOf(date)}`;
  await mirror.release({ ...WEEK, to: first });
  await Deno.remove(path(second));
  await Deno.copyFile(path(third), path(fourth));
  for (
    const [date = "", why] of [
      [first, "it was released"],
      [second, "its file was fetched, and is lost"],
      [third, "its file is there"],
      [fourth, "a file is there, 'us_stocks_sip/"],
    ] as const
  ) {
    await assertRejects(
      () => mirror.acceptMissing("stocks_daily", [date]),
      RangeError,
      `Cannot accept that stocks_daily lacks ${date}: ${why}`,
    );
  }
  assertEquals(mirror.acceptedDates("stocks_daily"), []);
});

Deno.test("Mirror.missing() tells of a lost file whose day was accepted before it appeared", async () => {
  await using setup = await setUp();
  await using mirror = await setup.open();
  const key = keyOf(DATES[1] ?? "");
  const object = setup.server.objects.get(key);
  assert(object !== undefined);
  setup.server.objects.delete(key);
  await mirror.sync(await mirror.plan(WEEK));
  await mirror.acceptMissing("stocks_daily", ["2024-01-03"]);
  assertEquals(await mirror.missing(WEEK), []);
  setup.server.objects.set(key, object);
  await mirror.sync(await mirror.plan(WEEK));
  await Deno.remove(`${setup.folder.path}/${key}`);
  assertEquals((await mirror.missing(WEEK)).map(({ date }) => date), [
    "2024-01-03",
  ]);
  assertEquals(mirror.acceptedDates("stocks_daily"), []);
});

Deno.test("Mirror.acceptMissing() refuses days of which no file is expected or due", async () => {
  await using setup = await setUp();
  await using mirror = await setup.open();
  for (
    const [date, message] of [
      ["2024-01-06", "no file of that day is expected"],
      ["2003-09-09", "no file of that day is expected"],
      ["2024-01-08", "not due yet"],
    ] as const
  ) {
    await assertRejects(
      () => mirror.acceptMissing("stocks_daily", ["2024-01-03", date]),
      RangeError,
      message,
    );
  }
  await assertRejects(
    () => mirror.acceptMissing("stocks_daily", "2024-01-03" as unknown as []),
    TypeError,
  );
  assertEquals(mirror.acceptedDates("stocks_daily"), []);
  await using reader = await setup.open({ readOnly: true });
  await assertRejects(
    () => reader.acceptMissing("stocks_daily", DATES),
    TypeError,
  );
  await assertRejects(
    () => reader.forgetAccepted("stocks_daily", DATES),
    TypeError,
  );
});

Deno.test("Mirror.coverage() lets the thread do something else meanwhile", async () => {
  await using setup = await setUp();
  await using mirror = await setup.open();
  const dataTypes = ["stocks_daily", "options_daily", "forex_daily"];
  let turns = 0;
  const timer = setInterval(() => turns++);
  await mirror.coverage({ dataTypes, from: "2003-09-10", to: "2023-12-29" });
  clearInterval(timer);
  assert(turns > 2, `${turns}`);
});

Deno.test("Mirror.revision() of a data type differs where something of it was written", async () => {
  await using setup = await setUp();
  await using mirror = await setup.open();
  assertEquals(mirror.dataTypes(), []);
  const seen = new Set<string>();
  const others = new Set<string>();
  const look = () => {
    seen.add(mirror.revision("stocks_daily"));
    others.add(mirror.revision("stocks_minute"));
  };
  look();
  await mirror.sync(await mirror.plan(WEEK));
  look();
  look();
  assertEquals(mirror.dataTypes(), ["stocks_daily"]);
  assertEquals(seen.size, 2);
  await mirror.release({ ...WEEK, force: true });
  look();
  await mirror.acceptMissing("stocks_daily", ["2023-11-01"]);
  look();
  await mirror.findOldestReadable("stocks_daily");
  look();
  assertEquals([seen.size, others.size], [5, 1]);
});
