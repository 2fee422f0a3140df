import { fail } from "@std/assert";
import { denoCommand, ROOT, type RunOptions } from "./deno_command.ts";

/** A command of `flatbed` that runs until it is ended. */
export interface RunningFlatbed extends AsyncDisposable {
  /** The next line that it prints. */
  line(): Promise<string>;
  /** Ends it, and returns its exit code and what it printed besides. */
  end(
    signal?: Deno.Signal,
  ): Promise<{ code: number; rest: string; stderr: string }>;
}

/** Starts `flatbed` with all permissions, or with some; by another program, if one is named. */
export function startFlatbed(
  args: readonly string[],
  { env, cwd }: RunOptions = {},
  permissions: readonly string[] = ["--allow-all"],
  wrapper: readonly string[] = [],
): RunningFlatbed {
  const cli = new URL("cli.ts", ROOT).pathname;
  const child = denoCommand(
    ["run", "--no-prompt", ...permissions, cli, ...args],
    { env, cwd },
    {},
    wrapper,
  ).spawn();
  const stderr = new Response(child.stderr).text();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const read = async () => {
    const { done, value = "" } = await reader.read();
    text += value;
    return !done;
  };
  let ended = false;
  const end = async (signal: Deno.Signal = "SIGTERM") => {
    ended = true;
    try {
      child.kill(signal);
    } catch { /* it has ended by itself */ }
    while (await read());
    const { code } = await child.status;
    return { code, rest: text, stderr: await stderr };
  };
  return {
    async line() {
      while (!text.includes("\n")) {
        if (!await read()) fail(`${text}${await stderr}`);
      }
      const [line = "", ...rest] = text.split("\n");
      text = rest.join("\n");
      return line;
    },
    end,
    async [Symbol.asyncDispose]() {
      if (!ended) await end("SIGKILL");
    },
  };
}
