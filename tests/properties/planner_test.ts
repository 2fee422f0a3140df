import { assert, assertEquals } from "@std/assert";
import { dirname } from "node:path";
import fc from "fast-check";
import {
  type DataType,
  getDataset,
  getFileDates,
  getFileDay,
  lastDueDate,
} from "../../src/catalog/mod.ts";
import type { AsyncS3Downloader } from "../../src/download/mod.ts";
import type { StaticObject } from "../../src/demo/mod.ts";
import {
  Mirror,
  type Plan,
  type PlanItem,
  type PlanOptions,
} from "../../src/mirror/mod.ts";
import { keyOf, packed } from "../mirror/_mirror.ts";
import { joined } from "../support/data.ts";
import {
  openDownloader,
  type RecordedServer,
  startRecorded,
} from "../support/demo.ts";
import { makeFolder } from "../support/folder.ts";
import { check } from "./_check.ts";
import { dateBetween, laterBy } from "./_dates.ts";

const DAY = 86_400_000;
const ZONE = "America/New_York";
const UPLOADED = new Date("2024-01-06T00:00:00Z");

/** How a day's file lies in the bucket: not at all, as it was fetched, or as another version. */
type Upstream = "absent" | "same" | "uploaded-again" | "etag" | "size";

/** What became of a day's file in the folder. */
type Local =
  | "none"
  | "untracked"
  | "whole"
  | "lost"
  | "truncated"
  | "grown";

/** One day, all told. */
interface Day {
  date: string;
  upstream: Upstream;
  local: Local;
}

/** A bucket, a folder, a clock, and what is asked. */
interface Scene {
  dataType: DataType;
  days: readonly Day[];
  /** The months, of those that the days are in, that may not be listed. */
  refusedMonths: ReadonlySet<string>;
  /** Whether the folder's files are in the form that is planned for. */
  isSameForm: boolean;
  decompress: boolean;
  now: Date;
  from: string;
  to: string;
}

