import {
  assert,
  assertEquals,
  assertFalse,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import {
  DEMO_CREDENTIALS,
  demoFileText,
  startDemoServer,
} from "../../src/demo/mod.ts";
import {
  denoCommand,
  environmentOf,
  parseLines,
  runFlatbed,
} from "../support/deno_command.ts";
import { formatBytes } from "../../src/base/format_bytes.ts";
import { addDays } from "../../src/calendar/mod.ts";
import { newYorkDate } from "../../src/catalog/mod.ts";
import { makeFolder } from "../support/folder.ts";

const KEY = "us_stocks_sip/day_aggs_v1/2024/01/2024-01-02.csv.gz";
const WEEK = ["--from", "2024-01-01", "--to", "2024-01-07"];

async function expectedText(key: string): Promise<string> {
  return await new Response(demoFileText(key, { scale: 0.1 })).text();
}

Deno.test("flatbed ls lists a dataset's objects within dates", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  const env = environmentOf(server);
  const plain = await runFlatbed(["ls", "stocks_daily", ...WEEK], { env });
  assertEquals(plain.code, 0);
  assertEquals(plain.stdout.trimEnd().split("\n").length, 4);
  assertMatch(
    plain.stdout,
    /^ *[\d.]+ k?B +2024-01-03 \d\d:\d\d +us_stocks_sip\/day_aggs_v1\/2024\/01\/2024-01-02\.csv\.gz$/m,
  );
  assertMatch(plain.stderr, /^4 objects, /);

  const json = await runFlatbed([
    "ls",
    "options_*",
    "--date",
    "2024-01-02",
    "--json",
  ], { env });
  const records = parseLines(json.stdout);
  assertEquals(records.map(({ key }) => key), [
    "us_options_opra/day_aggs_v1/2024/01/2024-01-02.csv.gz",
    "us_options_opra/minute_aggs_v1/2024/01/2024-01-02.csv.gz",
    "us_options_opra/trades_v1/2024/01/2024-01-02.csv.gz",
    "us_options_opra/quotes_v1/2024/01/2024-01-02.csv.gz",
  ]);
  for (const { size, etag, lastModified } of records) {
    assert(
      size > 0 && etag.length >= 32 && !Number.isNaN(Date.parse(lastModified)),
    );
  }
  const limited = await runFlatbed([
    "ls",
    "us_stocks_sip/",
    "--recursive",
    "--limit",
    "7",
    "--json",
  ], { env });
  assertEquals(parseLines(limited.stdout).length, 7);
});

Deno.test("flatbed ls lists one level, as folders and objects", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  const env = environmentOf(server);
  const list = async (...args: string[]) => {
    const { code, stdout } = await runFlatbed(["ls", ...args, "--json"], {
      env,
    });
    assertEquals([args, code], [args, 0]);
    return parseLines(stdout).map(({ folder, key }) => folder ?? key);
  };
  const roots = await list();
  assert(roots.length >= 9, String(roots));
  assert(roots.includes("us_stocks_sip/"));
  const datasets = ["day_aggs_v1", "minute_aggs_v1", "quotes_v1", "trades_v1"]
    .map((name) => `us_stocks_sip/${name}/`);
  for (const name of ["us_stocks_sip", "us_stocks_sip/", "/us_stocks_sip/"]) {
    assertEquals(await list(name), datasets);
  }
  assertEquals(
    (await list("stocks_daily"))[0],
    "us_stocks_sip/day_aggs_v1/2003/",
  );
  const year = "us_options_opra/trades_v1/2024";
  for (const name of [year, "us_options/trades_v1/2024/"]) {
    assertEquals((await list(name)).slice(0, 2), [
      `${year}/01/`,
      `${year}/02/`,
    ]);
  }
  assertEquals((await list("us_stocks_sip/day_aggs_v1/2024/01")).length, 21);
  assertEquals(
    (await list("us_stocks_sip/day_aggs_v1/2024/01/2024-01-0")).length,
    6,
  );
  assertEquals(
    await list("us_stocks_sip", "--limit", "2"),
    datasets.slice(0, 2),
  );
  assertEquals(await list("us_stocks_sip", "-r", "--limit", "1"), [
    "us_stocks_sip/day_aggs_v1/2003/09/2003-09-10.csv.gz",
  ]);
  const plain = await runFlatbed(["ls", "us_stocks_sip"], { env });
  assertEquals(plain.stdout.split("\n", 1), [
    "  folder                    us_stocks_sip/day_aggs_v1/",
  ]);
  assertEquals(plain.stderr, "4 folders\n");
});

