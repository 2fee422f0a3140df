import { type Command, CommanderError } from "commander";
import { codeOfError, ExitCode } from "./exit_code.ts";
import { explainError } from "./explain_error.ts";
import { InterruptedError } from "./interrupt.ts";
import { describeName } from "./name_problem.ts";
import { makeProgram } from "./program.ts";
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
    const called = program && calledBy(args, program);
    return explain(
      usageErrorOf(error, program, called),
      args,
      command,
      called,
    );
  }
}

/** The command that the arguments call, if any; of a group of commands, the one of the group. */
function calledBy(
  args: readonly string[],
  program: Command,
): Command | undefined {
  const at = args.findIndex((arg) => !arg.startsWith("-"));
  const command = program.commands.find((one) => one.name() === args[at]);
  return command && (calledBy(args.slice(at + 1), command) ?? command);
}

/** A command's name with those of the commands that it is below. */
function pathOf(command: Command): string {
  return command.parent === null
    ? command.name()
    : `${pathOf(command.parent)} ${command.name()}`;
}

/** Turns commander's errors into usage errors with suggestions; other errors are returned unchanged. */
function usageErrorOf(
  error: unknown,
  program: Command | undefined,
  called: Command | undefined,
): unknown {
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
  called: Command | undefined,
): number {
  // The first error matters, not one of the clean-up.
  if (error instanceof SuppressedError) {
    return explain(error.suppressed, args, command, called);
  }
  if (error instanceof CommanderError) return ExitCode.Done;
  if (error instanceof InterruptedError) {
    printError(["Interrupted", error.message].filter(Boolean).join(": "));
    return codeOfError(error);
  }
  // The reader has closed the output.
  if (error instanceof Deno.errors.BrokenPipe) {
    return NOT_ONLY_LISTS.includes(command)
      ? ExitCode.BrokenPipe
      : ExitCode.Done;
  }
  const message = explainError(error, new Date());
  printError(`flatbed: ${message}`);
  if (error instanceof UsageError && !(error instanceof SetupError)) {
    printError(
      called !== undefined && called.name() !== "help"
        ? `'${pathOf(called)} --help' shows the options`
        : "'flatbed help' shows the commands",
    );
  }
  if (args.includes("--json") && !(error instanceof OutputError)) {
    try {
      printJson({ code: "error", error: errorRecord(error, message) });
    } catch { /* standard error has it */ }
  }
  if (args.includes("--verbose") && !(error instanceof UsageError)) {
    printCauses(error);
  }
  return codeOfError(error);
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