const scene: fc.Arbitrary<Scene> = fc.record({
  dataType: fc.constantFrom<DataType>(
    "stocks_daily",
    "futures_cme_session",
    "forex_daily",
    "crypto_daily",
  ),
  // Changes of the clocks, holidays, ends of months; and a dataset's first days.
  start: fc.oneof(
    { weight: 5, arbitrary: dateBetween("2018-01-01", "2024-12-01") },
    { weight: 1, arbitrary: dateBetween("2017-03-20", "2017-04-03") },
    { weight: 1, arbitrary: dateBetween("2013-10-20", "2013-11-01") },
  ),
  days: fc.array(
    fc.record({
      upstream: fc.constantFrom<Upstream>(
        ...[
          "absent",
          "absent",
          "same",
          "uploaded-again",
          "etag",
          "size",
        ] as const,
      ),
      local: fc.oneof(
        { weight: 3, arbitrary: fc.constant<Local>("whole") },
        {
          weight: 5,
          arbitrary: fc.constantFrom<Local>(
            ...["none", "untracked", "lost", "truncated", "grown"] as const,
          ),
        },
      ),
    }),
    { minLength: 6, maxLength: 18, size: "max" },
  ),
  refused: fc.oneof(
    { weight: 3, arbitrary: fc.constant([false, false]) },
    { weight: 1, arbitrary: fc.tuple(fc.boolean(), fc.boolean()) },
  ),
  isSameForm: fc.oneof(
    { weight: 3, arbitrary: fc.constant(true) },
    { weight: 1, arbitrary: fc.constant(false) },
  ),
  decompress: fc.boolean(),
  // To the second around the hour at which files are due.
  clock: fc.oneof(
    {
      weight: 1,
      arbitrary: fc.record({
        day: fc.integer({ min: -1, max: 30 }),
        seconds: fc.nat({ max: 86_399 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        day: fc.integer({ min: 3, max: 10 }),
        // 11:00 in New York is 16:00 in UTC, and 15:00 in summer.
        seconds: fc.tuple(fc.constantFrom(15, 16), fc.constantFrom(-1, 0, 1))
          .map(([hour, seconds]) => hour * 3600 + seconds),
      }),
    },
  ),
  // How many days at both ends are not asked for.
  before: fc.nat({ max: 2 }),
  after: fc.nat({ max: 2 }),
}).map(({ start, days, refused, clock, before, after, ...rest }) => {
  const dated = days.map((day, index) => ({
    date: laterBy(start, index),
    ...day,
  }));
  const months = [...new Set(dated.map(({ date }) => date.slice(0, 7)))];
  return {
    ...rest,
    days: dated,
    refusedMonths: new Set(months.filter((_, index) => refused[index])),
    now: new Date(Date.parse(start) + clock.day * DAY + clock.seconds * 1000),
    from: laterBy(start, before),
    to: laterBy(start, days.length - 1 - after),
  };
});

/** A day's object, as it lies in the bucket. */
async function objectOf(
  { date, upstream }: Day,
): Promise<StaticObject | undefined> {
  const body = await packed(date);
  switch (upstream) {
    case "absent":
      return undefined;
    case "same":
      return { body, lastModified: UPLOADED };
    case "uploaded-again":
      return { body, lastModified: new Date(UPLOADED.getTime() + DAY) };
    case "etag":
      return { body, lastModified: UPLOADED, etag: "another" };
    case "size":
      return { body: joined(body, Uint8Array.of(0)), etag: "another" };
  }
}

function isTracked({ local }: Day): boolean {
  return local !== "none" && local !== "untracked";
}

/** Puts the folder and the bucket in a scene's state. */
async function setScene(
  server: RecordedServer,
  downloader: AsyncS3Downloader,
  folder: string,
  { dataType, days, refusedMonths, isSameForm, decompress }: Scene,
): Promise<void> {
  server.faults.clear();
  for (const day of days) {
    const key = keyOf(day.date, dataType);
    server.objects.delete(key);
    const object = await objectOf({ ...day, upstream: "same" });
    if (isTracked(day) && object !== undefined) server.objects.set(key, object);
  }
  {
    await using mirror = await Mirror.open(folder, {
      downloader,
      decompress: isSameForm ? decompress : !decompress,
      // Long after: everything can be fetched.
      now: () => new Date("2025-06-01T00:00:00Z"),
    });
    const plan = await mirror.plan(askingFor(dataType, days));
    const summary = await mirror.sync(plan);
    assertEquals(summary.fetched, days.filter(isTracked).length);
  }
  for (const day of days) {
    const key = keyOf(day.date, dataType);
    const object = await objectOf(day);
    if (object === undefined) server.objects.delete(key);
    else server.objects.set(key, object);
    await setLocal(folder, key, day, isSameForm ? decompress : !decompress);
  }
  const { prefix } = getDataset(dataType);
  for (const month of refusedMonths) {
    server.faults.add({
      kind: "status",
      status: 403,
      operation: "list",
      key: `${prefix}/${month.replace("-", "/")}/`,
    });
  }
}

function askingFor(dataType: DataType, days: readonly Day[]): PlanOptions {
  return {
    dataTypes: [dataType],
    from: days[0]?.date,
    to: days.at(-1)?.date,
  };
}

async function setLocal(
  folder: string,
  key: string,
  { local }: Day,
  isContent: boolean,
): Promise<void> {
  const path = `${folder}/${isContent ? key.slice(0, -".gz".length) : key}`;
  switch (local) {
    case "none":
    case "whole":
      return;
    case "untracked":
      await Deno.mkdir(dirname(path), { recursive: true });
      return await Deno.writeTextFile(path, "whose is it");
    case "lost":
      return await Deno.remove(path);
    case "truncated":
      return await Deno.truncate(path, (await Deno.stat(path)).size - 1);
    case "grown":
      return await Deno.writeTextFile(path, "more", { append: true });
  }
}

/** A point in time in New York, by Temporal and not by the code under test. */
function inNewYork(instant: Date): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(instant.getTime())
    .toZonedDateTimeISO(ZONE);
}

/** Whether a date's file is due: at 11:00 in New York on the day after it. */
function isDueBy(date: string, now: Date): boolean {
  const due = Temporal.PlainDate.from(date).add({ days: 1 })
    .toZonedDateTime({ timeZone: ZONE, plainTime: "11:00" });
  return due.epochMilliseconds <= now.getTime();
}

/** What is to become of a day, in one word or two; `undefined` where it is no item. */
function expectedOf(day: Day, scene: Scene): string | undefined {
  const { dataType, refusedMonths, isSameForm, now, from, to } = scene;
  const { date, local, upstream } = day;
  const today = inNewYork(now).toPlainDate().toString();
  if (date < from || date > to || date > today) return undefined;
  const isExpected = date >= getDataset(dataType).firstDate &&
    getFileDay(dataType, date) === "expected";
  const canList = !refusedMonths.has(date.slice(0, 7));
  const isListed = canList && upstream !== "absent";
  if (!isExpected && !isListed) return undefined;
  const isWhole = local === "whole" && isSameForm;
  if (!isListed) {
    if (isWhole) return canList ? "present not-listed" : "present unlisted";
    if (!isDueBy(date, now)) return "not-published";
    return canList ? "missing" : "new unlisted";
  }
  if (!isSameForm) return local === "whole" ? "new encoding" : "new";
  switch (local) {
    case "none":
      return "new";
    case "untracked":
      return "new untracked";
    case "lost":
      return "new lost";
    case "truncated":
    case "grown":
      return "new damaged";
    case "whole":
      return upstream === "etag" || upstream === "size"
        ? `replaced ${upstream}`
        : "present";
  }
}

function described({ state, reason }: PlanItem): string {
  return reason === undefined ? state : `${state} ${reason}`;
}

/** Checks what is so of every plan: each day is there once, and each number is a sum over the days. */
function assertAddsUp({ items, counts, ...plan }: Plan): void {
  const names = items.map(({ dataType, date }) => `${dataType} ${date}`);
  assertEquals(names, [...new Set(names)].sort());
  for (const [state, count] of Object.entries(counts)) {
    assertEquals(
      items.filter((item) => item.state === state).length,
      count,
      state,
    );
  }
  const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0);
  assertEquals(sum(Object.values(counts)), items.length);
  const wanted = items.filter(({ state }) =>
    state === "new" || state === "replaced"
  );
  assertEquals(plan.bytes, sum(wanted.map(({ size = 0 }) => size)));
  assertEquals(
    plan.unknownSizes,
    wanted.filter(({ size }) => size === undefined).length,
  );
  assertEquals(
    plan.unexpected,
    items.filter(({ isUnexpected }) => isUnexpected).length,
  );
}

