import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { DamagedAtSourceError } from "../../src/base/mod.ts";
import { IndexError } from "../../src/rows/mod.ts";
import { indexesOf } from "./_indexes.ts";
import type {
  CheckOptions,
  DayHint,
  MirrorOptions,
} from "../../src/mirror/mod.ts";
import { gzip } from "../support/data.ts";
import { DATES, keyOf, type Setup, setUp } from "./_mirror.ts";

/** A row of minutes at a time in New York, in winter. */
function row(ticker: string, date: string, time: string): string {
  return `${ticker},1,${Date.parse(`${date}T${time}-05:00`)}000000`;
}

const HEADER = "ticker,close,window_start";

/** A day on which one ticker trades from first to last minute, and others once. */
function day(date: string, tickers = 3, last = "15:59"): string[] {
  return [
    HEADER,
    ...["09:30", "10:00", last].map((time) => row("A", date, time)),
    ...Array.from(
      { length: tickers - 1 },
      (_, number) => row(`B${number}`, date, "10:00"),
    ),
  ];
}

/** A mirror of some days of minutes. */
async function setUpDays(
  days: Readonly<Record<string, readonly string[]>>,
  options: MirrorOptions = {},
): Promise<Setup> {
  const setup = await setUp();
  for (const [date, lines] of Object.entries(days)) {
    setup.server.objects.set(keyOf(date, "stocks_minute"), {
      body: await gzip(
        new TextEncoder().encode(lines.map((line) => `${line}\n`).join("")),
      ),
    });
  }
  await using mirror = await setup.open(options);
  for (const date of Object.keys(days)) {
    await mirror.sync(
      await mirror.plan({
        dataTypes: ["stocks_minute"],
        from: date,
        to: date,
      }),
    );
  }
  setup.requests();
  return setup;
}

/** What stands out on days, by their date. */
async function check(
  setup: Setup,
  options: Partial<CheckOptions> = {},
): Promise<Record<string, readonly DayHint[]>> {
  await using mirror = await setup.open({
    readOnly: true,
    downloader: undefined,
  });
  const found: Record<string, readonly DayHint[]> = {};
  for await (
    const { date, hints } of mirror.check<string>({
      dataType: "stocks_minute",
      from: "2024-01-02",
      to: "2024-01-05",
      ...options,
    })
  ) found[date] = hints;
  return found;
}

const [TUESDAY = "", WEDNESDAY = "", THURSDAY = "", FRIDAY = ""] = DATES;

Deno.test("Mirror.check() gives the rows, tickers and times of days on which nothing stands out", async () => {
  for (const decompress of [false, true]) {
    await using setup = await setUpDays(
      Object.fromEntries(DATES.map((date) => [date, day(date)])),
      { decompress },
    );
    await using mirror = await setup.open({ readOnly: true });
    const days = await Array.fromAsync(
      mirror.check({
        dataType: "stocks_minute",
        from: TUESDAY,
        to: FRIDAY,
      }),
    );
    assertEquals(days.map(({ date }) => date), DATES);
    assertEquals(days[0], {
      dataType: "stocks_minute",
      date: TUESDAY,
      key: keyOf(TUESDAY, "stocks_minute"),
      rows: 5,
      tickers: 3,
      first: new Date(`${TUESDAY}T09:30-05:00`),
      last: new Date(`${TUESDAY}T15:59-05:00`),
      hints: [],
    });
    assertEquals(days.flatMap(({ hints }) => hints), []);
    assertEquals(setup.requests(), []);
  }
});

Deno.test("Mirror.check() tells of times that are not of the day, and of a session that ends early", async () => {
  await using setup = await setUpDays({
    [TUESDAY]: day(TUESDAY),
    [WEDNESDAY]: [
      ...day(WEDNESDAY),
      row("C", TUESDAY, "10:00"),
      "D,1,-6795364578871345152",
    ],
    // The row of another day does not hide that this one ends early.
    [THURSDAY]: [...day(THURSDAY, 3, "15:31"), row("C", FRIDAY, "10:00")],
    [FRIDAY]: day(FRIDAY, 3, "15:50"),
  });
  assertEquals(await check(setup), {
    [TUESDAY]: [],
    [WEDNESDAY]: [{
      code: "times-outside",
      first: new Date(-6795364578872),
      last: new Date(`${WEDNESDAY}T15:59-05:00`),
      tickers: 2,
    }],
    [THURSDAY]: [
      {
        code: "times-outside",
        first: new Date(`${THURSDAY}T09:30-05:00`),
        last: new Date(`${FRIDAY}T10:00-05:00`),
        tickers: 1,
      },
      {
        code: "ends-early",
        last: new Date(`${THURSDAY}T15:31-05:00`),
        close: new Date(`${THURSDAY}T16:00-05:00`),
      },
    ],
    [FRIDAY]: [],
  });
});

