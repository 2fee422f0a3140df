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
      kept: { "old": 0, "perhaps-old": 0, "changed": 0 },
      releasedBefore: 0,
    },
  );
  assertEquals(events.map(({ event, key }) => [event, key]), [
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
  assertEquals(mirror.missing(WEEK), []);
  const [coverage] = mirror.coverage(WEEK);
  assertEquals(coverage?.released, 2);
  assertEquals(
    coverage?.days.slice(0, 5).map(({ state }) => state),
    ["holiday", "released", "released", "present", "present"],
  );
  assertEquals(mirror.coverage()[0]?.from, "2024-01-02");
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

Deno.test("Mirror.plan() leaves a released file that was replaced or withdrawn upstream, and says so", async () => {
  await using setup = await synced();
  await using mirror = await setup.open();
  await mirror.release(TWO);
  setup.server.objects.set(FIRST, { body: await packed("2024-02-01") });
  setup.server.objects.delete(SECOND);
  assertMatch(String((await states(mirror))[0]), /^released (etag|size)$/);
  assertEquals((await states(mirror))[1], "released");
  assert((await mirror.verify({ mode: "remote" })).isSound);
  // Of the other form as well: the day's space was given back.
  await using reader = await setup.open({ readOnly: true, decompress: true });
  assertEquals(
    (await states(reader)).slice(0, 2).map((state) =>
      String(state).split(" ")[0]
    ),
    ["released", "released"],
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
      event.event === "kept" ? event.reason : event.event
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
  // Nothing was done, and everything is where it is forced.
  await using mirror = await setup.open({ now: () => later });
  const { released } = await mirror.release({ ...WEEK, force: true });
  assertEquals(released, 4);
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
    quick.problems.map(({ kind, path }) => [kind, path]),
    [["untracked", FIRST]],
  );
  assertStringIncludes(quick.problems[0]?.reason ?? "", "was given back");
  const full = await mirror.verify({ mode: "full" });
  assertEquals([full.problems, full.released, full.checked], [[], 1, 3]);
  assertEquals((await mirror.verify()).problems, []);
  assertEquals(mirror.entries()[0]?.releasedAt, undefined);
  // Another file is none that was fetched.
  await Deno.writeFile(`${setup.folder.path}/${SECOND}`, bytes);
  const other = await mirror.verify({ mode: "full" });
  assertEquals(other.problems.map(({ kind }) => kind), ["untracked"]);
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
  assertStringIncludes(kept.stderr, "2 files kept: older than two years");
  const dry = await runFlatbed([...release, "--force", "--dry-run"]);
  assertMatch(dry.stdout, /^Would release 2 files, [\d.]+ kB\n$/);
  const json = await runFlatbed([...release, "--force", "--json"]);
  assertEquals(json.code, 0);
  assertEquals(parseLines(json.stdout).map(({ event }) => event), [
    "released",
    "released",
    "summary",
  ]);
  const left = await runFlatbed(sync, { env });
  assertStringIncludes(left.stdout, "fetched 0, replaced 0, present 2");
  assertStringIncludes(left.stdout, "2 files released: 'flatbed sync");
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
