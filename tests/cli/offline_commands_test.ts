import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { addDays } from "../../src/calendar/mod.ts";
import {
  DATASETS,
  getColumns,
  getFileDates,
  lastDueDate,
  newYorkDate,
  S3Catalog,
} from "../../src/catalog/mod.ts";
import { parseLines, runFlatbed } from "../support/deno_command.ts";

Deno.test("flatbed without arguments prints its help and exits 0", async () => {
  const { code, stdout } = await runFlatbed([]);
  assertEquals(code, 0);
  for (
    const name of ["datasets", "keys", "calendar", "ls", "get", "serve", "demo"]
  ) {
    assertMatch(stdout, new RegExp(`^  ${name} `, "m"));
  }
  assertStringIncludes(
    stdout,
    "Exit codes: 0 done, 1 something failed, 2 wrong usage",
  );
});

Deno.test("flatbed <command> --help shows examples for each command", async () => {
  for (
    const name of ["datasets", "keys", "calendar", "ls", "get", "serve", "demo"]
  ) {
    const { code, stdout } = await runFlatbed([name, "--help"]);
    assertEquals(code, 0);
    assertStringIncludes(stdout, `Examples:\n  flatbed ${name}`);
    assertStringIncludes(stdout, "--json");
  }
});

Deno.test("flatbed --version prints the version of deno.json", async () => {
  const { version } = JSON.parse(
    await Deno.readTextFile(new URL("../../deno.json", import.meta.url)),
  );
  assertEquals((await runFlatbed(["--version"])).stdout, `${version}\n`);
});

Deno.test("flatbed answers wrong usage with a sentence and exit code 2", async () => {
  const cases: [string[], string][] = [
    [["frobnicate"], "unknown command 'frobnicate'"],
    [["keys"], "missing required argument"],
    [["keys", "stocks_daily"], "Which days?"],
    [
      ["keys", "nonsense", "--date", "2024-01-02"],
      "There is no data type 'nonsense'",
    ],
    [["keys", "stocks_daily", "--date", "2024-02-30"], "2024-02-30"],
    [
      ["keys", "stocks_daily", "--from", "2024-02-01", "--to", "2024-01-01"],
      "is after",
    ],
    [["keys", "stocks_daily", "--to", "2024-01-01"], "--to needs --from"],
    [
      ["keys", "stocks_daily", "--date", "2024-01-02", "--from", "2024-01-01"],
      "--date and --from, --to or --last cannot be used together",
    ],
    [
      ["keys", "stocks_daily", "--date", "2024-01-02", "--layout", "x"],
      "live, documented",
    ],
    [["calendar", "2024-13"], "2024-13"],
    [["calendar", "--calendar", "XLON"], "XNYS, CMES, FOREX, 24/7"],
    [["serve", "--port", "70000"], "65535"],
    [["serve", "--scale", "-1"], "> 0"],
    [["serve", "--fault", "nonsense"], "nonsense"],
    [
      ["get", "stocks_daily", "--date", "2024-01-02", "--max-concurrent", "0"],
      "≥ 1",
    ],
    [["get", "nonsense"], "There is no data type 'nonsense'"],
    [["get", "stocks_daily"], "Which days of stocks_daily?"],
    [[
      "get",
      "stocks_daily",
      "--from",
      "2024-01-02",
      "--to",
      "2024-01-05",
      "--output",
      "x",
    ], "--output takes one object, but"],
    [["ls", "nonsense"], "There is no data type 'nonsense'"],
  ];
  for (const [args, sentence] of cases) {
    const { code, stdout, stderr } = await runFlatbed(args);
    assertEquals({ args, code, stdout }, { args, code: 2, stdout: "" });
    assertStringIncludes(stderr, sentence);
    assert(!stderr.includes("    at "), `a stack trace: ${stderr}`);
  }
});

Deno.test("flatbed datasets lists all 33, and those that a pattern names", async () => {
  const { stdout } = await runFlatbed(["datasets"]);
  for (const { id } of DATASETS) {
    assertMatch(stdout, new RegExp(`^${id} `, "m"));
  }
  const some = await runFlatbed(["datasets", "futures_*_trades", "--json"]);
  assertEquals(
    parseLines(some.stdout).map(({ id, prefix }) => [id, prefix]),
    DATASETS.filter(({ id }) => /^futures_.*_trades$/.test(id))
      .map(({ id, prefix }) => [id, prefix]),
  );
});

Deno.test("flatbed datasets tells the columns of the datasets that are named", async () => {
  const { stdout } = await runFlatbed(["datasets", "stocks_trades"]);
  assertMatch(stdout, /^sip_timestamp +timestamp +ns since 1970 +UTC$/m);
  assertMatch(stdout, /^size +decimal +shares$/m);
  assertMatch(stdout, /^- size: fractional since 2026-02-23, /m);
  const json = await runFlatbed(["datasets", "stocks_*", "--json"]);
  for (const { id, schema } of parseLines(json.stdout)) {
    assertEquals(schema, getColumns(id));
  }
  const unknown = await runFlatbed(["datasets", "indices_values"]);
  assertStringIncludes(unknown.stdout, "No public source shows the columns");
});