Deno.test("Mirror.check() compares with the days before, also with those in front of the range", async () => {
  await using setup = await setUpDays({
    [TUESDAY]: day(TUESDAY, 10),
    [WEDNESDAY]: day(WEDNESDAY, 11),
    [THURSDAY]: day(THURSDAY, 12),
    [FRIDAY]: [
      "ticker,window_start,venue",
      ...day(FRIDAY, 50).slice(1).map((line) =>
        line.replace(/,1,(\d+)/, ",$1,X")
      ),
    ],
  });
  const friday: DayHint[] = [
    {
      code: "other-columns",
      before: THURSDAY,
      missing: ["close"],
      extra: ["venue"],
    },
    { code: "unusual-rows", count: 52, usual: 13 },
    { code: "unusual-tickers", count: 50, usual: 11 },
  ];
  const all = await check(setup);
  assertEquals(all, {
    [TUESDAY]: [],
    [WEDNESDAY]: [],
    [THURSDAY]: [],
    [FRIDAY]: friday,
  });
  assertEquals(await check(setup, { from: FRIDAY }), { [FRIDAY]: friday });
});

Deno.test("Mirror.check() does not compare a day with days on which the market trades longer", async () => {
  const days = ["2024-07-01", "2024-07-02", "2024-07-03"];
  const open = { now: () => new Date("2024-07-10T17:00:00Z") };
  await using setup = await setUpDays(
    {
      "2024-06-27": day("2024-06-27", 50, "14:59"),
      "2024-06-28": day("2024-06-28", 50, "14:59"),
      [days[0] ?? ""]: day("2024-07-01", 50, "14:59"),
      [days[1] ?? ""]: day("2024-07-02", 10, "14:59"),
      // In New York, an hour later: 13:00 is the early close.
      [days[2] ?? ""]: day("2024-07-03", 10, "11:59"),
    },
    open,
  );
  await using mirror = await setup.open({ ...open, readOnly: true });
  const found = await Array.fromAsync(
    mirror.check({
      dataType: "stocks_minute",
      from: "2024-07-01",
      to: "2024-07-03",
    }),
  );
  assertEquals(found.map(({ hints }) => hints.map(({ code }) => code)), [
    [],
    ["unusual-rows", "unusual-tickers"],
    [],
  ]);
});

Deno.test("Mirror.check() tells of files that are not there, without rows, or damaged", async () => {
  await using setup = await setUpDays({
    [TUESDAY]: [HEADER],
    [WEDNESDAY]: day(WEDNESDAY),
    [FRIDAY]: ["close,window_start", "1,2"],
  });
  const key = keyOf(WEDNESDAY, "stocks_minute");
  const path = `${setup.folder.path}/${key}`;
  const { mtime } = await Deno.stat(path);
  const bytes = await Deno.readFile(path);
  bytes[20] = (bytes[20] ?? 0) ^ 255;
  await Deno.writeFile(path, bytes);
  await Deno.utime(path, mtime ?? 0, mtime ?? 0);
  const found = await check(setup);
  assertEquals(found[TUESDAY], [{ code: "no-rows" }]);
  const [damaged] = found[WEDNESDAY] ?? [];
  assert(damaged?.code === "not-known" && damaged.reason === "damaged");
  assert(damaged.error?.message.includes(key));
  assertEquals(found[THURSDAY], [{
    code: "not-known",
    reason: "not-in-mirror",
  }]);
  const [failed] = found[FRIDAY] ?? [];
  assert(failed?.code === "not-known" && failed.reason === "failed");
  assert(failed.error?.message.endsWith("it has no column 'ticker'"));
});

Deno.test("Mirror.check() compares nothing with days without rows, and says nothing of an empty file's columns", async () => {
  await using setup = await setUpDays({
    ...Object.fromEntries(
      ["2023-12-27", "2023-12-28", "2023-12-29"].map((date) => [date, []]),
    ),
    [TUESDAY]: day(TUESDAY),
    [WEDNESDAY]: [],
    [THURSDAY]: day(THURSDAY),
    [FRIDAY]: ["ticker,window_start"],
  });
  const found = await check(setup);
  assertEquals(found, {
    [TUESDAY]: [],
    [WEDNESDAY]: [{ code: "no-rows" }],
    [THURSDAY]: [],
    [FRIDAY]: [
      {
        code: "other-columns",
        before: THURSDAY,
        missing: ["close"],
        extra: [],
      },
      { code: "no-rows" },
    ],
  });
});

Deno.test("Mirror.check() says what is wrong before anything is read", async () => {
  await using setup = await setUp();
  await using mirror = await setup.open({ readOnly: true });
  for (
    const [options, message] of [
      [{ dataType: "stock_daily" }, "did you mean stocks_daily?"],
      [{ to: "2024-01-01" }, "2024-01-01"],
      [{ form: 1 }, "did you mean from?"],
      [{ keepIndexes: 1 }, "keepIndexes"],
    ] as const
  ) {
    assertThrows(
      () =>
        mirror.check({
          dataType: "stocks_daily",
          from: TUESDAY,
          to: FRIDAY,
          ...options,
        } as CheckOptions),
      Error,
      message,
    );
  }
});