Deno.test("flatbed ls says what there is in the place of a dataset that does not exist", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  const env = environmentOf(server);
  const cases: [name: string, code: number, sentence: string][] = [
    [
      "us_futures_cme/day_aggs_v1",
      1,
      "there is no dataset us_futures_cme/day_aggs_v1; us_futures_cme has session_aggs_v1, ",
    ],
    [
      "global_crypto/quotes_v1",
      1,
      "global_crypto has day_aggs_v1, minute_aggs_v1 and trades_v1",
    ],
    ["us_stocks/", 1, "did you mean us_stocks_sip?"],
    ["stocks_day", 2, "did you mean stocks_daily?"],
    ["us_indicse", 2, "did you mean "],
    // A known folder that is empty is no mistake.
    ["us_stocks_sip/day_aggs_v1/2002/", 0, "No objects under "],
  ];
  for (const [name, code, sentence] of cases) {
    const result = await runFlatbed(["ls", name], { env });
    assertEquals([name, result.code, result.stdout], [name, code, ""]);
    assertStringIncludes(result.stderr, sentence);
  }
});

Deno.test("flatbed ls and get take what was pasted from elsewhere", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  const env = environmentOf(server);
  await using folder = await makeFolder();
  const beginnings = [
    "/",
    "flatfiles/",
    "s3://flatfiles/",
    "https://files.massive.com/flatfiles/",
    "https://files.polygon.io/flatfiles/",
    `${server.url}/flatfiles/`,
  ];
  for (const [at, beginning] of beginnings.entries()) {
    const listed = await runFlatbed(["ls", beginning + KEY], { env });
    assertEquals([listed.code, listed.stderr.split(",", 1)], [0, ["1 object"]]);
    const out = `${folder.path}/${at}`;
    const { code } = await runFlatbed(["get", beginning + KEY, "--out", out], {
      env,
    });
    assertEquals([beginning, code], [beginning, 0]);
    assert((await Deno.stat(`${out}/${KEY}`)).isFile);
  }
  const other = await runFlatbed(["get", `s3://other/${KEY}`], { env });
  assertEquals(other.code, 2);
  assertStringIncludes(other.stderr, "it is one of bucket 'other'");
});

Deno.test("flatbed get says what to use in the place of a folder", async () => {
  const cases: [folder: string, sentence: string][] = [
    [
      "us_stocks_sip/day_aggs_v1/2024/02/",
      "'flatbed get stocks_daily --from 2024-02-01 --to 2024-02-29'",
    ],
    [
      "us_options/trades_v1/2023",
      "'flatbed get options_trades --from 2023-01-01 --to 2023-12-31'",
    ],
    ["s3://flatfiles/us_indices/values_v1/", "'flatbed sync indices_values'"],
    ["global_crypto/", "crypto_daily, crypto_minute, crypto_trades"],
    ["us_futures_cme/day_aggs_v1/", "us_futures_cme has session_aggs_v1"],
    ["nothing/", "datasets are under us_stocks_sip, "],
  ];
  for (const [folder, sentence] of cases) {
    const { code, stderr } = await runFlatbed(["get", folder]);
    assertEquals([folder, code], [folder, 2]);
    assertStringIncludes(stderr, sentence);
  }
});

Deno.test("flatbed get brings files under their keys, and nothing twice", async () => {
  const requests: string[] = [];
  await using server = startDemoServer({
    scale: 0.1,
    onRequest: ({ method }) => requests.push(method),
  });
  const env = environmentOf(server);
  const out = await Deno.makeTempDir();
  const args = ["get", "stocks_daily", ...WEEK, "--out", out, "--json"];
  const first = await runFlatbed(args, { env });
  assertEquals(first.code, 0);
  const records = parseLines(first.stdout);
  assertEquals(records.at(-1).fetched, 4);
  assertEquals(requests.filter((method) => method === "GET").length, 4);

  const bytes = await Deno.readFile(`${out}/${KEY}`);
  const text = await new Response(
    new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")),
  ).text();
  assertEquals(text, await expectedText(KEY));

  requests.length = 0;
  const second = await runFlatbed(args, { env });
  const summary = parseLines(second.stdout).at(-1);
  assertEquals([summary.fetched, summary.present, summary.failed], [0, 4, 0]);
  assertFalse(requests.includes("GET"));
  await Deno.remove(out, { recursive: true });
});

