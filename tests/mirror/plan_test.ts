import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
} from "@std/assert";
import { AsyncS3Downloader } from "../../src/download/mod.ts";
import { CredentialsError } from "../../src/base/mod.ts";
import type { ObjectInfo } from "../../src/store/mod.ts";
import {
  type ListingProgress,
  Mirror,
  type Plan,
  type PlanItem,
} from "../../src/mirror/mod.ts";
import { md5 } from "../support/hash.ts";
import { csv, gzip } from "../support/data.ts";
import { openDownloader } from "../support/demo.ts";
import { TEST_CREDENTIALS } from "../support/store.ts";
import { mirrorFile } from "../../src/mirror/mirror_file.ts";
import { DATES, keyOf, packed, setUp, WEEK } from "./_mirror.ts";

/** The dates of a plan with their states and reasons. */
function states({ items }: Plan): string[][] {
  return items.map(({ date, state, reason }) =>
    reason === undefined ? [date, state] : [date, state, reason]
  );
}

/** The item of a date. */
function itemOf({ items }: Plan, date: string): PlanItem {
  const item = items.find((item) => item.date === date);
  assert(item !== undefined);
  return item;
}

Deno.test("Mirror.plan() names each file with what the listing says, and counts", async () => {
  await using setup = await setUp();
  await using mirror = await setup.open();
  const plan = await mirror.plan(WEEK);
  const body = await packed("2024-01-02");
  assertEquals(plan.items[0], {
    ...mirrorFile("stocks_daily", "2024-01-02", "stored"),
    state: "new",
    size: body.length,
    etag: md5(body),
    lastModified: new Date("2024-01-06T00:00:00Z"),
    isUnexpected: false,
  });
  const { items, ...rest } = plan;
  assertEquals(items.map(({ date }) => date), DATES);
  assertEquals(rest, {
    ranges: [{
      dataType: "stocks_daily",
      from: "2024-01-01",
      to: "2024-01-07",
      isListed: true,
      unlistedMonths: 0,
    }],
    counts: {
      "new": 4,
      "replaced": 0,
      "present": 0,
      "damaged-at-source": 0,
      "not-published": 0,
      "missing": 0,
      accepted: 0,
      "released": 0,
      "refused": 0,
    },
    bytes: items.reduce((sum, { size = 0 }) => sum + size, 0),
    unknownSizes: 0,
    unexpected: 0,
    foreignKeys: 0,
  });
});

Deno.test("Mirror.plan() makes one listing request a month and data type", async () => {
  await using setup = await setUp();
  await using mirror = await setup.open({ readOnly: true });
  const progress: ListingProgress[] = [];
  const plan = await mirror.plan({
    dataTypes: ["stocks_daily", "futures_cme_session", "stocks_daily"],
    from: "2023-11-30",
    to: "2024-01-02",
    onListing: (event) => progress.push(event),
  });
  assertEquals(
    setup.requests().filter((request) => request.startsWith("LIST")),
    [
      "LIST us_futures_cme/session_aggs_v1/2023/11/",
      "LIST us_futures_cme/session_aggs_v1/2023/12/",
      "LIST us_futures_cme/session_aggs_v1/2024/01/",
      "LIST us_stocks_sip/day_aggs_v1/2023/11/",
      "LIST us_stocks_sip/day_aggs_v1/2023/12/",
      "LIST us_stocks_sip/day_aggs_v1/2024/01/",
    ],
  );
  assertEquals(progress.map(({ done }) => done), [1, 2, 3, 4, 5, 6]);
  assertEquals(progress.every(({ total }) => total === 6), true);
  assertEquals(
    plan.ranges.map(({ dataType }) => dataType),
    ["stocks_daily", "futures_cme_session"],
  );
  const [first] = plan.items;
  assertEquals([first?.date, plan.items.at(-1)?.date], [
    "2023-11-30",
    "2024-01-02",
  ]);
});

