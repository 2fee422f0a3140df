// deno-lint-ignore-file no-console -- a tool for the terminal
/**
 * Runs `deno` with the arguments given and the committed lock, also on a machine that
 * cannot reach JSR.
 *
 * Where JSR answers, or its modules are already cached, this is `deno` with the
 * project's own `deno.json`. Elsewhere an import map puts the small stand-ins under
 * `tools/std/` in the place of JSR's modules. Nothing is written into the checkout.
 *
 * @example
 * ```sh
 * deno run -A --no-lock --no-config tools/launch.ts check .
 * ```
 *
 * @module
 */

import { fileURLToPath, pathToFileURL } from "node:url";

/** How this machine runs the code of the checkout. */
export interface Launch {
  /** Whether the stand-ins under `tools/std/` are used in place of JSR's modules. */
  standIns: boolean;
  /**
   * Whether what is not cached yet may be downloaded: not by what a launched process
   * starts. `false` by default.
   */
  mayDownload?: boolean;
}

/** The environment variable that tells child processes whether stand-ins are used. */
export const STAND_INS_VARIABLE = "FLATBED_STAND_INS";

const root = new URL("../", import.meta.url);
/** For how long it is remembered that JSR does not answer, in milliseconds: a day. */
const MEMORY = 24 * 60 * 60 * 1000;

interface DenoConfig {
  imports: Record<string, string>;
  /** The packages of npm, by the folder whose modules may import them. */
  scopes: Record<string, Record<string, string>>;
  exports: Record<string, string>;
  [field: string]: unknown;
}

function readJson(file: URL) {
  return JSON.parse(Deno.readTextFileSync(file));
}

function readConfig(folder = root): DenoConfig {
  return readJson(new URL("deno.json", folder));
}

/** The packages of the standard library that `deno.json` names, each with what it stands for. */
function standardPackages(folder = root): [name: string, target: string][] {
  return Object.entries(readConfig(folder).imports)
    .filter(([name]) => name.startsWith("@std/"));
}

/** Whether JSR's modules are in Deno's cache already. */
async function areModulesCached(): Promise<boolean> {
  const specifiers = standardPackages().map(([, target]) => target);
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["cache", "--no-config", "--no-lock", "--cached-only", ...specifiers],
    stdout: "null",
    stderr: "null",
  }).output();
  return success;
}