Deno.test("flatbed get --decompress keeps the content, without .gz", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  const out = await Deno.makeTempDir();
  const { code, stdout } = await runFlatbed([
    "get",
    KEY,
    "--decompress",
    "--out",
    out,
  ], { env: environmentOf(server) });
  assertEquals(code, 0);
  assertMatch(stdout, /^fetched {2}.*2024-01-02\.csv {2}/);
  assertStringIncludes(stdout, "1 file fetched");
  const path = `${out}/${KEY.replace(".gz", "")}`;
  assertEquals(await Deno.readTextFile(path), await expectedText(KEY));
  await Deno.remove(out, { recursive: true });
});

Deno.test("flatbed get --output - writes the content to standard output, and nothing else", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  const { stdout, stderr, code } = await runFlatbed(
    [
      "get",
      "stocks_daily",
      "--date",
      "2024-01-02",
      "--decompress",
      "--output",
      "-",
    ],
    { env: environmentOf(server) },
  );
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  assertEquals(stdout, await expectedText(KEY));
});

Deno.test("flatbed get tells of what fails, brings the rest and exits 1", async () => {
  await using server = startDemoServer({
    faults: [{
      kind: "forbidden",
      key: "us_stocks_sip/day_aggs_v1/2024/01/2024-01-03",
    }],
  });
  const out = await Deno.makeTempDir();
  const { code, stdout, stderr } = await runFlatbed(
    ["get", "stocks_daily", ...WEEK, "--out", out],
    { env: environmentOf(server) },
  );
  assertEquals(code, 1);
  assertMatch(stdout, /^3 files fetched, .*; 1 file failed$/m);
  assertStringIncludes(stderr, "2024-01-03.csv.gz': access denied");
  assertEquals(
    [...Deno.readDirSync(`${out}/us_stocks_sip/day_aggs_v1/2024/01`)].length,
    3,
  );
  await Deno.remove(out, { recursive: true });
});

Deno.test("flatbed get says that a file is not due yet, whether it is absent or refused, and exits 0", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  const today = newYorkDate(new Date());
  const from = addDays(today, -4);
  for (const isRefused of [false, true]) {
    if (isRefused) {
      server.faults.add({
        kind: "forbidden",
        key: `global_crypto/day_aggs_v1/${today.slice(0, 4)}/${
          today.slice(5, 7)
        }/${today}`,
      });
    }
    await using folder = await makeFolder();
    const { code, stdout, stderr } = await runFlatbed(
      ["get", "crypto_daily", "--from", from, "--out", folder.path],
      { env: environmentOf(server) },
    );
    assertEquals(code, 0, stderr);
    assertMatch(stdout, /[34] files fetched, .*; [12] files? not due yet/);
    assertStringIncludes(stderr, `Not due yet: files of ${today} appear on `);
    // One file that is named and is not there is a failure all the same.
    const one = await runFlatbed(
      ["get", "crypto_daily", "--date", today, "--output", `${folder.path}/a`],
      { env: environmentOf(server) },
    );
    assertEquals(one.code, 1);
    assertMatch(one.stderr, isRefused ? /not published yet/ : /not due yet/);
  }
});

Deno.test("flatbed get and ls say where a dataset begins, and what is in the future", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  const env = environmentOf(server);
  await using folder = await makeFolder();
  const early = ["stocks_daily", "--from", "2003-09-08", "--to", "2003-09-10"];
  const got = await runFlatbed(
    ["get", ...early, "--out", folder.path, "--json"],
    { env },
  );
  assertEquals(got.code, 0, got.stderr);
  const summary = parseLines(got.stdout).at(-1);
  assertEquals([summary.fetched, summary.absent, summary.failed], [1, 2, 0]);
  const before = ["stocks_daily", "--date", "2003-09-08"];
  for (const command of ["get", "ls"]) {
    const { code, stderr } = await runFlatbed(
      [
        command,
        ...before,
        ...(command === "get" ? ["--out", folder.path] : []),
      ],
      { env },
    );
    assertEquals(code, 0);
    assertStringIncludes(stderr, "stocks_daily begins on 2003-09-10");
    const future = await runFlatbed(
      [command, "stocks_daily", "--date", "2099-01-05"],
      { env },
    );
    assertEquals(future.code, 2);
    assertStringIncludes(future.stderr, "--date 2099-01-05 is in the future");
  }
  await runFlatbed(["sync", ...early, "--out", folder.path], { env });
  for (const command of ["sync", "missing"]) {
    const future = await runFlatbed(
      [command, "stocks_daily", "--from", "2099-01-05", "--out", folder.path],
      { env },
    );
    assertStringIncludes(future.stderr, "2099-01-05 is in the future", command);
    assertEquals(future.code, 2);
  }
});