Deno.test("Mirror.plan() lists a year in one request where it wants three months of it", async () => {
  await using setup = await setUp();
  const body = await gzip(csv(10));
  setup.server.objects.set(keyOf("2023-10-02"), { body });
  // One that is foreign, and one beside the months that are asked for.
  for (const month of ["11", "02"]) {
    setup.server.objects.set(`us_stocks_sip/day_aggs_v1/2023/${month}/x.gz`, {
      body,
    });
  }
  await using mirror = await setup.open({ readOnly: true });
  const progress: ListingProgress[] = [];
  const plan = await mirror.plan({
    dataTypes: ["stocks_daily"],
    from: "2023-09-29",
    to: "2024-01-02",
    onListing: (event) => progress.push(event),
  });
  assertEquals(
    setup.requests().filter((request) => request.startsWith("LIST")),
    [
      "LIST us_stocks_sip/day_aggs_v1/2023/",
      "LIST us_stocks_sip/day_aggs_v1/2024/01/",
    ],
  );
  assertEquals(
    progress.map(({ month }) => month).sort(),
    ["2023-09", "2023-10", "2023-11", "2023-12", "2024-01"],
  );
  assertEquals(progress.map(({ done }) => done), [1, 2, 3, 4, 5]);
  assertEquals(itemOf(plan, "2023-10-02").size, body.length);
  assert(plan.items.every(({ size = 0 }) => size > 0));
  // What else the year holds was not asked for, and is nothing foreign.
  assertEquals([plan.items[0]?.date, plan.foreignKeys], ["2023-09-29", 1]);
});

Deno.test("Mirror.plan() asks for each month of a year that it may not list", async () => {
  await using setup = await setUp({
    faults: [{
      kind: "status",
      status: 403,
      operation: "list",
      times: 1,
    }],
  });
  await using mirror = await setup.open({ readOnly: true });
  const plan = await mirror.plan({
    dataTypes: ["stocks_daily"],
    from: "2023-10-01",
    to: "2023-12-31",
  });
  assertEquals(
    setup.requests().filter((request) => request.startsWith("LIST")),
    ["", "10/", "11/", "12/"].map((month) =>
      `LIST us_stocks_sip/day_aggs_v1/2023/${month}`
    ),
  );
  assertEquals(plan.ranges[0]?.unlistedMonths, 0);
  assert(plan.items.every(({ size = 0 }) => size > 0));
});

/** A downloader that counts how many listings are asked for at once. */
class CountingDownloader extends AsyncS3Downloader {
  underWay = 0;
  most = 0;

  // deno-lint-ignore require-yield -- an empty bucket
  override async *iterateObjects(): AsyncGenerator<ObjectInfo> {
    this.most = Math.max(this.most, ++this.underWay);
    await Promise.resolve();
    this.underWay--;
  }
}

Deno.test("Mirror.plan() asks for at most 16 listings at once", async () => {
  await using setup = await setUp();
  await using downloader = new CountingDownloader(TEST_CREDENTIALS, {
    endpointUrl: setup.server.url,
  });
  await using mirror = await setup.open({ downloader });
  await mirror.plan({ ...WEEK, from: "2004-01-01" });
  assertEquals(downloader.most, 16);
});

