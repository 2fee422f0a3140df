/** The command was used wrongly: the message says how, and the exit code is 2. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** The exit codes, which are documented for the users' own scripts. */
export const ExitCode = {
  Done: 0,
  Failed: 1,
  WrongUsage: 2,
  MissingUpstream: 3,
  Interrupted: 130,
  /** As a shell says of a program that SIGPIPE has ended. */
  BrokenPipe: 141,
} as const;
