/** `--shard` and `flatbed shards`, as commands. */
import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { isOfShard, parseShard } from "../../src/catalog/mod.ts";
import { startDemoServer } from "../../src/demo/mod.ts";
import { compactRanges } from "../../src/cli/shard/compact_ranges.ts";
import {
  denoCommand,
  environmentOf,
  parseLines,
  ROOT,
  runFlatbed,
} from "../support/deno_command.ts";
import { makeFolder } from "../support/folder.ts";

const MONTH = ["--from", "2024-01-01", "--to", "2024-01-31"];

/** The status of a shard, as a process of its own writes it. */
async function writeStatus(
  folder: string,
  name: string,
  status: Record<string, unknown>,
): Promise<void> {
  const shards = `${folder}/.flatbed/shards/flatbed-sync`;
  await Deno.mkdir(shards, { recursive: true });
  const now = new Date().toISOString();
  await Deno.writeTextFile(
    `${shards}/${name}.json`,
    JSON.stringify({
      ...{ command: "flatbed sync", pid: 7, host: "node1", counts: {} },
      ...{ since: now, updated: now },
      ...status,
    }),
  );
}

Deno.test("compactRanges() joins numbers that follow one another", () => {
  assertEquals(compactRanges([3]), "3");
  assertEquals(compactRanges([1, 2, 3, 7, 9, 10]), "1-3,7,9-10");
});

Deno.test("flatbed sync --shard does its part, the shards together do all, and the mirror tells of each", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await makeFolder();
  const env = environmentOf(server);
  const out = ["--out", folder.path];
  const fetched: string[] = [];
  for (const text of ["1/3", "3/3"]) {
    const { code, stdout, stderr } = await runFlatbed(
      ["sync", "stocks_daily", ...MONTH, ...out, "--shard", text, "--json"],
      { env },
    );
    assertEquals(code, 0);
    // The first one has listed for all.
    if (text === "1/3") assertEquals(stderr, "");
    else assertMatch(stderr, /^The listing is another shard's, [\d.]+ s old/);
    const keys = parseLines(stdout).flatMap(({ code, key }) =>
      code === "fetched" ? [key] : []
    );
    assert(keys.length > 5);
    assert(keys.every((key) => isOfShard(key, parseShard(text))));
    fetched.push(...keys);
  }
  for (
    const [text, said] of [
      ["1/3", "Shard 1/3 of the mirror is whole: 7 files checked"],
      ["2/3", "Shard 2/3 of the mirror is empty: 0 files checked"],
    ] as const
  ) {
    const { stdout } = await runFlatbed(["verify", ...out, "--shard", text]);
    assertStringIncludes(stdout, said);
  }
  const table = await runFlatbed(["shards", "sync", ...out]);
  assertStringIncludes(
    table.stdout,
    "3 shards of flatbed sync: 2 done, 1 never started\n",
  );
  assertMatch(table.stdout, /^\s*3\/3\s+done\s.*\s7\s/m);
  const rest = await runFlatbed(["shards", "sync", "--never-started", ...out]);
  assertEquals(rest.stdout, "2\n");

  // Without a shard, the rest.
  const { stdout } = await runFlatbed(
    ["sync", "stocks_daily", ...MONTH, ...out, "--json"],
    { env },
  );
  const events = parseLines(stdout);
  const { fetched: left, present } = events.at(-1);
  assertEquals([left, present], [21 - fetched.length, fetched.length]);
});

Deno.test("flatbed verify --remote --shard says how old another shard's listing is", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await makeFolder();
  const env = environmentOf(server);
  const out = ["--out", folder.path];
  await runFlatbed(
    ["sync", "stocks_daily", ...MONTH, ...out, "--shard", "1/1"],
    { env },
  );
  const verify = ["verify", "--remote", "--shard", "1/1", ...out];
  const shared = await runFlatbed(verify, { env });
  assertEquals(shared.code, 0);
  assertMatch(shared.stderr, /^The listing is another shard's, [\d.]+ s old/);
  const fresh = await runFlatbed([...verify, "--listing-age", "0"], { env });
  assertEquals([fresh.code, fresh.stderr], [0, ""]);
});

Deno.test("flatbed sync --shard says of a time without a trading day what a sync of all says", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await makeFolder();
  const env = environmentOf(server);
  const noteOf = async (dates: string[], shard: string[]) => {
    const args = ["sync", "stocks_daily", ...dates, "--out", folder.path];
    return (await runFlatbed([...args, ...shard], { env })).stderr;
  };
  const day = ["--from", "2024-01-06", "--to", "2024-01-06"];
  const alone = await noteOf(day, []);
  assertStringIncludes(alone, "2024-01-06 is a Saturday");
  const notes = [];
  for (const shard of ["1/2", "2/2"]) {
    const said = await noteOf(day, ["--shard", shard]);
    assert(said.endsWith(alone), said);
    notes.push(
      await noteOf(
        ["--from", "2024-01-05", "--to", "2024-01-05"],
        ["--shard", shard],
      ),
    );
  }
  assertEquals(
    notes.filter((said) =>
      said.includes("No day of that time belongs to this shard")
    ).length,
    1,
  );
});

