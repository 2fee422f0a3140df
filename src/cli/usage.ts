/** The command was used wrongly: the message says how, and the exit code is 2. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** What the command line rests on is wrong, such as a configuration: its help does not tell more. */
export class SetupError extends UsageError {
  override name = "SetupError";
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