Deno.test("Mirror.plan() says what is new, replaced, present, lost, damaged and unknown to the manifest", async () => {
  await using setup = await setUp();
  await using mirror = await setup.open();
  await mirror.sync(await mirror.plan(WEEK));
  const at = (date: string) => `${setup.folder.path}/${keyOf(date)}`;
  assertEquals(
    states(await mirror.plan(WEEK)),
    DATES.map((date) => [date, "present"]),
  );

  setup.server.objects.set(keyOf("2024-01-02"), {
    body: await gzip(csv(5000, 7)),
  });
  await Deno.remove(at("2024-01-03"));
  await Deno.truncate(at("2024-01-04"), 10);
  setup.server.objects.set(keyOf("2024-01-05"), {
    body: await packed("2024-01-05"),
    etag: "another",
  });
  assertEquals(states(await mirror.plan(WEEK)), [
    ["2024-01-02", "replaced", "size"],
    ["2024-01-03", "new", "lost"],
    ["2024-01-04", "new", "damaged"],
    ["2024-01-05", "replaced", "etag"],
  ]);
  const { fetched, replaced } = await mirror.sync(await mirror.plan(WEEK));
  assertEquals([fetched, replaced], [2, 2]);
  assertEquals((await mirror.plan(WEEK)).counts.present, 4);

  await using other = await setUp();
  await Deno.mkdir(`${other.folder.path}/us_stocks_sip/day_aggs_v1/2024/01`, {
    recursive: true,
  });
  await Deno.copyFile(
    at("2024-01-03"),
    `${other.folder.path}/${keyOf("2024-01-03")}`,
  );
  await using second = await other.open();
  assertEquals(states(await second.plan(WEEK))[1], [
    "2024-01-03",
    "new",
    "untracked",
  ]);
});

Deno.test("Mirror.plan() fetches an encoding that is not there, and keeps the other", async () => {
  await using setup = await setUp();
  {
    await using mirror = await setup.open();
    await mirror.sync(await mirror.plan(WEEK));
  }
  {
    await using mirror = await setup.open({ decompress: true });
    const plan = await mirror.plan(WEEK);
    assertEquals(
      states(plan),
      DATES.map((date) => [date, "new", "encoding"]),
    );
    assertEquals((await mirror.sync(plan)).fetched, 4);
    assertEquals((await mirror.plan(WEEK)).counts.present, 4);
  }
  await using mirror = await setup.open({ decompress: false });
  assertEquals((await mirror.plan(WEEK)).counts.present, 4);
  assertEquals(mirror.entries().length, 8);
});

Deno.test("Mirror.plan() tells by the clock what is not published yet from what is missing", async () => {
  await using setup = await setUp();
  setup.server.objects.delete(keyOf("2024-01-05"));
  const planAt = async (now: string) => {
    await using mirror = await setup.open({ now: () => new Date(now) });
    return states(await mirror.plan({ ...WEEK, from: "2024-01-05" }));
  };
  assertEquals(await planAt("2024-01-06T15:59:59Z"), [
    ["2024-01-05", "not-published"],
  ]);
  assertEquals(await planAt("2024-01-06T16:00:00Z"), [
    ["2024-01-05", "missing"],
  ]);
});

Deno.test("Mirror.plan() ends today in New York", async () => {
  await using setup = await setUp();
  for (const to of [undefined, "2024-01-05", "2099-12-31"]) {
    await using mirror = await setup.open({
      // The date is the 4th in New York, and the 5th elsewhere.
      now: () => new Date("2024-01-05T02:00:00Z"),
    });
    const { ranges } = await mirror.plan({ ...WEEK, to });
    assertEquals(ranges[0]?.to, "2024-01-04");
  }
  assertEquals(setup.requests().length, 3);
  await using mirror = await setup.open();
  const { items } = await mirror.plan({
    ...WEEK,
    from: "2024-02-01",
    to: undefined,
  });
  assertEquals(items, []);
  assertEquals(setup.requests(), []);
});

Deno.test("Mirror.plan() flags what is listed on a closed day", async () => {
  await using setup = await setUp({
    objects: [
      [keyOf("2024-01-06"), { body: await packed("2024-01-06") }],
      [keyOf("2024-01-01"), { body: await packed("2024-01-01") }],
    ],
  });
  await using mirror = await setup.open();
  const plan = await mirror.plan(WEEK);
  assertEquals(plan.counts.new, 6);
  assertEquals(plan.unexpected, 2);
  assertEquals(
    plan.items.filter(({ isUnexpected }) => isUnexpected)
      .map(({ date, state }) => [date, state]),
    [["2024-01-01", "new"], ["2024-01-06", "new"]],
  );
});

