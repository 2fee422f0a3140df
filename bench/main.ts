/**
 * Measures Flatbed next to what people use today, against the same server of this
 * machine. `bench/README.md` says how to read what it prints.
 *
 * @module
 */
// deno-lint-ignore-file no-console -- a program for the terminal
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type BenchArguments, HELP, readArguments } from "./arguments.ts";
import { BenchContext } from "./bench_context.ts";
import type { BenchCase } from "./bench_case.ts";
import type { BenchServer } from "./bench_server.ts";
import { CASES } from "./cases/mod.ts";
import { type BenchObject, type DataName, makeData, roomOf } from "./data.ts";
import { describeMachine } from "./machine.ts";
import { writeMarkdown } from "./markdown.ts";
import { makeMemoryFolder } from "./memory_folder.ts";
import { startNginx } from "./nginx.ts";
import { startOwnServer } from "./own_server.ts";
import type { BenchResult } from "./results.ts";
import { runCase } from "./run_case.ts";
import { sizesOf } from "./sizes.ts";
import { describeCase } from "./table.ts";
import {
  findProgram,
  findTools,
  type FoundTool,
  type ToolName,
  TOOLS,
} from "./tools.ts";
import { findVenv, makeVenv } from "./venv.ts";

/** Where the objects are that the server has, and how they come and go. */
class Objects {
  readonly made = new Map<DataName, BenchObject[]>();
  readonly #folder: string;
  readonly #server: BenchServer;

  constructor(folder: string, server: BenchServer) {
    this.#folder = folder;
    this.#server = server;
  }

  /** Makes what is wanted and not there yet. */
  async need(names: readonly DataName[], isSmall: boolean): Promise<void> {
    for (const name of names) {
      if (this.made.has(name)) continue;
      progress(`objects: ${name}`);
      const objects = await makeData(
        name,
        `${this.#folder}/flatfiles`,
        sizesOf(isSmall),
      );
      this.made.set(name, objects);
    }
    await this.#server.reload([...this.made.values()].flat());
  }

  /** Removes what nobody wants any more. */
  async keepOnly(names: ReadonlySet<DataName>): Promise<void> {
    for (const [name, objects] of this.made) {
      if (names.has(name)) continue;
      for (const { key } of objects) {
        await Deno.remove(`${this.#folder}/flatfiles/${key}`);
      }
      this.made.delete(name);
    }
  }
}

/** Says what is being done: one line that changes on a terminal. */
function progress(text: string): void {
  if (!Deno.stderr.isTerminal()) {
    if (text !== "") console.error(`  ${text}`);
  } else Deno.stderr.writeSync(new TextEncoder().encode(`\r\x1b[K  ${text}`));
}

function chooseCases(names: readonly string[]): BenchCase[] {
  const unknown = names.filter((name) =>
    !CASES.some((benchCase) => benchCase.name === name)
  );
  if (unknown.length > 0) {
    throw new RangeError(
      `There is no case '${unknown.join("', '")}'; see --list`,
    );
  }
  return CASES.filter(({ name }) => names.length === 0 || names.includes(name));
}

async function run(
  { isSmall, repeat, against, ...told }: BenchArguments,
  cases: readonly BenchCase[],
  tools: ReadonlyMap<ToolName, FoundTool>,
  venvPython: string | undefined,
  signal: AbortSignal,
): Promise<BenchResult> {
  const python = await findProgram("python3");
  if (python === undefined) {
    throw new Error(
      "There is no python3 on the PATH, which measures the programs",
    );
  }
  const sizes = sizesOf(isSmall);
  const part = isSmall ? 1 / 20 : 1;
  const wanted = new Set(cases.flatMap(({ data }) => data));
  const room = Math.max(0, ...cases.map(({ room }) => room * part)) +
    [...wanted].reduce((sum, name) => sum + roomOf(name, sizes), 0);
  await using cleanup = new AsyncDisposableStack();
  const folder = cleanup.use(await makeMemoryFolder(room));
  const objects = `${folder.path}/objects`;
  const downloads = `${folder.path}/downloads`;
  const scratch = `${folder.path}/scratch`;
  for (const path of [objects, downloads, scratch]) await Deno.mkdir(path);
  const nginx = tools.get("nginx");
  const server = cleanup.use(
    nginx === undefined
      ? await startOwnServer(objects, scratch)
      : await startNginx(nginx.path, objects, scratch),
  );
  console.log(`Server: ${server.description}; files ${folder.description}\n`);
  const store = new Objects(objects, server);
  const context = new BenchContext({
    sizes,
    server,
    objects: store.made,
    objectsFolder: `${objects}/flatfiles`,
    downloads,
    scratch,
    python,
    venvPython,
    signal,
  });
  const result: BenchResult = {
    machine: await describeMachine(),
    server: server.description,
    folder: folder.description,
    tools: Object.fromEntries(
      [...tools].map(([name, { version }]) => [name, version]),
    ),
    missing: Object.fromEntries(
      Object.entries(TOOLS).filter(([name]) => !tools.has(name as ToolName))
        .map(([name, { howToGet }]) => [name, howToGet]),
    ),
    isSmall,
    cases: [],
  };
  for (const [index, benchCase] of cases.entries()) {
    signal.throwIfAborted();
    await store.need(benchCase.data, isSmall);
    const done = await runCase(benchCase, context, {
      repeat,
      has: (tool) => tools.has(tool),
      onProgress: progress,
      against: against === undefined
        ? undefined
        : pathToFileURL(`${resolve(against)}/`),
      signal,
    });
    progress("");
    console.log(`\n${describeCase(done)}`);
    result.cases.push(done);
    // What is measured is written at once: a later case may fail.
    await write(told, result);
    await store.keepOnly(
      new Set(cases.slice(index + 1).flatMap(({ data }) => data)),
    );
  }
  return result;
}

async function write(
  { json, markdown }: Pick<BenchArguments, "json" | "markdown">,
  result: BenchResult,
): Promise<void> {
  if (json !== undefined) {
    await Deno.writeTextFile(json, JSON.stringify(result, null, 2) + "\n");
  }
  if (markdown !== undefined) await writeMarkdown(markdown, result);
}

async function main(): Promise<number> {
  const told = readArguments(Deno.args);
  if (told.helps) {
    console.log(HELP);
    return 0;
  }
  const cases = chooseCases(told.cases);
  if (told.makesVenv) await makeVenv();
  const venv = await findVenv();
  const tools = new Map([...await findTools(), ...venv?.tools ?? []]);
  for (const [name, { howToGet }] of Object.entries(TOOLS)) {
    const found = tools.get(name as ToolName);
    console.log(
      `${name.padEnd(10)}${
        found?.version ?? `missing, to be had with: ${howToGet}`
      }`,
    );
  }
  if (told.lists) {
    console.log(`\nCases: ${CASES.map(({ name }) => name).join(", ")}`);
    return 0;
  }
  const stop = new AbortController();
  const interrupt = () => stop.abort(new Error("Interrupted"));
  Deno.addSignalListener("SIGINT", interrupt);
  Deno.addSignalListener("SIGTERM", interrupt);
  try {
    await run(told, cases, tools, venv?.python, stop.signal);
    return 0;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    console.error("Interrupted");
    return 130;
  }
}

if (import.meta.main) Deno.exit(await main());
