import { sha256 } from "../support/hash.ts";
import {
  assert,
  assertEquals,
  assertFalse,
  assertLessOrEqual,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { gzipSync } from "node:zlib";
import { type RequestRecord, startDemoServer } from "../../src/demo/mod.ts";
import { Mirror } from "../../src/mirror/mod.ts";
import {
  denoCommand,
  environmentOf,
  parseLines,
  ROOT,
  runFlatbed,
} from "../support/deno_command.ts";
import { gzip, noise } from "../support/data.ts";
import { makeFolder } from "../support/folder.ts";

const JANUARY = ["--from", "2024-01-01", "--to", "2024-01-31"];
const WEEK = ["--from", "2024-01-08", "--to", "2024-01-12"];
const FOLDER = "us_stocks_sip/day_aggs_v1/2024/01";
const CLI = new URL("cli.ts", ROOT).pathname;

Deno.test("flatbed sync brings what is missing, and then only asks for listings", async () => {
  const records: RequestRecord[] = [];
  await using server = startDemoServer({
    onRequest: (record) => records.push(record),
  });
  await using folder = await makeFolder();
  const env = environmentOf(server);
  const args = ["sync", "stocks_daily", ...JANUARY, "--out", folder.path];
  const first = await runFlatbed(args, { env });
  assertEquals(first.code, 0);
  assertMatch(
    first.stdout,
    /\nfetched 21, replaced 0, present 0, missing 0, refused 0, failed 0; [\d.]+ kB in /,
  );
  records.length = 0;
  const second = await runFlatbed(args, { env });
  assertEquals(
    [second.code, second.stdout],
    [
      0,
      "fetched 0, replaced 0, present 21, missing 0, refused 0, failed 0\n",
    ],
  );
  assertEquals(records.map(({ operation }) => operation), ["ListObjectsV2"]);
});

Deno.test("flatbed sync adopts what flatbed get has brought into the same folder, and fetches only the rest", async () => {
  const records: RequestRecord[] = [];
  await using server = startDemoServer({
    onRequest: (record) => records.push(record),
  });
  await using folder = await makeFolder();
  const options = { env: environmentOf(server), cwd: folder.path };
  const got = await runFlatbed(
    ["get", "stocks_daily", "--from", "2024-01-08", "--to", "2024-01-10"],
    options,
  );
  assertEquals(got.code, 0);
  records.length = 0;
  const args = ["sync", "stocks_daily", ...WEEK];
  const dry = await runFlatbed([...args, "--dry-run"], options);
  assertStringIncludes(
    dry.stdout,
    "\nHere already, unknown to the mirror: 3 files; the sync reads them first, and fetches only those that differ from the bucket's\n",
  );
  const { code, stdout, stderr } = await runFlatbed(args, options);
  assertEquals(code, 0);
  assertStringIncludes(stderr, "Reading 3 files that the mirror does not know");
  assertMatch(
    stdout,
    /^adopted {3}us_stocks_sip\/day_aggs_v1\/2024\/01\/2024-01-09\.csv\.gz /m,
  );
  assertMatch(
    stdout,
    /\nfetched 2, replaced 0, present 0, adopted 3, missing 0, refused 0, failed 0; /,
  );
  assertStringIncludes(
    stdout,
    "\nAdopted without a download: 3 files that were here before, ",
  );
  assertEquals(
    records.filter(({ operation }) => operation === "GetObject")
      .map(({ key }) => key).toSorted(),
    ["11", "12"].map((day) => `${FOLDER}/2024-01-${day}.csv.gz`),
  );
  await Deno.remove(`${folder.path}/flatbed-data/.flatbed`, {
    recursive: true,
  });
  const json = await runFlatbed([...args, "--json"], options);
  const events = parseLines(json.stdout);
  assertEquals(events.at(-1).adopted, 5);
  assertEquals(
    events.filter(({ code }) => code === "adopted").length,
    5,
  );
});

Deno.test("flatbed sync --dry-run tells what it would do, and touches nothing", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await makeFolder();
  const out = `${folder.path}/mirror`;
  const { code, stdout } = await runFlatbed(
    ["sync", "stocks_d*", ...WEEK, "--dry-run", "--out", out],
    { env: environmentOf(server) },
  );
  assertEquals(code, 0);
  assertMatch(stdout, /^stocks_daily +2024-01-08 +2024-01-12 +5 /m);
  assertMatch(
    stdout,
    /^5 files to fetch, [\d.]+ kB: less than a second at 50.0 MB\/s/m,
  );
  assertEquals(await folder.names(), []);
});

