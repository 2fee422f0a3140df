import {
  type DenoOptions,
  denoOptions,
  type Launch,
  STAND_INS_VARIABLE,
} from "../../tools/launch.ts";
import { type Outcome, outcomeOf } from "./program.ts";

export type { Outcome };

/** The project's folder. */
export const ROOT: URL = new URL("../../", import.meta.url);

/** Options of {@linkcode runDeno}. */
export interface RunOptions {
  /** The whole environment, besides what Deno itself needs. */
  env?: Record<string, string>;
  cwd?: string | URL;
}

/** How this test run itself was launched. */
export const LAUNCH: Launch = {
  standIns: Deno.env.get(STAND_INS_VARIABLE) === "yes",
};

/** The variables without which Deno does not find its cache, or what is in it. */
const KEPT = [
  ...["PATH", "HOME", "DENO_DIR", "TMPDIR", STAND_INS_VARIABLE],
  ...["JSR_URL", "NPM_CONFIG_REGISTRY", "npm_config_registry"],
];

/** The variables that a child process needs, as they are here. */
export function ownEnvironment(): Record<string, string> {
  return Object.fromEntries(
    KEPT.map((name) => [name, Deno.env.get(name) ?? ""])
      .filter(([, value]) => value !== ""),
  );
}

/**
 * Arguments for Deno with the options behind the subcommand that every child process
 * needs: the project's configuration and its lock as they are, and nothing from the
 * network.
 */
export function denoArguments(
  [subcommand = "", ...rest]: readonly string[],
  options: DenoOptions = {},
): string[] {
  return [subcommand, ...denoOptions(subcommand, LAUNCH, options), ...rest];
}

/** The same as a piece of shell script, from the program's path on. */
export function denoScript(
  args: readonly string[],
  options: DenoOptions = {},
): string {
  return [Deno.execPath(), ...denoArguments(args, options)]
    .map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
}

let knownDenoDir: string | undefined;

/** Where Deno keeps its cache, whatever HOME says. */
export async function denoDir(): Promise<string> {
  if (knownDenoDir === undefined) {
    const { stdout } = await runDeno(["info", "--json"]);
    knownDenoDir = JSON.parse(stdout).denoDir as string;
  }
  return knownDenoDir;
}

/** A command that runs Deno with the project's configuration, by another program if one is named. */
export function denoCommand(
  args: readonly string[],
  { env = {}, cwd = ROOT }: RunOptions = {},
  options: Deno.CommandOptions = {},
  wrapper: readonly string[] = [],
): Deno.Command {
  const [program = "", ...words] = [
    ...wrapper,
    Deno.execPath(),
    ...denoArguments(args),
  ];
  return new Deno.Command(program, {
    args: words,
    clearEnv: true,
    // Credentials of whoever runs the tests must not reach them.
    env: { ...ownEnvironment(), NO_COLOR: "1", ...env },
    cwd,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    ...options,
  });
}

/** Runs Deno with the project's configuration to its end. */
export async function runDeno(
  args: readonly string[],
  options: RunOptions = {},
): Promise<Outcome> {
  return outcomeOf(await denoCommand(args, options).output());
}

/** Runs `flatbed` to its end. */
export function runFlatbed(
  args: readonly string[],
  options: RunOptions = {},
): Promise<Outcome> {
  const cli = new URL("cli.ts", ROOT).pathname;
  return runDeno(["run", "--allow-all", "--no-prompt", cli, ...args], options);
}

/** The environment that leads `flatbed` and the examples to a demo service. */
export function environmentOf(
  server: {
    url: string;
    credentials: { accessKeyId: string; secretAccessKey: string };
  },
): Record<string, string> {
  return {
    FLATBED_ENDPOINT_URL: server.url,
    FLATBED_ACCESS_KEY_ID: server.credentials.accessKeyId,
    FLATBED_SECRET_ACCESS_KEY: server.credentials.secretAccessKey,
  };
}

/** The lines of a text, each read as JSON. */
// deno-lint-ignore no-explicit-any -- whatever a command prints
export function parseLines(text: string): any[] {
  return text.trimEnd().split("\n").filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}
