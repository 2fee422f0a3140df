import { sha256 } from "../support/hash.ts";
import { formatBytes, NotFoundError } from "../../src/base/mod.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
} from "@std/assert";
import type {
  Mirror,
  VerifyEvent,
  VerifyReport,
} from "../../src/mirror/mod.ts";
import { md5 } from "../support/hash.ts";
import { csv, gzip, joined } from "../support/data.ts";
import {
  DATES,
  keyOf,
  manifestRows,
  NOW,
  packed,
  type Setup,
  setUp,
  WEEK,
} from "./_mirror.ts";

const [FIRST, SECOND, THIRD, FOURTH] = DATES.map((date) => keyOf(date)) as [
  string,
  string,
  string,
  string,
];
const MODES = ["quick", "full", "remote"] as const;

/** A setup whose mirror has all files. */
async function synced(options?: Parameters<typeof setUp>[0]): Promise<Setup> {
  const setup = await setUp(options);
  await using mirror = await setup.open();
  await mirror.sync(await mirror.plan(WEEK));
  setup.requests();
  return setup;
}

/** What is wrong, and where. */
function kinds({ problems }: VerifyReport): string[][] {
  return problems.map(({ code, path }) => [code, path]);
}

/**
 * Changes one bit of a file, by default one that gzip does not care about, and leaves
 * its size and time as they are.
 */
async function flipBit(path: string, at = 4): Promise<void> {
  const { atime, mtime } = await Deno.stat(path);
  const bytes = await Deno.readFile(path);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await Deno.writeFile(path, bytes);
  assert(atime !== null && mtime !== null);
  await Deno.utime(path, atime, mtime);
}

async function isPresent(mirror: Mirror): Promise<boolean> {
  return (await mirror.plan(WEEK)).counts.present === DATES.length;
}

Deno.test("Mirror.verify() finds nothing wrong with a whole mirror", async () => {
  await using setup = await synced();
  await using mirror = await setup.open();
  await mirror.verify({ mode: "full" });
  const bytes = mirror.entries().reduce((sum, { bytes }) => sum + bytes, 0);
  for (const mode of MODES) {
    const events: VerifyEvent[] = [];
    assertEquals(
      await mirror.verify({ mode, onEvent: (event) => events.push(event) }),
      {
        mode,
        checked: 4,
        parquet: 0,
        bytes: mode === "full" ? bytes : 0,
        problems: [],
        ignored: [],
        released: 0,
        notLookedInto: 0,
        unproven: 0,
        adopted: 0,
        repaired: 0,
        isSound: true,
        isWhole: true,
        elapsed: 0,
      },
    );
    assertEquals(events.length, 4);
    assertEquals(
      events.map((event) => event.code === "checked" && event.path).sort(),
      [FIRST, SECOND, THIRD, FOURTH],
    );
    const last = events.at(-1);
    assertEquals(last?.code === "checked" && [last.done, last.total], [4, 4]);
    assertEquals(
      setup.requests(),
      mode === "remote" ? ["LIST us_stocks_sip/day_aggs_v1/2024/01/"] : [],
    );
  }
});

Deno.test("Mirror.verify() names lost, short and changed files in every mode", async () => {
  await using setup = await synced();
  const at = (key: string) => `${setup.folder.path}/${key}`;
  await Deno.remove(at(FIRST));
  await Deno.truncate(at(SECOND), 10);
  await Deno.utime(at(THIRD), 1, 1);
  for (const readOnly of [true, false]) {
    await using mirror = await setup.open({ readOnly });
    for (const mode of MODES) {
      const report = await mirror.verify({ mode });
      assertEquals(report.isWhole, false);
      assertEquals(kinds(report), [
        ["lost", FIRST],
        ["damaged", SECOND],
        // Reading it shows that it is whole.
        ...(mode === "full" ? [] : [["mtime-changed", THIRD]]),
      ]);
      if (!readOnly && mode === "full") {
        const after = await mirror.verify({ mode: "quick" });
        assertEquals(kinds(after).length, 2);
        await Deno.utime(at(THIRD), 1, 2);
      }
    }
  }
});

Deno.test("Mirror.verify() describes a problem", async () => {
  await using setup = await synced();
  await Deno.truncate(`${setup.folder.path}/${SECOND}`, 10);
  await using mirror = await setup.open();
  const events: VerifyEvent[] = [];
  const { problems } = await mirror.verify({
    mode: "quick",
    onEvent: (event) => events.push(event),
  });
  const reason = `it has 10 B, and had ${
    formatBytes((await packed("2024-01-03")).length)
  } when it was fetched`;
  const problem = {
    code: "damaged",
    path: SECOND,
    reason,
    message: `'${SECOND}' is damaged: ${reason}`,
    key: SECOND,
    dataType: "stocks_daily",
    date: "2024-01-03",
    encoding: "stored",
    isRepaired: false,
  } as const;
  assertEquals(problems, [problem]);
  assertEquals(events.at(-1), { code: "problem", problem });
});

