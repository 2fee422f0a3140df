/** What `flatbed get` takes for a file that is there, and what it never overwrites. */
import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { startDemoServer } from "../../src/demo/mod.ts";
import {
  denoCommand,
  environmentOf,
  type Outcome,
  parseLines,
  runFlatbed,
} from "../support/deno_command.ts";
import { makeFolder, type TemporaryFolder } from "../support/folder.ts";

const KEY = "us_stocks_sip/day_aggs_v1/2024/01/2024-01-02.csv.gz";
const DAY = ["stocks_daily", "--date", "2024-01-02"];
const RANGE = ["--from", "2024-01-02", "--to", "2024-01-02"];

class Setup implements AsyncDisposable {
  readonly server = startDemoServer({ scale: 0.1 });
  constructor(readonly folder: TemporaryFolder) {}
  /** Runs it in the folder. */
  run(...args: string[]): Promise<Outcome> {
    const env = environmentOf(this.server);
    return runFlatbed(args, { env, cwd: this.folder.path });
  }
  path(name: string): string {
    return `${this.folder.path}/${name}`;
  }
  /** Damages the object, or makes it whole again. */
  damage(isDamaged = true): void {
    this.server.faults.clear();
    if (isDamaged) this.server.faults.add({ kind: "damaged-source", key: KEY });
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    await this.folder[Symbol.asyncDispose]();
  }
}

async function setUp(): Promise<Setup> {
  return new Setup(await makeFolder());
}

Deno.test("flatbed get keeps a whole file whose object is damaged at source, and says where the damaged bytes are", async () => {
  for (
    const [path, ...args] of [
      [`d/${KEY}`, ...DAY, "--out", "d"],
      ["one.csv.gz", KEY, "--output", "one.csv.gz"],
    ]
  ) {
    await using setup = await setUp();
    assertEquals((await setup.run("get", ...args)).code, 0);
    const file = setup.path(path ?? "");
    const whole = await Deno.readFile(file);
    setup.damage();
    // As often as it is asked for.
    for (let run = 1; run <= 3; run++) {
      const { code, stderr } = await setup.run("get", ...args);
      assertEquals([run, code], [run, 1]);
      assertStringIncludes(
        stderr,
        "damaged at source: its gzip data ends early",
      );
      assertStringIncludes(stderr, `${path}.damaged`);
      assertEquals(await Deno.readFile(file), whole);
      assert((await Deno.stat(`${file}.damaged`)).size < whole.length);
    }
  }
});

Deno.test("flatbed get never takes a damaged file for one that is here", async () => {
  await using setup = await setUp();
  setup.damage();
  const args = ["get", ...DAY, "--out", "d"];
  for (let run = 1; run <= 2; run++) {
    const { code, stdout, stderr } = await setup.run(...args);
    assertEquals([run, code], [run, 1], stderr);
    assertMatch(stdout, /1 file damaged at source/);
  }
  const json = await setup.run(...args, "--json");
  const [event, summary] = parseLines(json.stdout);
  assertEquals(
    [event.code, event.isFetched, summary.present, summary.damagedAtSource],
    ["damaged-at-source", false, 0, 1],
  );
  setup.damage(false);
  const mended = await setup.run(...args);
  assertEquals([mended.code, mended.stdout.includes("fetched")], [0, true]);
});

Deno.test("flatbed get fetches again what is cut, emptied or another version, whatever its time", async () => {
  await using setup = await setUp();
  for (const [name, ...form] of [[KEY], [KEY.slice(0, -3), "--decompress"]]) {
    const args = ["get", ...DAY, "--out", "d", ...form];
    assertEquals((await setup.run(...args)).code, 0);
    const path = setup.path(`d/${name}`);
    const whole = await Deno.readFile(path);
    const half = whole.slice(0, whole.length / 2 - 3);
    const other = whole.slice();
    other[whole.length / 2] = (other[whole.length / 2] ?? 0) ^ 1;
    const isContent = form.length > 0;
    for (const bytes of [half, new Uint8Array(), ...isContent ? [] : [other]]) {
      await Deno.writeFile(path, bytes);
      const { code, stdout } = await setup.run(...args);
      assertEquals([code, /^fetched/m.test(stdout)], [0, true], stdout);
      assertEquals(await Deno.readFile(path), whole);
    }
    const { stdout } = await setup.run(...args);
    assertMatch(stdout, /1 file already here/);
  }
});

