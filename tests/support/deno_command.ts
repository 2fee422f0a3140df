/** The project's folder. */
export const ROOT: URL = new URL("../../", import.meta.url);

/** What a child process wrote, and how it ended. */
export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Options of {@linkcode runDeno}. */
export interface RunOptions {
  /** The whole environment, besides what Deno itself needs. */
  env?: Record<string, string>;
  cwd?: string | URL;
}

/** The configuration that this test run itself uses. */
export function configPath(): string {
  return Deno.env.get("FLATBED_DENO_CONFIG") ??
    new URL("deno.json", ROOT).pathname;
}

/** A command that runs Deno with the project's configuration. */
export function denoCommand(
  args: readonly string[],
  { env = {}, cwd = ROOT }: RunOptions = {},
  options: Deno.CommandOptions = {},
): Deno.Command {
  const [subcommand = "", ...rest] = args;
  // Credentials of whoever runs the tests must not reach them.
  const kept = ["PATH", "HOME", "DENO_DIR", "TMPDIR", "FLATBED_DENO_CONFIG"];
  const own = Object.fromEntries(
    kept.map((name) => [name, Deno.env.get(name) ?? ""])
      .filter(([, value]) => value !== ""),
  );
  return new Deno.Command(Deno.execPath(), {
    args: [subcommand, "--config", configPath(), ...rest],
    clearEnv: true,
    env: { ...own, NO_COLOR: "1", ...env },
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
  const { code, stdout, stderr } = await denoCommand(args, options).output();
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
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
    FLATBED_ENDPOINT: server.url,
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