Deno.test("Mirror.plan() takes an optional day's file without a remark, and misses none", async () => {
  const good = keyOf("2023-04-07", "indices_daily");
  const saturday = keyOf("2023-04-08", "indices_daily");
  await using setup = await setUp();
  const week = {
    dataTypes: ["indices_daily"],
    from: "2023-04-06",
    to: "2023-04-09",
  };
  await using mirror = await setup.open();
  assertEquals(states(await mirror.plan(week)), [["2023-04-06", "new"]]);
  for (const key of [good, saturday]) {
    setup.server.objects.set(key, { body: await packed("2023-04-07") });
  }
  const { items } = await mirror.plan(week);
  assertEquals(
    items.map(({ date, state, isUnexpected }) => [date, state, isUnexpected]),
    [
      ["2023-04-06", "new", false],
      ["2023-04-07", "new", false],
      ["2023-04-08", "new", true],
    ],
  );
});

Deno.test("Mirror.plan() does not miss the session that was never published", async () => {
  await using setup = await setUp();
  const range = { from: "2018-10-11", to: "2018-10-15" };
  for (const dataType of ["options_trades", "options_daily"]) {
    for (const date of ["2018-10-11", "2018-10-12", "2018-10-15"]) {
      setup.server.objects.delete(keyOf(date, dataType));
    }
  }
  await using mirror = await setup.open();
  const missed = async (dataType: string) =>
    states(await mirror.plan({ dataTypes: [dataType], ...range }));
  assertEquals(await missed("options_trades"), [
    ["2018-10-11", "missing"],
    ["2018-10-15", "missing"],
  ]);
  assertEquals((await missed("options_daily")).length, 3);
});

Deno.test("Mirror.plan() expects nothing before a dataset's first date, and takes what is there", async () => {
  const early = keyOf("2013-10-30", "crypto_daily");
  await using setup = await setUp({
    objects: [[early, { body: await packed("2013-10-30") }]],
  });
  await using mirror = await setup.open();
  const plan = await mirror.plan({
    dataTypes: ["crypto_daily"],
    from: "2013-10-01",
    to: "2013-10-31",
  });
  assertEquals(states(plan), [["2013-10-30", "new"]]);
  assertEquals(plan.unexpected, 0);
});

Deno.test("Mirror.plan() looks for nothing more than five years before a dataset's first date", async () => {
  await using setup = await setUp();
  await using mirror = await setup.open();
  const plan = await mirror.plan({
    dataTypes: ["crypto_daily"],
    from: "0204-01-01",
    to: "2008-02-29",
  });
  assertEquals(plan.ranges[0]?.from, "2008-01-01");
  assertEquals(setup.requests().length, 2);
});

Deno.test("Mirror.plan() keeps what the bucket does not list any more", async () => {
  await using setup = await setUp();
  await using mirror = await setup.open();
  await mirror.sync(await mirror.plan(WEEK));
  setup.server.objects.delete(keyOf("2024-01-03"));
  assertEquals(states(await mirror.plan(WEEK))[1], [
    "2024-01-03",
    "present",
    "not-listed",
  ]);
});

const HOSTILE = [
  "us_stocks_sip/day_aggs_v1/2024/01/../../../../../etc/2024-01-02.csv.gz",
  "us_stocks_sip/day_aggs_v1/2024/01/../2024-01-02.csv.gz",
  "us_stocks_sip/day_aggs_v1/2024/01//2024-01-02.csv.gz",
  "/us_stocks_sip/day_aggs_v1/2024/01/2024-01-02.csv.gz",
  "/etc/passwd",
  "C:\\windows\\2024-01-02.csv.gz",
  "us_stocks_sip/day_aggs_v1/2024/01/2024-01-02.csv.gz\0",
  "us_stocks_sip/day_aggs_v1/2024/01/\0/2024-01-02.csv.gz",
  "us_stocks_sip/day_aggs_v1/2024/01/2024-01-02.csv.gz\n",
  "us_stocks_sip/day_aggs_v1/2024/01/2024-02-02.csv.gz",
  "us_stocks_sip/day_aggs_v1/2024/01/2024-01-32.csv.gz",
  "us_stocks_sip/day_aggs_v1/2024/01/2024-01-02.csv",
  "us_stocks_sip/day_aggs_v1/2024/02/2024-02-02.csv.gz",
  "us_stocks_sip/minute_aggs_v1/2024/01/2024-01-02.csv.gz",
  ".flatbed/manifest.sqlite",
  "",
];