Deno.test("flatbed get of a copy with another time fetches nothing where the MD5 is right", async () => {
  await using setup = await setUp();
  const args = ["get", ...DAY, "--out", "d"];
  await setup.run(...args);
  await Deno.utime(setup.path(`d/${KEY}`), 1e9, 1e9);
  assertMatch((await setup.run(...args)).stdout, /1 file already here/);
  assertMatch(
    (await setup.run(...args, "--dry-run")).stdout,
    /^Nothing to fetch; 1 file already here$/m,
  );
});

Deno.test("flatbed get into a mirror keeps its manifest true", async () => {
  await using setup = await setUp();
  const path = setup.path(`d/${KEY}`);
  await setup.run("sync", "stocks_daily", ...RANGE, "--out", "d");
  const present = await setup.run("get", ...DAY, "--out", "d");
  assertMatch(present.stdout, /1 file already here/);
  const whole = await Deno.readFile(path);
  // What lies there is another one, with the same size.
  await Deno.writeFile(path, new Uint8Array(whole.length));
  const again = await setup.run("get", KEY, "--output", `d/${KEY}`);
  assertEquals([again.code, await Deno.readFile(path)], [0, whole]);
  // A day that the mirror did not have.
  const next = ["get", "stocks_daily", "--date", "2024-01-03", "--out", "d"];
  assertMatch((await setup.run(...next)).stdout, /^fetched .*2024-01-03/m);
  const verified = await setup.run("verify", "--full", "--out", "d");
  assertMatch(verified.stdout, /The mirror is whole: 2 files checked/);

  setup.damage();
  for (let run = 1; run <= 2; run++) {
    const damaged = await setup.run("get", ...DAY, "--out", "d");
    assertEquals(damaged.code, 1);
    assertStringIncludes(damaged.stderr, "damaged at source");
    if (run > 1) continue;
    const [, kept = ""] = /kept as (\S+)/.exec(damaged.stderr) ?? [];
    assertEquals(await Deno.readFile(setup.path(kept)), whole);
  }
  const told = await setup.run("verify", "--out", "d");
  assertEquals(told.code, 1);
  assertStringIncludes(told.stdout, "1 damaged at source");
});

Deno.test("flatbed get --output - says at its end that gzip data is damaged, and exits 1", async () => {
  await using setup = await setUp();
  setup.damage();
  for (const form of [[], ["--decompress"]]) {
    const child = denoCommand([
      ...["run", "--allow-all", "--no-prompt"],
      new URL("../../cli.ts", import.meta.url).pathname,
      ...["get", KEY, "--output", "-", ...form],
    ], { env: environmentOf(setup.server) });
    const { code, stdout, stderr } = await child.output();
    const text = new TextDecoder().decode(stderr);
    assertEquals(code, 1);
    assertStringIncludes(text, "ends early");
    if (stdout.length > 0) {
      assertStringIncludes(text, "went to standard output before that");
    }
    assertEquals(form.length === 0 ? stdout.length > 0 : true, true);
  }
});

Deno.test("flatbed get refuses keys that are no paths of a folder, before anything is asked", async () => {
  await using setup = await setUp();
  await setup.run("sync", "stocks_daily", ...RANGE, "--out", "d");
  const manifest = await Deno.readFile(
    setup.path("d/.flatbed/manifest.sqlite"),
  );
  for (
    const key of [
      ".flatbed/manifest.sqlite",
      "x/.FLATBED/y",
      "a/../../b",
      "a//b",
      "a/./b",
      "a\\b/c",
      `${KEY}.part`,
    ]
  ) {
    const { code, stderr } = await setup.run("get", key, "--out", "d");
    assertEquals([key, code], [key, 2], stderr);
  }
  const output = await setup.run(
    ...["get", KEY, "--output", "d/.flatbed/manifest.sqlite"],
  );
  assertEquals(output.code, 2);
  assertEquals(
    await Deno.readFile(setup.path("d/.flatbed/manifest.sqlite")),
    manifest,
  );
});