Deno.test("flatbed sync fetches again what was replaced upstream, and keeps the old version where it is told to", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await makeFolder();
  const env = environmentOf(server);
  const args = ["sync", "stocks_daily", ...WEEK, "--out", folder.path];
  await runFlatbed(args, { env });
  const path = `${folder.path}/${FOLDER}/2024-01-09.csv.gz`;
  const old = await Deno.readFile(path);
  const body = await gzip(new TextEncoder().encode("another version"));
  server.objects.set(`${FOLDER}/2024-01-09.csv.gz`, { body });
  const { code, stdout } = await runFlatbed(
    [...args, "--keep-replaced"],
    { env },
  );
  assertEquals(code, 0);
  assertStringIncludes(stdout, "fetched 0, replaced 1, present 4");
  assertEquals(await Deno.readFile(path), body);
  const kept = (await folder.names()).filter((name) =>
    name.startsWith(".flatbed/replaced/")
  );
  assertEquals(kept.length, 1);
  assertEquals(await Deno.readFile(`${folder.path}/${kept[0]}`), old);
});

Deno.test("flatbed sync exits with 3 where something that is due is missing upstream", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  server.objects.delete(`${FOLDER}/2024-01-10.csv.gz`);
  await using folder = await makeFolder();
  server.objects.delete(`${FOLDER}/2024-01-09.csv.gz`);
  const { code, stdout, stderr } = await runFlatbed(
    ["sync", "stocks_daily", ...WEEK, "--out", folder.path],
    { env: environmentOf(server) },
  );
  assertEquals(code, 3);
  assertStringIncludes(stdout, "fetched 3, replaced 0, present 0, missing 2");
  assertEquals(
    stderr,
    "Missing upstream, though due: stocks_daily 2024-01-09 to 2024-01-10 (2 days)\n",
  );
});

Deno.test("flatbed sync exits with 1 where something failed, and brings the rest", async () => {
  await using server = startDemoServer({
    faults: [{
      kind: "status",
      status: 400,
      code: "InvalidRequest",
      key: `${FOLDER}/2024-01-10`,
      operation: "get",
    }],
  });
  await using folder = await makeFolder();
  const { code, stdout, stderr } = await runFlatbed(
    ["sync", "stocks_daily", ...WEEK, "--out", folder.path],
    { env: environmentOf(server) },
  );
  assertEquals(code, 1);
  assertStringIncludes(
    stdout,
    "fetched 4, replaced 0, present 0, missing 0, refused 0, failed 1",
  );
  assertStringIncludes(stderr, "2024-01-10.csv.gz");
});

Deno.test("flatbed sync counts what is older than the plan's history in one line, and exits 0", async () => {
  await using server = startDemoServer({
    faults: [{ kind: "forbidden", before: "2024-01-10" }],
  });
  await using folder = await makeFolder();
  const env = environmentOf(server);
  const { code, stdout, stderr } = await runFlatbed(
    ["sync", "stocks_daily", ...WEEK, "--out", folder.path],
    { env },
  );
  assertEquals([code, stderr], [0, ""]);
  assertStringIncludes(
    stdout,
    "fetched 3, replaced 0, present 0, missing 0, refused 2",
  );
  assertEquals(stdout.match(/^2 files refused/gm)?.length, 1);
  // One day in the middle is no window.
  server.faults.clear();
  server.faults.add({ kind: "forbidden", key: `${FOLDER}/2024-01-17` });
  const middle = await runFlatbed(
    [
      "sync",
      "stocks_daily",
      "--from",
      "2024-01-15",
      "--to",
      "2024-01-19",
      "--out",
      folder.path,
    ],
    { env },
  );
  assertEquals(middle.code, 1);
  // The same days are refused to all who ask.
  const missing = (...args: string[]) =>
    runFlatbed(["missing", "--out", folder.path, "stocks_daily", ...args]);
  assertEquals((await missing(...WEEK)).code, 0);
  assertEquals(
    (await missing("--from", "2024-01-15", "--to", "2024-01-19")).stdout,
    "stocks_daily  2024-01-17\n",
  );
});

Deno.test("flatbed sync exits with 1 where what is due is refused, whatever lies there, and where a file is damaged", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await makeFolder();
  const env = environmentOf(server);
  const sync = () =>
    runFlatbed(["sync", "stocks_daily", ...WEEK, "--out", folder.path], {
      env,
    });
  assertEquals((await sync()).code, 0);
  // The plan has ended; every file is there in an older version.
  for (const day of ["08", "09", "10", "11", "12"]) {
    const body = await gzip(noise(50));
    server.objects.set(`${FOLDER}/2024-01-${day}.csv.gz`, { body });
  }
  server.faults.add({ kind: "forbidden" });
  const ended = await sync();
  assertEquals(ended.code, 1, ended.stdout);
  assertStringIncludes(ended.stdout, "present 0, missing 0, refused 5");
  assertMatch(
    ended.stderr,
    /^5 files refused \(stocks_daily\): it may be older/m,
  );
  assertFalse(ended.stderr.includes("older than those that can be read"));
  // Older than the plan's history, and damaged: no other can be fetched.
  server.faults.clear();
  server.faults.add({ kind: "forbidden", before: "2024-01-11" });
  const path = `${folder.path}/${FOLDER}/2024-01-09.csv.gz`;
  const bytes = await Deno.readFile(path);
  await Deno.truncate(path, 100);
  const damaged = await sync();
  assertEquals(damaged.code, 1, damaged.stdout);
  assertStringIncludes(
    damaged.stderr,
    "Lost or damaged here, and refused: stocks_daily 2024-01-09: restore",
  );
  const missing = await runFlatbed([
    "missing",
    "stocks_daily",
    ...WEEK,
    "--out",
    folder.path,
  ]);
  assertEquals(missing.stdout, "stocks_daily  2024-01-09\n");
  await Deno.writeFile(path, bytes);
  const restored = await sync();
  assertEquals(restored.code, 0, restored.stdout);
  assertMatch(
    restored.stdout,
    /^3 files refused \(stocks_daily\): they are older than those that can be read/m,
  );
});

