import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import type { Mirror, ReleaseEvent } from "../../src/mirror/mod.ts";
import {
  environmentOf,
  parseLines,
  runFlatbed,
} from "../support/deno_command.ts";
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

const [FIRST, SECOND, THIRD] = DATES.map((date) => keyOf(date)) as [
  string,
  string,
  string,
];
/** Of {@linkcode DATES}, the first two. */
const TWO = {
  dataTypes: ["stocks_daily"],
  from: "2024-01-01",
  to: "2024-01-03",
};

async function synced(options?: Parameters<typeof setUp>[0]): Promise<Setup> {
  const setup = await setUp(options);
  await using mirror = await setup.open();
  await mirror.sync(await mirror.plan(WEEK));
  await mirror.verify({ mode: "full" });
  setup.requests();
  return setup;
}

async function states(mirror: Mirror, released = false): Promise<unknown[]> {
  const { items } = await mirror.plan({ ...WEEK, released });
  return items.map(({ state, reason }) =>
    reason === undefined ? state : `${state} ${reason}`
  );
}

const isThere = (setup: Setup, key: string): Promise<boolean> =>
  Deno.stat(`${setup.folder.path}/${key}`).then(() => true, () => false);

Deno.test("Mirror.release() removes files and keeps what is known of them", async () => {
  await using setup = await synced();
  const before = manifestRows(setup.folder.path);
  await using mirror = await setup.open();
  const events: ReleaseEvent[] = [];
  const bytes = (await packed("2024-01-02")).length +
    (await packed("2024-01-03")).length;
  assertEquals(
    await mirror.release({ ...TWO, onEvent: (event) => events.push(event) }),
    {
      released: 2,
      bytes,
      kept: {
        "old": 0,
        "refused": 0,
        "withdrawn": 0,
        "perhaps-old": 0,
        "changed": 0,
      },
      releasedBefore: 0,
    },
  );
  assertEquals(events.map(({ code, key }) => [code, key]), [
    ["released", FIRST],
    ["released", SECOND],
  ]);
  assertEquals([await isThere(setup, FIRST), await isThere(setup, THIRD)], [
    false,
    true,
  ]);
  assertEquals(
    manifestRows(setup.folder.path),
    before.map((row, index) => ({
      ...row,
      released_at: index < 2 ? NOW.getTime() : null,
    })),
  );
  assertEquals(setup.requests(), []);
  const again = await mirror.release(TWO);
  assertEquals([again.released, again.releasedBefore], [0, 2]);
});

Deno.test("Mirror counts released files as released everywhere, and fetches them only where it is told to", async () => {
  await using setup = await synced();
  await using mirror = await setup.open();
  await mirror.release(TWO);
  for (const mode of ["quick", "full", "remote"] as const) {
    const report = await mirror.verify({ mode, repair: true });
    assertEquals(
      [report.checked, report.released, report.problems, report.isWhole],
      [2, 2, [], true],
    );
  }
  assertEquals(await mirror.missing(WEEK), []);
  const [coverage] = await mirror.coverage(WEEK);
  assertEquals(coverage?.released, 2);
  assertEquals(
    coverage?.days.slice(0, 5).map(({ state }) => state),
    ["closed", "released", "released", "present", "present"],
  );
  assertEquals((await mirror.coverage())[0]?.from, "2024-01-02");
  assertEquals(await states(mirror), [
    "released",
    "released",
    "present",
    "present",
  ]);
  const left = await mirror.sync(await mirror.plan(WEEK));
  assertEquals([left.fetched, left.released, left.present], [0, 2, 2]);

  assertEquals((await states(mirror, true)).slice(0, 2), [
    "new released",
    "new released",
  ]);
  setup.requests();
  const fetched = await mirror.sync(
    await mirror.plan({ ...WEEK, released: true }),
  );
  assertEquals([fetched.fetched, fetched.released], [2, 0]);
  assertEquals(await states(mirror), DATES.map(() => "present"));
  assertEquals(
    mirror.entries().map(({ releasedAt }) => releasedAt),
    DATES.map(() => undefined),
  );
});

