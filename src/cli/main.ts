import { type Command, CommanderError } from "commander";
import { ExitCode } from "./exit_code.ts";
import { explainError } from "./explain_error.ts";
import { InterruptedError } from "./interrupt.ts";
import { describeName } from "./name_problem.ts";
import { isCommand, makeProgram } from "./program.ts";
import { describeUsageError } from "./suggest.ts";
import { errorRecord, OutputError, printError, printJson } from "./terminal.ts";
import { NoDataTypeError, SetupError, UsageError } from "./usage.ts";

/** Runs the command line with its arguments, and returns the exit code. */
export async function runCli(args: readonly string[]): Promise<number> {
  let exitCode: number = ExitCode.Done;
  let command: string | undefined;
  let program: Command | undefined;
  try {
    program = await makeProgram(args, (code) => {
      exitCode = code;
    });
    program.hook("preAction", (_, action) => {
      command = action.name();
    });
    if (args.length === 0) {
      program.outputHelp();
      return ExitCode.Done;
    }
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    return explain(usageErrorOf(error, args, program), args, command);
  }
}

/** The command that the arguments call, if any. */
function calledBy(
  args: readonly string[],
  program: Command,
): Command | undefined {
  const name = args.find((arg) => !arg.startsWith("-"));
  return program.commands.find((command) => command.name() === name);
}

/** Turns commander's errors into usage errors with suggestions; other errors are returned unchanged. */
function usageErrorOf(
  error: unknown,
  args: readonly string[],
  program: Command | undefined,
): unknown {
  const called = program && calledBy(args, program);
  if (error instanceof NoDataTypeError && called !== undefined) {
    return new UsageError(describeName(error, called));
  }
  // Help and version are not errors.
  if (
    program === undefined || !(error instanceof CommanderError) ||
    error.exitCode === 0
  ) return error;
  return new UsageError(
    describeUsageError(error, program, called),
  );
}

/** The commands that do more than list: for these, an output that is closed early is not a success. */
const NOT_ONLY_LISTS: readonly (string | undefined)[] = [
  "demo",
  "doctor",
  "entitlements",
  "get",
  "index",
  "parquet",
  "release",
  "sync",
  "verify",
  "watch",
];

/** Prints an error, and returns its exit code. */
function explain(
  error: unknown,
  args: readonly string[],
  command: string | undefined,
): number {
  // The first error matters, not one of the clean-up.
  if (error instanceof SuppressedError) {
    return explain(error.suppressed, args, command);
  }
  if (error instanceof CommanderError) return ExitCode.Done;
  if (error instanceof InterruptedError) {
    printError(["Interrupted", error.message].filter(Boolean).join(": "));
    return ExitCode.Interrupted;
  }
  // The reader has closed the output.
  if (error instanceof Deno.errors.BrokenPipe) {
    return NOT_ONLY_LISTS.includes(command)
      ? ExitCode.BrokenPipe
      : ExitCode.Done;
  }
  const code = error instanceof Error && "code" in error
    ? error.code
    : undefined;
  const isNewer = error instanceof Error && "reason" in error &&
    error.reason === "newer-version";
  const hint = code === "mirror-damaged" && !isNewer
    ? "; 'flatbed verify --rebuild' does that"
    : "";
  const message = explainError(error, new Date());
  printError(`flatbed: ${message}${hint}`);
  if (error instanceof UsageError && !(error instanceof SetupError)) {
    printError(
      isCommand(args[0]) && args[0] !== "help"
        ? `'flatbed ${args[0]} --help' shows the options`
        : "'flatbed help' shows the commands",
    );
  }
  if (args.includes("--json") && !(error instanceof OutputError)) {
    try {
      printJson({ code: "error", error: errorRecord(error, message) });
    } catch { /* standard error has it */ }
  }
  const isWrongUsage = error instanceof UsageError ||
    error instanceof TypeError || error instanceof RangeError;
  if (args.includes("--verbose") && !(error instanceof UsageError)) {
    printCauses(error);
  }
  return isWrongUsage ? ExitCode.WrongUsage : ExitCode.Failed;
}

function printCauses(error: unknown): void {
  if (!(error instanceof Error)) return;
  if (error.stack !== undefined) printError(error.stack);
  for (
    let cause = error.cause;
    cause instanceof Error;
    cause = cause.cause
  ) {
    printError(`because of ${cause.name}: ${cause.message}`);
  }
}
