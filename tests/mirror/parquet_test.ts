import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { IntegrityError } from "../../src/base/mod.ts";
import {
  Mirror,
  type ParquetEvent,
  type ParquetOptions,
} from "../../src/mirror/mod.ts";
import { DuckDBError } from "../../src/rows/mod.ts";
import { gzip } from "../support/data.ts";
import {
  denoCommand,
  environmentOf,
  parseLines,
  ROOT,
  runFlatbed,
} from "../support/deno_command.ts";
import { DatabaseSync } from "node:sqlite";
import {
  DATES,
  keyOf,
  type Setup,
  setUp as setUpMirror,
  WEEK,
} from "./_mirror.ts";
import type { StaticObject } from "../../src/demo/mod.ts";

const HEADER = "ticker,volume,open,close,high,low,window_start,transactions\n";

function rowsOf(count: number): string {
  return Array.from(
    { length: count },
    (_, at) => `T${at % 97},${at},1,2,3,0.5,${1704205800e9 + at},7\n`,
  ).join("");
}

/** An object with a text in gzip members, each of which is repeated. */
async function objectOf(
  ...members: [text: string, times?: number][]
): Promise<StaticObject> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (const [text, times = 1] of members) {
    const part = await gzip(new TextEncoder().encode(text));
    for (let count = 0; count < times; count++) parts.push(part);
  }
  return {
    body: await new Blob(parts).bytes(),
    lastModified: new Date("2024-01-07T00:00:00Z"),
  };
}

/** An object with a number of bars. */
function bars(count: number): Promise<StaticObject> {
  return objectOf([HEADER + rowsOf(count)]);
}

/** An object with so many bars, 750,000, that they take a while. */
function manyBars(): Promise<StaticObject> {
  return objectOf([HEADER], [rowsOf(30_000), 25]);
}

/** A service that has 3,000 bars a day. */
async function setUp(): Promise<Setup> {
  const object = await bars(3000);
  return await setUpMirror({
    objects: DATES.map((date) => [keyOf(date), object]),
  });
}

/** Changes the manifest as no Flatbed does. */
function setManifest(
  { folder }: Setup,
  sql: string,
  ...values: (string | number)[]
): void {
  const db = new DatabaseSync(`${folder.path}/.flatbed/manifest.sqlite`);
  try {
    db.prepare(sql).run(...values);
  } finally {
    db.close();
  }
}

/** The path of a date's Parquet file in a mirror. */
function pathOf(date: string): string {
  return `parquet/${keyOf(date).replace(".csv.gz", ".parquet")}`;
}

/** Brings the week into the mirror. */
async function sync(mirror: Mirror): Promise<void> {
  await mirror.sync(await mirror.plan(WEEK));
}

/** Converts, and returns the events as text. */
async function convert(
  mirror: Mirror,
  options: ParquetOptions = {},
): Promise<string[]> {
  const events: ParquetEvent[] = [];
  await mirror.toParquet({
    ...options,
    onEvent: (event) => events.push(event),
  });
  return events.map((event) =>
    "date" in event ? `${event.code} ${event.date}` : event.code
  ).toSorted();
}

/** The names of the Parquet files, and of what else is there because of them. */
async function parquetNames({ folder }: Setup): Promise<string[]> {
  return (await folder.names()).filter((name) => /parquet|spilled/.test(name));
}

Deno.test("Mirror.toParquet() makes a file a day, and none of them twice", async () => {
  await using setup = await setUp();
  await using mirror = await setup.open();
  await sync(mirror);
  setup.requests();
  const first = DATES.slice(0, 2);
  assertEquals(
    await convert(mirror, { to: first[1] }),
    first.map((date) => `converted ${date}`),
  );
  const [coverage] = await mirror.coverage();
  assertEquals(
    coverage?.days.flatMap(({ date, parquetBytes }) =>
      parquetBytes === undefined ? [] : [[date, parquetBytes]]
    ),
    mirror.parquetFiles().map(({ date, bytes }) => [date, bytes]),
  );
  assertEquals(mirror.parquetFiles().map(({ date }) => date), first);
  const { elapsed, bytes, sourceBytes, ...summary } = await mirror.toParquet();
  assertEquals(summary, {
    converted: 2,
    replaced: 0,
    present: 2,
    failed: 0,
    withoutSource: 0,
    rows: 6000,
    released: 0,
    releasedBytes: 0,
    kept: 0,
  });
  assert(elapsed === 0 && bytes > 0 && sourceBytes > 0);
  assertEquals(await parquetNames(setup), DATES.map(pathOf));
  assertEquals(await convert(mirror), []);
  assertEquals(setup.requests(), []);
});

