import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { S3Catalog, shardOf } from "../../src/catalog/mod.ts";
import { environmentOf, runFlatbed } from "../support/deno_command.ts";
import { type RecordedServer, startRecorded } from "../support/demo.ts";
import { isOver, startSlurm } from "../support/slurm.ts";
import { waitUntil } from "../support/wait_until.ts";
import { bytesByKey, processOf, writeProgram } from "./_cluster.ts";

/** What is synced: as many files as {@linkcode FILES}. */
export const SYNC: readonly string[] = [
  ...["stocks_daily", "stocks_minute", "options_daily"],
  ...["--from", "2024-01-01", "--to", "2024-01-31"],
];
/** How many files that are. */
export const FILES = 63;

const SHARDS = 8;
/** The shard that is killed, and the one that is put back. */
const KILLED = 3;
const PUT_BACK = 5;
/** How many bytes a download gets before it stands still. */
const BEFORE = 2000;
/** A file to which a run is to be written, for whoever wants to see one. */
const LOG = Deno.env.get("FLATBED_TEST_SLURM_LOG");

/** Where the mirror is, and what it takes to reach it. */
export interface Place {
  /** A folder for scripts and logs. */
  path: string;
  /** `--out` and what goes with it. */
  out: readonly string[];
  /** Variables with the keys of the mirror's bucket. */
  keys?: Record<string, string>;
}

/** A service, with the keys that it was asked for. */
export interface Run extends AsyncDisposable {
  server: RecordedServer;
}

/** A day's key of stock minutes that a shard fetches. */
function keyOf(shard: number): string {
  const keys = new S3Catalog(undefined, { layout: "live" })
    .getDateRangeKeys("stocks_minute", "2024-01-01", "2024-01-31");
  const key = keys.find((key) => shardOf(key, SHARDS) === shard);
  assert(key !== undefined);
  return key;
}

/** Has the first download of some keys stand still; returns those that do. */
function standStill(
  server: RecordedServer,
  keys: readonly string[],
): Set<string> {
  const still = new Set<string>();
  for (const key of keys) {
    server.faults.add({
      ...{ kind: "stall", key, operation: "get" },
      ...{ after: BEFORE, times: 1 },
    });
  }
  const take = server.faults.take.bind(server.faults);
  server.faults.take = (subject, change) => {
    const fault = take(subject, change);
    if (fault?.kind === "stall") still.add(subject.key);
    return fault;
  };
  return still;
}

function keep(title: string, text: string): void {
  if (LOG === undefined) return;
  Deno.writeTextFileSync(LOG, `\n# ${title}\n${text}`, { append: true });
}

/**
 * Syncs in eight shards on two nodes of a real Slurm. One shard is killed and one put back
 * while they stand in the middle of a file; then the last step runs. Asserts that all
 * ended well, and that the service sent nothing twice.
 *
 * @returns The service, which goes on.
 */