Deno.test("Mirror.tickers() gives the tickers of a day with their rows and times, of plain files too", async () => {
  for (const decompress of [false, true]) {
    await using setup = await setUpDays(
      { [TUESDAY]: [...day(TUESDAY), "Z,1,x"] },
      { decompress },
    );
    await using mirror = await setup.open({ readOnly: true });
    const at = (time: string) => Date.parse(`${TUESDAY}T${time}-05:00`);
    const others = ["B0", "B1"].map((ticker) => ({
      ...{ ticker, rows: 1, least: at("10:00"), greatest: at("10:00") },
    }));
    assertEquals(await mirror.tickers("stocks_minute", TUESDAY), [
      { ticker: "A", rows: 3, least: at("09:30"), greatest: at("15:59") },
      ...others,
      { ticker: "Z", rows: 1, least: undefined, greatest: undefined },
    ]);
    assertEquals(
      await mirror.tickers("stocks_minute", TUESDAY, {
        patterns: ["?0", "B1"],
      }),
      others,
    );
    assertEquals(setup.requests(), []);
  }
});

Deno.test("Mirror.tickers() makes the index of a large file, and needs the file no more", async () => {
  const date = "2024-01-04";
  const dataType = "stocks_trades";
  await using setup = await setUp({ scale: 30, order: "shuffled" });
  await using mirror = await setup.open();
  const dates = { dataTypes: [dataType], from: date, to: date } as const;
  await mirror.sync(await mirror.plan(dates));
  const indexes = indexesOf(setup.folder.path);
  const key = keyOf(date, dataType);
  await Deno.remove(indexes.pathOf(key)).catch(() => {});
  const plain = await mirror.tickers(dataType, date, { keepIndexes: false });
  assertEquals(await indexes.has(key), false);
  assertEquals(await mirror.tickers(dataType, date), plain);
  assertEquals(await indexes.has(key), true);
  await mirror.release({ ...dates, force: true });
  setup.requests();
  assertEquals(await mirror.tickers(dataType, date), plain);
  const [check] = await Array.fromAsync(
    mirror.check({ dataType, from: date, to: date }),
  );
  assertEquals(check?.tickers, plain.length);
  assertEquals(check?.rows, plain.reduce((sum, { rows }) => sum + rows, 0));
  assertEquals(setup.requests(), []);
});

Deno.test("Mirror.tickers() and check() need no file where there is an index of the service's object", async () => {
  const date = "2024-01-04";
  const dataType = "stocks_trades";
  await using setup = await setUp({ scale: 30 });
  await using mirror = await setup.open();
  const dates = { dataTypes: [dataType], from: date, to: date } as const;
  await mirror.index({ ...dates, remote: true });
  setup.requests();
  const tickers = await mirror.tickers(dataType, date);
  const [check] = await Array.fromAsync(
    mirror.check({ dataType, from: date, to: date }),
  );
  assert(tickers.length > 0);
  assertEquals([check?.tickers, check?.hints], [tickers.length, []]);
  assertEquals(setup.requests(), []);
});

Deno.test("Mirror.tickers() reads the rows where there are too many tickers for an index", async () => {
  const lines = [HEADER];
  for (let number = 0; number < 280_000; number++) {
    lines.push(row(`T${number % 4}${number % 2 ? "X" : ""}`, TUESDAY, "10:00"));
  }
  await using setup = await setUpDays({ [TUESDAY]: lines });
  await using mirror = await setup.open({ readOnly: true });
  const tickers = await mirror.tickers("stocks_minute", TUESDAY);
  assertEquals(tickers.map(({ ticker, rows }) => [ticker, rows]), [
    ["T0", 70_000],
    ["T1X", 70_000],
    ["T2", 70_000],
    ["T3X", 70_000],
  ]);
  assertEquals(
    await mirror.tickers("stocks_minute", TUESDAY, { patterns: ["*X"] }),
    tickers.filter(({ ticker }) => ticker.endsWith("X")),
  );
});

Deno.test("Mirror.tickers() says that a file is damaged at source", async () => {
  await using setup = await setUp();
  const key = keyOf(TUESDAY, "stocks_minute");
  const body = await gzip(new TextEncoder().encode(HEADER));
  setup.server.objects.set(key, { body: body.slice(0, -4) });
  await using mirror = await setup.open();
  const range = { from: TUESDAY, to: TUESDAY };
  await mirror.sync(
    await mirror.plan({ dataTypes: ["stocks_minute"], ...range }),
  );
  const error = await assertRejects(
    () => mirror.tickers("stocks_minute", TUESDAY),
    DamagedAtSourceError,
    "is damaged at source",
  );
  assertEquals(error.key, key);
});

Deno.test("Mirror.tickers() says that there is neither a file nor an index", async () => {
  await using setup = await setUpDays({ [TUESDAY]: day(TUESDAY) });
  await using mirror = await setup.open({ readOnly: true });
  const error = await assertRejects(
    () => mirror.tickers("stocks_minute", WEDNESDAY),
    IndexError,
    "has neither its file nor an index",
  );
  assertEquals(error.key, keyOf(WEDNESDAY, "stocks_minute"));
  await assertRejects(
    () => mirror.tickers("stocks_minute", "2024-13-01"),
    RangeError,
  );
  assertEquals(setup.requests(), []);
});