Deno.test("Mirror.toParquet() makes again what was removed, changed, or made of another version", async () => {
  await using setup = await setUp();
  const [removed = "", changed = "", replaced = ""] = DATES;
  const path = (date: string) => `${setup.folder.path}/${pathOf(date)}`;
  {
    await using mirror = await setup.open();
    await sync(mirror);
    await convert(mirror);
    await Deno.remove(path(removed));
    await Deno.truncate(path(changed), 100);
    setup.server.objects.set(keyOf(replaced), await bars(1234));
    await sync(mirror);
  }
  await using mirror = await setup.open();
  const rows = new Map<string, number>();
  const { present, replaced: count } = await mirror.toParquet({
    onEvent(event) {
      if (event.code === "converted") rows.set(event.date, event.rows);
    },
  });
  assertEquals([present, count], [1, 1]);
  assertEquals([...rows].toSorted(), [
    [removed, 3000],
    [changed, 3000],
    [replaced, 1234],
  ]);
  assertEquals(await convert(mirror), []);
  // Where it is the only one as well.
  setup.server.objects.set(keyOf(removed), await bars(7));
  await sync(mirror);
  assertEquals(await convert(mirror), [`converted ${removed}`]);
});

Deno.test("Mirror.toParquet() counts rows with its own reader as well", async () => {
  await using setup = await setUp();
  const [date = ""] = DATES;
  setup.server.objects.set(
    keyOf(date),
    // A line end in a field: two lines for us, and one row for DuckDB.
    await objectOf([`${HEADER}"A\nB",1,1,1,1,1,1,1\nC,1,1,1,1,1,1,1\n`]),
  );
  await using mirror = await setup.open();
  await sync(mirror);
  const errors: Error[] = [];
  await mirror.toParquet({
    from: date,
    to: date,
    onEvent(event) {
      if (event.code === "not-converted") errors.push(event.error);
    },
  });
  assertEquals(errors.map(({ message }) => message), [
    `Cannot convert '${
      keyOf(date)
    }': it has 3 rows, and the Parquet file would have 2`,
  ]);
  assertEquals(await parquetNames(setup), []);
});

Deno.test("Mirror.toParquet() keeps the files of several folders apart", async () => {
  await using setup = await setUp();
  await using mirror = await setup.open();
  await sync(mirror);
  const folder = `${setup.folder.path}/else where`;
  const [date = ""] = DATES;
  const day = { from: date, to: date };
  assertEquals(await convert(mirror, { ...day, folder }), [
    `converted ${date}`,
  ]);
  assertEquals(await convert(mirror, day), [`converted ${date}`]);
  assertEquals(await convert(mirror, { ...day, folder: `${folder}/.` }), []);
  assertEquals(await parquetNames(setup), [
    `else where/${pathOf(date).replace("parquet/", "")}`,
    pathOf(date),
  ]);
});

Deno.test("Mirror.toParquet() goes on after a day that fails, and leaves what was there", async () => {
  await using setup = await setUp();
  const [good = "", bad = ""] = DATES;
  await using mirror = await setup.open();
  await sync(mirror);
  await convert(mirror);
  const whole = await Deno.readFile(`${setup.folder.path}/${pathOf(bad)}`);
  setup.server.objects.set(keyOf(good), await bars(10));
  setup.server.objects.set(
    keyOf(bad),
    await objectOf(["ticker,volume\nA,1\nB\n"]),
  );
  await sync(mirror);
  const errors: Error[] = [];
  const { converted, failed, present } = await mirror.toParquet({
    onEvent(event) {
      if (event.code === "not-converted") errors.push(event.error);
    },
  });
  assertEquals([converted, failed, present], [1, 1, 2]);
  const [error] = errors;
  assertInstanceOf(error, DuckDBError);
  assertStringIncludes(error.message, keyOf(bad));
  assertEquals(
    await Deno.readFile(`${setup.folder.path}/${pathOf(bad)}`),
    whole,
  );
  assertEquals(await parquetNames(setup), DATES.map(pathOf));
});

