import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { AccessDeniedError, IntegrityError } from "../../src/base/mod.ts";
import { MirrorBusyError, type VerifyReport } from "../../src/mirror/mod.ts";
import {
  environmentOf,
  parseLines,
  runFlatbed,
} from "../support/deno_command.ts";
import { makeFolder } from "../support/folder.ts";
import {
  DATES,
  keyOf,
  manifestRows,
  packed,
  type Setup,
  setUp,
  WEEK,
} from "./_mirror.ts";

const [FIRST, SECOND] = DATES.map((date) => keyOf(date)) as [string, string];

async function synced(options?: Parameters<typeof setUp>[0]): Promise<Setup> {
  const setup = await setUp(options);
  await using mirror = await setup.open();
  await mirror.sync(await mirror.plan(WEEK));
  setup.requests();
  return setup;
}

/** A mirror of which one file is cut at its source, and that knows it. */
async function withCutFile(): Promise<Setup> {
  const body = (await packed("2024-01-03")).slice(0, 200);
  const setup = await synced({ objects: [[SECOND, { body }]] });
  await using mirror = await setup.open();
  await mirror.verify({ mode: "full" });
  return setup;
}

function kinds({ problems }: VerifyReport): string[][] {
  return problems.map(({ code, path }) => [code, path]);
}

/** Copies a mirror as `cp -r` does: with other times. */
async function copyOf(setup: Setup): Promise<ReturnType<typeof makeFolder>> {
  const copy = await makeFolder();
  for (const name of await setup.folder.names()) {
    const path = `${copy.path}/${name}`;
    await Deno.mkdir(path.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.copyFile(`${setup.folder.path}/${name}`, path);
    if (name.endsWith(".gz")) await Deno.utime(path, 1_700_000_000, 1.5e9);
  }
  return copy;
}

function gzipStates(setup: Setup): unknown[] {
  return manifestRows(setup.folder.path).map(({ gzip }) => gzip);
}

Deno.test("Mirror.verify() remembers what is damaged at its source, and is not content with it", async () => {
  await using setup = await withCutFile();
  assertEquals(gzipStates(setup), ["whole", "damaged", "whole", "whole"]);
  assertEquals(
    manifestRows(setup.folder.path).map(({ is_damaged }) => is_damaged),
    [0, 0, 0, 0],
  );
  await using mirror = await setup.open({ readOnly: true });
  for (const mode of ["quick", "full", "remote"] as const) {
    const report = await mirror.verify({ mode });
    assertEquals(kinds(report), [["damaged-at-source", SECOND]], mode);
    assertEquals([report.isSound, report.isWhole], [false, false]);
  }
});

Deno.test("Mirror.verify() does not call a file repaired of which upstream has the same bytes", async () => {
  await using setup = await withCutFile();
  await using mirror = await setup.open();
  for (const mode of ["quick", "full"] as const) {
    const report = await mirror.verify({ mode, repair: true });
    assertEquals([report.repaired, report.isSound], [0, false]);
    const error = report.problems[0]?.error;
    assertInstanceOf(error, IntegrityError);
    assertStringIncludes(error.message, "upstream has the same bytes");
    // Asking is enough where an MD5 tells.
    assertEquals(setup.requests(), [`HEAD ${SECOND}`]);
  }
});

Deno.test("Mirror.verify() fetches what was damaged at its source once it is replaced, and checks it", async () => {
  for (const mode of ["quick", "full", "remote"] as const) {
    await using setup = await withCutFile();
    await using mirror = await setup.open();
    const body = await packed("2024-01-03");
    setup.server.objects.set(SECOND, { body });
    const report = await mirror.verify({ mode, repair: true });
    assertEquals(kinds(report), [[
      mode === "remote" ? "outdated" : "damaged-at-source",
      SECOND,
    ]]);
    assertEquals([report.repaired, report.isSound], [1, true]);
    assertEquals(gzipStates(setup), ["whole", "whole", "whole", "whole"]);
    assertEquals(
      await Deno.readFile(`${setup.folder.path}/${SECOND}`),
      body,
    );
    assert((await mirror.verify({ mode: "full" })).isWhole);
  }
});

Deno.test("Mirror.verify() does not call a file repaired whose new version is damaged at its source", async () => {
  for (const lose of [true, false]) {
    await using setup = await withCutFile();
    const key = lose ? FIRST : SECOND;
    if (lose) await Deno.remove(`${setup.folder.path}/${key}`);
    setup.server.objects.set(key, {
      body: (await packed("2024-01-03")).slice(0, 300),
    });
    await using mirror = await setup.open();
    const report = await mirror.verify({ mode: "quick", repair: true });
    assertEquals(report.repaired, 0);
    assertEquals(report.isSound, false);
    const error = report.problems.find((problem) => problem.key === key)?.error;
    assertInstanceOf(error, IntegrityError);
    assertEquals(
      manifestRows(setup.folder.path).find((row) => row.key === key)?.gzip,
      "damaged",
    );
  }
});

Deno.test("Mirror.verify() names where a whole file went whose newer version is damaged at its source", async () => {
  await using setup = await synced();
  const { path } = setup.folder;
  const old = await Deno.readFile(`${path}/${FIRST}`);
  setup.server.objects.set(FIRST, {
    body: (await packed("2024-02-01")).slice(0, 300),
  });
  const { code, stdout } = await runFlatbed(
    ["verify", "--remote", "--repair", "--out", path],
    { env: environmentOf(setup.server) },
  );
  assertEquals(code, 1);
  const [, kept = ""] =
    /^failed .*what upstream has now is damaged as well: its gzip data .*; the file that was there is kept as '([^']+)'$/m
      .exec(stdout) ?? [];
  assertEquals(await Deno.readFile(`${path}/${kept}`), old);
  assertStringIncludes(stdout, "1 damaged at source, 1 problem");
});

