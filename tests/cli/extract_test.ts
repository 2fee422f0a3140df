import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type DemoServer, startDemoServer } from "../../src/demo/mod.ts";
import {
  denoScript,
  environmentOf,
  parseLines,
  runFlatbed,
} from "../support/deno_command.ts";
import { gzip } from "../support/data.ts";
import { tryProgram } from "../support/program.ts";
import { makeFolder, type TemporaryFolder } from "../support/folder.ts";

const KEY = (date: string) =>
  `us_stocks_sip/minute_aggs_v1/2024/01/${date}.csv.gz`;

/** 14:30 UTC of a day, and minutes behind it, in nanoseconds. */
const at = (date: string, minute: number) =>
  `${Date.parse(`${date}T14:30:00Z`) / 1000 + 60 * minute}000000000`;

const HEADER = "ticker,volume,open,close,high,low,window_start,transactions";

function row(ticker: string, date: string, minute: number): string {
  return `${ticker},100.500000,1.10,1.2,1.3,1,${at(date, minute)},7`;
}

const FIRST = "2024-01-02";
const SECOND = "2024-01-03";

/** A service with two days of minutes, of which a mirror has the first one. */
async function setUp(): Promise<
  AsyncDisposable & {
    server: DemoServer;
    folder: TemporaryFolder;
    run: (...args: string[]) => ReturnType<typeof runFlatbed>;
  }