Deno.test("Mirror.toParquet() tells of columns that are new or do not fit", async () => {
  await using setup = await setUp();
  const [date = ""] = DATES;
  setup.server.objects.set(
    keyOf(date),
    await objectOf([
      "ticker,volume,window_start,colour,transactions\nA,1,1,red,1.5\n",
    ]),
  );
  await using mirror = await setup.open();
  await sync(mirror);
  const events: ParquetEvent[] = [];
  await mirror.toParquet({
    from: date,
    to: date,
    onEvent: (event) => events.push(event),
  });
  const [event] = events;
  assert(event?.code === "converted");
  assertEquals([event.newColumns, event.asText], [["colour"], [
    "transactions",
  ]]);
});

Deno.test("Mirror.toParquet() converts what is decompressed, and counts days without a file", async () => {
  await using setup = await setUp();
  const [lost = "", released = "", ...others] = DATES;
  await using mirror = await setup.open({ decompress: true });
  await sync(mirror);
  await mirror.release({
    dataTypes: ["stocks_daily"],
    from: released,
    to: released,
  });
  await Deno.remove(
    `${setup.folder.path}/${keyOf(lost).replace(".gz", "")}`,
  );
  const { converted, withoutSource, rows } = await mirror.toParquet();
  assertEquals([converted, withoutSource, rows], [2, 2, 6000]);
  assertEquals(await parquetNames(setup), others.map(pathOf));
});

Deno.test("Mirror.toParquet() releases files whose Parquet files are proven, and keeps these", async () => {
  await using setup = await setUp();
  await using mirror = await setup.open();
  await sync(mirror);
  const [date = ""] = DATES;
  await convert(mirror, { from: date, to: date });
  const dropped = DATES.map((date) => `source-released ${date}`);
  assertEquals(
    await convert(mirror, { dropSource: true }),
    [...DATES.slice(1).map((date) => `converted ${date}`), ...dropped],
  );
  assertEquals(
    (await setup.folder.names()).filter((name) => /csv/.test(name)),
    [],
  );
  // They are neither missing nor made again.
  await sync(mirror);
  assertEquals(await convert(mirror, { dropSource: true }), []);
  assertEquals((await mirror.toParquet()).present, 4);
  const { isSound, parquet } = await mirror.verify({ mode: "full" });
  assertEquals([isSound, parquet], [true, 4]);
  await Deno.remove(`${setup.folder.path}/${pathOf(date)}`);
  const [problem] = (await mirror.verify()).problems;
  assertStringIncludes(problem?.reason ?? "", "sync --released --parquet");
});

Deno.test("Mirror.toParquet() releases no file whose Parquet file has other rows", async () => {
  await using setup = await setUp();
  await using mirror = await setup.open();
  await sync(mirror);
  await convert(mirror);
  const [date = "", other = ""] = DATES;
  const day = { from: date, to: date, dropSource: true };
  // Another whole Parquet file, of which the manifest says that it is the one.
  const path = `${setup.folder.path}/${pathOf(date)}`;
  await Deno.copyFile(`${setup.folder.path}/${pathOf(other)}`, path);
  const { size, mtime } = await Deno.stat(path);
  setManifest(
    setup,
    "UPDATE parquet SET bytes = ?, mtime = ? WHERE key = ?",
    size,
    mtime?.getTime() ?? 0,
    keyOf(date),
  );
  assertEquals(await convert(mirror, day), [`not-converted ${date}`]);
  await Deno.stat(`${setup.folder.path}/${keyOf(date)}`);
  // It is made again, and proven then.
  assertEquals(await convert(mirror, day), [
    `converted ${date}`,
    `source-released ${date}`,
  ]);
});

Deno.test("Mirror.toParquet() takes nothing from a file damaged on the disk, and releases none", async () => {
  await using setup = await setUp();
  const { folder } = setup;
  await using mirror = await setup.open();
  await sync(mirror);
  // The gzip data says another CRC-32: DuckDB does not look at it.
  const damage = async (date: string) => {
    const path = `${folder.path}/${keyOf(date)}`;
    const { atime, mtime } = await Deno.stat(path);
    const bytes = await Deno.readFile(path);
    const at = bytes.length - 6;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    await Deno.writeFile(path, bytes);
    await Deno.utime(path, atime ?? new Date(), mtime ?? new Date());
  };
  const [first = "", second = ""] = DATES;
  await damage(first);
  const errors: Error[] = [];
  const onEvent = (event: ParquetEvent) => {
    if (event.code === "not-converted") errors.push(event.error);
  };
  const made = await mirror.toParquet({ onEvent });
  assertEquals([made.converted, made.failed], [DATES.length - 1, 1]);
  // Its Parquet file was made of the bytes that were fetched, and proves nothing of these.
  await damage(second);
  const dropped = await mirror.toParquet({
    ...{ from: second, to: second },
    ...{ dropSource: true, onEvent },
  });
  assertEquals([dropped.released, dropped.failed], [0, 1]);
  for (const error of errors) {
    assertInstanceOf(error, IntegrityError);
    assertStringIncludes(error.message, "verify --full --repair");
  }
  assertEquals(errors.length, 2);
});