Deno.test("flatbed shards reads neither the manifest nor journals: it tells of a mirror whose are damaged", async () => {
  await using folder = await makeFolder();
  await writeStatus(folder.path, "1-of-1", { state: "done" });
  await Deno.writeTextFile(
    `${folder.path}/.flatbed/manifest.sqlite`,
    "damaged",
  );
  const journals = `${folder.path}/.flatbed/journals`;
  await Deno.mkdir(journals);
  await Deno.writeTextFile(`${journals}/1-of-1.x.ndjson`, "damaged\n");
  const out = ["--out", folder.path];
  const { code, stdout } = await runFlatbed(["shards", ...out]);
  assertEquals(code, 0);
  assertStringIncludes(stdout, "1 shard of flatbed sync: 1 done");
  assertEquals((await runFlatbed(["status", ...out])).code, 1);
  const none = await runFlatbed(["shards", "--out", `${folder.path}/none`]);
  assertEquals(none.code, 1);
  assertStringIncludes(none.stderr, "There is no mirror in");
});

Deno.test("flatbed --shard auto takes the shard from the engine's variables, and only then", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await makeFolder();
  const slurm = {
    ...environmentOf(server),
    SLURM_ARRAY_TASK_ID: "2",
    SLURM_ARRAY_TASK_COUNT: "2",
    SLURM_ARRAY_TASK_MIN: "1",
    SLURM_ARRAY_TASK_MAX: "2",
  };
  const args = ["sync", "stocks_daily", ...MONTH, "--out", folder.path];
  const plan = ["--dry-run", "--json"];
  const planned = async (more: string[]) => {
    const { stdout, stderr } = await runFlatbed([...args, ...plan, ...more], {
      env: slurm,
    });
    return [parseLines(stdout)[0].items.length, stderr];
  };
  assertEquals(await planned([]), [21, ""]);
  assertEquals(await planned(["--shard", "auto"]), [
    11,
    "Shard 2 of 2 (SLURM_ARRAY_TASK_ID=2, SLURM_ARRAY_TASK_COUNT=2)\n",
  ]);
  const outside = await runFlatbed([...args, "--shard", "auto"], {
    env: environmentOf(server),
  });
  assertEquals(outside.code, 2);
  assertStringIncludes(outside.stderr, "this runs in no array or indexed job");

  // Two tasks of eight: the count of those that run is not that of the shards.
  await writeStatus(folder.path, "1-of-8", { state: "failed" });
  const again = await runFlatbed([...args, "--shard", "auto"], { env: slurm });
  assertEquals(again.code, 2);
  assertStringIncludes(
    again.stderr,
    "the array has 2 tasks, but 'flatbed sync' was begun in 8 shards, and 8 are not done: set FLATBED_SHARD_COUNT to 8",
  );
  const fixed = await runFlatbed([...args, "--shard", "auto"], {
    env: { ...slurm, FLATBED_SHARD_COUNT: "8" },
  });
  assertEquals(fixed.code, 0);
  assertStringIncludes(fixed.stderr, "Shard 2 of 8");
});

Deno.test("a shard that fails says why, and with which exit code", async () => {
  await using server = startDemoServer({
    faults: [{ kind: "status", status: 503, operation: "get" }],
  });
  await using folder = await makeFolder();
  const out = ["--out", folder.path];
  const { code } = await runFlatbed(
    [
      ...["sync", "stocks_daily", "--from", "2024-01-02", "--to", "2024-01-05"],
      ...["--shard", "1/1", "--max-retries", "0", ...out],
    ],
    { env: environmentOf(server) },
  );
  assertEquals(code, 75);
  const { stdout } = await runFlatbed(["shards", "--json", ...out]);
  const [{ state, exitCode, counts }] = parseLines(stdout);
  assertEquals([state, exitCode, counts.failed], ["failed", 75, 4]);
  assertEquals(
    (await runFlatbed(["shards", "--failed", ...out])).stdout,
    "1\n",
  );
});

