import { plainText } from "../base/mod.ts";
import type { ActivityRun, Mirror } from "../mirror/mod.ts";
import { codeOfError, ExitCode } from "./exit_code.ts";
import { explainError } from "./explain_error.ts";
import { InterruptedError } from "./interrupt.ts";

/**
 * Runs a command's work on a mirror, which says meanwhile what it does: `flatbed ui` shows
 * it, whichever process runs it.
 *
 * @param about What the work is of, for people; `undefined` where nothing is to be said, as
 *   in a dry run.
 * @param work Takes the activity, and resolves with the exit code.
 * @returns The exit code.
 * @throws {unknown} What the work throws.
 */
export async function runAsActivity(
  mirror: Mirror,
  about: string | undefined,
  work: (activity: ActivityRun | undefined) => Promise<number>,
): Promise<number> {
  if (about === undefined) return await work(undefined);
  await using activity = await mirror.beginActivity({ about });
  try {
    const exitCode = await work(activity);
    await activity.end({
      state: isDone(exitCode) ? "done" : "failed",
      exitCode,
    });
    return exitCode;
  } catch (error) {
    await endWithError(activity, error);
    throw error;
  }
}

/** Says which error has ended an activity. */
export async function endWithError(
  activity: ActivityRun,
  error: unknown,
): Promise<void> {
  await activity.end({
    state: error instanceof InterruptedError ? "stopped" : "failed",
    exitCode: codeOfError(error),
    reason: plainText(explainError(error, new Date()) || "interrupted"),
  });
}

/** What upstream lacks is lacking the next time as well. */
function isDone(exitCode: number): boolean {
  return exitCode === ExitCode.Done || exitCode === ExitCode.MissingUpstream;
}
