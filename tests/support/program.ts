import { fail } from "@std/assert";

/** What a program wrote, and how it ended. */
export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** How a program is run. */
export interface ProgramOptions {
  cwd?: string | URL;
  /** Variables besides those of this machine. */
  env?: Record<string, string>;
  /** How long it may take. */
  seconds?: number;
}

/** Variables that would lead programs elsewhere, or that hold a secret; npm sets some for whom it runs. */
const OWN =
  /^(FLATBED|MASSIVE|POLYGON|AWS|npm)_(?!config_registry$)|^(DENO_DIR|JSR_URL|JSR_TOKEN|NO_COLOR|FORCE_COLOR)$/;

/** Runs a program to its end, and kills it where that takes too long. */
export async function tryProgram(
  program: string,
  args: readonly string[],
  { cwd, env = {}, seconds = 60 }: ProgramOptions = {},
): Promise<Outcome> {
  const others = Object.entries(Deno.env.toObject())
    .filter(([name]) => !OWN.test(name));
  return outcomeOf(
    await new Deno.Command(program, {
      args: [...args],
      clearEnv: true,
      env: { ...Object.fromEntries(others), NO_COLOR: "1", ...env },
      ...cwd === undefined ? {} : { cwd },
      stdin: "null",
      signal: AbortSignal.timeout(seconds * 1000),
    }).output(),
  );
}

/** What a process wrote, as text. */
export function outcomeOf(
  { code, stdout, stderr }: Deno.CommandOutput,
): Outcome {
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}

/** Runs a program that must succeed; returns what it prints. */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await tryProgram(program, args, options);
  if (code !== 0) {
    fail(
      `${program} ${args.join(" ")} ended with ${code}:\n${stdout}${stderr}`,
    );
  }
  return stdout;
}
