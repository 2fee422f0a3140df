import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  absenceNote,
  findServer,
  SERVERS,
  startServer,
} from "../interop/_servers.ts";
import {
  denoCommand,
  denoDir,
  environmentOf,
  parseLines,
  runFlatbed,
} from "../support/deno_command.ts";
import { startRecorded } from "../support/demo.ts";
import { waitUntil } from "../support/wait_until.ts";
import { makeFolder } from "../support/folder.ts";

const [VERSITYGW] = SERVERS.filter(({ name }) => name === "versitygw");
const PATH = VERSITYGW && await findServer(VERSITYGW);
const DAYS = ["--from", "2024-01-02", "--to", "2024-01-05"];

/** A service, a bucket, and a user who has the keys of both. */
async function setUp() {
  await using stack = new AsyncDisposableStack();
  const source = stack.use(startRecorded({ scale: 1 }));
  if (VERSITYGW === undefined || PATH === undefined) throw new Error("absent");
  const service = stack.use(await startServer(VERSITYGW, PATH));
  const cache = stack.use(await makeFolder());
  const env = {
    ...environmentOf(source),
    DENO_DIR: await denoDir(),
    XDG_CACHE_HOME: cache.path,
    AWS_ACCESS_KEY_ID: service.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: service.credentials.secretAccessKey,
    FLATBED_OUT_ENDPOINT: service.url,
  };
  const out = `s3://${service.bucket}/team`;
  const owned = stack.move();
  return {
    ...{ source, service, cache, env, out },
    run: (args: readonly string[], more: Record<string, string> = {}) =>
      runFlatbed([...args, "--out", out], {
        env: { ...env, ...more },
        cwd: cache.path,
      }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function test(name: string, fn: () => Promise<void>): void {
  const note = absenceNote({ name: "versitygw" }, PATH || undefined);
  Deno.test({ name: name + note, ignore: note !== "", fn });
}

test("flatbed sync, status, paths, verify, missing and extract work on a bucket", async () => {
  await using user = await setUp();
  const none = await user.run(["status"]);
  assertEquals(none.code, 1);
  assertMatch(none.stderr, /There is no mirror in s3:\/\/flatfiles\/team/);
  const sync = await user.run(["sync", "stocks_daily", ...DAYS]);
  assertEquals([sync.code, sync.stderr], [0, ""]);
  assertMatch(sync.stdout, /fetched 4, replaced 0, present 0/);
  const status = await user.run(["status", "--json"]);
  assertEquals(parseLines(status.stdout)[0].files, 4);
  const paths = await user.run(["paths", "stocks_daily"]);
  assertMatch(
    paths.stdout,
    /^s3:\/\/flatfiles\/team\/us_stocks_sip\/day_aggs_v1\/2024\/01\/2024-01-02\.csv\.gz\n/,
  );
  const verify = await user.run(["verify", "--full"]);
  assertMatch(verify.stdout, /^The mirror is whole: 4 files checked/);
  assertEquals(verify.stderr, "");
  const missing = await user.run(["missing", ...DAYS]);
  assertEquals([missing.code, missing.stdout], [0, ""]);
  const extract = await user.run([
    "extract",
    "stocks_daily",
    "AAPL",
    "--offline",
  ]);
  assertEquals(extract.stdout.trimEnd().split("\n").length, 5);
  const doctor = await user.run(["doctor", "--json"]);
  assertEquals(
    parseLines(doctor.stdout).filter(({ status }) => status !== "ok"),
    [],
  );
  const list = await user.run(["verify", "--json"]);
  assertEquals(parseLines(list.stdout).at(-1).ignored, 0); // the doctor left nothing
});

test("flatbed sql fetches the Parquet files of a bucket that a query opens, and keeps them", async () => {
  await using user = await setUp();
  await user.run(["sync", "stocks_daily", ...DAYS, "--parquet"]);
  const ask = (where: string, ...options: string[]) =>
    user.run([
      "sql",
      `SELECT count(DISTINCT date) AS days FROM stocks_daily ${where}`,
      ...options,
    ]);
  const two = await ask("WHERE date < '2024-01-04' AND ticker <> ''");
  assertEquals([two.code, two.stdout], [0, "days\n2\n"]);
  assertMatch(two.stderr, /^Bringing 2 Parquet files of .* to this machine/);
  const again = await ask("WHERE date = '2024-01-03'");
  assertEquals([again.stdout, again.stderr], ["days\n1\n", ""]);
  const small = await ask("", "--cache-size", "1k");
  assertEquals(small.code, 1);
  assertMatch(small.stderr, /allow more with --cache-size/);
  const all = await ask("");
  assertEquals(all.stdout, "days\n4\n");
  assertMatch(all.stderr, /^Bringing 2 Parquet files/);
  const elsewhere = await user.run(["parquet", "--parquet-out", "x"]);
  assertEquals(elsewhere.code, 2);
  const gone = await ask("", "--cache-size", "10M");
  assertEquals(gone.stdout, "days\n4\n");
  const unwritable = await user.run(
    ["sql", "SELECT count(DISTINCT date) AS days FROM stocks_daily"],
    { XDG_CACHE_HOME: "/proc/none" },
  );
  assertEquals(unwritable.stdout, "days\n4\n");
});

test("an error of the bucket says that it was the bucket, and shows no secret", async () => {
  await using user = await setUp();
  const days = ["sync", "stocks_daily", ...DAYS];
  const wrong = await user.run(days, {
    AWS_SECRET_ACCESS_KEY: "not-the-secret",
  });
  assertEquals(wrong.code, 1);
  assertMatch(
    wrong.stderr,
    /The mirror's bucket flatfiles, not the service, refuses the credentials of the AWS chain/,
  );
  const none = await user.run(days, {
    AWS_ACCESS_KEY_ID: "",
    AWS_SECRET_ACCESS_KEY: "",
    AWS_EC2_METADATA_DISABLED: "true",
  });
  assertEquals(none.code, 1);
  assertMatch(
    none.stderr,
    /There are no credentials for the mirror's bucket flatfiles: set AWS_ACCESS_KEY_ID/,
  );
  const source = await user.run(days, { FLATBED_SECRET_ACCESS_KEY: "wrong" });
  assertEquals(source.code, 1);
  assertMatch(source.stderr, /FLATBED_SECRET_ACCESS_KEY is not the secret/);
  for (const { stdout, stderr } of [wrong, none, source]) {
    for (const secret of Object.values(user.service.credentials)) {
      assert(!(stdout + stderr).includes(secret), stderr);
    }
    assert(!stderr.includes("not-the-secret"));
  }
});

test("flatbed sync that is killed goes on in the bucket, and fetches nothing twice", async () => {
  await using user = await setUp();
  user.source.faults.add({
    kind: "stall",
    after: 1000,
    operation: "get",
    skip: 2,
  });
  const args = ["sync", "stocks_daily", ...DAYS, "--max-concurrent", "1"];
  const cli = new URL("../../cli.ts", import.meta.url).pathname;
  const child = denoCommand(
    ["run", "--allow-all", "--no-prompt", cli, ...args, "--out", user.out],
    { env: user.env, cwd: user.cache.path },
    { stderr: "null" },
  ).spawn();
  const decoder = new TextDecoder();
  let said = "";
  for await (const bytes of child.stdout) {
    said += decoder.decode(bytes, { stream: true });
    if (said.match(/^fetched /gm)?.length === 2) {
      child.kill("SIGKILL");
      break;
    }
  }
  await child.status;
  user.source.faults.clear();
  const before = user.source.records.length;
  const again = await user.run(args);
  assertEquals(again.code, 0);
  assertMatch(again.stdout, /fetched 2, replaced 0, present 2|adopted 2/);
  const gets = user.source.records.slice(before).filter(({ operation, key }) =>
    operation === "GetObject" && key?.endsWith(".csv.gz")
  );
  assertEquals(new Set(gets.map(({ key }) => key)).size, 2);
  const verify = await user.run(["verify", "--full"]);
  assertMatch(verify.stdout, /^The mirror is whole: 4 files/);
});

test("flatbed parquet that is interrupted leaves no temporary folder, and no half of a file", async () => {
  await using user = await setUp();
  await user.run(["sync", "stocks_daily", ...DAYS]);
  await using temporary = await makeFolder();
  const cli = new URL("../../cli.ts", import.meta.url).pathname;
  const child = denoCommand(
    ["run", "--allow-all", "--no-prompt", cli, "parquet", "--out", user.out],
    { env: { ...user.env, TMPDIR: temporary.path }, cwd: user.cache.path },
  ).spawn();
  const output = child.output();
  const folders = () =>
    [...Deno.readDirSync(temporary.path)].map(({ name }) => name)
      .filter((name) => name.startsWith("flatbed-parquet-"));
  await waitUntil(() => folders().length > 0, "no folder was made");
  child.kill("SIGINT");
  assertEquals((await output).code, 130);
  assertEquals(folders(), []);
  const again = await user.run(["parquet"]);
  assertEquals(again.code, 0);
  const verify = await user.run(["verify", "--full"]);
  assertMatch(verify.stdout, /4 Parquet files as well/);
});

Deno.test("a configuration names a bucket, and AWS keys go to no endpoint of it unasked", async () => {
  await using folder = await makeFolder();
  const write = (content: Record<string, unknown>) =>
    Deno.writeTextFile(`${folder.path}/flatbed.json`, JSON.stringify(content));
  const status = () =>
    runFlatbed(["status"], {
      cwd: folder.path,
      env: {
        AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
        AWS_SECRET_ACCESS_KEY: "made-up",
        XDG_CONFIG_HOME: folder.path,
      },
    });
  await write({ out: "s3://team/m", outEndpoint: "https://s3.example.com" });
  const asked = await status();
  assertEquals(asked.code, 2);
  assertMatch(
    asked.stderr,
    /are not sent to https:\/\/s3\.example\.com, which only \.\/flatbed\.json names/,
  );
  assertMatch(asked.stderr, /--out-endpoint or FLATBED_OUT_ENDPOINT/);
  await write({ out: "s3://team/a//b" });
  assertMatch((await status()).stderr, /'out': expected a folder's path/);
  await write({ outAddressing: "guess" });
  assertMatch(
    (await status()).stderr,
    /'outAddressing': expected "path" or "host"/,
  );
  const wrong = await runFlatbed([
    ...["status", "--out", "data", "--out-region", "x"],
  ], { cwd: folder.path });
  assertEquals(wrong.code, 2);
  assertMatch(
    wrong.stderr,
    /--out-region goes with --out s3:\/\/bucket\/prefix/,
  );
  for (const out of ["s3://", "s3:/a", "s3://a/../b", "gs://a/b"]) {
    const { code } = await runFlatbed(["status", "--out", out]);
    assertEquals(code, 2, out);
  }
});
