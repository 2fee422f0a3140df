/** The command was used wrongly: the message says how, and the exit code is 2. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** Two options exclude each other. */
export function notTogether(one: string, others: string): UsageError {
  return new UsageError(`${one} and ${others} cannot be used together`);
}

/** A name stands for no data type. */
export class NoDataTypeError extends UsageError {
  override name = "NoDataTypeError";

  /** Makes the error for one of the names that were given. */
  constructor(
    message: string,
    readonly given: string,
    readonly all: readonly string[],
  ) {
    super(message);
  }
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
