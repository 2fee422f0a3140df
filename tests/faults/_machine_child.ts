// deno-lint-ignore-file no-console -- its output is what the test reads
/**
 * A program for a child process: does one thing with the library, prints how it ended
 * and which files of a folder are still open, and ends by itself.
 */
import { DatabaseSync } from "node:sqlite";
import {
  AsyncS3Downloader,
  type DownloadedFile,
  SyncS3Downloader,
} from "../../src/download/mod.ts";
import { FlatbedError } from "../../src/base/mod.ts";
import { Mirror } from "../../src/mirror/mod.ts";
import { TEST_CREDENTIALS } from "../support/store.ts";

/** What stands behind the output of each command. */
export const SEPARATOR = "\x1e";

/** What the child is to do. */
export interface ChildTask {
  how: "async" | "sync" | "batch" | "mirror" | "kill";
  url: string;
  /** Whose open files count. */
  folder: string;
  keys?: string[];
  /** Where the files come, in the order of the keys. */
  paths?: string[];
  decompress?: boolean;
  /** From which size on an object is fetched in ranges. */
  rangeThreshold?: number;
  rangeSize?: number;
  /** What a mirror syncs. */
  plan?: { dataTypes: string[]; from: string; to: string };
  /** How many bytes are left free, or how many files may still be made: for each, the mirror is synced. */
  left?: { bytes?: number; files?: number }[];
}

/** How one thing ended. */
export interface ChildOutcome {
  /** What was thrown, where something was. */
  error?: { name: string; code?: string; message: string };
  resumedFrom?: number;
  fetched?: number;
}

/** What the child prints. */
export interface ChildResult {
  outcomes: ChildOutcome[];
  /** What is still open of the folder. */
  open: string[];
}

async function attempt(
  action: () => ChildOutcome | Promise<ChildOutcome>,
): Promise<ChildOutcome> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof Error)) return { error: { name: "", message: "" } };
    const { name, message } = error;
    const code = error instanceof FlatbedError ? error.code : undefined;
    return {
      error: { name, message, ...(code === undefined ? {} : { code }) },
    };
  }
}

function done({ resumedFrom }: DownloadedFile): ChildOutcome {
  return { resumedFrom };
}

async function toFiles(task: ChildTask): Promise<ChildOutcome[]> {
  const { how, url, keys = [], paths = [], decompress = false } = task;
  const options = {
    endpointUrl: url,
    maxRetries: 1,
    timeout: 10,
    ...task.rangeThreshold === undefined
      ? {}
      : { rangeThreshold: task.rangeThreshold },
    ...task.rangeSize === undefined ? {} : { rangeSize: task.rangeSize },
  };
  const jobs = keys.map((key, index) => [key, paths[index] ?? ""] as const);
  if (how === "sync") {
    using downloader = new SyncS3Downloader(TEST_CREDENTIALS, options);
    // Its worker starts with the first call.
    downloader.checkExists("flatfiles", "nothing");
    const release = hoard();
    const outcomes = [];
    for (const [key, path] of jobs) {
      outcomes.push(
        await attempt(() =>
          done(
            downloader.downloadToFile("flatfiles", key, path, { decompress }),
          )
        ),
      );
    }
    release();
    return outcomes;
  }
  await using downloader = new AsyncS3Downloader(TEST_CREDENTIALS, options);
  const release = hoard();
  const outcomes = await atOnce(task, downloader, jobs);
  release();
  return outcomes;
}

async function atOnce(
  { how, keys = [], decompress = false }: ChildTask,
  downloader: AsyncS3Downloader,
  jobs: readonly (readonly [key: string, path: string])[],
): Promise<ChildOutcome[]> {
  if (how === "batch") {
    const errors: unknown[] = [];
    const all = await downloader.downloadBatch("flatfiles", keys, {
      onFailure: (_, error) => {
        errors.push(error);
      },
    });
    const failed = await Promise.all(
      errors.map((error) => attempt(() => Promise.reject(error))),
    );
    return [...all.flatMap((each) => each ? [{}] : []), ...failed];
  }
  return await Promise.all(
    jobs.map(([key, path]) =>
      attempt(async () =>
        done(
          await downloader.downloadToFile("flatfiles", key, path, {
            decompress,
          }),
        )
      )
    ),
  );
}