Deno.test("Mirror.plan() puts every day in exactly one class, the one that bucket, folder, calendar and clock say", async () => {
  await using server = startRecorded({ scale: 0.01 });
  await using downloader = openDownloader(server.url);
  await check(
    fc.asyncProperty(scene, fc.nat(), async (scene, cut) => {
      await using folder = await makeFolder();
      await setScene(server, downloader, folder.path, scene);
      const { dataType, days, decompress, now, from, to } = scene;
      await using mirror = await Mirror.open(folder.path, {
        downloader,
        decompress,
        now: () => now,
        readOnly: true,
      });
      const plan = await mirror.plan({ dataTypes: [dataType], from, to });
      assertAddsUp(plan);
      const expected = days.flatMap((day) => {
        const verdict = expectedOf(day, scene);
        return verdict === undefined ? [] : [`${day.date} ${verdict}`];
      });
      assertEquals(
        plan.items.map((item) => `${item.date} ${described(item)}`),
        expected,
      );
      for (const { date, isUnexpected } of plan.items) {
        assertEquals(
          isUnexpected,
          date >= getDataset(dataType).firstDate &&
            getFileDay(dataType, date) === "none",
          date,
        );
      }

      // What a day is does not depend on the days around it.
      const length = (Date.parse(to) - Date.parse(from)) / DAY;
      if (length === 0) return;
      const middle = laterBy(from, cut % length);
      const first = await mirror.plan({
        dataTypes: [dataType],
        from,
        to: middle,
      });
      const second = await mirror.plan({
        dataTypes: [dataType],
        from: laterBy(middle, 1),
        to,
      });
      assertEquals([...first.items, ...second.items], plan.items);
    }),
    { numRuns: 20 },
  );
});

