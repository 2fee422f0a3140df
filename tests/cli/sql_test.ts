import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { startDemoServer } from "../../src/demo/mod.ts";
import { resultTable } from "../../src/cli/result_table.ts";
import {
  denoCommand,
  environmentOf,
  parseLines,
  ROOT,
  runFlatbed,
} from "../support/deno_command.ts";
import { gzip } from "../support/data.ts";
import { makeFolder, type TemporaryFolder } from "../support/folder.ts";

const CLI = new URL("cli.ts", ROOT).pathname;
const DAYS = ["2024-01-02", "2024-01-03", "2024-01-04"];
const FOLDER = "us_stocks_sip/trades_v1/2024/01";

/** Trades of three days: the last one has other columns, and one that nobody knows of. */
function tradesOf(date: string): string {
  const time = (nanos: string) =>
    `${Date.parse(`${date}T14:30:00Z`) / 1000}${nanos}`;
  const rows = date === DAYS[2]
    ? [
      "ticker,price,id,sip_timestamp,size,conditions,mood",
      `NA,1.25,9007199254740993,${time("010084598")},2.5,"12,37",calm`,
    ]
    : [
      "ticker,conditions,id,price,sip_timestamp,size",
      `AAPL,"12,37",1,185.64,${time("000000001")},100`,
      `AAPL,,2,185.65,${time("000000002")},1`,
      `NA,[401],3,1.5,${time("000000003")},7`,
      `TRUE,"12",4,2,${time("000000004")},7`,
    ];
  return `${rows.join("\n")}\n`;
}

/** A mirror with them; of the first day, the decompressed file is there as well. */
async function setUp(): Promise<
  AsyncDisposable & {
    folder: TemporaryFolder;
    run: (...args: string[]) => ReturnType<typeof runFlatbed>;
  }