/** Syncs a mirror on a disk that is all but full, and again when there is room. */
async function mirrors(task: ChildTask): Promise<ChildOutcome[]> {
  const { url, folder, left = [], decompress } = task;
  await using downloader = new AsyncS3Downloader(TEST_CREDENTIALS, {
    endpointUrl: url,
    maxRetries: 1,
  });
  const out = `${folder}/mirror`;
  const sync = () =>
    attempt(async () => {
      await using mirror = await Mirror.open(out, { downloader, decompress });
      const plan = await mirror.plan(
        task.plan ?? { dataTypes: [], from: "2024-01-02", to: "2024-01-02" },
      );
      const { fetched } = await mirror.sync(plan);
      const { isWhole } = await mirror.verify({ mode: "full" });
      if (!isWhole) throw new Error("the mirror is not whole");
      return { fetched };
    });
  const outcomes: ChildOutcome[] = [];
  for (const { bytes, files } of left) {
    await Deno.mkdir(`${folder}/fill`);
    if (bytes !== undefined) fillBytes(`${folder}/fill/bytes`, bytes);
    if (files !== undefined) fillFiles(`${folder}/fill`, files);
    outcomes.push(await sync());
    await Deno.remove(`${folder}/fill`, { recursive: true });
    outcomes.push(await sync());
    await Deno.remove(out, { recursive: true });
  }
  return outcomes;
}

/** Leaves a mirror as a writer does that is killed before its log is in the database. */
async function leaveLog({ folder }: ChildTask): Promise<ChildOutcome[]> {
  const path = `${folder}/.flatbed/manifest.sqlite`;
  const endings = ["", "-wal", "-shm"];
  const db = new DatabaseSync(path);
  db.exec("PRAGMA journal_mode = WAL"); // as while a writer has it open
  db.exec("UPDATE files SET verified_at = 1");
  for (const ending of endings) {
    await Deno.copyFile(path + ending, `${path}${ending}.killed`);
  }
  db.close();
  for (const ending of endings) {
    await Deno.rename(`${path}${ending}.killed`, path + ending);
  }
  return [];
}

function fillBytes(path: string, left: number): void {
  using file = Deno.openSync(path, { write: true, create: true });
  try {
    while (true) file.writeSync(new Uint8Array(4096));
  } catch { /* full */ }
  file.truncateSync(file.statSync().size - left);
}

function fillFiles(folder: string, left: number): void {
  let count = 0;
  try {
    while (true) Deno.openSync(`${folder}/${count++}`, NEW).close();
  } catch { /* no more */ }
  for (let index = 1; index <= left; index++) {
    Deno.removeSync(`${folder}/${count - 1 - index}`);
  }
}

const NEW: Deno.OpenOptions = { write: true, createNew: true };

/** Which files of a folder this process has open. */
function openIn(folder: string): string[] {
  if (Deno.build.os !== "linux") return [];
  const open: string[] = [];
  for (const { name } of Deno.readDirSync("/proc/self/fd")) {
    try {
      const path = Deno.readLinkSync(`/proc/self/fd/${name}`);
      if (path.startsWith(`${folder}/`)) open.push(path);
    } catch { /* the one that reads the folder */ }
  }
  return open;
}

/**
 * Takes all file handles but for so many. What Deno itself needs is there by then: it
 * ends with a panic where it has none for that.
 */
function hoard(): () => void {
  const free = Number(Deno.env.get("TEST_FREE_FILES") ?? "NaN");
  if (Number.isNaN(free)) return ignore;
  Deno.addSignalListener("SIGINT", ignore);
  const taken: Deno.FsFile[] = [];
  try {
    while (true) taken.push(Deno.openSync("/dev/null"));
  } catch { /* no more */ }
  for (const file of taken.splice(0, free)) file.close();
  return () => {
    for (const file of taken) file.close();
    Deno.removeSignalListener("SIGINT", ignore);
  };
}

function ignore(): void {}

/** Runs commands of `flatbed`, with what tells their output apart. */
async function runCommands(commands: string[][]): Promise<void> {
  const { runCli } = await import("../../src/cli/mod.ts");
  const encoder = new TextEncoder();
  const release = hoard();
  for (const args of commands) {
    const code = await runCli(args);
    const end = `${SEPARATOR}${code}${SEPARATOR}`;
    Deno.stdout.writeSync(encoder.encode(end));
    Deno.stderr.writeSync(encoder.encode(SEPARATOR));
  }
  release();
}

if (import.meta.main) {
  const task: ChildTask | string[][] = JSON.parse(Deno.args[0] ?? "{}");
  if (Array.isArray(task)) await runCommands(task);
  else await runTask(task);
}

async function runTask(task: ChildTask): Promise<void> {
  const outcomes = task.how === "mirror"
    ? await mirrors(task)
    : task.how === "kill"
    ? await leaveLog(task)
    : await toFiles(task);
  const result: ChildResult = { outcomes, open: openIn(task.folder) };
  console.log(JSON.stringify(result));
}
