import {
  assert,
  assertEquals,
  assertFalse,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { runFlatbed } from "../support/deno_command.ts";
import { makeFolder } from "../support/folder.ts";

const SYNC = ["--", "sync", "stocks_daily", "--from", "2024-01-02"];

/** What `flatbed cluster` says where it refuses. */
async function refusal(...args: string[]): Promise<string> {
  await using folder = await makeFolder();
  const { code, stdout, stderr } = await runFlatbed(["cluster", ...args], {
    cwd: folder.path,
  });
  assertEquals({ args, code, stdout }, { args, code: 2, stdout: "" });
  return stderr;
}

Deno.test("flatbed cluster checks the engine and its options", async () => {
  const cases: [string[], string][] = [
    [[], "Which engine: slurm, kubernetes, batch?\n'flatbed cluster --help'"],
    [["k8s", ...SYNC], "no engine 'k8s'; did you mean kubernetes?"],
    [
      ["pbs", "--shards", "6", ...SYNC],
      "no engine 'pbs': slurm, kubernetes, batch",
    ],
    [["--shards", "6", "slurm", ...SYNC], "Name it before --shards"],
    [
      ["slurm", "--shards", "6", "--", "get", "stocks_daily"],
      "'get': 'flatbed cluster' prints jobs of sync only",
    ],
    [["slurm", ...SYNC], "How many shards? Say so, as in --shards 8"],
    [["slurm", "--shrads", "3"], "--shards?\n'flatbed cluster slurm --help'"],
    [["slurm", "--shards", "3"], "Which command, with which arguments?"],
    [["slurm", "--shards", "0", ...SYNC], "expected an integer ≥ 1"],
    [
      ["slurm", "--shards", "3", "--time", "1s", ...SYNC],
      "--time 1s: expected",
    ],
    [["slurm", "--shards", "3", "--logs", "a\\b", ...SYNC], "backslashes"],
    [
      ["kubernetes", "--shards", "3", "--name", "Nächte", ...SYNC],
      "--name Nächte: expected at most 40 small letters",
    ],
    [
      ["kubernetes", "--shards", "3", ...SYNC],
      "Where to? Name the mirror: --out s3://bucket/prefix, or --out /data",
    ],
    [
      ["kubernetes", "--shards", "3", ...SYNC, "--out", "data"],
      "--out data: expected the folder that the volume is mounted at",
    ],
    [
      ["batch", "--shards", "3", ...SYNC, "--out", "/data"],
      "the EFS file system that is mounted there with --file-system",
    ],
    [
      [
        ...["batch", "--shards", "1", "--file-system", "fs-1"],
        ...[...SYNC, "--out", "/data"],
      ],
      "--shards 1: AWS Batch has arrays of 2 to 10,000 jobs",
    ],
    [
      [
        ...["batch", "--shards", "2", "--file-system", "fs-1", "--cpus", "1"],
        ...["--memory", "10G", ...SYNC, "--out", "/data"],
      ],
      "for 1 processors Fargate has 2G to 8G",
    ],
    [
      [
        ...["batch", "--shards", "2", "--file-system", "fs-1"],
        ...[...SYNC, "--out", "/data", "--region", "Ref::x"],
      ],
      "put a parameter in the place of 'Ref::'",
    ],
  ];
  for (const [args, says] of cases) {
    assertStringIncludes(await refusal(...args), says);
  }
});

Deno.test("flatbed cluster checks the arguments of the sync as the sync does, before anything is printed", async () => {
  const same: string[][] = [
    ["stock_daily"],
    ["stocks_daily", "--last", "5d", "--from", "2024-01-02"],
    ["stocks_daily", "--from", "2024-13-01"],
    ["stocks_daily", "--from", "2024-01-02", "--from", "2024-01-03"],
    ["stocks_daily", "--from", "2999-01-01"],
    ["stocks_daily", "--limit-rate", "fast"],
    [],
  ];
  await using folder = await makeFolder();
  for (const args of same) {
    const { stderr } = await runFlatbed(["sync", ...args], {
      cwd: folder.path,
    });
    const [first = ""] = stderr.split("\n");
    const said = await refusal("slurm", "--shards", "3", "--", "sync", ...args);
    assertStringIncludes(
      said.replace("flatbed: sync: ", "flatbed: "),
      first.replace(/\.$/, ""),
    );
  }
  const own: [string[], string][] = [
    [
      ["sync", "stocks_daily", "--form", "x"],
      "did you mean --from?; 'flatbed sync --help'",
    ],
    [["sync", "stocks_daily", "--dry-run"], "--dry-run has no place in a job"],
    [
      ["sync", "stocks_daily", "--shard", "1/3"],
      "--shard has no place in a job: the job gives each task its own",
    ],
    [
      ["sync", "--help"],
      "Help has no place in a job: 'flatbed sync --help' shows it",
    ],
    [
      ["snyc"],
      "'snyc': 'flatbed cluster' prints jobs of sync only; did you mean sync?",
    ],
  ];
  for (const [args, says] of own) {
    assertStringIncludes(
      await refusal("slurm", "--shards", "3", "--", ...args),
      says,
    );
  }
});

Deno.test("flatbed cluster takes the arguments of the sync without -- as well", async () => {
  const [with_, without] = await Promise.all([
    runFlatbed(["cluster", "slurm", "--shards", "3", ...SYNC]),
    runFlatbed(["cluster", "slurm", "--shards", "3", ...SYNC.slice(1)]),
  ]);
  assertEquals(with_, without);
  assertEquals(with_.code, 0);
  assertStringIncludes(
    with_.stdout,
    "\nflatbed sync --shard auto stocks_daily --from 2024-01-02 &\n",
  );
});

Deno.test("flatbed cluster prints no key, and no variable of this shell", async () => {
  const env = {
    FLATBED_ACCESS_KEY_ID: "the-access-key",
    FLATBED_SECRET_ACCESS_KEY: "the-secret",
    FLATBED_ENDPOINT_URL: "http://127.0.0.1:1/the-endpoint",
  };
  for (const engine of ["slurm", "kubernetes", "batch"]) {
    const { code, stdout, stderr } = await runFlatbed([
      ...["cluster", engine, "--shards", "3"],
      ...engine === "batch" ? ["--file-system", "fs-1"] : [],
      ...[...SYNC, "--out", "/data"],
    ], { env });
    assertEquals(code, 0, stderr);
    assertFalse(/the-(access|secret|endpoint)/.test(stdout + stderr), engine);
  }
});

Deno.test("flatbed cluster uses flatbed.json where the job has it, and refuses to where it has not", async () => {
  await using folder = await makeFolder();
  await Deno.writeTextFile(
    `${folder.path}/flatbed.json`,
    JSON.stringify({ dataTypes: ["stocks_daily"], out: "mirror" }),
  );
  const cwd = folder.path;
  const slurm = await runFlatbed(
    ["cluster", "slurm", "--shards", "3", "sync"],
    { cwd },
  );
  assertEquals(slurm.code, 0);
  assertStringIncludes(slurm.stdout, "\nflatbed sync --shard auto &\n");
  assertStringIncludes(slurm.stdout, "flatbed shards --out ");
  assertMatch(slurm.stderr, /^Submit it in this folder: .*--out/m);
  const kubernetes = await runFlatbed(
    ["cluster", "kubernetes", "--shards", "3", "sync"],
    { cwd },
  );
  assertEquals(kubernetes.code, 2);
  assertStringIncludes(
    kubernetes.stderr,
    "come from flatbed.json, which the job's container does not have",
  );
});

Deno.test("flatbed cluster --finish prints what runs after all shards, without a shard", async () => {
  for (const engine of ["slurm", "kubernetes", "batch"]) {
    const { stdout } = await runFlatbed([
      ...["cluster", engine, "--shards", "3", "--finish"],
      ...engine === "batch" ? ["--file-system", "fs-1"] : [],
      ...[...SYNC, "--out", "/data"],
    ]);
    assertStringIncludes(stdout, "flatbed-finish");
    assert(
      !/--shard auto|"--shard"|FLATBED_SHARD_COUNT|--array=1-/.test(stdout),
      engine,
    );
  }
});

Deno.test("flatbed cluster --finish leaves out what only shards take, and a split into a bucket is refused at once", async () => {
  const args = [
    ...["cluster", "slurm", "--shards", "8", "--finish", "--"],
    ...["sync", "stocks_minute", "--split", "10G", "--jitter=5s"],
    ...["--listing-age", "5m", "--out", "/data"],
  ];
  const { code, stdout } = await runFlatbed(args);
  assertEquals(code, 0);
  assertStringIncludes(stdout, "\nflatbed sync stocks_minute --out /data &\n");
  const bucket = await runFlatbed([
    ...["cluster", "slurm", "--shards", "8", "--", "sync", "stocks_minute"],
    ...["--split", "10G", "--out", "s3://bucket/prefix"],
  ]);
  assertEquals(bucket.code, 2);
  assertStringIncludes(bucket.stderr, "--split is for a folder");
});