/** A downloader whose service lists whatever it likes. */
class HostileDownloader extends AsyncS3Downloader {
  override async *iterateObjects(): AsyncGenerator<ObjectInfo> {
    for (const key of [...HOSTILE, keyOf("2024-01-04")]) {
      yield { key, size: 1, etag: "x", lastModified: undefined };
    }
  }
}

Deno.test("Mirror.plan() makes no path of a listed key that is none of those asked for", async () => {
  await using setup = await setUp();
  await using downloader = new HostileDownloader(TEST_CREDENTIALS, {
    endpointUrl: setup.server.url,
  });
  await using mirror = await setup.open({ downloader });
  const plan = await mirror.plan(WEEK);
  assertEquals(plan.foreignKeys, HOSTILE.length);
  assertEquals(states(plan), [
    ["2024-01-02", "missing"],
    ["2024-01-03", "missing"],
    ["2024-01-04", "new"],
    ["2024-01-05", "missing"],
  ]);
  await mirror.sync(plan);
  assertEquals(
    (await setup.folder.names()).filter((name) => !name.startsWith(".")),
    [keyOf("2024-01-04")],
  );
});

Deno.test("Mirror.plan() works from the calendar where listing is refused", async () => {
  await using setup = await setUp({
    faults: [{ kind: "status", status: 403, operation: "list" }],
  });
  setup.server.objects.delete(keyOf("2024-01-03"));
  await using mirror = await setup.open();
  const plan = await mirror.plan({ ...WEEK, to: "2024-01-08" });
  assertEquals(states(plan), [
    ["2024-01-02", "new", "unlisted"],
    ["2024-01-03", "new", "unlisted"],
    ["2024-01-04", "new", "unlisted"],
    ["2024-01-05", "new", "unlisted"],
    ["2024-01-08", "not-published"],
  ]);
  assertEquals([plan.bytes, plan.unknownSizes], [0, 4]);
  assertEquals(plan.ranges[0]?.unlistedMonths, 1);
  const { fetched, missing } = await mirror.sync(plan);
  assertEquals([fetched, missing], [3, 1]);
  assertEquals(
    itemOf(await mirror.plan(WEEK), "2024-01-02").reason,
    "unlisted",
  );
  assertEquals((await mirror.plan(WEEK)).counts.present, 3);
});

Deno.test("Mirror.plan() fails where the service cannot be asked", async () => {
  await using setup = await setUp({
    faults: [{
      kind: "status",
      status: 403,
      code: "SignatureDoesNotMatch",
      operation: "list",
    }],
  });
  await using mirror = await setup.open();
  await assertRejects(() => mirror.plan(WEEK), CredentialsError);
});