Deno.test("Mirror.verify() finds a wrong bit by reading, and mends it", async () => {
  await using setup = await synced();
  const path = `${setup.folder.path}/${SECOND}`;
  await flipBit(path);
  await using mirror = await setup.open();
  assertEquals(kinds(await mirror.verify({ mode: "quick" })), []);
  const found = await mirror.verify({ mode: "full" });
  assertEquals(kinds(found), [["damaged", SECOND]]);
  assertEquals(found.isWhole, false);
  // From now on the manifest does not say that it is whole.
  assertEquals(kinds(await mirror.verify({ mode: "quick" })), [
    ["damaged", SECOND],
  ]);
  const [, item] = (await mirror.plan(WEEK)).items;
  assertEquals([item?.state, item?.reason], ["new", "damaged"]);
  setup.requests();

  const events: VerifyEvent[] = [];
  const mended = await mirror.verify({
    mode: "full",
    repair: true,
    onEvent: (event) => events.push(event),
  });
  assertEquals([mended.repaired, mended.isWhole], [1, true]);
  assertEquals(mended.problems.map(({ isRepaired }) => isRepaired), [true]);
  assertEquals(setup.requests(), [`GET ${SECOND}`]);
  const body = await packed("2024-01-03");
  assertEquals(events.at(-1), {
    code: "repaired",
    path: SECOND,
    bytes: body.length,
  });
  assertEquals(await Deno.readFile(path), body);
  assert(await isPresent(mirror));
});

Deno.test("Mirror.verify() sees that a file is whole again", async () => {
  await using setup = await synced();
  const path = `${setup.folder.path}/${SECOND}`;
  await flipBit(path);
  await using mirror = await setup.open();
  await mirror.verify({ mode: "full" });
  await flipBit(path);
  assertEquals((await mirror.verify({ mode: "full" })).isWhole, true);
  assert(await isPresent(mirror));
  assertEquals(mirror.entries()[1]?.verifiedAt, NOW);
});

Deno.test("Mirror.verify() notes when a file was read, where it is the writer", async () => {
  await using setup = await synced();
  {
    await using reader = await setup.open({ readOnly: true });
    await reader.verify({ mode: "full" });
  }
  const verifiedAt = () =>
    manifestRows(setup.folder.path).map(({ verified_at }) => verified_at);
  assertEquals(verifiedAt(), [null, null, null, null]);
  await using mirror = await setup.open();
  await mirror.verify({ mode: "quick" });
  assertEquals(verifiedAt(), [null, null, null, null]);
  await mirror.verify({ mode: "full" });
  assertEquals(verifiedAt(), DATES.map(() => NOW.getTime()));
});

Deno.test("Mirror.verify() finds gzip data that was broken upstream, and takes several members", async () => {
  const whole = await packed("2024-01-03");
  const broken = whole.slice(0, -1);
  const twice = joined(whole, whole);
  await using setup = await synced({
    objects: [[SECOND, { body: broken }], [THIRD, { body: twice }], [FOURTH, {
      body: joined(whole, whole.slice(0, 20)),
    }]],
  });
  await using mirror = await setup.open();
  const report = await mirror.verify({ mode: "full" });
  assertEquals(kinds(report), [
    ["damaged-at-source", SECOND],
    ["damaged-at-source", FOURTH],
  ]);
  assertEquals(
    report.problems[0]?.message,
    `'${SECOND}' is damaged at its source: its gzip data ends early, and these bytes are the service's`,
  );
});

Deno.test("Mirror.verify() finds what was replaced and withdrawn upstream, and fetches the former", async () => {
  await using setup = await synced();
  const body = await gzip(csv(5000, 7));
  setup.server.objects.set(FIRST, { body });
  setup.server.objects.set(SECOND, {
    body: await packed("2024-01-03"),
    etag: "another",
  });
  setup.server.objects.delete(THIRD);
  await using mirror = await setup.open();
  assertEquals(kinds(await mirror.verify({ mode: "full" })), []);
  const report = await mirror.verify({ mode: "remote", repair: true });
  assertEquals(kinds(report), [
    ["outdated", FIRST],
    ["outdated", SECOND],
    ["withdrawn", THIRD],
  ]);
  assertEquals([report.repaired, report.isWhole], [2, true]);
  assertEquals(await Deno.readFile(`${setup.folder.path}/${FIRST}`), body);
  assertEquals(kinds(await mirror.verify({ mode: "remote" })), [
    ["withdrawn", THIRD],
  ]);
});

