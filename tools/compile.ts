// deno-lint-ignore-file no-console -- a tool for the terminal
/**
 * Builds the command line as a standalone binary: `./flatbed` for this platform, or
 * with `--all` one for each platform that Deno compiles for, in `./dist`.
 *
 * @example
 * ```sh
 * deno run -A --no-lock --no-config tools/compile.ts --all
 * ```
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import config from "../deno.json" with { type: "json" };
import { denoOptions, type Launch, prepare } from "./launch.ts";

const packages = config.scopes["./"];

/** Linux, macOS and Windows, on x64 and arm64. */
export const TARGETS = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
  "x86_64-pc-windows-msvc",
  "aarch64-pc-windows-msvc",
] as const;

/** A platform that a binary is built for. */
export type Target = (typeof TARGETS)[number];

/** What the binary may do: as much as docs/permissions.md allows its commands together. */
export const PERMISSIONS = [
  "--allow-net",
  "--allow-env",
  "--allow-read",
  "--allow-write",
  "--allow-sys=statfs,hostname,osRelease",
  "--no-prompt",
] as const;

/** The modules that workers are started with: no import leads to them. */
export const WORKERS = [
  "src/download/workers/worker_main.ts",
] as const;

/**
 * The packages that are loaded where they are used: no import leads to them either. DuckDB
 * is not among them: of a package in a binary, Deno takes one native file out to load it,
 * and DuckDB's needs a second one beside it.
 */
export const LAZY_PACKAGES = [
  "@aws-sdk/client-s3",
  "@smithy/core",
  "@smithy/fetch-http-handler",
  "@uwdata/flechette",
] as const;

const root = new URL("../", import.meta.url);

/** The name of the binary for a platform. */
export function binaryName(version: string, target: Target): string {
  return `flatbed-${version}-${target}${suffixOf(target)}`;
}

function suffixOf(target: string): string {
  return target.includes("windows") ? ".exe" : "";
}

/** What `deno` is run with to build the binary for a platform. */
export function compileArguments(
  launch: Launch,
  target: string,
  output: string,
): string[] {
  return [
    "compile",
    ...denoOptions("compile", launch),
    "--no-check", // `deno task check` does
    ...["--target", target],
    ...["--output", output],
    // What only the tests and the benchmarks import stays out.
    "--exclude-unused-npm",
    ...PERMISSIONS,
    ...[...WORKERS, ...LAZY_PACKAGES.map((name) => packages[name])]
      .flatMap((module) => ["--include", module]),
    "cli.ts",
  ];
}

/**
 * What `deno compile` wrote when it failed; as one sentence where it could not
 * download the runtime that becomes the binary.
 */
export function explainFailure(stderr: string): string {
  // Before the error, the address is also written where the download succeeds.
  const [error = ""] = /^error: .*/ms.exec(stderr) ?? [];
  const [, host, target] =
    /https?:\/\/([^\s/]+)\/\S*\/denort-([\w-]+)\.zip/.exec(error) ?? [];
  const [causes = ""] = error.split("Stack backtrace:");
  const reason = [...causes.matchAll(/^ +\d+: (.+)$/gm)].at(-1)?.[1];
  if (target === undefined || reason === undefined) return stderr.trimEnd();
  return `The runtime for ${target} could not be downloaded from ${host}: ${reason}; let this machine reach ${host}, or set HTTPS_PROXY`;
}

/** Builds the binary for a platform; throws what is to be told where that fails. */
async function compile(
  launch: Launch,
  target: string,
  output: string,
): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: compileArguments(launch, target, output),
    env: { NO_COLOR: "1" },
    cwd: root,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) {
    throw new Error(explainFailure(new TextDecoder().decode(stderr)));
  }
  const { size } = await Deno.stat(output);
  console.log(`${output}  ${(size / 1e6).toFixed(0)} MB`);
}

async function main(args: readonly string[]): Promise<number> {
  const isAll = args.includes("--all");
  const [folder = fileURLToPath(new URL(isAll ? "dist" : ".", root))] = args
    .filter((arg) => arg !== "--all");
  const native = Deno.build.target;
  const outputs: [target: string, name: string][] = isAll
    ? TARGETS.map((target) => [target, binaryName(config.version, target)])
    : [[native, `flatbed${suffixOf(native)}`]];
  const launch = await prepare();
  const isThere = await Deno.lstat(folder).then(() => true, () => false);
  await Deno.mkdir(folder, { recursive: true });
  try {
    for (const [target, name] of outputs) {
      await compile(launch, target, `${folder.replace(/[/\\]$/, "")}/${name}`);
    }
    return 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    // Those that are in it already are whole.
    if (!isThere) await Deno.remove(folder).catch(() => {});
    return 1;
  }
}

if (import.meta.main) {
  const unknown = Deno.args.find((arg) =>
    arg.startsWith("-") && arg !== "--all"
  );
  if (unknown !== undefined) {
    console.error(
      `There is no option ${unknown}: 'deno task compile [FOLDER]' builds for this platform, 'deno task compile:all [FOLDER]' for all`,
    );
    Deno.exit(2);
  }
  Deno.exit(await main(Deno.args));
}
