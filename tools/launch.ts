// deno-lint-ignore-file no-console -- a tool for the terminal
/**
 * Runs `deno` with the arguments given, also on a machine that cannot reach JSR.
 *
 * Where JSR answers, or its modules are already cached, this is `deno` with the
 * project's own `deno.json`. Elsewhere it is the same command with a generated
 * configuration that links the small stand-ins under `tools/std/`.
 *
 * @example
 * ```sh
 * deno run -A --no-lock --no-config tools/launch.ts check .
 * ```
 *
 * @module
 */

import { fileURLToPath } from "node:url";

/** Where the project's configuration is, and how to use it for a child process. */
export interface Launch {
  /** Path of the configuration to give to `deno` with `--config`. */
  config: string;
  /** Whether the stand-ins under `tools/std/` are used in place of JSR's modules. */
  standIns: boolean;
}

/** The environment variable that tells child processes which configuration to use. */
export const CONFIG_VARIABLE = "FLATBED_DENO_CONFIG";

const root = new URL("../", import.meta.url);
const generatedConfig = new URL("deno.without-jsr.json", root);
const generatedLock = new URL("deno.without-jsr.lock", root);
const packages = ["assert", "datetime", "streams"] as const;

interface DenoConfig {
  imports: Record<string, string>;
  exports: Record<string, string>;
  [field: string]: unknown;
}

async function readConfig(): Promise<DenoConfig> {
  return JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
}

/** Whether JSR's modules are in Deno's cache already. */
async function areModulesCached(): Promise<boolean> {
  const { imports } = await readConfig();
  const specifiers = packages.map((name) => imports[`@std/${name}`] ?? "");
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["cache", "--no-config", "--no-lock", "--cached-only", ...specifiers],
    stdout: "null",
    stderr: "null",
  }).output();
  return success;
}

/** Whether JSR (`JSR_URL`, or the default) answers. */
async function doesJsrAnswer(): Promise<boolean> {
  const registry = Deno.env.get("JSR_URL") || "https://jsr.io/";
  try {
    const url = new URL("@std/assert/meta.json", registry.replace(/\/*$/, "/"));
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
    const meta = await response.json();
    return response.ok && typeof meta?.versions === "object";
  } catch {
    return false; // refused, timed out, or a proxy's page: in every case, no JSR
  }
}

async function writeIfChanged(file: URL, content: string): Promise<void> {
  const current = await Deno.readTextFile(file).catch(() => undefined);
  if (current === content) return;
  const temporary = new URL(`${file.href}.${Deno.pid}`);
  await Deno.writeTextFile(temporary, content);
  await Deno.rename(temporary, file);
}

/** Generates the configuration that links the stand-ins in a folder. */
async function generateConfig(folder = "./tools/std"): Promise<void> {
  const config = await readConfig();
  config.links = packages.map((name) => `${folder}/${name}`);
  config.lock = { path: "./deno.without-jsr.lock" };
  await writeIfChanged(generatedConfig, JSON.stringify(config, null, 2) + "\n");
  // The committed lock pins the npm packages and is never written from here.
  const lock = await Deno.readTextFile(new URL("deno.lock", root)).catch(() =>
    null
  );
  if (lock !== null) await writeIfChanged(generatedLock, lock);
}

/** Finds out which configuration works on this machine, and says so where it is not the usual one. */
export async function prepare(): Promise<Launch> {
  const inherited = Deno.env.get(CONFIG_VARIABLE);
  if (inherited !== undefined) {
    return { config: inherited, standIns: inherited.includes("without-jsr") };
  }
  if (await areModulesCached() || await doesJsrAnswer()) {
    return {
      config: fileURLToPath(new URL("deno.json", root)),
      standIns: false,
    };
  }
  await generateConfig();
  console.error(
    "JSR does not answer: using the stand-ins for @std under tools/std",
  );
  return { config: fileURLToPath(generatedConfig), standIns: true };
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
  if (launch.standIns && subcommand === "publish") return await publish(rest);
  const options = subcommand.startsWith("-") ? [] : ["--config", launch.config];
  // `deno doc` does not look at links: an import map does the same for it.
  if (launch.standIns && subcommand === "doc") {
    options.push("--import-map", await docImportMap());
  }
  return await spawn([subcommand, ...options, ...rest], launch.config);
}

async function spawn(args: string[], config: string): Promise<number> {
  const command = new Deno.Command(Deno.execPath(), {
    args,
    env: { [CONFIG_VARIABLE]: config },
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
 * Runs `deno publish`, which takes linked modules inside the package for a part of
 * it: it is shown copies elsewhere.
 */
async function publish(args: string[]): Promise<number> {
  const copies = await Deno.makeTempDir();
  try {
    for (const name of packages) {
      const from = new URL(`tools/std/${name}/`, root);
      await Deno.mkdir(`${copies}/${name}`);
      for await (const { name: file } of Deno.readDir(from)) {
        await Deno.copyFile(new URL(file, from), `${copies}/${name}/${file}`);
      }
    }
    await generateConfig(copies);
    const config = fileURLToPath(generatedConfig);
    return await spawn(["publish", "--config", config, ...args], config);
  } finally {
    await generateConfig();
    await Deno.remove(copies, { recursive: true });
  }
}

/** A `data:` URL with an import map from the `@std` modules to the stand-ins. */
async function docImportMap(): Promise<string> {
  const imports: Record<string, string> = { ...(await readConfig()).imports };
  for (const name of packages) {
    const folder = new URL(`tools/std/${name}/`, root);
    const { exports } = JSON.parse(
      await Deno.readTextFile(new URL("deno.json", folder)),
    );
    for (const [entry, file] of Object.entries<string>(exports)) {
      imports[`@std/${name}${entry.slice(1)}`] = new URL(file, folder).href;
    }
  }
  const map = `data:application/json,${
    encodeURIComponent(JSON.stringify({ imports }))
  }`;
  return map;
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
