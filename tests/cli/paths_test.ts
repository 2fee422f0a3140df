import { assertEquals, assertStringIncludes } from "@std/assert";
import { startDemoServer } from "../../src/demo/mod.ts";
import {
  environmentOf,
  parseLines,
  runFlatbed,
} from "../support/deno_command.ts";
import { makeFolder } from "../support/folder.ts";

const FOLDER = "us_stocks_sip/day_aggs_v1/2024/01";
const WEEK = ["--from", "2024-01-08", "--to", "2024-01-12"];

Deno.test("flatbed paths lists a file a day, and names the days that lack one", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await makeFolder();
  const run = (...args: string[]) =>
    runFlatbed([...args, "--out", "m"], {
      env: environmentOf(server),
      cwd: folder.path,
    });
  const path = (day: number, ending = "csv.gz") =>
    `m/${FOLDER}/2024-01-${String(day).padStart(2, "0")}.${ending}`;
  const paths = ["paths", "stocks_daily"];
  assertEquals((await run("sync", "stocks_daily", ...WEEK)).code, 0);
  assertEquals(await run(...paths), {
    code: 0,
    stdout: [8, 9, 10, 11, 12].map((day) => `${path(day)}\n`).join(""),
    stderr: "",
  });
  assertEquals(
    (await run(...paths, "--date", "2024-01-09", "-0")).stdout,
    `${path(9)}\0`,
  );
  assertEquals(
    parseLines((await run(...paths, "--date", "2024-01-09", "--json")).stdout),
    [{
      dataType: "stocks_daily",
      date: "2024-01-09",
      key: `${FOLDER}/2024-01-09.csv.gz`,
      path: path(9),
    }],
  );

  // The same days a second time, decompressed: no day is listed twice.
  const again = await run("sync", "stocks_daily", ...WEEK, "--decompress");
  assertEquals(again.code, 0);
  await Deno.remove(`${folder.path}/${path(8)}`);
  await Deno.remove(`${folder.path}/${path(9)}`);
  await Deno.remove(`${folder.path}/${path(9, "csv")}`);
  await Deno.writeTextFile(`${folder.path}/m/${FOLDER}/2024-01-16.csv.gz`, "");
  const { code, stdout, stderr } = await run(
    ...[...paths, "--from", "2024-01-08", "--to", "2024-01-16"],
  );
  assertEquals(
    stdout,
    [path(8, "csv"), path(10), path(11), path(12)]
      .map((each) => `${each}\n`).join(""),
  );
  assertEquals(
    [code, stderr],
    [
      3,
      "No file of 1 day, lost from the mirror: stocks_daily 2024-01-09\n" +
      "No file of 1 day, not in the mirror: stocks_daily 2024-01-16\n",
    ],
  );
});

Deno.test("flatbed paths leaves out a file that is damaged at source, and exits with 1", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await makeFolder();
  const body = new Uint8Array([31, 139, 8, 0, 0, 0]);
  server.objects.set(`${FOLDER}/2024-01-09.csv.gz`, { body });
  const run = (...args: string[]) =>
    runFlatbed([...args, "--out", folder.path], { env: environmentOf(server) });
  await run("sync", "stocks_daily", ...WEEK);
  const { code, stdout, stderr } = await run("paths", "stocks_daily");
  assertEquals(code, 1);
  assertEquals(stdout.includes("2024-01-09"), false);
  assertStringIncludes(
    stderr,
    "No file of 1 day, damaged at source: stocks_daily 2024-01-09",
  );
});

Deno.test("flatbed paths --parquet lists the Parquet files that are of the newest version", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await makeFolder();
  const run = (...args: string[]) =>
    runFlatbed([...args, "--out", "m"], {
      env: environmentOf(server),
      cwd: folder.path,
    });
  const two = ["--from", "2024-01-08", "--to", "2024-01-09"];
  await run(
    "sync",
    "stocks_daily",
    "--from",
    "2024-01-08",
    "--to",
    "2024-01-10",
  );
  assertEquals((await run("parquet", "stocks_daily", ...two)).code, 0);
  const path = (day: string) => `m/parquet/${FOLDER}/2024-01-${day}.parquet\n`;
  const paths = ["paths", "stocks_daily", "--parquet"];
  assertEquals(await run(...paths, ...two), {
    code: 0,
    stdout: `${path("08")}${path("09")}`,
    stderr: "",
  });
  await Deno.writeTextFile(`${folder.path}/${path("09").trim()}`, "changed");
  assertEquals(await run(...paths), {
    code: 3,
    stdout: path("08"),
    stderr:
      "No file of 2 days, of which there is no Parquet: 'flatbed parquet' makes it: stocks_daily 2024-01-09 to 2024-01-10 (2 days)\n",
  });
});

Deno.test("flatbed paths says what is wrong with its arguments", async () => {
  await using folder = await makeFolder();
  for (
    const [expected, message, ...args] of [
      [2, "There is no data type 'stock_daily'", "stock_daily"],
      [2, "stands for 4", "options_*"],
      [1, "There is no mirror in", "stocks_daily"],
    ] as const
  ) {
    const { code, stderr } = await runFlatbed(
      ["paths", ...args, "--out", folder.path],
    );
    assertEquals(code, expected);
    assertStringIncludes(stderr, message);
  }
});