Deno.test("flatbed sync refuses a mirror that another process writes to, names it, and exits with 75", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await makeFolder();
  await using _held = await Mirror.open(folder.path, { command: "the test" });
  const { code, stderr } = await runFlatbed(
    ["sync", "stocks_daily", ...WEEK, "--out", folder.path],
    { env: environmentOf(server) },
  );
  assertEquals(code, 75);
  assertStringIncludes(stderr, `${Deno.pid}`);
  assertStringIncludes(stderr, "the test");
  // Readers are not kept waiting.
  const status = await runFlatbed(["status", "--out", folder.path]);
  assertEquals(status.code, 0);
});

Deno.test("flatbed verify finds a damaged file, and --repair mends it", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await makeFolder();
  const env = environmentOf(server);
  await runFlatbed(["sync", "stocks_daily", ...WEEK, "--out", folder.path], {
    env,
  });
  const path = `${folder.path}/${FOLDER}/2024-01-09.csv.gz`;
  const whole = await Deno.readFile(path);
  const { mtime } = await Deno.stat(path);
  const damaged = whole.slice();
  damaged[whole.length >> 1] = (damaged[whole.length >> 1] ?? 0) ^ 1;
  await Deno.writeFile(path, damaged);
  await Deno.utime(path, mtime ?? 0, mtime ?? 0);

  const found = await runFlatbed(["verify", "--full", "--out", folder.path]);
  assertEquals(found.code, 1);
  assertMatch(found.stdout, /^damaged .*2024-01-09\.csv\.gz/m);
  assertStringIncludes(
    found.stdout,
    "The mirror is not whole: 5 files checked",
  );

  const mended = await runFlatbed(
    ["verify", "--full", "--repair", "--out", folder.path, "--json"],
    { env },
  );
  assertEquals(mended.code, 0);
  assertEquals(parseLines(mended.stdout).map(({ code }) => code), [
    "problem",
    "repaired",
    "summary",
  ]);
  assertEquals(await Deno.readFile(path), whole);
});

Deno.test("flatbed missing lists days and ranges that are due and not there", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await makeFolder();
  await runFlatbed(
    ["sync", "stocks_daily", ...WEEK, "--out", folder.path],
    { env: environmentOf(server) },
  );
  const range = [
    "--from",
    "2024-01-04",
    "--to",
    "2024-01-17",
    "--out",
    folder.path,
  ];
  const days = await runFlatbed(["missing", ...range]);
  assertEquals(
    days.stdout,
    ["04", "05", "16", "17"].map((day) => `stocks_daily  2024-01-${day}\n`)
      .join(""),
  );
  const ranges = await runFlatbed(["missing", "--ranges", ...range]);
  assertEquals(
    ranges.stdout,
    "stocks_daily  2024-01-04 to 2024-01-05  2 days\nstocks_daily  2024-01-16 to 2024-01-17  2 days\n",
  );
  assertEquals([days.code, ranges.code], [3, 3]);
  const none = await runFlatbed(["missing", ...WEEK, "--out", folder.path]);
  assertEquals([none.code, none.stdout, none.stderr], [
    0,
    "",
    "Nothing is missing\n",
  ]);
});

Deno.test("flatbed missing is an error where there is no mirror, with and without data types", async () => {
  await using folder = await makeFolder();
  for (const names of [[], ["stocks_daily"], ["--list"]]) {
    const { code, stderr } = await runFlatbed(
      ["missing", ...names, "--out", folder.path],
    );
    assertEquals(code, 1);
    assertStringIncludes(stderr, "There is no mirror in");
  }
  assertEquals(await folder.names(), []);
});