Deno.test("Mirror.plan() leaves a released file that was replaced upstream, and misses one that was withdrawn", async () => {
  await using setup = await synced();
  await using mirror = await setup.open();
  await mirror.release(TWO);
  setup.server.objects.set(FIRST, { body: await packed("2024-02-01") });
  setup.server.objects.delete(SECOND);
  assertMatch(String((await states(mirror))[0]), /^released (etag|size)$/);
  assertEquals((await states(mirror))[1], "missing");
  assert((await mirror.verify({ mode: "remote" })).isSound);
  // In the other encoding as well: the day was released.
  await using reader = await setup.open({ readOnly: true, decompress: true });
  assertEquals(
    (await states(reader)).slice(0, 2).map((state) =>
      String(state).split(" ")[0]
    ),
    ["released", "missing"],
  );
});

Deno.test("Mirror.release() takes files that were removed or emptied by hand for released", async () => {
  await using setup = await synced();
  await Deno.remove(`${setup.folder.path}/${FIRST}`);
  await Deno.truncate(`${setup.folder.path}/${SECOND}`);
  await using mirror = await setup.open();
  assertEquals((await states(mirror)).slice(0, 2), ["new lost", "new damaged"]);
  const { released, bytes } = await mirror.release(TWO);
  assertEquals([released, bytes], [2, 0]);
  assertEquals((await states(mirror)).slice(0, 2), ["released", "released"]);
  assertEquals(await isThere(setup, SECOND), false);
});

Deno.test("Mirror.release() keeps what was changed, and what is older than the account can read", async () => {
  await using setup = await synced();
  await Deno.utime(`${setup.folder.path}/${FIRST}`, 1, 1);
  await Deno.truncate(`${setup.folder.path}/${SECOND}`, 10);
  const remember = (outcome: string, date: string, on: string) =>
    manifestRows(
      setup.folder.path,
      `INSERT OR REPLACE INTO floors VALUES ('stocks_daily', '${outcome}', '${date}', '${on}', 1, NULL) RETURNING date`,
    );
  const kept = async (now = NOW) => {
    await using mirror = await setup.open({ readOnly: true, now: () => now });
    const events: ReleaseEvent[] = [];
    await mirror.release({
      ...WEEK,
      dryRun: true,
      onEvent: (event) => events.push(event),
    });
    return events.map((event) =>
      event.code === "kept" ? event.reason : event.code
    );
  };
  const changed = ["changed", "changed"];
  assertEquals((await kept()).sort(), [...changed, "released", "released"]);
  // The window has moved on by a day since it was found.
  remember("readable", "2024-01-04", "2024-01-07");
  assertEquals((await kept()).sort(), [...changed, "old", "released"]);
  remember("all", "2024-01-04", "2024-01-07");
  const later = new Date("2030-01-08T17:00:00Z");
  assertEquals((await kept(later)).sort(), [
    ...changed,
    "released",
    "released",
  ]);
  remember("unknown", "2024-01-04", "2024-01-07");
  assertEquals((await kept(later)).sort(), [
    ...changed,
    "perhaps-old",
    "perhaps-old",
  ]);
  // What is newer is refused, and then the date is not exact.
  const columns = "data_type, outcome, date, found_on, is_exact, until";
  manifestRows(
    setup.folder.path,
    `INSERT OR REPLACE INTO floors (${columns}) VALUES ('stocks_daily', 'readable', '2024-01-02', '2024-01-08', 1, '2024-01-04') RETURNING date`,
  );
  assertEquals((await kept()).sort(), [...changed, "refused", "released"]);
  manifestRows(
    setup.folder.path,
    `INSERT OR REPLACE INTO floors (${columns}) VALUES ('stocks_daily', 'readable', '2024-01-02', '2030-01-08', 0, NULL) RETURNING date`,
  );
  assertEquals((await kept(later)).sort(), [
    ...changed,
    "perhaps-old",
    "perhaps-old",
  ]);
  // The newest and an older file were refused: not one of them can be fetched again.
  manifestRows(
    setup.folder.path,
    "INSERT OR REPLACE INTO floors (data_type, outcome, date, found_on) VALUES ('stocks_daily', 'refused', NULL, '2024-01-07') RETURNING date",
  );
  assertEquals((await kept()).sort(), [...changed, "refused", "refused"]);
  // Nothing was done, and everything is where it is forced.
  await using mirror = await setup.open({ now: () => later });
  const { released } = await mirror.release({ ...WEEK, force: true });
  assertEquals(released, 4);
});