Deno.test("Mirror.toParquet() keeps files that perhaps cannot be fetched again", async () => {
  await using setup = await setUp();
  {
    await using mirror = await setup.open();
    await sync(mirror);
  }
  // More than two years later, and what the plan allows is not known.
  await using mirror = await Mirror.open(setup.folder.path, {
    now: () => new Date("2026-03-01T17:00:00Z"),
  });
  const { converted, kept, released } = await mirror.toParquet({
    dropSource: true,
  });
  assertEquals([converted, kept, released], [4, 4, 0]);
});

Deno.test("Mirror.verify() finds Parquet files that are gone, changed, damaged or of another version, and they are made again", async () => {
  await using setup = await setUp();
  const [gone = "", changed = "", damaged = "", outdated = ""] = DATES;
  const path = (date: string) => `${setup.folder.path}/${pathOf(date)}`;
  await using mirror = await setup.open();
  await sync(mirror);
  await convert(mirror);
  assertEquals((await mirror.verify({ mode: "full" })).problems, []);

  await Deno.remove(path(gone));
  await Deno.truncate(path(changed), 100);
  // The same size and time.
  const { mtime } = await Deno.stat(path(damaged));
  const bytes = await Deno.readFile(path(damaged));
  bytes[100] = (bytes[100] ?? 0) ^ 1;
  await Deno.writeFile(path(damaged), bytes);
  await Deno.utime(path(damaged), mtime ?? 0, mtime ?? 0);
  setup.server.objects.set(keyOf(outdated), await bars(5));
  await sync(mirror);

  const problems = async (mode: "quick" | "full") =>
    (await mirror.verify({ mode })).problems.map(({ code, date, reason }) => {
      assertEquals(code, "wrong-parquet");
      return [date, reason.replace(": 'flatbed parquet' makes it again", "")];
    });
  const found = [
    [gone, "it was made, and is not there"],
    [changed, "it was changed since it was made"],
    [outdated, "it was made of another version of its file"],
  ];
  assertEquals(await problems("quick"), found);
  await convert(mirror, { from: gone, to: changed });
  await convert(mirror, { from: outdated, to: outdated });
  assertEquals(await problems("quick"), []);
  assertEquals(await convert(mirror), []);
  assertEquals(await problems("full"), [
    [damaged, "its bytes are not those that were written"],
  ]);
  assertEquals(await convert(mirror), [`converted ${damaged}`]);
  const { isSound, parquet, ignored } = await mirror.verify({ mode: "full" });
  assertEquals([isSound, parquet, ignored], [true, 4, []]);
});

/** Waits until a file of a name is made below a folder. */
async function waitForFile(folder: string, ending: string): Promise<string> {
  using watcher = Deno.watchFs(folder);
  for await (const { paths } of watcher) {
    const path = paths.find((path) => path.endsWith(ending));
    if (path !== undefined) return path;
  }
  throw new Error(`${folder} is not watched any more`);
}

Deno.test({
  name:
    "flatbed parquet that was killed leaves nothing under a final name, and the next one goes on",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using setup = await setUp();
    setup.server.objects.set(keyOf(DATES[0] ?? ""), await manyBars());
    {
      await using mirror = await setup.open();
      await sync(mirror);
    }
    const { path } = setup.folder;
    const child = denoCommand([
      ...["run", "-A", new URL("cli.ts", ROOT).pathname],
      ...["parquet", "--out", path],
      ...["--from", DATES[0] ?? "", "--to", DATES[0] ?? ""],
    ]).spawn();
    const part = await waitForFile(path, ".parquet.part");
    child.kill("SIGKILL");
    await child.output();
    assertEquals(
      (await setup.folder.names()).filter((name) => name.endsWith(".parquet")),
      [],
    );
    assertEquals(
      part,
      `${await Deno.realPath(path)}/${pathOf(DATES[0] ?? "")}.part`,
    );

    const { code, stdout, stderr } = await runFlatbed([
      "parquet",
      "--out",
      path,
    ]);
    assertEquals([code, stderr], [0, ""]);
    assertMatch(stdout, /^converted .*2024-01-02.parquet: 750,000 rows, /m);
    assertMatch(stdout, /^Made 4 Parquet files of .* for /m);
    assertEquals(await parquetNames(setup), DATES.map(pathOf));
  },
});

