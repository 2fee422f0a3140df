import { ExitCode } from "../exit_code.ts";

/**
 * What an engine does after a shard ended with an exit code: it runs the shard again, lets
 * it be, or ends the whole job, since every shard would end so. Of codes that are not
 * here, such as those of killed processes, the shard is run again.
 */
export const AFTER_EXIT: ReadonlyMap<number, "again" | "let-be" | "end-all"> =
  new Map([
    [ExitCode.TryAgain, "again"],
    [ExitCode.Failed, "let-be"],
    [ExitCode.MissingUpstream, "let-be"],
    [ExitCode.WrongUsage, "end-all"],
  ]);

/** The exit codes after which an engine does something. */
export function codesOf(
  what: "again" | "let-be" | "end-all",
): number[] {
  return [...AFTER_EXIT].filter(([, then]) => then === what)
    .map(([code]) => code);
}