Deno.test("flatbed get --optional takes what there is of optional days, and misses none", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await makeFolder();
  const get = async (...args: string[]) => {
    const { code, stdout } = await runFlatbed([
      "get",
      "forex_daily",
      "--from",
      "2024-01-05",
      "--to",
      "2024-01-08",
      "--out",
      folder.path,
      "--json",
      ...args,
    ], { env: environmentOf(server) });
    const { fetched, absent, failed } = parseLines(stdout).at(-1);
    return [code, fetched, absent, failed];
  };
  assertEquals(await get(), [0, 2, 0, 0]);
  // The demo has Sundays, and no Saturdays.
  assertEquals(await get("--optional"), [0, 1, 1, 0]);
});

Deno.test("flatbed get does not assert what a refusal means", async () => {
  await using server = startDemoServer({ faults: [{ kind: "forbidden" }] });
  await using folder = await makeFolder();
  const refusedOn = async (date: string) => {
    const { code, stderr } = await runFlatbed(
      ["get", "crypto_daily", "--date", date, "--out", folder.path],
      { env: environmentOf(server) },
    );
    assertEquals(code, 1);
    assertMatch(
      stderr,
      /^failed {3}Cannot read \'global_crypto\S+\': access denied \(403 AccessDenied\): /,
    );
    return stderr;
  };
  assertStringIncludes(
    await refusedOn(addDays(newYorkDate(new Date()), -4)),
    "it may not be published yet, the plan may not include the dataset",
  );
  assertStringIncludes(
    await refusedOn("2014-01-02"),
    "it may be older than the plan's history",
  );
});

Deno.test("flatbed get takes up after an interrupt where it stopped, and exits 130", async () => {
  const ranges: (string | undefined)[] = [];
  const body = new Uint8Array(gzipSync(randomBytes(4_000_000)));
  await using server = startDemoServer({
    objects: [[KEY, { body }]],
    faults: [{ kind: "stall", after: 3_000_000, times: 1 }],
    onRequest: ({ range }) => ranges.push(range),
  });
  const out = await Deno.makeTempDir();
  const folder = `${out}/us_stocks_sip/day_aggs_v1/2024/01`;
  await Deno.mkdir(folder, { recursive: true });
  const cli = new URL("../../cli.ts", import.meta.url).pathname;
  const env = environmentOf(server);
  using watcher = Deno.watchFs(folder);
  const child = denoCommand(
    ["run", "-A", cli, "get", KEY, "--out", out],
    { env },
  ).spawn();
  const part = `${folder}/2024-01-02.csv.gz.part`;
  for await (const _ of watcher) {
    const size = await Deno.stat(part).then(({ size }) => size, () => 0);
    if (size > 1_000_000) break;
  }
  child.kill("SIGINT");
  const { code, stderr } = await child.output();
  assertEquals([code, new TextDecoder().decode(stderr)], [
    130,
    "Interrupted: 0 of 1 file is there; run again to go on\n",
  ]);
  const left = [...Deno.readDirSync(folder)].map(({ name }) => name);
  assertFalse(left.includes("2024-01-02.csv.gz"));

  const kept = (await Deno.stat(part)).size;
  const again = await runFlatbed(["get", KEY, "--out", out], { env });
  assertEquals(again.code, 0);
  assertEquals(ranges.at(-1), `bytes=${kept}-`);
  assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), [
    "2024-01-02.csv.gz",
  ]);
  assertEquals(await Deno.readFile(`${folder}/2024-01-02.csv.gz`), body);
  await Deno.remove(out, { recursive: true });
});

Deno.test("flatbed says in one sentence what to set where there are no credentials", async () => {
  const { code, stderr } = await runFlatbed(["ls", "stocks_daily"]);
  assertEquals(code, 2);
  assertEquals(stderr.trimEnd().split("\n").length, 1);
  assertStringIncludes(
    stderr,
    "set FLATBED_ACCESS_KEY_ID and FLATBED_SECRET_ACCESS_KEY",
  );
});