Deno.test("flatbed missing --accept takes days out of the exit code of missing and sync, until --forget", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  const dates = ["2024-01-03", "2024-01-04", "2024-01-10"];
  for (const date of dates) {
    server.objects.delete(
      `us_stocks_sip/day_aggs_v1/2024/01/${date}.csv.gz`,
    );
  }
  await using folder = await makeFolder();
  const out = ["--out", folder.path];
  const env = environmentOf(server);
  const sync = () =>
    runFlatbed(["sync", "stocks_daily", ...JANUARY, ...out], { env });
  const missing = (...args: string[]) =>
    runFlatbed(["missing", ...args, ...out]);
  const january = ["stocks_daily", ...JANUARY];
  assertEquals((await sync()).code, 3);
  assertEquals((await missing(...january)).code, 3);

  const accepted = await missing(
    "--accept",
    "stocks_daily",
    "2024-01-10",
    "2024-01-01..2024-01-05",
  );
  assertEquals([accepted.code, accepted.stderr], [0, ""]);
  assertEquals(
    accepted.stdout,
    dates.map((date) => `accepted  stocks_daily  ${date}\n`).join(""),
  );
  const none = await missing(...january);
  assertEquals([none.code, none.stdout], [0, ""]);
  assertStringIncludes(none.stderr, "3 accepted days left out");
  const synced = await sync();
  assertEquals(synced.code, 0);
  assertStringIncludes(
    synced.stdout,
    "3 files missing upstream, which was accepted",
  );
  const status = await runFlatbed(["status", ...JANUARY, ...out]);
  assertMatch(status.stdout, / missing +accepted\n.* 0 +3\n/);

  const list = await missing("--list");
  assertEquals(
    list.stdout,
    dates.map((date) => `stocks_daily  ${date}\n`).join(""),
  );
  const forgotten = await missing(
    "--forget",
    "stocks_daily",
    "2024-01-04..2024-12-31",
    "--json",
  );
  assertEquals(
    parseLines(forgotten.stdout),
    dates.slice(1).map((date) => ({
      code: "forgotten",
      dataType: "stocks_daily",
      date,
    })),
  );
  assertEquals((await missing(...january)).code, 3);
});

Deno.test("flatbed missing --accept wants data types and dates, and says what is wrong with them", async () => {
  await using folder = await makeFolder();
  for (
    const [args, message] of [
      [["--accept", "stocks_daily"], "Which days?"],
      [["--accept", "2024-01-02"], "Which data types?"],
      [["--accept", "stocks_daily", "2024-02-30"], "there is no such day"],
      [
        ["--accept", "stocks_daily", "2024-01-03..2024-01-02"],
        "the end is before the start",
      ],
      [["--accept", "--list", "stocks_daily"], "cannot be used together"],
    ] as const
  ) {
    const { code, stderr } = await runFlatbed(
      ["missing", ...args, "--out", folder.path],
    );
    assertEquals(code, 2, stderr);
    assertStringIncludes(stderr, message);
  }
});

Deno.test("flatbed status shows a mirror as a table, a picture and an SVG file", async () => {
  await using server = startDemoServer();
  await using folder = await makeFolder();
  await runFlatbed(
    ["sync", "stocks_daily", ...JANUARY, "--out", folder.path],
    { env: environmentOf(server) },
  );
  const range = [
    "--from",
    "2024-01-01",
    "--to",
    "2024-02-29",
    "--out",
    folder.path,
  ];
  const { stdout } = await runFlatbed(["status", "--picture", ...range]);
  assertMatch(
    stdout,
    /^stocks_daily +2024-01-02 +2024-01-31 +21 +[\d.]+ kB +20$/m,
  );
  assertMatch(stdout, /^ {5}Jan Feb Mar .* Dec\n2024 ████▒░░░░$/m);

  const svg = `${folder.path}/coverage.svg`;
  await runFlatbed(["status", "--svg", svg, ...range]);
  const picture = await Deno.readTextFile(svg);
  assertEquals(
    picture.match(/<title>2024-\d\d-\d\d present, [\d.]+ kB<\/title>/g)?.length,
    21,
  );
  assertEquals(
    picture.match(/<title>2024-\d\d-\d\d missing<\/title>/g)?.length,
    20,
  );
  assertStringIncludes(picture, "prefers-color-scheme: dark");
  assertEquals(
    [...picture.matchAll(/<text class="month"[^>]*>(\w+)<\/text>/g)]
      .map(([, name]) => name).slice(0, 3),
    ["Jan", "Feb", "Mar"],
  );

  const html = `${folder.path}/coverage.html`;
  const shown = await runFlatbed(["status", "--html", html, ...range]);
  assertEquals(shown.stdout, `Written to ${html}\n`);
  const page = await Deno.readTextFile(html);
  assertStringIncludes(page, `<title>Coverage of ${folder.path}</title>`);
  assertStringIncludes(page, "<summary>20 missing days</summary>");
  assertStringIncludes(
    page,
    "<li><time>2024-02-01</time> to <time>2024-02-29</time> (20 days)</li>",
  );

  const json = await runFlatbed(["status", "--json", ...range]);
  const [status] = parseLines(json.stdout);
  assertEquals([status.dataType, status.files, status.missing.length], [
    "stocks_daily",
    21,
    20,
  ]);

  const empty = await runFlatbed(["status", "--out", `${folder.path}/nothing`]);
  assertEquals(empty.code, 1);
  assertStringIncludes(empty.stderr, "There is no mirror in");
});