Deno.test("Mirror.verify() mends lost, short and changed files, and fetches only what it must", async () => {
  await using setup = await synced();
  const at = (key: string) => `${setup.folder.path}/${key}`;
  await Deno.remove(at(FIRST));
  await Deno.truncate(at(SECOND), 10);
  await Deno.utime(at(THIRD), 1, 1);
  await flipBit(at(FOURTH));
  await Deno.utime(at(FOURTH), 1, 1);
  await using mirror = await setup.open();
  const report = await mirror.verify({ mode: "quick", repair: true });
  assertEquals([report.repaired, report.isWhole], [4, true]);
  assertEquals(
    setup.requests(),
    [FIRST, SECOND, FOURTH].map((key) => `GET ${key}`),
  );
  assertEquals((await mirror.verify({ mode: "full" })).problems, []);
  assertEquals((await mirror.verify({ mode: "quick" })).problems, []);
});

Deno.test("Mirror.verify() says what it could not mend, and never calls that whole", async () => {
  await using setup = await synced();
  await flipBit(`${setup.folder.path}/${FIRST}`);
  await flipBit(`${setup.folder.path}/${SECOND}`);
  setup.server.objects.delete(FIRST);
  await using mirror = await setup.open();
  const report = await mirror.verify({ mode: "full", repair: true });
  assertEquals([report.repaired, report.isWhole], [1, false]);
  assertInstanceOf(report.problems[0]?.error, NotFoundError);
  assertEquals(mirror.entries().map(({ isDamaged }) => isDamaged), [
    true,
    false,
    false,
    false,
  ]);
});

Deno.test("Mirror.verify() names files that are none of the mirror's, follows no links, and leaves them alone", async () => {
  await using setup = await synced();
  const { path } = setup.folder;
  await using outside = await setUp();
  await Deno.writeTextFile(`${outside.folder.path}/secret`, "");
  await Deno.symlink(outside.folder.path, `${path}/link`);
  await Deno.symlink(
    `${outside.folder.path}/secret`,
    `${path}/us_stocks_sip/b`,
  );
  await Deno.writeTextFile(`${path}/notes.txt`, "mine");
  await Deno.writeTextFile(`${path}/${FIRST}.bak`, "mine");
  const untracked = keyOf("2024-02-01");
  await Deno.mkdir(`${path}/us_stocks_sip/day_aggs_v1/2024/02`);
  await Deno.writeTextFile(`${path}/${untracked}`, "mine");
  await Deno.writeTextFile(`${path}/${SECOND}.part`, "begun");
  await Deno.writeTextFile(`${path}/${SECOND}.part.json`, "{}");
  const before = await setup.folder.names();
  await using mirror = await setup.open();
  const report = await mirror.verify({ mode: "full", repair: true });
  assertEquals(report.ignored.map(({ code, path }) => [code, path]), [
    ["foreign", "link"],
    ["foreign", "notes.txt"],
    ["foreign", "us_stocks_sip/b"],
    ["foreign", `${FIRST}.bak`],
    ["part", `${SECOND}.part`],
    ["part", `${SECOND}.part.json`],
  ]);
  assertEquals(kinds(report), [["untracked", untracked]]);
  assertEquals([report.isSound, report.repaired], [false, 0]);
  assertEquals(
    (await setup.folder.names()).filter((name) => !name.includes("sqlite-")),
    before,
  );
  assertEquals(setup.requests(), []);
});

Deno.test("Mirror.verify() does not name the part files of a download under way", async () => {
  await using setup = await synced();
  const part = `${setup.folder.path}/${SECOND}.part`;
  using file = await Deno.open(part, { write: true, create: true });
  await file.lock(true);
  await using mirror = await setup.open({ readOnly: true });
  assertEquals((await mirror.verify()).ignored, []);
  await file.unlock();
  assertEquals((await mirror.verify()).ignored, [
    { code: "part", path: `${SECOND}.part` },
  ]);
});

Deno.test("Mirror.verify() looks at the data types that it is told only", async () => {
  await using setup = await synced();
  await Deno.remove(`${setup.folder.path}/${FIRST}`);
  await Deno.writeTextFile(`${setup.folder.path}/notes.txt`, "mine");
  await using mirror = await setup.open();
  const other = await mirror.verify({
    mode: "quick",
    dataTypes: ["forex_daily"],
  });
  assertEquals([other.checked, other.problems], [0, []]);
  const own = await mirror.verify({
    mode: "quick",
    dataTypes: ["stocks_daily"],
  });
  assertEquals(kinds(own), [["lost", FIRST]]);
});

