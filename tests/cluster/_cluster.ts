import type { RequestRecord } from "../../src/demo/mod.ts";
import { denoDir, denoScript, ROOT } from "../support/deno_command.ts";
import { STAND_INS_VARIABLE } from "../../tools/launch.ts";
import { LAUNCH } from "../support/deno_command.ts";

/** Writes a program that runs this checkout's command line, for nodes that are told nothing else. */
export async function writeProgram(path: string): Promise<void> {
  const cli = new URL("cli.ts", ROOT).pathname;
  await Deno.writeTextFile(
    path,
    `#!/bin/sh
export DENO_DIR='${await denoDir()}' NO_COLOR=1 ${STAND_INS_VARIABLE}=${
      LAUNCH.standIns ? "yes" : "no"
    }
exec ${denoScript(["run", "--allow-all", "--no-prompt", cli])} "$@"
`,
    { mode: 0o755 },
  );
}

/** The process of a task's sync. */
export async function processOf(
  job: string,
  task: number,
): Promise<number | undefined> {
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const [environment, command] = await Promise.all(
        ["environ", "cmdline"].map((file) =>
          Deno.readTextFile(`/proc/${name}/${file}`)
        ),
      );
      const variables = (environment ?? "").split("\0");
      if (
        variables.includes(`SLURM_ARRAY_JOB_ID=${job}`) &&
        variables.includes(`SLURM_ARRAY_TASK_ID=${task}`) &&
        (command ?? "").split("\0").some((word) => word.endsWith("/cli.ts"))
      ) return Number(name);
    } catch {
      // it has ended meanwhile
    }
  }
}

/** How many bytes of each object were sent, by the service's own record. */
export function bytesByKey(
  records: readonly RequestRecord[],
): Map<string, number> {
  const sent = new Map<string, number>();
  for (const { operation, key, status, bytesSent } of records) {
    if (operation !== "GetObject" || status >= 300) continue;
    sent.set(key, (sent.get(key) ?? 0) + bytesSent);
  }
  return sent;
}