/** The processes that one has started. */
async function childrenOf(pid: number): Promise<number[]> {
  const children: number[] = [];
  for await (const { name } of Deno.readDir(`/proc/${pid}/task`)) {
    const text = await Deno.readTextFile(`/proc/${pid}/task/${name}/children`);
    children.push(...text.split(" ").filter(Boolean).map(Number));
  }
  return children;
}

Deno.test({
  name: "a crash of DuckDB is one failed day",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using setup = await setUp();
    const [first = "", second = ""] = DATES;
    setup.server.objects.set(keyOf(first), await manyBars());
    {
      await using mirror = await setup.open();
      await sync(mirror);
    }
    const { path } = setup.folder;
    const child = denoCommand([
      ...["run", "-A", new URL("cli.ts", ROOT).pathname],
      ...["parquet", "--out", path, "--json"],
      ...["--from", first, "--to", first],
    ]).spawn();
    await waitForFile(path, `${first}.parquet.part`);
    for (const pid of await childrenOf(child.pid)) Deno.kill(pid, "SIGABRT");
    const { code, stdout } = await child.output();
    const [event, summary] = parseLines(new TextDecoder().decode(stdout));
    assertEquals([code, event.code, summary.failed], [1, "not-converted", 1]);
    assertMatch(
      event.error.message,
      /^Cannot convert 'us_stocks_sip.*': DuckDB has crashed: its process ended with SIGABRT/,
    );
    const others = await runFlatbed([
      "parquet",
      "--out",
      path,
      "--from",
      second,
    ]);
    assertEquals([others.code, others.stderr], [0, ""]);
    assertEquals((await runFlatbed(["parquet", "--out", path])).code, 0);
  },
});

Deno.test("flatbed sync --parquet keeps both current, and says what it did", async () => {
  await using setup = await setUp();
  const run = (...args: string[]) =>
    runFlatbed([
      ...["sync", "stocks_daily", "--out", setup.folder.path],
      ...["--from", DATES[0] ?? "", "--to", DATES[3] ?? "", "--parquet"],
      ...args,
    ], { env: environmentOf(setup.server) });
  const first = await run();
  assertEquals(first.code, 0, first.stderr);
  assertMatch(first.stdout, /^Made 4 Parquet files of .* for /m);
  assertEquals(await parquetNames(setup), DATES.map(pathOf));
  setup.server.objects.set(keyOf(DATES[1] ?? ""), await bars(99));
  const second = await run("--json");
  const lines = parseLines(second.stdout);
  assertEquals(
    lines.filter(({ code }) => /convert|parquet/.test(code))
      .map(({ code, rows, present }) => [code, rows, present]),
    [["converted", 99, undefined], ["parquet-summary", 99, 3]],
  );
  setup.server.objects.set(
    keyOf(DATES[1] ?? ""),
    await objectOf(["ticker,volume\nA\n"]),
  );
  const third = await run();
  assertEquals(third.code, 1);
  assertMatch(
    third.stderr,
    /^Cannot convert 'us_stocks_sip.*2024-01-03.csv.gz': /m,
  );
});

Deno.test("flatbed parquet takes wrong arguments for what they are", async () => {
  await using setup = await setUp();
  await using mirror = await setup.open();
  for (
    const [options, message] of [
      [{ memory: 1000 }, "Cannot use memory: expected an integer ≥ 200000000"],
      [{ folder: "" }, "Cannot use folder"],
      [{ dropSources: true }, "did you mean dropSource?"],
    ] as const
  ) {
    const error = await assertRejects(() =>
      mirror.toParquet(options as ParquetOptions)
    );
    assertStringIncludes((error as Error).message, message);
  }
  await using reader = await setup.open({ readOnly: true });
  await assertRejects(() => reader.toParquet(), TypeError, "read-only");
});