Deno.test("Mirror.verify() does not say that upstream has the same bytes where others came, and fetches such a file again", async () => {
  await using setup = await setUp();
  setup.server.faults.add({ kind: "encrypted", key: FIRST });
  await using mirror = await setup.open();
  await mirror.sync(await mirror.plan(WEEK));
  const path = `${setup.folder.path}/${FIRST}`;
  const bytes = await Deno.readFile(path);
  await Deno.remove(path);
  // Somebody in between changes the bytes, each time alike.
  setup.server.faults.add({ kind: "flip-bit", key: FIRST });
  const damaged = await mirror.verify({ repair: true });
  assertEquals([damaged.repaired, damaged.isSound], [0, false]);
  assertEquals(kinds(damaged), [["damaged-at-source", FIRST]]);
  const message = damaged.problems[0]?.error?.message ?? "";
  assertStringIncludes(message, "the same version and has other bytes");
  assert(!message.includes("upstream has the same bytes"));
  const again = await mirror.verify({ repair: true });
  assertStringIncludes(
    again.problems[0]?.error?.message ?? "",
    "upstream has the same bytes",
  );
  setup.server.faults.clear();
  setup.server.faults.add({ kind: "encrypted", key: FIRST });
  const mended = await mirror.verify({ repair: true });
  assertEquals([mended.repaired, mended.isWhole], [1, true]);
  assertEquals(await Deno.readFile(path), bytes);
});

Deno.test("Mirror.verify() with rebuild says of a file that the bucket does not list that it can be moved away", async () => {
  await using setup = await synced();
  const { path } = setup.folder;
  const copy = keyOf("2024-01-06"); // a Saturday
  await Deno.copyFile(`${path}/${FIRST}`, `${path}/${copy}`);
  await Deno.writeTextFile(`${path}/${SECOND}`, "other");
  await Deno.remove(`${path}/.flatbed/manifest.sqlite`);
  const env = environmentOf(setup.server);
  const args = ["verify", "--rebuild", "--out", path];
  const { code, stdout } = await runFlatbed(args, { env });
  assertEquals(code, 1);
  assertStringIncludes(
    stdout,
    `${copy}: the bucket does not list a file of that day, so that nothing can prove it: move it out of the folder`,
  );
  assertStringIncludes(
    stdout,
    `${SECOND}: it is not what the bucket lists: 'flatbed sync' fetches it again`,
  );
  await Deno.rename(`${path}/${copy}`, `${path}/copy`);
  await Deno.remove(`${path}/${SECOND}`);
  assertEquals((await runFlatbed(args, { env })).code, 0);
});

