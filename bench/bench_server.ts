import type { BenchObject } from "./data.ts";

/** The server that all programs ask. */
export interface BenchServer extends AsyncDisposable {
  /** Where it answers. */
  readonly url: string;
  /** What it is, with its version. */
  readonly description: string;
  /** Has it know what is in its folder now. */
  reload(objects: readonly BenchObject[]): Promise<void>;
}

/** A port of this machine that nobody uses at the moment. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Waits until something answers on a port. */
export async function answers(
  port: number,
  isRunning: () => boolean,
): Promise<boolean> {
  const end = performance.now() + 20_000;
  while (isRunning() && performance.now() < end) {
    try {
      using _connection = await Deno.connect({ hostname: "127.0.0.1", port });
      return true;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  return false;
}

/** Runs a program in the background until it is disposed of. */
export function startChild(
  path: string,
  args: readonly string[],
): AsyncDisposable & { isRunning(): boolean; signal(name: Deno.Signal): void } {
  const child = new Deno.Command(path, {
    args: [...args],
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  let isRunning = true;
  const ended = child.status.finally(() => isRunning = false);
  return {
    isRunning: () => isRunning,
    signal(name) {
      if (isRunning) child.kill(name);
    },
    async [Symbol.asyncDispose]() {
      if (isRunning) child.kill("SIGTERM");
      await ended;
    },
  };
}
