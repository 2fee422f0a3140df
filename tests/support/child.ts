import { denoArguments, ROOT } from "./deno_command.ts";
import { type Outcome, outcomeOf } from "./program.ts";

/** What a child process has done. */
export interface ChildResult extends Outcome {
  /** Whether it had to be ended because it did not by itself. */
  isStuck: boolean;
}

/** Runs a script with `deno run`, in the configuration of these tests, for at most so long. */
export async function runScript(
  source: string,
  { permissions = ["--allow-all"], seconds = 60 }: {
    permissions?: readonly string[];
    seconds?: number;
  } = {},
): Promise<ChildResult> {
  const folder = await Deno.makeTempDir({ prefix: "flatbed-test-" });
  try {
    const script = `${folder}/script.ts`;
    await Deno.writeTextFile(
      script,
      source.replaceAll("#root/", ROOT.href),
    );
    const child = new Deno.Command(Deno.execPath(), {
      args: denoArguments(["run", "--no-prompt", ...permissions, script]),
      env: { NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    let isStuck = false;
    const deadline = setTimeout(() => {
      isStuck = true;
      child.kill("SIGKILL");
    }, seconds * 1000);
    const outcome = outcomeOf(await child.output());
    clearTimeout(deadline);
    return { ...outcome, isStuck };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
