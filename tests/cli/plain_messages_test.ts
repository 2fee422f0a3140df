/** What is said to somebody who has written something else than what is wanted. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { startDemoServer } from "../../src/demo/mod.ts";
import { environmentOf, runFlatbed } from "../support/deno_command.ts";
import { makeFolder } from "../support/folder.ts";

const FOLDER = "us_stocks_sip/day_aggs_v1/2024/01";
const DAY = ["--from", "2024-01-02", "--to", "2024-01-02"];

Deno.test("flatbed says what to write in the place of what is no data type or date", async () => {
  await using folder = await makeFolder();
  await Deno.mkdir(`${folder.path}/d`);
  const cases: [args: string[], sentence: string][] = [
    [
      ["sync", "s3://flatfiles/us_stocks_sip/day_aggs_v1", "data"],
      "sync takes data types, not addresses: flatbed sync stocks_daily --out data\n",
    ],
    [
      ["status", "us_options/trades_v1/2024/"],
      "status takes data types, not addresses: flatbed status options_trades\n",
    ],
    [["sync", "stocks_daily", "."], "Is it a folder? Say --out ."],
    [["sync", "stocks_daily", "d"], "Is it a folder? Say --out d"],
    [["get", "stocks_daily", "d"], "Is it a folder? Say --out d"],
    [["get", "stocks_daily", "./new"], "Is it a folder? Say --out ./new"],
    // It has no folder.
    [["keys", "stocks_daily", "d"], "'flatbed datasets' lists them"],
    [
      ["sync", "stocks_daily", "--from", "01/02/2024"],
      "flatbed: --from 01/02/2024: write dates as 2024-01-02\n",
    ],
    [
      ["get", "stocks_daily", "--date", "2024-02-30"],
      "flatbed: --date 2024-02-30: there is no such day\n",
    ],
    [["sync", "--last", ""], "flatbed: --last '': expected trading days"],
    [
      ["sync", "stocks_daily", "--last", "5d", "--from", "2024-01-02"],
      "--last and --from cannot be used together",
    ],
    [
      ["verify", "--full", "--remote"],
      "--full and --remote cannot be used together",
    ],
    [["sync", "--date", "2024-01-02"], ": use --from and --to, or --last"],
    [["sync", "--delete"], ": sync never deletes"],
    [["verify", "--quite"], "unknown option '--quite'\n"],
    [
      ["init", "stok_daily"],
      "flatbed: There is no data type 'stok_daily'; did you mean stocks_daily?\n",
    ],
    [
      ["sync", "--quiet", "--json", "stocks_daily"],
      "--quiet and --json cannot be used together",
    ],
  ];
  for (const [args, sentence] of cases) {
    const { code, stderr } = await runFlatbed(args, { cwd: folder.path });
    assertEquals([args, code], [args, 2], stderr);
    assertStringIncludes(stderr, sentence, args.join(" "));
  }
});

Deno.test("flatbed refuses days that are chosen twice by one option, and of others takes the last", async () => {
  const cases: [option: string, command: string[]][] = [
    ["--date", ["get", "stocks_daily"]],
    ["--date", ["keys", "stocks_daily"]],
    ["--date", ["ls", "stocks_daily"]],
    ["--from", ["sync", "stocks_daily"]],
    ["--to", ["missing", "stocks_daily"]],
    ["--last", ["sync", "stocks_daily"]],
  ];
  for (const [option, command] of cases) {
    const value = option === "--last" ? "5d" : "2024-01-02";
    const twice = [option, value, `${option}=${value}`];
    const { code, stdout, stderr } = await runFlatbed([...command, ...twice]);
    assertEquals([option, code, stdout], [option, 2, ""]);
    assertStringIncludes(stderr, `${option} was given twice: `);
  }
  const { code, stdout } = await runFlatbed(
    ["status", "--out", "no-such", "--out", "other", "--json", "--json"],
  );
  assertEquals(code, 1);
  assertStringIncludes(stdout, "There is no mirror in other:");
});

Deno.test("flatbed names the variable or the profile whose part the service refuses", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await makeFolder();
  const { path } = folder;
  const env = environmentOf(server);
  const { FLATBED_ACCESS_KEY_ID: id = "" } = env;
  const file = `${path}/credentials`;
  await Deno.writeTextFile(
    file,
    `[work]\naws_access_key_id = ${id}\naws_secret_access_key = wrong-one\n`,
  );
  const commands = [["sync", "stocks_daily", ...DAY], [
    "get",
    "stocks_daily",
    "--date",
    "2024-01-02",
  ]];
  for (const command of commands) {
    const cases: [env: Record<string, string>, args: string[], text: string][] =
      [
        [
          { FLATBED_SECRET_ACCESS_KEY: "wrong-one" },
          [],
          "flatbed: FLATBED_SECRET_ACCESS_KEY is not the secret that belongs to FLATBED_ACCESS_KEY_ID: copy both again",
        ],
        [
          { FLATBED_ACCESS_KEY_ID: "wrong-one" },
          [],
          "flatbed: The service does not know the key id in FLATBED_ACCESS_KEY_ID: copy both again",
        ],
        [
          { AWS_SHARED_CREDENTIALS_FILE: file },
          ["--profile", "work"],
          "flatbed: aws_secret_access_key of profile 'work' of the AWS credentials file is not the secret",
        ],
      ];
    for (const [more, args, text] of cases) {
      const { code, stderr } = await runFlatbed([...command, ...args], {
        env: { ...env, ...more },
        cwd: path,
      });
      assertEquals(code, 1);
      assertStringIncludes(stderr, text);
      assertEquals(stderr.includes("wrong-one"), false, stderr);
    }
  }
});

Deno.test("flatbed sync and get --quiet say nothing where all is well, and what is wrong on standard error", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await makeFolder();
  const run = (...args: string[]) =>
    runFlatbed(args, { env: environmentOf(server), cwd: folder.path });
  const sync = ["sync", "stocks_daily", ...DAY, "--out", "d", "--quiet"];
  const get = ["get", "stocks_daily", "--date", "2024-01-02", "--quiet"];
  for (const args of [sync, sync, get, get]) {
    const { code, stdout, stderr } = await run(...args);
    assertEquals([code, stdout, stderr], [0, "", ""]);
  }
  server.faults.add({ kind: "damaged-source", key: FOLDER });
  for (
    const [args, summary] of [
      [sync, "damaged at source 1"],
      [get, "1 file damaged at source"],
    ] as const
  ) {
    const { code, stdout, stderr } = await run(...args);
    assertEquals([code, stdout], [1, ""]);
    assertStringIncludes(stderr, "its gzip data ends early");
    assertStringIncludes(stderr, summary);
  }
});

Deno.test("flatbed sync tells of problems on standard error, so that cron does not lose them", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await makeFolder();
  const key = `${FOLDER}/2024-01-02.csv.gz`;
  server.faults.add({ kind: "status", status: 404, key });
  const { code, stderr } = await runFlatbed(
    ["sync", "stocks_daily", ...DAY, "--out", "d"],
    { env: environmentOf(server), cwd: folder.path },
  );
  assertEquals(code, 3);
  assertStringIncludes(stderr, "Missing upstream, though due: stocks_daily");
});

Deno.test("flatbed says which day it is where no file is expected, and which key was meant", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await makeFolder();
  const run = (...args: string[]) =>
    runFlatbed(args, { env: environmentOf(server), cwd: folder.path });
  const holiday =
    "2024-01-01 is a holiday (New Year's Day): no file of stocks_daily is expected";
  for (
    const [args, sentence] of [
      [["get", "stocks_daily", "--date", "2024-01-01"], holiday],
      [["keys", "stocks_daily", "--date", "2024-01-01"], holiday],
      [
        ["sync", "stocks_daily", "--from", "2024-01-06", "--to", "2024-01-06"],
        "2024-01-06 is a Saturday: ",
      ],
    ] as const
  ) {
    assertStringIncludes((await run(...args)).stderr, sentence);
  }
  for (const ending of ["", ".csv", ".gz"]) {
    const { code, stderr } = await run("get", `${FOLDER}/2024-01-02${ending}`);
    assertEquals(code, 1);
    assertStringIncludes(stderr, `did you mean ${FOLDER}/2024-01-02.csv.gz?`);
  }
});

Deno.test("flatbed sync --dry-run says what it would do, and explains its columns", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await makeFolder();
  const run = (...args: string[]) =>
    runFlatbed(["sync", "stocks_daily", ...DAY, "--out", "d", ...args], {
      env: environmentOf(server),
      cwd: folder.path,
    });
  await run();
  await Deno.remove(`${folder.path}/d/${FOLDER}/2024-01-02.csv.gz`);
  const dry = await run("--dry-run");
  assertStringIncludes(dry.stderr, "Would fetch again what was removed");
  assertEquals(dry.stdout.includes("other: "), false);
  server.faults.add({ kind: "damaged-source", key: FOLDER });
  await run();
  const { stdout } = await run("--dry-run");
  assertStringIncludes(stdout, "other: neither to fetch nor present");
});