Deno.test("Mirror.release() keeps what the bucket was found not to list any more, until it is listed again", async () => {
  for (const how of ["plan", "verify", "reader"] as const) {
    await using setup = await synced();
    const object = setup.server.objects.get(SECOND);
    assert(object !== undefined);
    const look = async () => {
      await using mirror = await setup.open({ readOnly: how === "reader" });
      if (how === "plan") await mirror.plan(WEEK);
      else await mirror.verify({ mode: "remote", remember: true });
    };
    setup.server.objects.delete(SECOND);
    await look();
    assertEquals(
      manifestRows(setup.folder.path).map((row) => row.withdrawn_at),
      [null, NOW.getTime(), null, null],
    );
    {
      await using mirror = await setup.open();
      const { kept, released } = await mirror.release(TWO);
      assertEquals([kept.withdrawn, released], [1, 1]);
      assert(await isThere(setup, SECOND));
    }
    setup.server.objects.set(SECOND, object);
    await look();
    assertEquals(
      manifestRows(setup.folder.path).map((row) => row.withdrawn_at),
      DATES.map(() => null),
    );
    await using mirror = await setup.open();
    assertEquals((await mirror.release(TWO)).released, 1);
  }
});

Deno.test("Mirror.missing(), coverage() and plan() agree on a released day that was withdrawn upstream, until it is accepted", async () => {
  await using setup = await synced();
  await using mirror = await setup.open();
  setup.server.objects.delete(SECOND);
  await mirror.verify({ mode: "remote" });
  await mirror.release({ ...TWO, force: true });
  const { problems, isSound } = await mirror.verify({ mode: "remote" });
  assertEquals(
    problems.map(({ code, key, reason }) => [code, key, reason]),
    [[
      "withdrawn",
      SECOND,
      "it was released, and the bucket does not list it any more: it cannot be fetched again",
    ]],
  );
  assert(isSound);
  const [coverage] = await mirror.coverage(WEEK);
  assertEquals(
    [coverage?.missing, coverage?.released],
    [["2024-01-03"], 1],
  );
  assertEquals((await mirror.missing(WEEK)).map(({ key }) => key), [SECOND]);
  for (const released of [false, true]) {
    assertEquals((await states(mirror, released))[1], "missing");
  }
  await mirror.acceptMissing("stocks_daily", ["2024-01-03"]);
  assertEquals(await mirror.missing(WEEK), []);
  assertEquals((await states(mirror))[1], "accepted");
});

Deno.test("flatbed entitlements lets the mirror remember what release goes by", async () => {
  await using setup = await synced();
  const { path } = setup.folder;
  const env = environmentOf(setup.server);
  const release = ["release", "stocks_daily", "--out", path];
  const floors = () => manifestRows(path, "SELECT * FROM floors");
  const ask = () =>
    runFlatbed(["entitlements", "stocks_daily", "--out", path], { env });
  setup.server.faults.add({ kind: "forbidden", before: "2024-01-04" });
  {
    await using _writer = await setup.open();
    const { code, stderr } = await ask();
    assertEquals(code, 0);
    assertStringIncludes(
      stderr,
      `The mirror in ${path} cannot record what was found: Cannot write to mirror`,
    );
    assertEquals(floors(), []);
  }
  const asked = await ask();
  assertEquals([asked.code, asked.stderr], [0, ""]);
  assertEquals(
    floors().map(({ outcome, date }) => [outcome, date]),
    [["readable", "2024-01-04"]],
  );
  const { code, stdout, stderr } = await runFlatbed(release);
  assertEquals(code, 1);
  assertMatch(stdout, /^Released 2 files/);
  assertStringIncludes(
    stderr,
    "2 files kept: they are older than your plan lets you download. Use --force to delete them anyway.",
  );
  // On another day, nothing can be read any more.
  manifestRows(path, "DELETE FROM floors RETURNING date");
  setup.server.faults.add({ kind: "forbidden" });
  await ask();
  const refused = await runFlatbed(release);
  assertEquals(refused.code, 1);
  assertStringIncludes(
    refused.stderr,
    `2 files kept: your plan was found not to let you download them again. Run 'flatbed entitlements stocks_daily --out ${path}' to ask anew`,
  );
  assert(await isThere(setup, FIRST));
});

