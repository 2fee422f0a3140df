/** A usage error: the exit code is 2. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** Makes the error for options that exclude each other. */
export function notTogether(one: string, others: string): UsageError {
  return new UsageError(`${one} and ${others} cannot be used together`);
}

/** A name is not a data type. */
export class NoDataTypeError extends UsageError {
  override name = "NoDataTypeError";

  /** Makes the error for one of the given names. */
  constructor(
    message: string,
    readonly given: string,
    readonly all: readonly string[],
  ) {
    super(message);
  }
}

/** Something that the command relies on is wrong, such as a configuration: its `--help` is no help. */
export class SetupError extends UsageError {
  override name = "SetupError";
}
