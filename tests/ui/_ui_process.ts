import { TextLineStream } from "@std/streams/text-line-stream";
import { denoCommand, ROOT } from "../support/deno_command.ts";

/** `flatbed ui` in a process of its own. */
export interface UiProcess extends AsyncDisposable {
  /** The address with the token, as it is printed. */
  readonly address: string;
  /** Without path and token. */
  readonly origin: string;
  readonly port: number;
  /** Ends it as Ctrl+C does; returns its exit code and what it wrote to standard error. */
  stop(): Promise<{ code: number; stderr: string }>;
  /** Ends it at once. */
  kill(): Promise<void>;
}

/** Starts `flatbed` with arguments, in a process of its own. */
export function spawnFlatbed(
  args: readonly string[],
  env: Record<string, string> = {},
  cwd: string | URL = ROOT,
): Deno.ChildProcess {
  const cli = new URL("cli.ts", ROOT).pathname;
  return denoCommand(["run", "--allow-all", "--no-prompt", cli, ...args], {
    env,
    cwd,
  }).spawn();
}

/** Starts `flatbed ui`, and waits until it says where it is. */
export async function startUiProcess(
  args: readonly string[],
  env: Record<string, string> = {},
  cwd?: string,
): Promise<UiProcess> {
  const child = spawnFlatbed(
    ["ui", "--no-open", "--port", "0", "--json", ...args],
    env,
    cwd,
  );
  const stderr = new Response(child.stderr).text();
  const [ours, rest] = child.stdout.tee();
  const drained = rest.pipeTo(new WritableStream()).catch(() => {});
  const lines = ours.pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream()).getReader();
  const { value } = await lines.read();
  if (value === undefined) {
    throw new Error(`flatbed ui ended without an address: ${await stderr}`);
  }
  await lines.cancel();
  const { url, port } = JSON.parse(value);
  let ended: Promise<{ code: number; stderr: string }> | undefined;
  const end = (signal: Deno.Signal) =>
    ended ??= (async () => {
      try {
        child.kill(signal);
      } catch { /* it has ended */ }
      const { code } = await child.status;
      await drained;
      return { code, stderr: await stderr };
    })();
  return {
    address: url,
    origin: new URL(url).origin,
    port,
    stop: () => end("SIGINT"),
    kill: async () => void await end("SIGKILL"),
    [Symbol.asyncDispose]: async () => void await end("SIGKILL"),
  };
}
