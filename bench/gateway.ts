import { answers, freePort, startChild } from "./bench_server.ts";
import type { BenchContext } from "./bench_context.ts";
import { CREDENTIALS } from "./bench_context.ts";
import { findProgram } from "./tools.ts";

/** The bucket that programs write to. */
export const TARGET_BUCKET = "mirror";

/** A service that takes writes: versitygw over an empty folder. */
export interface Gateway extends AsyncDisposable {
  readonly url: string;
  /** The folder of its bucket. */
  readonly folder: string;
  /** Empties the bucket. */
  empty(): Promise<void>;
}

/** Starts the service; `undefined` where the program is missing. */
export async function startGateway(
  context: BenchContext,
): Promise<Gateway | undefined> {
  const path = await findProgram("versitygw");
  if (path === undefined) return undefined;
  const root = context.download("gateway");
  const folder = `${root}/${TARGET_BUCKET}`;
  const empty = async () => {
    await Deno.remove(root, { recursive: true }).catch(() => {});
    await Deno.mkdir(folder, { recursive: true });
  };
  await empty();
  const port = freePort();
  const child = startChild(path, [
    ...["--access", CREDENTIALS.accessKeyId],
    ...["--secret", CREDENTIALS.secretAccessKey],
    ...["--port", `127.0.0.1:${port}`, "--quiet", "posix", root],
  ]);
  if (!await answers(port, child.isRunning)) {
    throw new Error("versitygw did not start");
  }
  return {
    url: `http://127.0.0.1:${port}`,
    folder,
    async empty() {
      // The root stays: the service has it open.
      await Deno.remove(folder, { recursive: true }).catch(() => {});
      await Deno.mkdir(folder);
    },
    async [Symbol.asyncDispose]() {
      await child[Symbol.asyncDispose]();
      await Deno.remove(root, { recursive: true });
    },
  };
}