export async function syncInShards(
  { path, out, keys = {} }: Place,
): Promise<Run> {
  await using slurm = await startSlurm({ nodes: 2, cpus: 4 });
  await using cleanup = new AsyncDisposableStack();
  const server = cleanup.use(startRecorded());
  const still = standStill(server, [KILLED, PUT_BACK].map(keyOf));
  const { FLATBED_ENDPOINT_URL = "", ...own } = environmentOf(server);
  const secrets = { ...own, ...keys };
  await writeProgram(`${path}/flatbed`);
  await Deno.writeTextFile(
    `${path}/keys.env`,
    Object.entries(secrets).map(([name, value]) => `${name}='${value}'\n`)
      .join(""),
    { mode: 0o600 },
  );
  const print = async (name: string, ...options: string[]) => {
    const { code, stdout, stderr } = await runFlatbed([
      ...["cluster", "slurm", "--shards", String(SHARDS), ...options],
      ...["--cpus", "1", "--memory", "1G"],
      ...["--credentials-file", `${path}/keys.env`],
      ...["--program", `${path}/flatbed`],
      ...["--", "sync", ...SYNC, ...out],
    ]);
    assertEquals(code, 0, stderr);
    await Deno.writeTextFile(`${path}/${name}`, stdout);
    return `${path}/${name}`;
  };
  // Somebody submits it who has the keys in the environment as well.
  const how = { cwd: path, env: { ...secrets, FLATBED_ENDPOINT_URL } };
  const job = await slurm.submit([await print("shards.sh")], how);
  const finish = await slurm.submit([
    `--dependency=afterany:${job}`,
    await print("finish.sh", "--finish"),
  ], how);

  // Six end; the other two stand still.
  const running = await slurm.until(
    job,
    (tasks) =>
      tasks.filter(({ state }) => state === "COMPLETED").length === SHARDS - 2,
  );
  await waitUntil(() => still.size === 2, "no download stands still");
  assertEquals(new Set(running.map(({ node }) => node)), new Set(["n1", "n2"]));
  const shards = async () => {
    const { code, stdout, stderr } = await runFlatbed(
      ["shards", "--all", ...out],
      { env: keys },
    );
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
    keep("flatbed shards", stdout);
    return stdout;
  };
  keep("squeue", await slurm.run("squeue", []));
  assertStringIncludes(await shards(), ": 6 done, 2 running\n");

  const process = await processOf(job, KILLED);
  assert(process !== undefined);
  Deno.kill(process, "SIGKILL");
  await slurm.run("scontrol", ["requeue", `${job}_${PUT_BACK}`]);
  const logOf = async (name: string) => {
    const text = await Deno.readTextFile(`${path}/${name}.log`);
    keep(`${name}.log`, text);
    return text;
  };
  const tasks = await slurm.until(
    job,
    (tasks) => tasks.every(({ state }) => isOver(state)),
  );
  const logs = await Promise.all(
    Array.from(
      { length: SHARDS },
      (_, at) => logOf(`flatbed-${job}_${at + 1}`),
    ),
  );
  assertEquals(
    tasks.filter(({ state }) => state !== "COMPLETED"),
    [],
    logs.join("\n"),
  );
  assertEquals(
    tasks.filter(({ restarts }) => restarts > 0)
      .map(({ id, restarts }) => [id, restarts]).toSorted(),
    [[`${job}_${KILLED}`, 1], [`${job}_${PUT_BACK}`, 1]],
  );
  assertStringIncludes(await shards(), ": 8 done\n");
  assertStringIncludes(
    logs[KILLED - 1] ?? "",
    "Exit code 137: it was killed, perhaps for its memory. Slurm starts it again, 1 of 3",
  );

  // The last step finds all there, and asks for none of it.
  const sent = bytesByKey(server.records);
  await slurm.until(finish, ([task]) => task?.state === "COMPLETED");
  assertMatch(
    await logOf(`flatbed-finish-${finish}`),
    new RegExp(`^fetched 0, replaced 0, present ${FILES}, missing 0, `, "m"),
  );
  assertEquals(bytesByKey(server.records), sent);
  assertNothingTwice(server, sent);
  await assertNoKeyIn(
    slurm.env.SLURM_CONF ?? "",
    Object.entries(secrets).filter(([name]) => /SECRET/.test(name))
      .map(([, secret]) => secret),
  );
  const owned = cleanup.move();
  return { server, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Asserts that each byte was sent once, but for those before a download stood still. */
function assertNothingTwice(
  { records }: RecordedServer,
  sent: ReadonlyMap<string, number>,
): void {
  assertEquals(sent.size, FILES);
  const whole = records.filter(({ operation, status, completed, fault }) =>
    operation === "GetObject" && status === 200 && completed &&
    fault === undefined
  );
  const odd = [KILLED, PUT_BACK].map(keyOf);
  const sizes = new Map(whole.map(({ key, bytesSent }) => [key, bytesSent]));
  const counts = Map.groupBy(
    records.filter(({ operation }) => operation === "GetObject"),
    ({ key }) => key,
  );
  for (const [key, bytes] of sent) {
    const requests = counts.get(key)?.length;
    if (!odd.includes(key)) {
      assertEquals([key, requests, bytes], [key, 1, sizes.get(key)]);
    } else assertEquals([key, requests], [key, 2]);
  }
}

/** Asserts that none of Slurm's own files holds a key. */
async function assertNoKeyIn(
  configuration: string,
  secrets: readonly string[],
): Promise<void> {
  const walk = async (path: string) => {
    for await (const { name, isDirectory, isFile } of Deno.readDir(path)) {
      if (isDirectory) await walk(`${path}/${name}`);
      if (!isFile) continue;
      const text = new TextDecoder("latin1")
        .decode(await Deno.readFile(`${path}/${name}`));
      const found = secrets.filter((secret) => text.includes(secret));
      assertEquals([name, found.length], [name, 0]);
    }
  };
  await walk(configuration.slice(0, configuration.lastIndexOf("/")));
}