Deno.test("flatbed keys prints what S3Catalog.getDateRangeKeys() says", async () => {
  const range = ["--from", "2024-01-01", "--to", "2024-01-31"];
  const live = await runFlatbed(["keys", "options_daily", ...range]);
  const documented = await runFlatbed([
    "keys",
    "options_daily",
    "--layout",
    "documented",
    ...range,
  ]);
  for (
    const [layout, { stdout }] of [["live", live], [
      "documented",
      documented,
    ]] as const
  ) {
    assertEquals(
      stdout.trimEnd().split("\n"),
      new S3Catalog(undefined, { layout }).getDateRangeKeys(
        "options_daily",
        "2024-01-01",
        "2024-01-31",
      ),
    );
  }
  const json = await runFlatbed([
    "keys",
    "stocks_daily",
    "--date",
    "2024-01-02",
    "--json",
  ]);
  assertEquals(parseLines(json.stdout), [{
    key: "us_stocks_sip/day_aggs_v1/2024/01/2024-01-02.csv.gz",
    dataType: "stocks_daily",
    date: "2024-01-02",
  }]);
});

Deno.test("flatbed keys leaves out what is not due where no end is named, and takes optional days when told to", async () => {
  const now = new Date();
  const today = newYorkDate(now);
  const from = addDays(today, -5);
  const open = await runFlatbed(["keys", "crypto_daily", "--from", from]);
  assertEquals(
    open.stdout.trimEnd().split("\n").map((key) => key.slice(-17, -7)),
    getFileDates("crypto_daily", from, lastDueDate(now)),
  );
  assertStringIncludes(
    open.stderr,
    `Note: it is not due yet: files of ${today}`,
  );
  const named = await runFlatbed(
    ["keys", "crypto_daily", "--from", from, "--to", today],
  );
  assertEquals(named.stdout.trimEnd().split("\n").length, 6);

  const weekend = ["forex_daily", "--from", "2024-01-05", "--to", "2024-01-08"];
  const keysOf = async (...args: string[]) =>
    (await runFlatbed(["keys", ...weekend, ...args])).stdout.match(/\n/g)
      ?.length;
  assertEquals([await keysOf(), await keysOf("--optional")], [2, 4]);
  const before = await runFlatbed([
    "keys",
    "stocks_daily",
    "--date",
    "2003-09-09",
  ]);
  assertEquals(before.stderr, "Note: stocks_daily begins on 2003-09-10\n");
});

Deno.test("flatbed calendar draws a month with its holidays and early closes", async () => {
  const { stdout } = await runFlatbed(["calendar", "2024-11"]);
  assertEquals(
    stdout,
    `XNYS November 2024: 20 trading days

November
Mo Tu We Th Fr Sa Su
             1  2  3
 4  5  6  7  8  9 10
11 12 13 14 15 16 17
18 19 20 21 22 23 24
25 26 27 28*29-30

2024-11-28  Thanksgiving Day
2024-11-29  Day after Thanksgiving: closes at 13:00 New York time
`,
  );
});

Deno.test("flatbed calendar draws a year of twelve months", async () => {
  const { stdout } = await runFlatbed(["calendar", "2024"]);
  assertStringIncludes(stdout, "XNYS 2024: 252 trading days");
  assertEquals(stdout.match(/Mo Tu We Th Fr Sa Su/g)?.length, 12);
  // No terminal: no escape sequences.
  assert(!stdout.includes("\x1b"));
});

Deno.test("flatbed calendar --days and --json tell the same days", async () => {
  const days = await runFlatbed(["calendar", "2024-07", "--days"]);
  const json = await runFlatbed(["calendar", "2024-07", "--json"]);
  const records = parseLines(json.stdout);
  assertEquals(records.length, 31);
  assertEquals(
    records.filter(({ isTradingDay }) => isTradingDay).map(({ date }) => date),
    days.stdout.trimEnd().split("\n"),
  );
  assertEquals(records[2], {
    date: "2024-07-03",
    calendar: "XNYS",
    kind: "early-close",
    isTradingDay: true,
    name: "Day before Independence Day",
    open: "2024-07-03T13:30:00.000Z",
    close: "2024-07-03T17:00:00.000Z",
  });
  assertEquals(records[3]?.kind, "holiday");
  assertEquals(records[5]?.kind, "weekend");
});

Deno.test("flatbed ends quietly where its reader has had enough", async () => {
  const cli = new URL("../../cli.ts", import.meta.url).pathname;
  const { denoCommand } = await import("../support/deno_command.ts");
  const child = denoCommand([
    "run",
    "-A",
    cli,
    "keys",
    "*",
    "--from",
    "2010-01-01",
  ]).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  await reader.cancel();
  const stderr = await new Response(child.stderr).text();
  const { code } = await child.status;
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
});