Deno.test("flatbed entitlements finds the oldest readable date in at most 14 HEAD requests a dataset", async () => {
  const heads: string[] = [];
  await using server = startDemoServer({
    faults: [
      {
        kind: "forbidden",
        before: "2021-06-15",
        key: "us_stocks_sip/day_aggs_v1",
      },
      { kind: "forbidden", key: "us_stocks_sip/quotes_v1" },
    ],
    onRequest: ({ method, key }) => {
      if (method === "HEAD") heads.push(key);
    },
  });
  await using folder = await makeFolder();
  const { code, stdout } = await runFlatbed(
    [
      "entitlements",
      "stocks_daily",
      "stocks_quotes",
      "--json",
      "--out",
      folder.path,
    ],
    { env: environmentOf(server) },
  );
  assertEquals(code, 0);
  assertEquals(
    parseLines(stdout).map(({ dataType, since }) => [dataType, since]),
    [["stocks_daily", "2021-06-15"], ["stocks_quotes", null]],
  );
  for (
    const prefix of ["us_stocks_sip/day_aggs_v1", "us_stocks_sip/quotes_v1"]
  ) {
    const count = heads.filter((key) => key.startsWith(prefix)).length;
    assertLessOrEqual(count, 14);
  }
});

Deno.test("flatbed entitlements tells what is unknown from what is refused", async () => {
  await using server = startDemoServer({
    faults: [
      { kind: "forbidden", key: "us_indices/day_aggs_v1" },
      {
        kind: "status",
        status: 404,
        operation: "head",
        key: "us_indices/minute_aggs_v1",
      },
    ],
  });
  await using folder = await makeFolder();
  const args = ["entitlements", "indices_daily", "indices_minute"];
  const run = (...more: string[]) =>
    runFlatbed([...args, "--out", folder.path, ...more], {
      env: environmentOf(server),
    });
  const { stdout } = await run();
  assertMatch(stdout, /^indices_daily +not readable +2023-02-14$/m);
  assertMatch(stdout, /^indices_minute +unknown +2023-02-14$/m);
  assertEquals(
    parseLines((await run("--json")).stdout)
      .map(({ canRead, outcome }) => [canRead, outcome]),
    [[false, "refused"], [null, "unknown"]],
  );
});

Deno.test("flatbed sync says what a refusal can mean, and asserts nothing", async () => {
  await using server = startDemoServer({
    faults: [{ kind: "forbidden", key: "us_indices/" }],
  });
  await using folder = await makeFolder();
  const { code, stderr } = await runFlatbed(
    ["sync", "indices_daily", "--last", "1m", "--out", folder.path],
    { env: environmentOf(server) },
  );
  assertEquals(code, 1);
  assertMatch(
    stderr,
    /^\d+ files refused \(indices_daily\): it may not be published yet, the plan may not include the dataset, or an agreement may not be signed;/m,
  );
  assertStringIncludes(
    stderr,
    "Access to indices_daily is denied: neither its newest file nor an older one can be read: the plan may not include the dataset, or",
  );
});

Deno.test("flatbed watch syncs, tells until when it waits, and stops on SIGTERM", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await makeFolder();
  const child = denoCommand(
    ["run", "-A", CLI, "watch", "stocks_daily", "--json", "--out", folder.path],
    { env: environmentOf(server) },
  ).spawn();
  let output = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    output += text;
    if (output.includes('"code":"waiting"')) break;
  }
  child.kill("SIGTERM");
  assertEquals(await new Response(child.stderr).text(), "");
  assertEquals((await child.status).code, 0);
  const events = parseLines(output);
  const summary = events.find(({ code }) => code === "summary");
  assert(summary.fetched > 0);
  const { until } = events.at(-1);
  assert(Date.parse(until) > Date.now());
});

Deno.test("flatbed sync ends within 2 seconds of an interrupt with 130, and goes on later", async () => {
  const key = "us_stocks_sip/trades_v1/2024/01/2024-01-08.csv.gz";
  const body = await gzip(noise(6_000_000));
  await using server = startDemoServer({
    objects: [[key, { body }]],
    faults: [{ kind: "stall", after: 3_000_000 }],
  });
  await using folder = await makeFolder();
  const env = environmentOf(server);
  const args = [
    "sync",
    "stocks_trades",
    "--from",
    "2024-01-08",
    "--to",
    "2024-01-08",
    "--out",
    folder.path,
  ];
  await Deno.mkdir(`${folder.path}/us_stocks_sip/trades_v1/2024/01`, {
    recursive: true,
  });
  using watcher = Deno.watchFs(folder.path);
  const child = denoCommand(["run", "-A", CLI, ...args], { env }).spawn();
  const part = `${folder.path}/${key}.part`;
  for await (const _ of watcher) {
    const size = await Deno.stat(part).then(({ size }) => size, () => 0);
    if (size > 1_000_000) break;
  }
  const interrupted = performance.now();
  child.kill("SIGINT");
  const { code } = await child.output();
  assertLessOrEqual(performance.now() - interrupted, 2000);
  assertEquals(code, 130);
  server.faults.clear();
  const again = await runFlatbed(args, { env });
  assertEquals(again.code, 0);
  assertEquals(await Deno.readFile(`${folder.path}/${key}`), body);
});

