// deno-lint-ignore-file no-console -- a tool for the terminal
/**
 * Tries this platform's binary of a release, and writes down its size and how long it
 * takes to start.
 *
 * @example
 * ```sh
 * deno task deno run -A tools/release_trial.ts dist trial.json
 * ```
 *
 * @module
 */

import config from "../deno.json" with { type: "json" };
import { startDemoServer } from "../src/demo/mod.ts";
import { binaryName, TARGETS } from "./compile.ts";

/** What is known of a binary after its trial. */
export interface BinaryTrial {
  target: string;
  /** In bytes. */
  size: number;
  /** How long `flatbed --version` takes, in milliseconds. */
  startsIn: number;
}

/** How often a binary is started for its time. */
const STARTS = 21;

/**
 * Tries what a binary is for: the demo, a listing, a mirror. Whatever it needs, its
 * modules and its permissions, must be in it.
 *
 * @param command The binary, with the arguments that come first.
 * @param variables Environment variables besides those of this process.
 * @throws {Error} If one of the commands fails, with what it wrote.
 */
export async function tryBinary(
  command: readonly string[],
  variables: Record<string, string> = {},
): Promise<void> {
  const version = await runBinary(command, ["--version"], variables);
  if (version.trimEnd() !== config.version) {
    throw new Error(
      `'--version' wrote '${version.trimEnd()}', not '${config.version}'`,
    );
  }
  const folder = await Deno.makeTempDir();
  try {
    await runBinary(command, ["demo", "--out", `${folder}/demo`], variables);
    await using server = startDemoServer();
    const env = {
      ...variables,
      FLATBED_ENDPOINT_URL: server.url,
      FLATBED_ACCESS_KEY_ID: server.credentials.accessKeyId,
      FLATBED_SECRET_ACCESS_KEY: server.credentials.secretAccessKey,
    };
    const days = ["stocks_daily", "--from", "2024-01-02", "--to", "2024-01-05"];
    const mirror = ["--out", `${folder}/mirror`];
    await runBinary(command, ["ls", ...days], env);
    await runBinary(command, ["ls", ...days, "--credentials", "aws"], {
      ...env,
      AWS_ACCESS_KEY_ID: server.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: server.credentials.secretAccessKey,
    });
    await runBinary(command, ["sync", ...days, ...mirror], env);
    await runBinary(command, ["verify", "--full", ...mirror], env);
    await runBinary(command, ["verify", "--remote", ...mirror], env);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs a command of a binary; returns what it wrote, and throws that where it fails. */
async function runBinary(
  [program = "", ...first]: readonly string[],
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const { success, code, stdout, stderr } = await new Deno.Command(program, {
    args: [...first, ...args],
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  if (success) return decoder.decode(stdout);
  const wrote = `${decoder.decode(stdout)}${decoder.decode(stderr)}`;
  throw new Error(
    `'${args.join(" ")}' ended with exit code ${code}: ${wrote.trimEnd()}`,
  );
}

/** How long a binary takes until `--version` is there, in milliseconds: the median. */
export async function startTime(command: readonly string[]): Promise<number> {
  const times: number[] = [];
  for (let start = 0; start < STARTS; start++) {
    const before = performance.now();
    await runBinary(command, ["--version"]);
    times.push(performance.now() - before);
  }
  return times.sort((a, b) => a - b)[Math.floor(STARTS / 2)] ?? 0;
}

if (import.meta.main) {
  const [folder, output] = Deno.args;
  if (folder === undefined || output === undefined) {
    console.error(
      "Say in which folder the binary is, and which file to write, as in tools/release_trial.ts dist trial.json",
    );
    Deno.exit(2);
  }
  const target = TARGETS.find((target) => target === Deno.build.target);
  if (target === undefined) {
    console.error(`There is no binary for ${Deno.build.target}`);
    Deno.exit(1);
  }
  const binary = `${folder}/${binaryName(config.version, target)}`;
  // A file that was kept elsewhere on its way may not be a program any more.
  if (Deno.build.os !== "windows") await Deno.chmod(binary, 0o755);
  await tryBinary([binary]);
  const { size } = await Deno.stat(binary);
  const trial: BinaryTrial = {
    target,
    size,
    startsIn: await startTime([binary]),
  };
  await Deno.writeTextFile(output, JSON.stringify(trial));
  console.log(trial);
}