Deno.test("Mirror.plan() finds ten thousand files present", async () => {
  await using setup = await setUp();
  const count = 10_000;
  const keys = new Map<string, ObjectInfo[]>();
  class ManyDownloader extends AsyncS3Downloader {
    override async *iterateObjects(
      _bucket: string,
      prefix: string,
    ): AsyncGenerator<ObjectInfo> {
      for (const [folder, objects] of keys) {
        if (folder.startsWith(prefix)) yield* objects;
      }
    }
  }
  await using downloader = new ManyDownloader(TEST_CREDENTIALS, {
    endpointUrl: setup.server.url,
  });
  const now = () => new Date("2026-07-01T16:00:00Z");
  const dataTypes = ["crypto_daily", "crypto_minute", "crypto_trades"];
  {
    await using mirror = await setup.open({ now });
    await mirror.plan({ ...WEEK, from: "2024-01-05" });
  }
  const { DatabaseSync } = await import("node:sqlite");
  {
    const db = new DatabaseSync(
      `${setup.folder.path}/.flatbed/manifest.sqlite`,
    );
    const insert = db.prepare(
      `INSERT INTO files (key, form, data_type, date, size, etag, sha256, bytes,
         mtime, fetched_at)
       VALUES (?, 'stored', ?, ?, 1, 'x', '', 1, 0, 0)`,
    );
    db.exec("BEGIN");
    let made = 0;
    for (const dataType of dataTypes) {
      for (
        let day = Date.parse("2014-01-01");
        day < Date.parse("2026-06-01") && made < count;
        day += 86_400_000
      ) {
        const date = new Date(day).toISOString().slice(0, 10);
        const key = keyOf(date, dataType);
        const prefix = key.slice(0, key.lastIndexOf("/") + 1);
        const path = `${setup.folder.path}/${key}`;
        if (!keys.has(prefix)) {
          keys.set(prefix, []);
          await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), {
            recursive: true,
          });
        }
        keys.get(prefix)?.push({
          key,
          size: 1,
          etag: "x",
          lastModified: undefined,
        });
        Deno.writeTextFileSync(path, "x");
        insert.run(key, dataType, date);
        made++;
      }
    }
    db.exec("COMMIT");
    db.close();
  }
  await using mirror = await setup.open({ downloader, now });
  const { counts } = await mirror.plan({
    dataTypes,
    from: "2014-01-01",
    to: "2026-05-31",
  });
  assertEquals(counts.present, count);
});

Deno.test("Mirror.plan() ends with its signal", async () => {
  await using setup = await setUp();
  await using mirror = await setup.open();
  const reason = new Error("enough");
  const stop = new AbortController();
  const plan = mirror.plan({
    ...WEEK,
    from: "2003-01-01",
    signal: stop.signal,
    onListing: () => stop.abort(reason),
  });
  assertEquals(await assertRejects(() => plan), reason);
  assert(setup.requests().length < 40);
});

Deno.test("Mirror.plan() checks its arguments", async () => {
  await using setup = await setUp();
  await using mirror = await setup.open();
  for (
    const [options, type] of [
      [{ dataTypes: "stocks_daily" }, TypeError],
      [{ dataTypes: ["stocks_weekly"] }, RangeError],
      [{ ...WEEK, from: "2024-02-30" }, RangeError],
      [{ ...WEEK, from: "2024-02-01" }, RangeError],
      [{ ...WEEK, to: 20240101 }, TypeError],
      [{ ...WEEK, signal: 1 }, TypeError],
      [{ ...WEEK, onListing: 1 }, TypeError],
      [undefined, TypeError],
    ] as const
  ) {
    const error = await assertRejects(() =>
      mirror.plan(options as unknown as typeof WEEK)
    );
    assertInstanceOf(error, type);
  }
  assertEquals(setup.requests(), []);
});

Deno.test("Mirror.plan() asks with live names, and keeps files under live keys", async () => {
  const date = "2024-01-02";
  const key = `us_options_opra/day_aggs_v1/2024/01/${date}.csv.gz`;
  await using setup = await setUp({
    objects: [[key, { body: await packed(date) }]],
  });
  await using downloader = openDownloader(setup.server.url);
  await using mirror = await Mirror.open(`${setup.folder.path}///`, {
    downloader,
  });
  const plan = await mirror.plan({
    dataTypes: ["options_daily"],
    from: date,
    to: date,
  });
  assertEquals(setup.requests(), [
    "LIST us_options_opra/day_aggs_v1/2024/01/",
  ]);
  await mirror.sync(plan);
  assertEquals(plan.items[0]?.path, key);
  assertEquals(
    await Deno.readFile(`${setup.folder.path}/${key}`),
    await packed(date),
  );
});