Deno.test("Mirror.verify() tells of a released file that is there again, and takes it in by reading it", async () => {
  await using setup = await synced();
  const path = `${setup.folder.path}/${FIRST}`;
  const bytes = await Deno.readFile(path);
  await using mirror = await setup.open();
  await mirror.release(TWO);
  await Deno.writeFile(path, bytes);
  const quick = await mirror.verify();
  assertEquals(
    quick.problems.map(({ code, path }) => [code, path]),
    [["untracked", FIRST]],
  );
  assertStringIncludes(
    quick.problems[0]?.reason ?? "",
    "it was released, and a file is there again",
  );
  const full = await mirror.verify({ mode: "full" });
  assertEquals([full.problems, full.released, full.checked], [[], 1, 3]);
  assertEquals((await mirror.verify()).problems, []);
  assertEquals(mirror.entries()[0]?.releasedAt, undefined);
  // Another file is none that was fetched.
  await Deno.writeFile(`${setup.folder.path}/${SECOND}`, bytes);
  const other = await mirror.verify({ mode: "full" });
  assertEquals(other.problems.map(({ code }) => code), ["untracked"]);
});

Deno.test("Mirror.release() checks its arguments, and needs a writer but for a dry run", async () => {
  await using setup = await synced();
  await using mirror = await setup.open({ readOnly: true });
  for (
    const [options, type] of [
      [{ ...TWO, dataTypes: ["x"] }, RangeError],
      [{}, TypeError],
      [{ ...TWO, from: "2024-02-31" }, RangeError],
      [{ ...TWO, force: 1 }, TypeError],
      [{ ...TWO, dryRun: "no" }, TypeError],
      [TWO, TypeError],
    ] as const
  ) {
    const error = await assertRejects(() =>
      mirror.release(options as unknown as typeof TWO)
    );
    assertInstanceOf(error, type);
  }
  assertEquals((await mirror.release({ ...TWO, dryRun: true })).released, 2);
  assert(await isThere(setup, FIRST));
});

Deno.test("flatbed release gives space back, and sync --released brings the files again", async () => {
  await using setup = await synced();
  const env = environmentOf(setup.server);
  const out = ["--out", setup.folder.path];
  const week = ["stocks_daily", "--from", "2024-01-01", "--to", "2024-01-05"];
  const sync = ["sync", ...week, ...out];
  const release = ["release", ...week.with(-1, "2024-01-03"), ...out];
  // Files of 2024 may be older than a plan's history by now.
  const kept = await runFlatbed(release);
  assertEquals(kept.code, 1);
  assertStringIncludes(
    kept.stderr,
    `2 files kept: they are older than two years, and your plan may no longer let you download them. Run 'flatbed entitlements stocks_daily --out ${setup.folder.path}' to find out, or use --force to delete them anyway.`,
  );
  const dry = await runFlatbed([...release, "--force", "--dry-run"]);
  assertMatch(dry.stdout, /^Would release 2 files, [\d.]+ kB\n$/);
  const json = await runFlatbed([...release, "--force", "--json"]);
  assertEquals(json.code, 0);
  assertEquals(parseLines(json.stdout).map(({ code }) => code), [
    "released",
    "released",
    "summary",
  ]);
  const left = await runFlatbed(sync, { env });
  assertStringIncludes(left.stdout, "fetched 0, replaced 0, present 2");
  assertStringIncludes(
    left.stdout,
    "2 files released: add --released to this command to fetch them again",
  );
  const status = await runFlatbed(["status", ...out]);
  assertMatch(status.stdout, /released\nstocks_daily .* 2$/m);
  const verified = await runFlatbed(["verify", ...out]);
  assertMatch(
    verified.stdout,
    /^The mirror is whole: 2 files checked, 2 released/,
  );
  const again = await runFlatbed([...sync, "--released"], { env });
  assertStringIncludes(again.stdout, "fetched 2, replaced 0, present 2");
  await Deno.remove(`${setup.folder.path}/${FIRST}`);
  const lost = await runFlatbed(sync, { env });
  assertStringIncludes(
    lost.stderr,
    `Fetching again what was removed from ${setup.folder.path}: 1 file;`,
  );
  assertStringIncludes(lost.stdout, "fetched 1, replaced 0, present 3");
});