Deno.test("Mirror.verify() calls no mirror whole into whose files nobody has looked", async () => {
  await using setup = await synced();
  {
    // As an earlier version has left it, or a sync that trusts MD5s.
    await using mirror = await setup.open();
    await mirror.verify({ mode: "full" });
    setChecked(setup, "unchecked");
    for (const mode of ["quick", "remote"] as const) {
      const report = await mirror.verify({ mode });
      assertEquals(
        [report.isSound, report.isWhole, report.notLookedInto],
        [true, false, 4],
      );
    }
    const full = await mirror.verify({ mode: "full" });
    assertEquals([full.isWhole, full.notLookedInto], [true, 0]);
    const quick = await mirror.verify();
    assertEquals([quick.isWhole, quick.notLookedInto], [true, 0]);
  }
});

Deno.test("flatbed verify says how many files were not decompressed, and --full records that they are whole", async () => {
  await using setup = await synced();
  setChecked(setup, "unchecked");
  const args = ["verify", "--out", setup.folder.path];
  const quick = await runFlatbed(args);
  assertEquals(quick.code, 0);
  assertStringIncludes(
    quick.stdout,
    "The mirror is as fetched: 4 files checked, 4 not decompressed, no problems",
  );
  const full = await runFlatbed([...args, "--full"]);
  assertStringIncludes(full.stdout, "The mirror is whole: 4 files checked");
  const again = await runFlatbed(args);
  assertStringIncludes(
    again.stdout,
    "The mirror is whole: 4 files checked, no problems",
  );
  const json = await runFlatbed([...args, "--json"]);
  const summary = parseLines(json.stdout).at(-1);
  assertEquals([summary.isWhole, summary.isSound, summary.notLookedInto], [
    true,
    true,
    0,
  ]);
});

Deno.test("flatbed verify sums up what a copy has done to all files, and --full settles it for good", async () => {
  await using setup = await synced();
  await using copy = await copyOf(setup);
  const args = ["verify", "--out", copy.path];
  const quick = await runFlatbed(args);
  assertEquals(quick.code, 1);
  assertMatch(
    quick.stdout,
    /^mtime-changed +4 files, such as us_stocks_sip\S+: it was changed, or given another time as copies are, .*\nThe mirror is not whole: 4 files checked, .*4 problems/,
  );
  const json = await runFlatbed([...args, "--json"]);
  assertEquals(
    parseLines(json.stdout).map(({ code, problem }) => [code, problem?.code]),
    [...DATES.map(() => ["problem", "mtime-changed"]), ["summary", undefined]],
  );
  assertEquals((await runFlatbed([...args, "--full"])).code, 0);
  const after = await runFlatbed(args);
  assertEquals(after.code, 0);
  assertStringIncludes(after.stdout, "The mirror is whole: 4 files checked");
});

Deno.test("Mirror.verify() takes a time in whole seconds for the one that was noted, as tar gives it", async () => {
  await using setup = await synced();
  await using mirror = await setup.open();
  for (const key of [FIRST, SECOND]) {
    const path = `${setup.folder.path}/${key}`;
    const { mtime } = await Deno.stat(path);
    const second = Math.floor((mtime?.getTime() ?? 0) / 1000);
    await Deno.utime(path, second, key === FIRST ? second : second + 1);
  }
  // A later one is none that was cut.
  assertEquals(kinds(await mirror.verify()), [["mtime-changed", SECOND]]);
});

Deno.test("Mirror.verify() notes what it read in a mirror that it only looks at where it is told to", async () => {
  await using setup = await synced();
  setChecked(setup, "unchecked");
  await using reader = await setup.open({ readOnly: true });
  assert((await reader.verify({ mode: "full" })).isWhole);
  assertEquals(gzipStates(setup), DATES.map(() => "unchecked"));
  const noted = await reader.verify({ mode: "full", remember: true });
  assertEquals(noted.notRemembered, undefined);
  assertEquals(gzipStates(setup), DATES.map(() => "whole"));
  // Nothing holds the lock any more.
  await using _writer = await setup.open();
});

Deno.test("Mirror.verify() says that it could not note what it read, and reports all the same", async () => {
  await using setup = await synced();
  await using _writer = await setup.open();
  await using reader = await setup.open({ readOnly: true });
  const report = await reader.verify({ mode: "full", remember: true });
  assert(report.isWhole);
  assertInstanceOf(report.notRemembered, MirrorBusyError);
});