Deno.test("flatbed takes credentials from each source, and never mixes two", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  const { accessKeyId, secretAccessKey } = DEMO_CREDENTIALS;
  const args = [
    "ls",
    "stocks_daily",
    "--date",
    "2024-01-02",
    "--endpoint-url",
    server.url,
  ];
  for (const source of ["FLATBED", "MASSIVE", "POLYGON", "AWS"]) {
    const env = {
      [`${source}_ACCESS_KEY_ID`]: accessKeyId,
      [`${source}_SECRET_ACCESS_KEY`]: secretAccessKey,
    };
    assertEquals((await runFlatbed(args, { env })).code, 0, source);
  }
  const mixed = await runFlatbed(args, {
    env: {
      FLATBED_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    },
  });
  assertEquals(mixed.code, 2);
  assertStringIncludes(
    mixed.stderr,
    "FLATBED_ACCESS_KEY_ID is set, but FLATBED_SECRET_ACCESS_KEY is not",
  );
  const first = await runFlatbed(args, {
    env: {
      MASSIVE_ACCESS_KEY_ID: accessKeyId,
      MASSIVE_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_ACCESS_KEY_ID: "someone-else",
      AWS_SECRET_ACCESS_KEY: "another-made-up-secret",
    },
  });
  assertEquals(first.code, 0);
});

Deno.test("flatbed --profile reads the AWS credentials file", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  const file = await Deno.makeTempFile();
  await Deno.writeTextFile(
    file,
    `[default]\naws_access_key_id = someone-else\naws_secret_access_key = another-made-up-secret\n\n[demo]\naws_access_key_id = ${DEMO_CREDENTIALS.accessKeyId}\naws_secret_access_key = ${DEMO_CREDENTIALS.secretAccessKey}\n`,
  );
  const env = { AWS_SHARED_CREDENTIALS_FILE: file };
  const args = [
    "ls",
    "stocks_daily",
    "--date",
    "2024-01-02",
    "--endpoint-url",
    server.url,
  ];
  assertEquals(
    (await runFlatbed([...args, "--profile", "demo"], { env })).code,
    0,
  );
  const missing = await runFlatbed([...args, "--profile", "nobody"], { env });
  assertEquals(missing.code, 2);
  assertStringIncludes(missing.stderr, "no profile 'nobody'");
  await Deno.remove(file);
});

Deno.test("flatbed never prints a secret, also with --verbose", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  const secret = "a-made-up-secret-that-must-not-show";
  for (const fault of ["none", "status"] as const) {
    server.faults.clear();
    if (fault === "status") {
      server.faults.add({ kind: "status", status: 400, code: "BadRequest" });
    }
    const { code, stdout, stderr } = await runFlatbed(
      ["ls", "stocks_daily", "--date", "2024-01-02", "--verbose"],
      { env: { ...environmentOf(server), FLATBED_SECRET_ACCESS_KEY: secret } },
    );
    assertEquals(code, 1);
    assertFalse(`${stdout}${stderr}`.includes(secret));
    assertFalse(/Signature=/.test(`${stdout}${stderr}`));
  }
});

Deno.test("flatbed serve tells where it is, answers signed requests and ends on SIGTERM", async () => {
  const cli = new URL("../../cli.ts", import.meta.url).pathname;
  const child = denoCommand([
    "run",
    "-A",
    cli,
    "serve",
    "--port",
    "0",
    "--json",
  ]).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const [listening] = parseLines((await reader.read()).value ?? "");
  assertEquals(listening.code, "listening");
  const unsigned = await fetch(`${listening.url}/flatfiles/${KEY}`);
  assertEquals(unsigned.status, 403);
  await unsigned.body?.cancel();
  const signed = await runFlatbed([
    "ls",
    "stocks_daily",
    "--date",
    "2024-01-02",
  ], {
    env: environmentOf({ url: listening.url, credentials: listening }),
  });
  assertEquals(signed.code, 0);
  child.kill("SIGTERM");
  await reader.cancel();
  await child.stderr.cancel();
  assertEquals((await child.status).code, 0);
});

Deno.test("flatbed demo brings a month of two datasets, and nothing the second time", async () => {
  const out = await Deno.makeTempDir();
  const first = await runFlatbed(["demo", "--out", out]);
  assertEquals(first.code, 0);
  assertStringIncludes(first.stdout, "42 files fetched");
  assertStringIncludes(
    first.stdout,
    "  ticker,volume,open,close,high,low,window_start,transactions\n  A,",
  );
  assertMatch(first.stdout, /downloads +42\n +successful +42\n +failed +0\n/);
  assertStringIncludes(first.stdout, "What to try next");
  for (const root of ["us_stocks_sip", "us_options_opra"]) {
    const names = [...Deno.readDirSync(`${out}/${root}/day_aggs_v1/2024/01`)];
    assertEquals(names.length, 21);
  }
  const second = await runFlatbed(["demo", "--out", out]);
  assertEquals(second.code, 0);
  assertStringIncludes(
    second.stdout,
    "Nothing to fetch; 42 files already here",
  );
  await Deno.remove(out, { recursive: true });
});

