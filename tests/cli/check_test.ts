import { assertEquals, assertStringIncludes } from "@std/assert";
import { startDemoServer } from "../../src/demo/mod.ts";
import {
  environmentOf,
  parseLines,
  runFlatbed,
} from "../support/deno_command.ts";
import { gzip } from "../support/data.ts";
import { makeFolder } from "../support/folder.ts";

const DAYS = ["2024-06-06", "2024-06-07", "2024-06-10"];

/** Trades of options as the service has them: those of the last day end at 15:31. */
async function setUp(): Promise<
  AsyncDisposable & {
    run: (...args: string[]) => ReturnType<typeof runFlatbed>;
  }
> {
  const server = startDemoServer({ scale: 0.01 });
  const folder = await makeFolder();
  for (const date of DAYS) {
    const at = (time: string) =>
      `${Date.parse(`${date}T${time}-04:00`) / 1000}123456789`;
    const rows = [
      "ticker,price,sip_timestamp,size",
      `O:A240621C00100000,1,${at("09:30:00")},1`,
      `O:SPY240610P00536000,1,${at("09:30:01")},1`,
      `O:SPY240610P00536000,1,${
        at(date === "2024-06-10" ? "15:31:02" : "16:14:59")
      },1`,
    ];
    server.objects.set(`us_options_opra/trades_v1/2024/06/${date}.csv.gz`, {
      body: await gzip(new TextEncoder().encode(rows.join("\n"))),
    });
  }
  const run = (...args: string[]) =>
    runFlatbed([...args, "--out", "m"], {
      env: environmentOf(server),
      cwd: folder.path,
    });
  const range = ["--from", "2024-06-06", "--to", "2024-06-10"];
  assertEquals((await run("sync", "options_trades", ...range)).code, 0);
  return {
    run,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

Deno.test("flatbed check says what stands out in the days of the mirror, and exits with 0", async () => {
  await using setup = await setUp();
  const { code, stdout, stderr } = await setup.run("check", "options_trades");
  assertEquals([code, stderr], [0, "Something stands out in 1 of 3 days\n"]);
  assertEquals(
    stdout,
    [
      "2024-06-06  3 rows  2 tickers  09:30:00 to 16:14:59",
      "2024-06-07  3 rows  2 tickers  09:30:00 to 16:14:59",
      "2024-06-10  3 rows  2 tickers  09:30:00 to 15:31:02",
      "  ends at 15:31:02; the market closed at 16:00:00",
      "",
    ].join("\n"),
  );
  const json = await setup.run(
    ...["check", "options_trades", "--date", "2024-06-10", "--json"],
  );
  assertEquals([json.code, json.stderr], [0, ""]);
  assertEquals(parseLines(json.stdout), [{
    dataType: "options_trades",
    date: "2024-06-10",
    key: "us_options_opra/trades_v1/2024/06/2024-06-10.csv.gz",
    rows: 3,
    tickers: 2,
    first: "2024-06-10T13:30:00.123Z",
    last: "2024-06-10T19:31:02.124Z",
    hints: [{
      code: "ends-early",
      last: "2024-06-10T19:31:02.124Z",
      close: "2024-06-10T20:00:00.000Z",
    }],
  }]);
});

Deno.test("flatbed check tells days of which nothing is known as ranges, and days without a file", async () => {
  await using setup = await setUp();
  const check = ["check", "options_trades"];
  const { code, stdout, stderr } = await setup.run(
    ...[...check, "--from", "2024-06-03", "--to", "2024-06-11"],
  );
  assertEquals([code, stdout.split("\n").filter((line) => line !== "")], [0, [
    "2024-06-03 to 2024-06-05 (3 days)",
    "  nothing is known: not in the mirror",
    "2024-06-06  3 rows  2 tickers  09:30:00 to 16:14:59",
    "2024-06-07  3 rows  2 tickers  09:30:00 to 16:14:59",
    "2024-06-10  3 rows  2 tickers  09:30:00 to 15:31:02",
    "  ends at 15:31:02; the market closed at 16:00:00",
    "2024-06-11",
    "  nothing is known: not in the mirror",
  ]]);
  assertEquals(
    stderr,
    "Something stands out in 1 of 3 days; nothing is known of 4 days\n",
  );
  const saturday = await setup.run(...check, "--date", "2024-06-08");
  assertEquals([saturday.code, saturday.stdout, saturday.stderr], [
    0,
    "",
    "2024-06-08 is a Saturday: no file of options_trades is expected\n",
  ]);
});

Deno.test("flatbed check takes patterns of data types, and leaves out those that the mirror does not have", async () => {
  await using setup = await setUp();
  const { code, stdout, stderr } = await setup.run("check", "options_*");
  assertEquals([code, stderr], [0, "Something stands out in 1 of 3 days\n"]);
  assertEquals(stdout.split("\n")[0], "options_trades");
});

Deno.test("flatbed tickers lists the tickers of a day, those of patterns, and their times", async () => {
  await using setup = await setUp();
  const args = ["tickers", "options_trades", "--date", "2024-06-07"];
  const { code, stdout, stderr } = await setup.run(...args);
  assertEquals([code, stderr], [0, ""]);
  assertEquals(
    stdout,
    [
      "O:A240621C00100000    1  2024-06-07 09:30:00  2024-06-07 09:30:00",
      "O:SPY240610P00536000  2  2024-06-07 09:30:01  2024-06-07 16:14:59",
      "",
    ].join("\n"),
  );
  const some = await setup.run(...args, "O:SPY*", "--zone", "UTC");
  assertEquals(
    some.stdout,
    "O:SPY240610P00536000  2  2024-06-07 13:30:01  2024-06-07 20:14:59\n",
  );
  const json = await setup.run(...args, "O:A*", "--json");
  assertEquals(parseLines(json.stdout), [{
    ticker: "O:A240621C00100000",
    rows: 1,
    first: "2024-06-07T13:30:00.123Z",
    last: "2024-06-07T13:30:00.124Z",
  }]);
  const none = await setup.run(...args, "SPY");
  assertEquals([none.code, none.stdout, none.stderr], [
    0,
    "",
    "There is no such ticker in options_trades of 2024-06-07; did you mean 'O:SPY*'?\n",
  ]);
  const near = await setup.run(...args, "O:SPY240610P0053600");
  assertStringIncludes(near.stderr, "; did you mean O:SPY240610P00536000?");
});

Deno.test("flatbed tickers and check say what is wrong with their arguments", async () => {
  await using setup = await setUp();
  for (
    const [code, message, ...args] of [
      [2, "Which day? Name it with --date", "tickers", "options_trades"],
      [2, "stands for 4", "tickers", "options_*", "--date", "2024-06-07"],
      [
        ...[2, "Cannot use --zone", "tickers", "options_trades"] as const,
        ...["--date", "2024-06-07", "--zone", "Mars"],
      ],
      [
        ...[1, "has neither its file nor an index", "tickers"] as const,
        ...["options_trades", "--date", "2024-06-11"],
      ],
      [
        ...[1, "'flatbed get options_trades --date 2024-06-11'"] as const,
        ...["tickers", "options_trades", "--date", "2024-06-11"],
      ],
      [
        ...[1, "2024-06-08 is a Saturday"] as const,
        ...["tickers", "options_trades", "--date", "2024-06-08"],
      ],
      [2, "Which days?", "check", "stocks_daily"],
    ] as const
  ) {
    const outcome = await setup.run(...args);
    assertEquals([args, outcome.code], [args, code], outcome.stderr);
    assertStringIncludes(outcome.stderr, message);
  }
});