> {
  await using server = startDemoServer({ scale: 0.01 });
  const folder = await makeFolder();
  for (const date of DAYS) {
    server.objects.set(`${FOLDER}/${date}.csv.gz`, {
      body: await gzip(new TextEncoder().encode(tradesOf(date))),
    });
  }
  const env = environmentOf(server);
  const run = (...args: string[]) =>
    runFlatbed([...args, "--out", "m"], { env, cwd: folder.path });
  const sync = ["sync", "stocks_trades", "--quiet"];
  const range = ["--from", "2024-01-02", "--to", "2024-01-04"];
  assertEquals(await run(...sync, ...range), {
    code: 0,
    stdout: "",
    stderr: "",
  });
  const first = ["--from", "2024-01-02", "--to", "2024-01-02"];
  const again = await run(...sync, ...first, "--decompress");
  assertEquals([again.code, again.stderr], [0, ""]);
  return {
    folder,
    run,
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

const NOTE =
  "stocks_trades: 3 of 3 days read from CSV, which takes longer than Parquet: 'flatbed parquet stocks_trades' makes it\n";

Deno.test("flatbed sql answers over the days of the mirror: columns by name, no day twice, no digit lost", async () => {
  await using setup = await setUp();
  const { run, folder } = setup;
  // What is not of the mirror does not count.
  await Deno.copyFile(
    `${folder.path}/m/${FOLDER}/2024-01-03.csv.gz`,
    `${folder.path}/m/${FOLDER}/2024-01-05.csv.gz`,
  );
  assertEquals(
    await run(
      "sql",
      "SELECT date, ticker, price, conditions, ny(sip_timestamp) AS new_york, mood FROM stocks_trades WHERE ticker IN ('NA', 'TRUE') ORDER BY ALL",
    ),
    {
      code: 0,
      stdout: [
        "date,ticker,price,conditions,new_york,mood",
        "2024-01-02,NA,1.5,[401],2024-01-02 09:30:00.000000003,",
        "2024-01-02,TRUE,2.0,12,2024-01-02 09:30:00.000000004,",
        "2024-01-03,NA,1.5,[401],2024-01-03 09:30:00.000000003,",
        "2024-01-03,TRUE,2.0,12,2024-01-03 09:30:00.000000004,",
        '2024-01-04,NA,1.25,"12,37",2024-01-04 09:30:00.010084598,calm',
        "",
      ].join("\n"),
      stderr: NOTE,
    },
  );
  const plan = await run(
    ...["sql", "EXPLAIN ANALYZE SELECT count(*) FROM stocks_trades"],
    // Only the file of that day is opened.
  );
  assertStringIncludes(plan.stdout, "Total Files Read: 2");
  const one = await run(
    "sql",
    "EXPLAIN ANALYZE SELECT count(*) FROM stocks_trades WHERE date = '2024-01-03'",
  );
  assertStringIncludes(one.stdout, "Total Files Read: 1");
  assertEquals(
    (await run("sql", "SHOW TABLES")).stdout,
    "name\nstocks_trades\n",
  );
});

Deno.test("flatbed sql reads Parquet where it is there, and says and finds the same", async () => {
  await using setup = await setUp();
  const { run, folder } = setup;
  const query = "FROM stocks_trades ORDER BY ALL";
  const fromCsv = await run("sql", query);
  assertEquals([fromCsv.code, fromCsv.stderr], [0, NOTE]);
  const types = await run("sql", "DESCRIBE stocks_trades");
  // One in another folder, and one that is of another version of its file.
  for (
    const [day, ...more] of [
      ["2024-01-02", "--parquet-out", `${folder.path}/elsewhere`],
      ["2024-01-03"],
    ] as const
  ) {
    const made = await run(
      ...["parquet", "stocks_trades", "--from", day, "--to", day, ...more],
    );
    assertEquals([made.code, made.stderr], [0, ""]);
  }
  assertEquals(await run("sql", query), {
    code: 0,
    stdout: fromCsv.stdout,
    stderr: NOTE.replace("3 of", "1 of"),
  });
  assertEquals(
    (await run("sql", "DESCRIBE stocks_trades")).stdout,
    types.stdout,
  );
  const stale = `${folder.path}/m/parquet/${FOLDER}/2024-01-03.parquet`;
  await Deno.copyFile(
    `${folder.path}/elsewhere/${FOLDER}/2024-01-02.parquet`,
    stale,
  );
  await Deno.utime(stale, 0, 0);
  assertEquals(await run("sql", query), {
    code: 0,
    stdout: fromCsv.stdout,
    stderr: NOTE.replace("3 of", "2 of"),
  });
  assertEquals((await run("parquet")).code, 0);
  assertEquals(await run("sql", query), { ...fromCsv, stderr: "" });
  const plan = await run(
    ...["sql", "EXPLAIN ANALYZE FROM stocks_trades WHERE date = '2024-01-03'"],
  );
  assertStringIncludes(plan.stdout, "Total Files Read: 1");
});

Deno.test("flatbed sql writes CSV, NDJSON, Arrow and Parquet, by the ending of --output", async () => {
  await using setup = await setUp();
  const { run, folder } = setup;
  const query =
    "SELECT ticker, 1679990340010084598 AS big, sum(9007199254740993) OVER () AS sum, sip_timestamp, 12 AS small, 1.5::DECIMAL(4, 2) AS exact, 'a\"b' AS quoted, [1] AS list, NULL AS nothing, true AS yes, 'nan'::DOUBLE AS nan FROM stocks_trades WHERE date = '2024-01-04'";
  const json = await run("sql", query, "--format", "ndjson");
  assertEquals(parseLines(json.stdout), [{
    ticker: "NA",
    big: "1679990340010084598",
    sum: "9007199254740993",
    sip_timestamp: "2024-01-04 14:30:00.010084598",
    small: 12,
    exact: 1.5,
    quoted: 'a"b',
    list: [1],
    nothing: null,
    yes: true,
    nan: "nan",
  }]);
  const csv = await run("sql", query);
  assertEquals(
    csv.stdout.split("\n")[1],
    'NA,1679990340010084598,9007199254740993,2024-01-04 14:30:00.010084598,12,1.50,"a""b",[1],,true,nan',
  );
  for (const name of ["r.parquet", "r.arrow", "r.csv"]) {
    assertEquals(
      await run("sql", query, "--output", name),
      { code: 0, stdout: "", stderr: NOTE },
    );
  }
  assertEquals(await Deno.readTextFile(`${folder.path}/r.csv`), csv.stdout);
  // DuckDB and Arrow read what was written.
  const back = await run(
    "sql",
    "SELECT big, sum, sip_timestamp FROM read_parquet('r.parquet')",
    "--allow",
    ".",
  );
  assertEquals(
    back.stdout,
    "big,sum,sip_timestamp\n1679990340010084598,9007199254740993,2024-01-04 14:30:00.010084598\n",
  );
  const { tableFromIPC } = await import("@uwdata/flechette");
  const table = tableFromIPC(
    await Deno.readFile(`${folder.path}/r.arrow`),
    { useBigInt: true, useBigIntTimestamp: true } as object,
  );
  const [row] = table.toArray();
  assertEquals(
    [row?.ticker, row?.big, row?.sum, row?.quoted],
    ["NA", 1679990340010084598n, 9007199254740993n, 'a"b'],
  );
  // A query that fails after many rows has failed as well.
  const late =
    "SELECT CASE WHEN range = 999999 THEN error('late') ELSE range END AS n FROM range(1000000)";
  for (const format of ["csv", "ndjson", "arrow", "parquet"]) {
    const { code, stdout, stderr } = await run("sql", late, "--format", format);
    assertEquals([format, code, stdout], [format, 1, ""]);
    assertStringIncludes(stderr, "late");
  }
  // What failed leaves no file, and an older one as it was.
  const failed = await run(
    ...["sql", "SELECT error('no') FROM stocks_trades"],
    ...["--output", "r.csv"],
  );
  assertEquals(failed.code, 1);
  assertEquals(await Deno.readTextFile(`${folder.path}/r.csv`), csv.stdout);
  assertEquals(
    (await folder.names()).filter((name) => !name.startsWith("m/")),
    ["r.arrow", "r.csv", "r.parquet"],
  );
});

Deno.test("flatbed sql reads nothing but the mirror and --allow, and writes nothing", async () => {
  await using setup = await setUp();
  const { run, folder } = setup;
  const mirror = `${folder.path}/m`;
  await Deno.writeTextFile(`${folder.path}/secret.csv`, "a\n1\n");
  await Deno.symlink(
    `${folder.path}/secret.csv`,
    `${mirror}/${FOLDER}/link.csv`,
  );
  await Deno.symlink(folder.path, `${mirror}/${FOLDER}/folder`);
  const before = await folder.names();
  for (
    const source of [
      "'/etc/passwd'",
      "read_text('/etc/passwd')",
      "read_text('file:///etc/passwd')",
      "read_csv('/etc/passwd', header = false)",
      "read_blob('/proc/self/environ')",
      "read_json('/etc/passwd')",
      "sniff_csv('/etc/passwd')",
      "parquet_metadata('/etc/passwd')",
      "glob('/etc/*')",
      `glob('${mirror}/../*')`,
      `read_text('${folder.path}/secret.csv')`,
      `read_text('${mirror}/../secret.csv')`,
      `read_blob('${mirror}/.flatbed/manifest.db')`,
      `read_text('${mirror}/${FOLDER}/link.csv')`,
      `read_text('${mirror}/${FOLDER}/folder/secret.csv')`,
      "read_csv('http://127.0.0.1:9/a.csv')",
      "'s3://bucket/a.parquet'",
      "(SELECT getenv('PATH'))",
    ]
  ) {
    const { code, stdout, stderr } = await run(
      ...["sql", `SELECT * FROM ${source}`],
    );
    assertEquals([source, code, stdout], [source, 1, ""]);
    assertMatch(stderr, /^flatbed: (Cannot run the query|There is no table)/);
  }
  const log = `'file', storage_path = '${mirror}/${FOLDER}/2024-01-02.csv'`;
  for (
    const statement of [
      `COPY (SELECT 1) TO '${mirror}/a.csv'`,
      `SELECT * FROM enable_logging(storage = ${log})`,
      "DROP VIEW stocks_trades",
    ]
  ) {
    const { code, stderr } = await run("sql", statement);
    assertEquals([statement, code], [statement, 1]);
    assertMatch(stderr, /^flatbed: Cannot run .* allowed/);
  }
  assertEquals(await folder.names(), before);
  const allowed = await run(
    ...["sql", `FROM read_csv('${folder.path}/secret.csv')`],
    ...["--allow", folder.path],
  );
  assertEquals([allowed.code, allowed.stdout], [0, "a\n1\n"]);
});

Deno.test("flatbed sql says what is wrong, and what was meant", async () => {
  await using setup = await setUp();
  const { run, folder } = setup;
  for (
    const [code, message, ...args] of [
      [
        1,
        "There is no table 'stocks_trade'; did you mean stocks_trades?",
        "FROM stocks_trade",
      ],
      [
        1,
        "There is no table 'x.stocks_trades'; did you mean stocks_trades?",
        "FROM x.stocks_trades",
      ],
      [
        1,
        "Cannot query stocks_daily: the mirror in m has no file of it",
        "FROM stocks_daily",
      ],
      [
        1,
        'column "tickr" not found in FROM clause! Candidate bindings: ',
        "SELECT tickr FROM stocks_trades",
      ],
      [1, "Cannot read the query: syntax error at or near", "SELEC 1"],
      [2, "A plan has no format", "EXPLAIN SELECT 1", "--format", "csv"],
      [
        2,
        "Cannot write the format of a.txt: end the name with",
        "SELECT 1",
        "--output",
        "a.txt",
      ],
      [
        2,
        "--memory much: expected bytes",
        "SELECT 1",
        "--memory",
        "much",
      ],
      [2, "expected 200M or more", "SELECT 1", "--memory", "1M"],
      [
        1,
        "Cannot read 'none': there is no such",
        "SELECT 1",
        "--allow",
        "none",
      ],
    ] as const
  ) {
    const outcome = await run("sql", ...args);
    assertStringIncludes(outcome.stderr, message);
    assertEquals([args, outcome.code, outcome.stdout], [args, code, ""]);
  }
  await Deno.remove(`${folder.path}/m/${FOLDER}/2024-01-03.csv.gz`);
  const lost = await run("sql", "SELECT count(*) AS n FROM stocks_trades");
  assertEquals([lost.code, lost.stdout], [0, "n\n5\n"]);
  assertStringIncludes(
    lost.stderr,
    "No rows of 1 day, lost from the mirror: stocks_trades 2024-01-03\n",
  );
});

Deno.test("flatbed sql is ended by an interrupt, and leaves nothing behind", async () => {
  await using setup = await setUp();
  const { folder } = setup;
  const child = denoCommand([
    ...["run", "--allow-all", "--no-prompt", CLI, "sql", "--out", "m"],
    "SELECT count(*) FROM stocks_trades, range(1000000000000) WHERE hash(range) = 1",
  ], { cwd: folder.path }).spawn();
  const reader = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  // It has found the files, and begins.
  assertEquals((await reader.read()).value, NOTE);
  child.kill("SIGINT");
  assertEquals((await reader.read()).value, "Interrupted\n");
  await child.stdout.cancel();
  assertEquals((await child.status).code, 130);
  assertEquals(
    (await folder.names()).filter((name) => /flatbed-sql/.test(name)),
    [],
  );
});

Deno.test("flatbed sql spills what does not fit into --memory, and empties the folder", async () => {
  await using setup = await setUp();
  const { run, folder } = setup;
  const query =
    "SELECT sum(x) AS sum FROM (SELECT x, row_number() OVER (ORDER BY hash(x)) AS n FROM range(10000000) t(x)) WHERE n > 0";
  const { code, stdout, stderr } = await run(
    ...["sql", query, "--memory", "200M"],
  );
  assertEquals([code, stdout, stderr], [0, "sum\n49999995000000\n", ""]);
  assertEquals(
    (await folder.names()).filter((name) => /flatbed-sql/.test(name)),
    [],
  );
});

Deno.test("resultTable() cuts lines to the terminal's width, and shows what is not text", () => {
  const rows = [["A", "100", null], ["B\n\x1b[1m", "1", ["x", 1]], [
    "C".repeat(50),
    "22",
    true,
  ]];
  assertEquals(resultTable(["name", "count", "more"], rows, [1], 60), [
    "name                                      count  more",
    "A                                           100  NULL",
    'B\\u{a}\\u{1b}[1m                               1  ["x",1]',
    `${"C".repeat(39)}…     22  true`,
  ]);
  assertEquals(
    resultTable(["name", "count", "more"], rows, [1], 10)
      .map((line) => line.length),
    [10, 10, 10, 10],
  );
});