Deno.test("Mirror.plan() refuses exactly the days before the oldest one that can be read", async () => {
  await using server = startRecorded({ scale: 0.01 });
  await using downloader = openDownloader(server.url);
  const range = fc.record({
    dataType: fc.constantFrom<DataType>("stocks_daily", "crypto_daily"),
    from: dateBetween("2018-01-01", "2024-06-01"),
    // More days than are simply asked for, one by one.
    length: fc.integer({ min: 30, max: 120 }),
    oldest: fc.integer({ min: -5, max: 125 }),
  });
  await check(
    fc.asyncProperty(range, async ({ dataType, from, length, oldest }) => {
      const to = laterBy(from, length);
      const before = laterBy(from, oldest);
      server.faults.clear();
      server.faults.add({ kind: "forbidden", before });
      await using folder = await makeFolder();
      await using mirror = await Mirror.open(folder.path, {
        downloader,
        now: () => new Date("2025-06-01T00:00:00Z"),
      });
      const plan = await mirror.plan({ dataTypes: [dataType], from, to });
      assertAddsUp(plan);
      assertEquals(
        plan.items.map((item) => `${item.date} ${described(item)}`),
        getFileDates(dataType, from, to).map((date) =>
          `${date} ${date < before ? "refused older-than-readable" : "new"}`
        ),
      );
      assert(plan.items.length > 14);
    }),
    { numRuns: 15 },
  );
});

Deno.test("Mirror.plan() without a first date wants exactly what is listed and can be read, whatever days are missing", async () => {
  const dataType = "indices_values";
  const days = getFileDates(
    dataType,
    getDataset(dataType).firstDate,
    lastDueDate(new Date()),
  );
  await using server = startRecorded({ scale: 0.01 });
  await using downloader = openDownloader(server.url);
  for (const date of days) server.objects.delete(keyOf(date, dataType));
  const body = await packed("2024-01-02");
  const bucket = fc.record({
    // Long runs of days, there or not, so that the search meets holes of any length.
    runs: fc.array(
      fc.record({
        length: fc.integer({ min: 1, max: 60 }),
        isThere: fc.boolean(),
      }),
      { minLength: 1, maxLength: 12 },
    ),
    // Where in the days the account can begin to read.
    oldest: fc.nat({ max: 400 }),
  });
  await check(
    fc.asyncProperty(bucket, async ({ runs, oldest }) => {
      const isThere = runs.flatMap(({ length, isThere }) =>
        Array<boolean>(length).fill(isThere)
      );
      const there = days.filter((_, index) => isThere[index]);
      const before = days[oldest] ?? "";
      for (const date of there) {
        server.objects.set(keyOf(date, dataType), { body });
      }
      server.faults.clear();
      server.faults.add({ kind: "forbidden", before });
      server.records.length = 0;
      await using folder = await makeFolder();
      await using mirror = await Mirror.open(folder.path, { downloader });
      const plan = await mirror.plan({
        dataTypes: [dataType],
        to: days[isThere.length],
      });
      for (const date of there) server.objects.delete(keyOf(date, dataType));

      assertAddsUp(plan);
      const readable = there.filter((date) => date >= before);
      assertEquals(
        plan.items.filter(({ state }) => state === "new")
          .map(({ date }) => date),
        readable,
      );
      if (readable.length > 0) {
        assertEquals(plan.ranges[0]?.oldestReadable, readable[0]);
      }
      const heads = server.records.filter(({ method }) => method === "HEAD");
      assert(heads.length <= 14, `${heads.length} requests`);
    }),
    { numRuns: 60 },
  );
});
