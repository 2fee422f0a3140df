import { passesSoon } from "../base/mod.ts";
import { InterruptedError } from "./interrupt.ts";
import { UsageError } from "./usage.ts";

/** The exit codes, which are documented for the users' own scripts. */
export const ExitCode = {
  Done: 0,
  Failed: 1,
  WrongUsage: 2,
  MissingUpstream: 3,
  /** `EX_TEMPFAIL` of sysexits.h. */
  TryAgain: 75,
  Interrupted: 130,
  /** As shells report a program that SIGPIPE ended. */
  BrokenPipe: 141,
} as const;

/** The exit code of a command that an error ended. */
export function codeOfError(error: unknown): number {
  if (error instanceof InterruptedError) return ExitCode.Interrupted;
  const isWrongUsage = error instanceof UsageError ||
    error instanceof TypeError || error instanceof RangeError;
  return isWrongUsage ? ExitCode.WrongUsage : failureCode([error]);
}

/** The exit code for some errors: another one where the same command may succeed in minutes. */
export function failureCode(errors: Iterable<unknown>): number {
  const all = [...errors];
  return all.length > 0 && all.every(passesSoon)
    ? ExitCode.TryAgain
    : ExitCode.Failed;
}