Deno.test("flatbed sync survives being killed at a dozen random moments", async () => {
  const key = "us_stocks_sip/trades_v1/2024/01/2024-01-08.csv.gz";
  // Above the size from which on objects are fetched in ranges.
  const content = Uint8Array.from(
    { length: 80_000_000 },
    (_, index) => (index * 31 + (index >> 13)) & 0xff,
  );
  const expected = new Uint8Array(gzipSync(content, { level: 0 }));
  let [sentInAll, killsAt, kill] = [0, Infinity, () => {}];
  async function* inPieces(start: number, end: number) {
    for (let at = start; at < end; at += 65_536) {
      sentInAll += 65_536;
      if (sentInAll > killsAt) kill();
      yield await Promise.resolve(
        expected.subarray(at, Math.min(end, at + 65_536)),
      );
    }
  }
  const records: RequestRecord[] = [];
  await using server = startDemoServer({
    objects: [[key, {
      // In pieces, so that what was handed to a connection is known.
      body: { size: expected.length, read: inPieces },
      etag: `"${"0123456789abcdef".repeat(2)}-5"`,
    }]],
    onRequest: (record) => records.push(record),
  });
  await using folder = await makeFolder();
  const env = environmentOf(server);
  const args = [
    "sync",
    "stocks_daily",
    "stocks_trades",
    "--from",
    "2024-01-08",
    "--to",
    "2024-01-08",
    "--out",
    folder.path,
  ];
  const slow = [...args, "--limit-rate", "12M"];
  // After so many bytes more; a quarter of them before the first one. Two of them come so
  // late that a range has been noted, however much the buffers of connections hold.
  const moments = Array.from(
    { length: 12 },
    (_, index) =>
      index % 4 === 0
        ? -1
        : index % 8 === 3
        ? 40_000_000
        : Math.random() * 5_000_000,
  );
  for (const moment of moments) {
    const child = denoCommand(["run", "-A", CLI, ...slow], { env }, {
      stdout: "null",
      stderr: "null",
    }).spawn();
    kill = () => {
      kill = () => {};
      child.kill("SIGKILL");
    };
    killsAt = moment < 0 ? Infinity : sentInAll + moment;
    const timer = moment < 0
      ? setTimeout(() => kill(), Math.random() * 600)
      : undefined;
    await child.status;
    kill = () => {};
    clearTimeout(timer);
  }
  const last = await runFlatbed(args, { env });
  assertEquals([last.code, last.stderr], [0, ""], `killed after ${moments}`);

  // Every byte equals the source, nothing is left, and the manifest agrees.
  const hash = (bytes: Uint8Array) => sha256(bytes);
  const actual = await Deno.readFile(`${folder.path}/${key}`);
  assertEquals(hash(actual), hash(expected));
  const names = await folder.names();
  assertFalse(names.some((name) => name.includes(".part")), `${names}`);
  await using mirror = await Mirror.open(folder.path, { readOnly: true });
  const report = await mirror.verify({ mode: "full" });
  assertEquals([report.isWhole, report.checked, report.problems], [
    true,
    2,
    [],
  ]);

  // What came twice was on its way when the process was killed: in the buffers of each
  // connection, which may hold all that is left of a range, and in memory.
  const gets = records.filter(({ operation }) => operation === "GetObject");
  const sent = gets.reduce((sum, { bytesSent }) => sum + bytesSent, 0);
  const wanted = mirror.entries().reduce((sum, { size }) => sum + size, 0);
  const inFlight = gets.reduce(
    (sum, { bytesSent }) => sum + Math.min(bytesSent, 8_000_000),
    0,
  );
  assertLessOrEqual(sent, wanted + inFlight);
  // Ranges went on where they were, and not from their beginning.
  const starts = gets.flatMap(({ range }) =>
    range === undefined ? [] : [Number(/\d+/.exec(range)?.[0])]
  );
  assert(starts.some((start) => start % (16 * 1024 * 1024) !== 0), `${starts}`);
});

Deno.test("flatbed sync fetches a second time what arrives damaged, where its ETag proves nothing", async () => {
  const key = "us_stocks_sip/minute_aggs_v1/2024/01/2024-01-08.csv.gz";
  await using server = startDemoServer({
    faults: [{ kind: "flip-bit", at: 20_000, times: 1, operation: "get" }],
  });
  await using folder = await makeFolder();
  const env = environmentOf(server);
  const args = [
    "sync",
    "stocks_minute",
    "--from",
    "2024-01-08",
    "--to",
    "2024-01-08",
    "--out",
    folder.path,
  ];
  const { code, stdout } = await runFlatbed(args, { env });
  assertEquals(code, 0);
  assertStringIncludes(stdout, "fetched 1, ");
  const stored = await Deno.readFile(`${folder.path}/${key}`);
  const content = new Response(
    new Blob([stored]).stream().pipeThrough(new DecompressionStream("gzip")),
  );
  assertMatch(await content.text(), /^ticker,/);
});