Deno.test({
  name:
    "flatbed verify --full is content with a folder that it may not write to",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using setup = await synced();
    const { path } = setup.folder;
    const run = await runFlatbed(["verify", "--full", "--out", path]);
    assertEquals(run.code, 0);
    // As on a disk that is mounted read-only; root may write to any folder.
    await Deno.remove(`${path}/.flatbed/lock`);
    await Deno.mkdir(`${path}/.flatbed/lock`);
    const { code, stdout, stderr } = await runFlatbed(
      ["verify", "--full", "--out", path],
    );
    assertEquals(code, 0);
    assertStringIncludes(stdout, "The mirror is whole: 4 files checked");
    assertStringIncludes(stderr, "could not be recorded");
  },
});

Deno.test("flatbed verify counts what is none of the mirror's, and calls the mirror whole", async () => {
  await using setup = await synced();
  const { path } = setup.folder;
  await Deno.writeTextFile(`${path}/.DS_Store`, "");
  await Deno.writeTextFile(`${path}/notes.txt`, "");
  await Deno.writeTextFile(`${path}/${FIRST}.part`, "");
  const { code, stdout } = await runFlatbed(
    ["verify", "--full", "--out", path],
  );
  assertEquals(code, 0);
  assertMatch(
    stdout,
    /^The mirror is whole: 4 files checked, .* read, no problems; 3 other files ignored \(.*\)\n$/,
  );
  await Deno.remove(`${path}/.flatbed/manifest.sqlite`);
  const unknown = await runFlatbed(["verify", "--out", path]);
  assertEquals(unknown.code, 1);
  assertMatch(
    unknown.stdout,
    /^untracked +4 files, such as .*'flatbed verify --rebuild' for all, compares it/,
  );
});

Deno.test("Mirror.verify() says why a decompressed file is not there whose object is damaged", async () => {
  const body = (await packed("2024-01-03")).slice(0, 200);
  await using setup = await setUp({ objects: [[SECOND, { body }]] });
  await using mirror = await setup.open({ decompress: true });
  await mirror.sync(await mirror.plan(WEEK));
  const path = SECOND.replace(/\.gz$/, "");
  for (const mode of ["quick", "full"] as const) {
    const { problems } = await mirror.verify({ mode, repair: true });
    assertEquals(problems.map(({ code, reason }) => [code, reason]), [[
      "damaged-at-source",
      "its gzip data ends early, so that there is no content",
    ]]);
    assertInstanceOf(problems[0]?.error, IntegrityError);
  }
  setup.server.objects.set(SECOND, { body: await packed("2024-01-03") });
  const report = await mirror.verify({ repair: true });
  assertEquals([report.repaired, report.isWhole], [1, true]);
  assert((await Deno.stat(`${setup.folder.path}/${path}`)).size > 0);
});

Deno.test("flatbed verify calls an empty mirror empty", async () => {
  await using setup = await setUp();
  await (await setup.open())[Symbol.asyncDispose]();
  const { code, stdout } = await runFlatbed(
    ["verify", "--out", setup.folder.path],
  );
  assertEquals(code, 0);
  assertMatch(stdout, /^The mirror is empty: 0 files checked, no problems \(/);
});

Deno.test("Mirror.verify() keeps a file of which no other can be fetched, and says why", async () => {
  await using setup = await synced();
  const path = `${setup.folder.path}/${FIRST}`;
  const bytes = await Deno.readFile(path);
  bytes[50] = (bytes[50] ?? 0) ^ 1;
  await Deno.writeFile(path, bytes);
  setup.server.faults.add({ kind: "forbidden" });
  await using mirror = await setup.open();
  const report = await mirror.verify({ mode: "full", repair: true });
  assertEquals([report.repaired, report.isSound], [0, false]);
  const error = report.problems[0]?.error;
  assertInstanceOf(error, AccessDeniedError);
  assertStringIncludes(error.message, "the file that is there is kept");
  assertEquals(await Deno.readFile(path), bytes);
});

Deno.test("flatbed verify --rebuild takes in what is damaged at its source, and says so", async () => {
  await using setup = await withCutFile();
  await Deno.remove(`${setup.folder.path}/.flatbed`, { recursive: true });
  const { code, stdout } = await runFlatbed(
    ["verify", "--rebuild", "--out", setup.folder.path],
    { env: environmentOf(setup.server) },
  );
  assertEquals(code, 1);
  assertStringIncludes(
    stdout,
    "4 files taken into the manifest, 1 damaged at source",
  );
  assertEquals(gzipStates(setup), ["whole", "damaged", "whole", "whole"]);
});

function setChecked(setup: Setup, gzip: string): void {
  manifestRows(
    setup.folder.path,
    `UPDATE files SET gzip = '${gzip}' RETURNING key`,
  );
}