/** Where JSR is: `JSR_URL`, or the default. */
function jsrUrl(): string {
  const registry = Deno.env.get("JSR_URL") || "https://jsr.io/";
  return registry.replace(/\/*$/, "/");
}

/** Whether JSR answers. */
async function doesJsrAnswer(): Promise<boolean> {
  try {
    const url = new URL("@std/assert/meta.json", jsrUrl());
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
    const meta = await response.json();
    return response.ok && typeof meta?.versions === "object";
  } catch {
    return false; // refused, timed out, or a proxy's page: in every case, no JSR
  }
}

/** The folder for what is remembered: the user's, never the checkout, which others may share. */
function memoryFolder(): string | undefined {
  const get = (name: string) => Deno.env.get(name) || undefined;
  const home = get("HOME");
  const own = Deno.build.os === "windows"
    ? get("LOCALAPPDATA")
    : Deno.build.os === "darwin" && home !== undefined
    ? `${home}/Library/Caches`
    : get("XDG_CACHE_HOME") ?? (home && `${home}/.cache`);
  const folder = get("DENO_DIR") ?? own;
  return folder && `${folder}/flatbed`;
}

/** Whether JSR was asked within a day, and did not answer. */
async function isJsrKnownSilent(): Promise<boolean> {
  const file = `${memoryFolder()}/jsr-does-not-answer`;
  try {
    const { mtime } = await Deno.stat(file);
    const age = Date.now() - (mtime?.getTime() ?? 0);
    return age >= 0 && age < MEMORY &&
      await Deno.readTextFile(file) === jsrUrl();
  } catch {
    return false;
  }
}

/** Remembers that JSR does not answer. Returns whether it could. */
async function rememberJsrIsSilent(): Promise<boolean> {
  const folder = memoryFolder();
  if (folder === undefined) return false;
  try {
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(`${folder}/jsr-does-not-answer`, jsrUrl());
    return true;
  } catch {
    return false; // a home that cannot be written: JSR is asked again next time
  }
}

/**
 * Has this process and its children reach this machine without a proxy: the tests ask
 * services on it with a plain `fetch`, and there are other clients.
 */
function exceptLoopback(): void {
  const names = Deno.build.os === "windows"
    ? ["NO_PROXY"]
    : ["NO_PROXY", "no_proxy"];
  const before = names.map((name) => Deno.env.get(name)).find((list) => list);
  const list = [before, "127.0.0.0/8", "::1", "localhost"]
    .filter((entry) => entry !== undefined).join(",");
  for (const name of names) Deno.env.set(name, list);
}

/**
 * Finds out how this machine runs the code. Where JSR does not answer, it is not asked
 * again for a day, and that is said once, unless `isQuiet`.
 */
export async function prepare({ isQuiet = false } = {}): Promise<Launch> {
  const inherited = Deno.env.get(STAND_INS_VARIABLE);
  if (inherited !== undefined) return { standIns: inherited === "yes" };
  exceptLoopback();
  const mayDownload = true;
  if (await isJsrKnownSilent()) return { standIns: true, mayDownload };
  if (await areModulesCached() || await doesJsrAnswer()) {
    return { standIns: false, mayDownload };
  }
  if (await rememberJsrIsSilent() && !isQuiet) {
    console.error(
      "JSR does not answer: using the stand-ins for @std under tools/std",
    );
  }
  return { standIns: true, mayDownload };
}

/** The subcommands that load modules and resolve packages, and those of them that take `--cached-only`. */
const CACHED_ONLY = [
  "run",
  "test",
  "check",
  "compile",
  "bench",
  "eval",
  "repl",
];
const RESOLVING = [...CACHED_ONLY, "cache", "info", "doc"];

/** How {@linkcode denoOptions} is to be used. */
export interface DenoOptions {
  /** The folder of the checkout, with a slash at its end. */
  folder?: string;
  /** An import map for the checkout's own, which needs all that {@linkcode importMapOf} has. */
  importMap?: string;
}

/**
 * The options that follow a subcommand of `deno` so that it runs the checkout's code: its
 * configuration, its lock as it is committed, and the stand-ins where they are used.
 */
export function denoOptions(
  subcommand: string,
  launch: Launch,
  { folder = fileURLToPath(root), importMap }: DenoOptions = {},
): string[] {
  const { standIns, mayDownload = false } = launch;
  const options = ["--config", `${folder}deno.json`];
  if (subcommand === "lint" && standIns) {
    // It loads the modules without an import map; `deno publish` looks for slow types as well.
    options.push("--rules-exclude=no-slow-types");
  }
  if (!RESOLVING.includes(subcommand)) return options;
  if (importMap !== undefined) options.push("--import-map", importMap);
  else if (standIns) {
    options.push("--import-map", dataUrl(importMapOf(launch, folder)));
  }
  // Not in the configuration: `deno task` would fetch all that is in it.
  options.push("--lock", `${folder}deno.lock`);
  if (standIns || isLockComplete()) options.push("--frozen");
  if (!mayDownload && CACHED_ONLY.includes(subcommand)) {
    options.push("--cached-only");
  }
  return options;
}

/** Whether the lock has all that `deno.json` names: JSR's packages are added where JSR answers. */
function isLockComplete(): boolean {
  const { specifiers } = readJson(new URL("deno.lock", root));
  return standardPackages().every(([name]) =>
    Object.keys(specifiers).some((locked) => locked.startsWith(`jsr:${name}@`))
  );
}

/** What an import map holds. */
export interface ImportMap {
  imports: Record<string, string>;
  scopes: Record<string, Record<string, string>>;
}

/**
 * What the checkout's imports lead to, as an import map: as in `deno.json`, with the
 * stand-ins in the place of JSR's modules where they are used.
 */
export function importMapOf(
  { standIns }: Launch,
  folder = fileURLToPath(root),
): ImportMap {
  const base = pathToFileURL(folder);
  const config = readConfig(base);
  const imports = standIns ? standInsIn(base) : withSubpaths(config.imports);
  const scopes = Object.entries(config.scopes).map(([scope, packages]) => [
    new URL(scope, base).href,
    withSubpaths(packages),
  ]);
  return { imports, scopes: Object.fromEntries(scopes) };
}

/** In a configuration, a name also stands for what is below it. */
function withSubpaths(packages: Record<string, string>) {
  return Object.fromEntries(
    Object.entries(packages).flatMap(([name, target]) => [
      [name, target],
      [`${name}/`, `${target.replace(":", ":/")}/`],
    ]),
  );
}

/** The stand-ins, by the names that modules and other packages have for them. */
function standInsIn(folder: URL): Record<string, string> {
  const imports: Record<string, string> = {};
  for (const [name, target] of standardPackages(folder)) {
    const path = `tools/std/${name.slice("@std/".length)}/`;
    const { exports } = readConfig(new URL(path, folder));
    for (const [entry, file] of Object.entries(exports)) {
      for (const whole of [name, target]) {
        imports[`${whole}${entry.slice(1)}`] =
          new URL(file, new URL(path, folder)).href;
      }
    }
  }
  return imports;
}

/** A `data:` URL with an import map: nothing is written for it. */
function dataUrl(importMap: ImportMap): string {
  const text = encodeURIComponent(JSON.stringify(importMap));
  return `data:application/json,${text}`;
}

/**
 * Runs `deno` with `args` under `launch`, with the terminal's own input and output.
 * Returns its exit code.
 */
export async function run(
  launch: Launch,
  args: readonly string[],
): Promise<number> {
  const [subcommand = "--help", ...rest] = args;
  if (launch.standIns && subcommand === "publish") {
    return await publish(launch, rest);
  }
  const options = subcommand.startsWith("-")
    ? []
    : denoOptions(subcommand, launch)
      // Whoever changes the lock says so.
      .filter((option) =>
        option !== "--frozen" ||
        !rest.some((arg) => arg.startsWith("--frozen"))
      );
  return await spawn([subcommand, ...options, ...rest], launch);
}

/** Downloads all packages: what is started by the checkout's code later may not download. */
export async function fetchPackages(launch: Launch): Promise<void> {
  const { imports, scopes } = readConfig();
  const specifiers = [
    ...(launch.standIns ? [] : Object.values(imports)),
    ...Object.values(scopes).flatMap((packages) => Object.values(packages)),
  ];
  await run(launch, ["cache", ...specifiers]);
}

async function spawn(
  args: string[],
  { standIns }: Launch,
  cwd?: string,
): Promise<number> {
  const command = new Deno.Command(Deno.execPath(), {
    args,
    env: { [STAND_INS_VARIABLE]: standIns ? "yes" : "no" },
    ...cwd === undefined ? {} : { cwd },
  }).spawn();
  // The terminal sends the signal to the child as well: it decides what to do.
  const ignore = () => {};
  const forward = () => command.kill("SIGTERM");
  Deno.addSignalListener("SIGINT", ignore);
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", forward);
  const { code } = await command.status;
  Deno.removeSignalListener("SIGINT", ignore);
  if (Deno.build.os !== "windows") {
    Deno.removeSignalListener("SIGTERM", forward);
  }
  return code;
}

/**
 * Runs `deno publish`, which takes no import map, on a copy of what is published that
 * links the stand-ins. Linked modules inside the package would become a part of it.
 */
async function publish(
  launch: Launch,
  args: readonly string[],
): Promise<number> {
  const folder = await Deno.makeTempDir();
  try {
    const config = readConfig();
    const { include } = config.publish as { include: string[] };
    for (const name of [...include, "deno.lock"]) {
      await copy(new URL(name, root), `${folder}/package/${name}`);
    }
    await copy(new URL("tools/std/", root), `${folder}/std/`);
    config.links = standardPackages()
      .map(([name]) => name.replace("@std", "../std"));
    delete config.lock; // it takes the one beside it
    await Deno.writeTextFile(
      `${folder}/package/deno.json`,
      JSON.stringify(config),
    );
    return await spawn(["publish", ...args], launch, `${folder}/package`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Copies a file, or a folder with all that is in it; a folder's name ends with a slash. */
async function copy(from: URL, to: string): Promise<void> {
  if (!from.pathname.endsWith("/")) {
    await Deno.mkdir(to.slice(0, to.lastIndexOf("/")), { recursive: true });
    return await Deno.copyFile(from, to);
  }
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    const entry = isDirectory ? `${name}/` : name;
    await copy(new URL(entry, from), to + entry);
  }
}

/** Goes to the folder in which the task was called: `deno task` runs it in the checkout's own. */
export function goBack(): void {
  const folder = Deno.env.get("INIT_CWD");
  if (folder !== undefined && folder !== "") Deno.chdir(folder);
}

if (import.meta.main) {
  const launch = await prepare();
  const [first, ...rest] = Deno.args;
  if (first === "--here") goBack();
  Deno.exit(await run(launch, first === "--here" ? rest : Deno.args));
}