> {
  const server = startDemoServer({ scale: 0.01 });
  const folder = await makeFolder();
  for (const date of [FIRST, SECOND]) {
    const rows = [
      HEADER,
      row("AA", date, 0),
      row("AAPL", date, -1),
      row("AAPL", date, 0),
      row("NA", date, 0),
      row("AAPL", date, 1),
    ];
    server.objects.set(KEY(date), {
      body: await gzip(new TextEncoder().encode(rows.join("\n"))),
    });
  }
  const env = environmentOf(server);
  const run = (...args: string[]) =>
    runFlatbed([...args, "--out", `${folder.path}/m`], {
      env,
      cwd: folder.path,
    });
  const day = ["--from", FIRST, "--to", FIRST];
  assertEquals((await run("sync", "stocks_minute", ...day)).code, 0);
  return {
    server,
    folder,
    run,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

const TWO = ["--from", FIRST, "--to", SECOND];

Deno.test("flatbed extract writes the rows of tickers, from the mirror and from the service", async () => {
  await using setup = await setUp();
  const { code, stdout, stderr } = await setup.run(
    ...["extract", "stocks_minute", "AAPL", ...TWO, "--stats"],
  );
  assertEquals(stdout.split("\n"), [
    HEADER,
    ...[FIRST, SECOND].flatMap((date) =>
      [-1, 0, 1].map((minute) => row("AAPL", date, minute))
    ),
    "",
  ]);
  assertEquals(code, 0);
  const { length } = await Deno.readFile(
    `${setup.folder.path}/m/${KEY(FIRST)}`,
  );
  const { body } = setup.server.objects.get(KEY(SECOND)) ?? {};
  assert(body instanceof Uint8Array);
  assertEquals(stderr.replace(/[\d.]+ s$/m, "0.1 s").split("\n"), [
    "6 rows of 2 days in 0.1 s",
    `1 day from the mirror, read through: read ${length} B`,
    `1 day from the service, read through: downloaded ${body.length} B`,
    "",
  ]);
});

Deno.test("flatbed extract takes all days of the mirror where none is named, and needs no credentials for them", async () => {
  await using setup = await setUp();
  const out = ["--out", `${setup.folder.path}/m`];
  const args = ["extract", "stocks_minute", "NA", ...out];
  const { code, stdout, stderr } = await runFlatbed(args, {
    cwd: setup.folder.path,
  });
  assertEquals([code, stderr], [0, ""]);
  assertEquals(stdout, `${HEADER}\n${row("NA", FIRST, 0)}\n`);

  const none = await runFlatbed(
    ["extract", "stocks_daily", "NA", ...out],
    { cwd: setup.folder.path },
  );
  assertEquals(none.code, 2);
  assertStringIncludes(none.stderr, "name them with --date, --from or --last");
});

Deno.test("flatbed extract exits with 3 and names the days that are not to be had", async () => {
  await using setup = await setUp();
  for (const args of [["--offline"], []]) {
    const { code, stdout, stderr } = await runFlatbed(
      ["extract", "stocks_minute", "NA", ...TWO, ...args, "--out", "m"],
      { cwd: setup.folder.path },
    );
    assertEquals(code, 3);
    assertEquals(stdout, `${HEADER}\n${row("NA", FIRST, 0)}\n`);
    assertStringIncludes(
      stderr,
      "No rows of 1 day, not in the mirror: stocks_minute 2024-01-03",
    );
    assertEquals(
      stderr.includes("The service was not asked: "),
      args.length === 0,
    );
  }
});

Deno.test("flatbed extract exits with 1 where a day of the mirror is damaged at source, and with 75 where one that is read from the service is: it may have been damaged on the way", async () => {
  await using setup = await setUp();
  setup.server.faults.add({ kind: "damaged-source", key: KEY(SECOND) });
  const day = ["--from", SECOND, "--to", SECOND];
  assertEquals((await setup.run("sync", "stocks_minute", ...day)).code, 1);
  const held = await setup.run("extract", "stocks_minute", "NA", ...TWO);
  assertEquals([held.code, held.stdout, held.stderr], [
    1,
    `${HEADER}\n${row("NA", FIRST, 0)}\n`,
    "No rows of 1 day, damaged at source: stocks_minute 2024-01-03\n",
  ]);
  const others = await runFlatbed(
    ["extract", "stocks_minute", "NA", ...day, "--out", "none"],
    { env: environmentOf(setup.server), cwd: setup.folder.path },
  );
  assertEquals(others.code, 75);
  assertStringIncludes(others.stderr, KEY(SECOND));
});

Deno.test("flatbed extract takes patterns, files of tickers, times of day and columns", async () => {
  await using setup = await setUp();
  const day = ["extract", "stocks_minute", "--date", FIRST];
  const between = await setup.run(
    ...[...day, "A*", "--between", "09:30-09:31", "--columns", "close,ticker"],
  );
  assertEquals(between.stdout, "close,ticker\n1.2,AA\n1.2,AAPL\n");
  await Deno.writeTextFile(
    `${setup.folder.path}/list`,
    "# mine\nNA\n\nA? # two letters\r\n",
  );
  const list = await setup.run(
    ...[...day, "--tickers", "list", "--columns", "ticker,window_start"],
    ...["--time", "local", "--zone", "UTC"],
  );
  assertEquals(
    list.stdout,
    "ticker,window_start\nAA,2024-01-02T14:30:00.000000000+00:00\nNA,2024-01-02T14:30:00.000000000+00:00\n",
  );
});

Deno.test("flatbed extract --exact takes tickers that have a wildcard in them as they are", async () => {
  await using setup = await setUp();
  const rows = ["A?", "A*", "AA"].map((ticker) => row(ticker, SECOND, 0));
  setup.server.objects.set(KEY(SECOND), {
    body: await gzip(new TextEncoder().encode([HEADER, ...rows].join("\n"))),
  });
  const day = ["extract", "stocks_minute", "--date", SECOND];
  const only = ["--columns", "ticker"];
  const exact = await setup.run(...day, ...only, "--exact", "A*", "A?");
  assertEquals([exact.code, exact.stdout], [0, "ticker\nA?\nA*\n"]);
  const all = await setup.run(...day, ...only, "A*");
  assertEquals(all.stdout, "ticker\nA?\nA*\nAA\n");
});

Deno.test({
  name: "flatbed extract takes tickers from standard input",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using setup = await setUp();
    const cli = new URL("../../cli.ts", import.meta.url).pathname;
    const script = denoScript(["run", "--allow-all", "--no-prompt", cli]);
    const { code, stdout } = await tryProgram("sh", [
      "-c",
      `printf 'NA\\r\\n\\nAA # mine\\n' | ${script} extract stocks_minute --tickers - --date ${FIRST} --columns ticker --out m`,
    ], { cwd: setup.folder.path, env: environmentOf(setup.server) });
    assertEquals([code, stdout], [0, "ticker\nAA\nNA\n"]);
  },
});

Deno.test("flatbed extract writes NDJSON and Arrow, and a file by its ending, whole or not at all", async () => {
  await using setup = await setUp();
  const day = ["extract", "stocks_minute", "NA", "--date", FIRST];
  const lines = await setup.run(...day, "--format", "ndjson");
  assertEquals(parseLines(lines.stdout), [{
    ticker: "NA",
    volume: 100.5,
    open: 1.1,
    close: 1.2,
    high: 1.3,
    low: 1,
    window_start: at(FIRST, 0),
    transactions: 7,
  }]);
  const read = (name: string) => Deno.readFile(`${setup.folder.path}/${name}`);
  const written = await setup.run(...day, "--output", "a.ndjson");
  const bytes = await read("a.ndjson");
  assertEquals([written.code, written.stdout, written.stderr], [
    0,
    `1 row of 1 day, ${bytes.length} B in a.ndjson\n`,
    "",
  ]);
  assertEquals(new TextDecoder().decode(bytes), lines.stdout);
  await setup.run(...day, "--output", "a.arrow");
  assertEquals([...(await read("a.arrow")).subarray(0, 4)], [
    255,
    255,
    255,
    255,
  ]);

  const wrong = await setup.run(
    ...day,
    "--output",
    "a.ndjson",
    "--columns",
    "prize",
  );
  assertEquals(wrong.code, 2);
  assertStringIncludes(
    wrong.stderr,
    "Cannot use --columns: 'prize' is not a column",
  );
  assertEquals(new TextDecoder().decode(await read("a.ndjson")), lines.stdout);
  const names = await Array.fromAsync(
    Deno.readDir(setup.folder.path),
    ({ name }) => name,
  );
  assertEquals(names.filter((name) => name.includes(".part")), []);
});

Deno.test("flatbed extract says where other columns are, and that there is no such row", async () => {
  await using setup = await setUp();
  setup.server.objects.set(KEY(SECOND), {
    body: await gzip(
      new TextEncoder().encode("ticker,volume,venue\nNA,1,X\n"),
    ),
  });
  const { stdout, stderr } = await setup.run(
    ...["extract", "stocks_minute", "NA", ...TWO],
  );
  assertEquals(stdout.trimEnd().split("\n").at(-1), "NA,1,,,,,,");
  assertEquals(
    stderr,
    `Other columns in ${
      KEY(SECOND)
    } (no open, close, high, low, window_start, transactions; also venue): its rows are written by name\n`,
  );
  const none = await setup.run(
    ...["extract", "crypto_daily", "X:BTCUSD", "--date", FIRST],
  );
  assertEquals(none.code, 0);
  assertEquals(
    none.stderr,
    "No rows of X:BTCUSD in 1 day of crypto_daily; did you mean X:BTC-USD?\n",
  );
});

Deno.test("flatbed extract names tickers and underlyings without rows, and what may have been meant", async () => {
  await using setup = await setUp();
  const day = ["--date", FIRST];
  const where = "in 1 day of stocks_minute";
  const cases: [args: string[], message: string][] = [
    [["aapl"], `No rows of aapl ${where}; did you mean AAPL?`],
    [["NA", "AAPLL"], `No rows of AAPLL ${where}; did you mean AAPL?`],
    [["Z*"], `No rows of 'Z*' ${where}`],
    [
      ["NA", "--between", "9:31-10:00"],
      `No rows of NA between 09:31 and 10:00 ${where}: it has some at other times`,
    ],
    [
      ["QQ", "RR", "SS", "TT", "UU", "NA"],
      "No rows of 2 other tickers: TT, UU",
    ],
  ];
  for (const [args, message] of cases) {
    const { code, stderr } = await setup.run(
      ...["extract", "stocks_minute", ...args, ...day],
    );
    assertEquals([code, stderr.split("\n").at(-2)], [0, message]);
  }
  const options = ["extract", "options_trades", "--date", FIRST];
  for (
    const [args, hint] of [
      [["SPY"], "--underlying SPY"],
      [["--underlying", "spy,ZZZZZZ"], "--underlying SPY"],
    ] as const
  ) {
    const { stderr } = await setup.run(...options, ...args);
    assertStringIncludes(stderr, `; did you mean ${hint}?\n`);
  }
});

Deno.test("flatbed extract takes several underlyings, by commas or one after the other", async () => {
  await using setup = await setUp();
  setup.server.objects.set(
    `us_options_opra/trades_v1/2024/01/${FIRST}.csv.gz`,
    {
      body: await gzip(
        new TextEncoder().encode(
          ["AAPL", "QQQ", "SPY"].map((root) => `O:${root}240105C00475000,1\n`)
            .toSpliced(0, 0, "ticker,price\n").join(""),
        ),
      ),
    },
  );
  const roots = async (...args: string[]) => {
    const { stdout, stderr } = await setup.run(
      ...["extract", "options_trades", "--date", FIRST, "--columns", "ticker"],
      ...args,
    );
    assertEquals(stderr, "");
    const tickers = stdout.trimEnd().split("\n").slice(1);
    return [...new Set(tickers.map((ticker) => ticker.slice(2, -15)))];
  };
  const both = ["AAPL", "SPY"];
  assertEquals(await roots("--underlying", "SPY,AAPL"), both);
  assertEquals(
    await roots("--underlying", "SPY", "--underlying", "AAPL"),
    both,
  );
});

Deno.test("flatbed extract says what is wrong with its arguments", async () => {
  await using folder = await makeFolder();
  const cases: [args: string[], message: string][] = [
    [["stocks_minute"], "Of which tickers?"],
    [["stocks_*", "A"], "Expected one data type"],
    [["stock_minute", "A"], "stocks_minute"],
    [["stocks_minute", "A", "--between", "open-close"], "expected two times"],
    [
      ["stocks_minute", "A", "--between", "09:30-25:00", "--date", FIRST],
      "Cannot use --between",
    ],
    [["stocks_minute", "A", "--adjusted"], "--adjusted goes with --underlying"],
    [
      ["stocks_minute", "--underlying", "SPY", "--date", FIRST],
      "stocks_minute has no options",
    ],
    [
      ["stocks_minute", "A", "--output", "a.parquet"],
      "Cannot write the format of a.parquet: end the name with .csv, .ndjson or .arrow",
    ],
    [
      ["stocks_minute", "A", "--output", "a.csv.gz"],
      "leave out --output, and add | gzip > a.csv.gz",
    ],
    [
      ["stocks_minute", "A", "--out", "a.arrow"],
      "--out is the mirror's folder; did you mean --output a.arrow?",
    ],
    [
      [
        "stocks_minute",
        "A",
        "--out",
        "m",
        "--output",
        `m/${KEY(FIRST).slice(0, -3)}`,
      ],
      "that is a file of the mirror in m",
    ],
    [
      ["stocks_minute", "A", "--zone", "Mars"],
      "Cannot use --zone 'Mars': expected",
    ],
    [
      ["A", "AA", "stocks_minute"],
      "The data type comes first: flatbed extract stocks_minute A AA",
    ],
    [["stocks_minute", "A,AA"], "Tickers are separated by spaces: A AA"],
    [
      ["stocks_minute", "A", "--time", "iso", "--format", "arrow"],
      "--time is for CSV and NDJSON",
    ],
    [[
      "stocks_minute",
      "A",
      "--date",
      FIRST,
      "--between",
      "09:30-16:00",
      "--zone",
      "Mars",
    ], "'Mars'"],
  ];
  for (const [args, message] of cases) {
    const { code, stderr } = await runFlatbed(
      ["extract", ...args, "--offline"],
      { cwd: folder.path },
    );
    assertEquals(code, 2, stderr);
    assert(stderr.includes(message), `${args.join(" ")}: ${stderr}`);
  }
});