Deno.test("flatbed shards is readable for many, and names those for sbatch --array", async () => {
  await using folder = await makeFolder();
  const old = new Date(Date.now() - 300_000);
  for (let index = 1; index <= 250; index++) {
    await writeStatus(folder.path, `${index}-of-256`, { state: "done" });
  }
  const failed = { state: "failed", exitCode: 1, error: "disk full" };
  await writeStatus(folder.path, "7-of-256", failed);
  await writeStatus(folder.path, "8-of-256", failed);
  await writeStatus(folder.path, "9-of-256", { state: "running" });
  await writeStatus(folder.path, "100-of-256", {
    ...{ state: "running", updated: old.toISOString() },
  });
  await Deno.utime(
    `${folder.path}/.flatbed/shards/flatbed-sync/100-of-256.json`,
    old,
    old,
  );
  const out = ["--out", folder.path];
  const table = await runFlatbed(["shards", ...out]);
  const lines = table.stdout.split("\n");
  assertEquals(lines.slice(0, 6), [
    "256 shards of flatbed sync: 246 done, 1 running, 1 no sign of life, 2 failed, 6 never started",
    "done             1-6,10-99,101-250",
    "running          9",
    "no sign of life  100",
    "failed           7-8",
    "never started    251-256",
  ]);
  assertEquals(lines.length, 13); // the heads, four rows, and what ends the text
  assertStringIncludes(table.stdout, "exit code 1: disk full");

  const expression = await runFlatbed(["shards", "--failed", ...out]);
  assertEquals(expression.stdout, "7-8,100\n");
  assertStringIncludes(
    expression.stderr,
    "make sure that process 7 on node1 has ended",
  );
  assertStringIncludes(expression.stderr, "6 others never started");
  assertEquals(
    (await runFlatbed([
      ...["shards", "--failed", "--never-started", "--zero-based"],
      ...out,
    ])).stdout,
    "6-7,99,250-255\n",
  );
  const none = await runFlatbed(["shards", "verify", ...out]);
  assertStringIncludes(
    none.stderr,
    `No shard of 'flatbed verify' has begun in the mirror in ${folder.path}`,
  );
});

Deno.test("flatbed shards tells the shards of an earlier job with other arguments as never started, those with the same as done", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await makeFolder();
  const out = ["--out", folder.path];
  const sync = async (dataType: string, index: number, job: string) => {
    const { code } = await runFlatbed(
      ["sync", dataType, ...MONTH, ...out, "--shard", "auto"],
      {
        env: {
          ...environmentOf(server),
          ...{ SLURM_ARRAY_TASK_ID: `${index}`, FLATBED_SHARD_COUNT: "2" },
          SLURM_ARRAY_JOB_ID: job,
        },
      },
    );
    assertEquals(code, 0);
  };
  await sync("stocks_daily", 1, "41");
  await sync("stocks_daily", 2, "42");
  const same = await runFlatbed(["shards", ...out]);
  assertStringIncludes(
    same.stdout,
    "2 shards of flatbed sync (job 42): 2 done\n",
  );
  assertEquals(same.stderr, "");
  await sync("options_daily", 1, "43");
  const { stdout, stderr } = await runFlatbed(["shards", ...out]);
  assertStringIncludes(
    stdout,
    "2 shards of flatbed sync (job 43): 1 done, 1 never started\n",
  );
  assertStringIncludes(
    stderr,
    "Of an earlier job with other arguments: 1 shard, told here as never started",
  );
  const never = await runFlatbed(["shards", "--never-started", ...out]);
  assertEquals(never.stdout, "2\n");
});

Deno.test("flatbed shards --failed says how many run where none failed, and the table what a shard had", async () => {
  await using folder = await makeFolder();
  const updated = new Date();
  const status = { state: "running", updated: updated.toISOString() };
  await writeStatus(folder.path, "1-of-2", status);
  await writeStatus(folder.path, "2-of-2", {
    ...{ state: "done", counts: { files: 1, present: 30 } },
  });
  const out = ["--out", folder.path];
  const { stdout, stderr } = await runFlatbed(["shards", "--failed", ...out]);
  assertEquals(stdout, "");
  assertMatch(
    stderr,
    /^None of 2 shards; 1 is running, last sign of life \d\d:\d\d UTC\n$/,
  );
  assertStringIncludes(
    (await runFlatbed(["shards", ...out])).stdout,
    "1 (had 30)",
  );
});

Deno.test("flatbed shards says that some may be of an earlier job", async () => {
  await using folder = await makeFolder();
  const out = ["--out", folder.path];
  await writeStatus(folder.path, "1-of-2", { state: "done" });
  await writeStatus(folder.path, "2-of-2", { state: "done" });
  assertEquals((await runFlatbed(["shards", ...out])).stderr, "");
  await writeStatus(folder.path, "2-of-2", {
    ...{ state: "done", since: "2024-01-02T10:20:30Z" },
  });
  const { stdout, stderr } = await runFlatbed(["shards", ...out]);
  assertStringIncludes(stdout, "2 done");
  assertStringIncludes(
    stderr,
    "The first of them began 2024-01-02 10:20 (UTC)",
  );
  assertStringIncludes(stderr, "some may be of an earlier job");
});

Deno.test("--jitter waits before the start, says so, and ends with the process", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await makeFolder();
  const child = denoCommand(
    [
      ...[
        "run",
        "-A",
        new URL("cli.ts", ROOT).pathname,
        "sync",
        "stocks_daily",
      ],
      ...[...MONTH, "--out", folder.path, "--shard", "1/2", "--jitter", "300h"],
    ],
    { env: environmentOf(server) },
    { stdout: "null" },
  ).spawn();
  let said = "", isTold = false;
  for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
    said += text;
    if (isTold || !said.includes("--jitter 0 does not wait")) continue;
    isTold = true;
    child.kill("SIGTERM");
  }
  assertEquals((await child.status).code, 130);
  assertStringIncludes(said, "of at most 300:00 h, so that not all 2 shards");
  assertEquals(await folder.names(), []);
});