Deno.test("flatbed get has what sync has: --last, --dry-run, --limit-rate, and the folder", async () => {
  const methods: string[] = [];
  await using server = startDemoServer({
    onRequest: ({ method }) => methods.push(method),
  });
  await using folder = await makeFolder();
  const options = { env: environmentOf(server), cwd: folder.path };
  const args = ["get", "stocks_daily", "--to", "2024-01-05", "--last", "3d"];
  const dry = await runFlatbed([...args, "--dry-run", "--json"], options);
  assertEquals(dry.code, 0);
  const events = parseLines(dry.stdout);
  assertEquals(
    events.slice(0, -1).map(({ code, path }) => `${code} ${path}`).toSorted(),
    ["03", "04", "05"].map((day) =>
      `planned ./flatbed-data/us_stocks_sip/day_aggs_v1/2024/01/2024-01-${day}.csv.gz`
    ),
  );
  assertEquals([events.at(-1).planned, events.at(-1).fetched], [3, 0]);
  assertEquals(await folder.names(), []);
  assertFalse(methods.includes("GET"));

  const plain = await runFlatbed([...args, "--dry-run"], options);
  assertMatch(plain.stdout, /^3 files to fetch, [\d.]+ kB\n$/m);
  const { code } = await runFlatbed([...args, "--limit-rate", "10M"], options);
  assertEquals(code, 0);
  assertEquals((await folder.names()).length, 3);
  const wrong = await runFlatbed(
    [...args, "--dry-run", "--output", "x"],
    options,
  );
  assertEquals(wrong.code, 2);
});

Deno.test("flatbed get takes the folder and the form of its files from a configuration", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await makeFolder();
  const options = { env: environmentOf(server), cwd: folder.path };
  await Deno.writeTextFile(
    `${folder.path}/flatbed.json`,
    JSON.stringify({ out: "data", decompress: true, limitRate: "10M" }),
  );
  assertEquals((await runFlatbed(["get", KEY], options)).code, 0);
  const path = `${folder.path}/data/${KEY.replace(".gz", "")}`;
  assertEquals(await Deno.readTextFile(path), await expectedText(KEY));
  // A single file elsewhere is as it is asked for.
  assertEquals(
    (await runFlatbed(["get", KEY, "--output", "x.csv.gz"], options)).code,
    0,
  );
  assertEquals((await Deno.readFile(`${folder.path}/x.csv.gz`))[0], 0x1f);
});

Deno.test("flatbed get --decompress tells the size of the content", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await makeFolder();
  const env = environmentOf(server);
  const { length } = new TextEncoder().encode(await expectedText(KEY));
  const args = ["get", KEY, "--decompress"];
  const one = await runFlatbed([...args, "--out", folder.path], { env });
  const size = formatBytes(length);
  assertStringIncludes(one.stdout, `.csv  ${size}\n`);
  assertStringIncludes(one.stdout, `, ${size} decompressed\n`);
  const file = `${folder.path}/x.csv`;
  const other = await runFlatbed([...args, "--output", file], { env });
  assertEquals(other.stdout, `fetched  ${file}  ${size}\n`);
});

Deno.test("flatbed takes nothing for a mirror's place that is an address, standard output or nothing", async () => {
  await using folder = await makeFolder();
  const commands = [
    "get",
    "sync",
    "verify",
    "missing",
    "status",
    "watch",
    "doctor",
    "init",
    "demo",
  ];
  for (
    const out of [
      "S3:x",
      "https://a/b",
      "-",
      "/dev/stdout",
      "",
    ]
  ) {
    for (
      const command of out === "-" ? commands : ["get"]
    ) {
      const { code, stderr } = await runFlatbed(
        [command, ...(command === "get" ? ["x"] : []), `--out=${out}`],
        { cwd: folder.path },
      );
      assertEquals([command, out, code], [command, out, 2]);
      assertStringIncludes(
        stderr,
        out === "S3:x" ? ": expected s3://bucket" : ": expected a folder",
      );
    }
  }
  assertEquals(await folder.names(), []);
});