Deno.test("flatbed sync, status and get say what is damaged at source, until upstream replaces it", async () => {
  const date = "2024-01-10";
  const key = `${FOLDER}/${date}.csv.gz`;
  const fault = "its gzip data ends early";
  await using server = startDemoServer({
    faults: [{ kind: "damaged-source", key }],
  });
  const env = environmentOf(server);
  await using folder = await makeFolder();
  const args = ["sync", "stocks_daily", ...WEEK, "--out", folder.path];
  const first = await runFlatbed(args, { env });
  assertEquals(first.code, 1);
  assertStringIncludes(
    first.stderr,
    `damaged   ${key}: damaged at source: ${fault}; it is kept`,
  );
  assertStringIncludes(first.stdout, "fetched 4, ");
  const named =
    `1 file damaged at source, fetched again once upstream replaces it: stocks_daily ${date} (${fault})\n`;
  assertStringIncludes(first.stderr, named);
  const again = await runFlatbed(args, { env });
  assertEquals(again.code, 1);
  assertStringIncludes(again.stdout, "fetched 0, replaced 0, present 4");
  assertStringIncludes(again.stderr, named);
  const told = await runFlatbed([...args, "--json"], { env });
  const events = told.stdout.trim().split("\n").map((line) => JSON.parse(line));
  assertEquals(
    events.filter(({ code }) => code === "damaged-at-source").map((
      { date, gzipFault, isFetched },
    ) => [date, gzipFault, isFetched]),
    [[date, "ends early", false]],
  );
  assertEquals(events.at(-1).damagedAtSource, 1);

  const status = await runFlatbed(["status", "--out", folder.path]);
  assertStringIncludes(
    status.stdout,
    `stocks_daily ${date} is damaged at source: ${fault}\n`,
  );
  const json = await runFlatbed(["status", "--json", "--out", folder.path]);
  assertEquals(JSON.parse(json.stdout).damagedAtSource, [
    { date, key, gzipFault: "ends early", hasFile: true },
  ]);

  const out = `${folder.path}/got`;
  const got = await runFlatbed(
    ["get", "stocks_daily", "--date", date, "--out", out],
    { env },
  );
  assertEquals(got.code, 1);
  assertStringIncludes(got.stderr, `${key}: damaged at source: ${fault}`);
  const one = await runFlatbed(["get", key, "--output", `${out}/one`], { env });
  assertEquals(one.code, 1);
  assertStringIncludes(one.stderr, `one: damaged at source: ${fault}`);
  assertEquals(
    await Deno.readFile(`${out}/one`),
    await Deno.readFile(`${folder.path}/${key}`),
  );
  const trusted = await runFlatbed(
    ["get", key, "--output", `${out}/two`, "--trust-etag"],
    { env },
  );
  assertEquals([trusted.code, trusted.stderr], [0, ""]);

  server.faults.clear();
  const mended = await runFlatbed(args, { env });
  assertEquals(mended.code, 0);
  assertStringIncludes(mended.stdout, "fetched 0, replaced 1, present 4");
});

Deno.test("flatbed sync names what turns out to be missing when it is asked for", async () => {
  await using server = startDemoServer({
    faults: [{
      kind: "status",
      status: 404,
      code: "NoSuchKey",
      key: `${FOLDER}/2024-01-10`,
      operation: "get",
    }],
  });
  await using folder = await makeFolder();
  const { code, stderr } = await runFlatbed(
    ["sync", "stocks_daily", ...WEEK, "--out", folder.path],
    { env: environmentOf(server) },
  );
  assertEquals(code, 3);
  assertStringIncludes(
    stderr,
    "Missing upstream, though due: stocks_daily 2024-01-10\n",
  );
});

Deno.test("flatbed verify is not content with what it knows nothing of", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await makeFolder();
  const env = environmentOf(server);
  const nowhere = await runFlatbed([
    "verify",
    "--out",
    `${folder.path}/nowhere`,
  ]);
  assertEquals(nowhere.code, 1);
  assertStringIncludes(nowhere.stderr, "There is no mirror in");

  await runFlatbed(["sync", "stocks_daily", ...WEEK, "--out", folder.path], {
    env,
  });
  await Deno.remove(`${folder.path}/.flatbed/manifest.sqlite`);
  const unknown = await runFlatbed(["verify", "--out", folder.path]);
  assertEquals(unknown.code, 1);
  assertStringIncludes(
    unknown.stdout,
    "The mirror is not whole: 0 files checked, 5 problems",
  );

  const rebuilt = await runFlatbed([
    "verify",
    "--rebuild",
    "--out",
    folder.path,
  ], { env });
  assertEquals(rebuilt.code, 0);
  assertStringIncludes(rebuilt.stdout, "5 files taken into the manifest");
});