Deno.test("Mirror.verify() makes a lost manifest anew, without downloading", async () => {
  await using setup = await synced();
  const rows = manifestRows(setup.folder.path);
  await Deno.remove(`${setup.folder.path}/.flatbed`, { recursive: true });
  await using mirror = await setup.open();
  assertEquals(kinds(await mirror.verify({ mode: "quick" })).length, 4);
  const events: VerifyEvent[] = [];
  const report = await mirror.verify({
    mode: "quick",
    rebuild: true,
    onEvent: (event) => events.push(event),
  });
  assertEquals(
    [report.adopted, report.unproven, report.problems],
    [4, 0, []],
  );
  assertEquals(events.filter(({ code }) => code === "adopted").length, 4);
  assertEquals(setup.requests(), ["LIST us_stocks_sip/day_aggs_v1/2024/01/"]);
  assertEquals(
    manifestRows(setup.folder.path),
    rows.map((row) => ({
      ...row,
      verified_at: NOW.getTime(),
      gzip: "whole", // a rebuild reads everything
    })),
  );
  assert(await isPresent(mirror));
});

Deno.test("Mirror.verify() adopts no file that is not what the bucket lists", async () => {
  await using setup = await synced();
  const { path } = setup.folder;
  // Another size and another bit than listed, broken gzip data, not listed. The first
  // and third have no MD5 to be told by.
  setup.server.objects.set(FIRST, {
    body: await packed("2024-01-02"),
    etag: `${md5(await packed("2024-01-02"))}-2`,
  });
  await Deno.writeFile(`${path}/${FIRST}`, await gzip(csv(100)));
  await flipBit(`${path}/${SECOND}`, 4);
  await flipBit(`${path}/${THIRD}`, 100);
  setup.server.objects.set(THIRD, {
    body: await packed("2024-01-04"),
    etag: `${md5(await packed("2024-01-04"))}-2`,
  });
  setup.server.objects.delete(FOURTH);
  await Deno.remove(`${path}/.flatbed`, { recursive: true });
  await using mirror = await setup.open();
  const report = await mirror.verify({ mode: "quick", rebuild: true });
  assertEquals(report.adopted, 0);
  assertEquals(
    kinds(report),
    [FIRST, SECOND, THIRD, FOURTH].map((key) => [
      "untracked",
      key,
    ]),
  );
  assertEquals(mirror.entries(), []);
});

Deno.test("Mirror.verify() adopts decompressed files that were made since the upload, and says that nothing proves them", async () => {
  await using setup = await setUp();
  {
    await using mirror = await setup.open({ decompress: true });
    await mirror.sync(await mirror.plan(WEEK));
  }
  const paths = DATES.map((date) =>
    `${setup.folder.path}/${keyOf(date).replace(/\.gz$/, "")}`
  );
  await Deno.utime(paths[1] ?? "", 1, Date.parse("2024-01-05") / 1000);
  await Deno.writeTextFile(paths[2] ?? "", "");
  await Deno.remove(`${setup.folder.path}/.flatbed`, { recursive: true });
  await using mirror = await setup.open();
  const report = await mirror.verify({ mode: "full", rebuild: true });
  assertEquals([report.adopted, report.unproven], [2, 2]);
  assertEquals(
    mirror.entries().map(({ date, encoding }) => [date, encoding]),
    [["2024-01-02", "decompressed"], ["2024-01-05", "decompressed"]],
  );
  assertEquals(
    mirror.entries()[0]?.sha256,
    sha256(
      await Deno.readFile(paths[0] ?? "") as Uint8Array<ArrayBuffer>,
    ),
  );
});

Deno.test("Mirror.verify() ends with its signal", async () => {
  await using setup = await synced();
  await using mirror = await setup.open();
  const stop = new AbortController();
  const reason = new Error("enough");
  const events: VerifyEvent[] = [];
  assertEquals(
    await assertRejects(() =>
      mirror.verify({
        mode: "full",
        signal: stop.signal,
        onEvent(event) {
          events.push(event);
          stop.abort(reason);
        },
      })
    ),
    reason,
  );
  assert(events.length < 4);
});

Deno.test("Mirror.verify() checks its arguments, and needs a writer to change anything", async () => {
  await using setup = await setUp();
  await using mirror = await setup.open({ readOnly: true });
  for (
    const [options, type] of [
      [{ mode: "slow" }, RangeError],
      [{ mode: null }, TypeError],
      [{ mode: "full", remember: 1 }, TypeError],
      [{ mode: "quick", repair: 1 }, TypeError],
      [{ mode: "quick", repair: true }, TypeError],
      [{ mode: "quick", rebuild: true }, TypeError],
      [{ mode: "quick", dataTypes: ["x"] }, RangeError],
    ] as const
  ) {
    const error = await assertRejects(() =>
      mirror.verify(options as unknown as { mode: "quick" })
    );
    assertInstanceOf(error, type);
  }
});
