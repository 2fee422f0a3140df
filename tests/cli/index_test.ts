import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { startDemoServer } from "../../src/demo/mod.ts";
import {
  environmentOf,
  parseLines,
  runFlatbed,
} from "../support/deno_command.ts";
import { csv, gzip } from "../support/data.ts";
import { makeFolder } from "../support/folder.ts";

const PREFIX = "us_stocks_sip/day_aggs_v1/2024/01";
const KEY = `${PREFIX}/2024-01-02.csv.gz`;
const ABSENT = `${PREFIX}/2024-01-04.csv.gz`;
const LARGE = await gzip(csv(6_500_000));

Deno.test("flatbed index makes the indexes that are lacking, of objects as well, and exports them", async () => {
  await using server = startDemoServer({
    scale: 0.01,
    objects: [[KEY, { body: LARGE }]],
  });
  server.objects.delete(ABSENT);
  await using folder = await makeFolder();
  const flatbed = (...args: string[]) =>
    runFlatbed([...args, "--out", `${folder.path}/m`], {
      env: environmentOf(server),
      cwd: folder.path,
    });
  const none = await flatbed("index");
  assertEquals(none.code, 1);
  assertStringIncludes(none.stderr, "There is no mirror in ");

  const rows = ["extract", "stocks_daily", "T7", "--date", "2024-01-02"];
  const before = await flatbed(...rows, "--stats");
  assertStringIncludes(
    before.stderr,
    "1 day from the service, read through: downloaded",
  );
  assertStringIncludes(
    before.stderr,
    "No index was kept: 'flatbed index stocks_daily --remote'",
  );

  const range = ["--from", "2024-01-02", "--to", "2024-01-04"];
  const remote = await flatbed("index", "stocks_daily", ...range, "--remote");
  assertEquals(remote.code, 3);
  assertStringIncludes(remote.stderr, ABSENT);
  assertMatch(
    remote.stdout,
    new RegExp(
      `^indexed  stocks_daily 2024-01-02: [\\d,]+ rows, \\d.* MB, index .* kB\nMade 1 index of .* kB for \\d.* MB, 1 too small to need one, 1 not made\n$`,
    ),
  );

  const after = await flatbed(...rows, "--stats");
  assertEquals(after.stdout, before.stdout);
  assertMatch(
    after.stderr,
    /\n1 day from the service, by index: downloaded [\d.]+ \w?B of [\d.]+ MB, saved [\d.]+ \w?B\n$/,
  );

  const exported = await flatbed("index", "--export", KEY, "day.gzidx");
  const gzidx = await Deno.readFile(`${folder.path}/day.gzidx`);
  assertEquals([exported.code, exported.stderr], [0, ""]);
  assertMatch(exported.stdout, /^Wrote day\.gzidx, \d+\.\d [kM]B\n$/);
  for (const name of [`s3://flatfiles/${KEY}`, `${folder.path}/m/${KEY}`]) {
    const same = await flatbed("index", "--export", name, "same.gzidx");
    assertEquals([same.code, same.stdout], [
      0,
      exported.stdout.replace("day", "same"),
    ]);
  }
  assertEquals(new TextDecoder().decode(gzidx.subarray(0, 5)), "GZIDX");
  const view = new DataView(gzidx.buffer);
  assertEquals(view.getBigUint64(7, true), BigInt(LARGE.length));
  assertEquals(view.getBigUint64(15, true), 6_500_000n);
  const other = await flatbed("index", "--export", ABSENT, "other.gzidx");
  assertEquals(other.code, 1);
  assertStringIncludes(other.stderr, `There is no index of ${ABSENT}`);

  // Days of which only an index is there are days of the mirror.
  const known = await flatbed("check", "stocks_daily");
  assertEquals(known.code, 0);
  assertMatch(known.stdout, /^2024-01-02 {2}[\d,]+ rows/);
  assertStringIncludes(
    (await flatbed("status")).stderr,
    "has no files, and indexes of stocks_daily: 'flatbed check'",
  );
  const day = ["--date", "2024-01-02"];
  const there = await flatbed("index", "stocks_daily", ...day, "--remote");
  assertEquals(there.stdout, "Made 0 indexes, 1 there before\n");
  const nothing = await flatbed("index", "stocks_daily", ...day);
  assertEquals(
    nothing.stdout,
    `Made 0 indexes: there are no such files in ${folder.path}/m; --remote reads those of the service\n`,
  );

  // The file itself comes with an index of its own.
  const present = ["--from", "2024-01-02", "--to", "2024-01-03"];
  assertEquals((await flatbed("sync", "stocks_daily", ...present)).code, 0);
  const again = await flatbed("index", "--json");
  assertEquals(again.code, 0);
  assertEquals(parseLines(again.stdout), [{
    code: "summary",
    indexed: 0,
    bytes: 0,
    bytesOfIndexes: 0,
    present: 1,
    small: 1,
    notIndexed: 0,
  }]);
});

Deno.test("flatbed index says what goes with what", async () => {
  await using folder = await makeFolder();
  for (
    const [args, words] of [
      [["--remote"], "--remote needs data types"],
      [["stocks_daily", "--remote"], "--remote needs --date, --from or --last"],
      [["--export", KEY], "--export needs one file"],
    ] as const
  ) {
    const { code, stderr } = await runFlatbed(["index", ...args], {
      cwd: folder.path,
    });
    assertEquals(code, 2);
    assertStringIncludes(stderr, words);
  }
});