Deno.test("flatbed sync leaves no empty folders where the first run fails", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await makeFolder();
  const env = environmentOf(server);
  const sync = ["sync", "stocks_daily", ...WEEK, "--out"];
  const wrong = { ...env, FLATBED_SECRET_ACCESS_KEY: "made-up" };
  await Deno.mkdir(`${folder.path}/there`);
  for (const out of ["a/b/c", "there", "there/d"]) {
    const { code } = await runFlatbed([...sync, `${folder.path}/${out}`], {
      env: wrong,
    });
    assertEquals([out, code], [out, 1]);
  }
  assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name), [
    "there",
  ]);
  assertEquals([...Deno.readDirSync(`${folder.path}/there`)], []);

  // What was there before stays, and so does a mirror.
  const out = `${folder.path}/there`;
  await Deno.writeTextFile(`${out}/notes.txt`, "mine");
  assertEquals((await runFlatbed([...sync, out], { env: wrong })).code, 1);
  assertEquals(await Deno.readTextFile(`${out}/notes.txt`), "mine");
  assertEquals((await runFlatbed([...sync, out], { env })).code, 0);
  assertEquals((await runFlatbed([...sync, out], { env: wrong })).code, 1);
  assert((await Deno.stat(`${out}/.flatbed/manifest.sqlite`)).isFile);
});

Deno.test("flatbed missing names what has no content, and tells of what is damaged at source", async () => {
  await using server = startDemoServer({
    faults: [{ kind: "damaged-source", key: FOLDER }],
  });
  for (const isDecompressed of [true, false]) {
    await using folder = await makeFolder();
    const options = { env: environmentOf(server) };
    const out = ["--out", folder.path];
    await runFlatbed([
      ...["sync", "stocks_daily", ...WEEK, ...out],
      ...(isDecompressed ? ["--decompress"] : []),
    ], options);
    const missing = await runFlatbed([
      ...["missing", "stocks_daily", ...WEEK, ...out],
    ]);
    assertEquals([missing.code, missing.stdout], [isDecompressed ? 1 : 0, ""]);
    assertMatch(
      missing.stderr,
      isDecompressed
        ? /^5 damaged at source, without content: stocks_daily 2024-01-08 to 2024-01-12 \(5 days\)/
        : /^Nothing is missing\n5 files here, but damaged at source/,
    );
    const status = await runFlatbed(["status", ...WEEK, ...out]);
    assertMatch(status.stdout, / missing +damaged at source\n.* 0 +5\n/);
    const doctor = await runFlatbed(["doctor", ...out], options);
    assertMatch(
      doctor.stdout,
      /^warning +mirror +5 files in .*, of which 5 damaged at source\n/m,
    );
  }
});

Deno.test("flatbed status tells gaps from days that only come later", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await makeFolder();
  const out = ["--out", folder.path];
  await runFlatbed(["sync", "stocks_daily", ...WEEK, ...out], {
    env: environmentOf(server),
  });
  const statusTo = async (to: string) =>
    (await runFlatbed(["status", "--to", to, ...out])).stdout;
  assertFalse((await statusTo("2024-01-12")).includes("later"));
  assertMatch(
    await statusTo("2024-01-19"),
    /\nstocks_daily: nothing missing up to 2024-01-12; 4 later days are not here\n$/,
  );
  await Deno.remove(`${folder.path}/${FOLDER}/2024-01-10.csv.gz`);
  assertMatch(
    await statusTo("2024-01-16"),
    /\nstocks_daily: 1 missing up to 2024-01-12; 1 later day is not here\n$/,
  );
});

Deno.test("flatbed verify and sync say where files belong that lie in another layout", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await makeFolder();
  const options = { env: environmentOf(server) };
  await Deno.mkdir(`${folder.path}/day_aggs/2024`, { recursive: true });
  for (const date of ["2024-01-08", "2024-01-09"]) {
    await Deno.writeTextFile(
      `${folder.path}/day_aggs/2024/${date}.csv.gz`,
      "x",
    );
  }
  await Deno.writeTextFile(`${folder.path}/notes.txt`, "x");
  const said =
    "2 files are named like flat files but do not lie under the key, such as day_aggs/2024/2024-01-08.csv.gz; move them to us_stocks_sip/day_aggs_v1/YYYY/MM/ ";
  const out = ["--out", folder.path];
  const rebuilt = await runFlatbed(["verify", "--rebuild", ...out], options);
  assertEquals(rebuilt.code, 1);
  assertStringIncludes(rebuilt.stderr, said);
  const synced = await runFlatbed(
    ["sync", "stocks_daily", ...WEEK, ...out],
    options,
  );
  assertEquals(synced.code, 0);
  assertStringIncludes(synced.stderr, said);
});
