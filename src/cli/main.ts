import { CommanderError } from "commander";
import { messageOf } from "./arguments.ts";
import { InterruptedError } from "./interrupt.ts";
import { makeProgram } from "./program.ts";
import { OutputError, printError, printJson } from "./terminal.ts";
import { ExitCode, UsageError } from "./usage.ts";

/** Runs the command line with its arguments, and returns the exit code. */
export async function runCli(args: readonly string[]): Promise<number> {
  let exitCode: number = ExitCode.Done;
  let command: string | undefined;
  try {
    const program = await makeProgram(args, (code) => {
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
    return explain(error, args, command);
  }
}

/** The commands that leave something undone, or unsaid, where nobody reads their output. */
const NOT_ONLY_LISTS: readonly (string | undefined)[] = [
  "demo",
  "doctor",
  "entitlements",
  "get",
  "sync",
  "verify",
  "watch",
];

/** Tells what went wrong, and returns the exit code that goes with it. */
function explain(
  error: unknown,
  args: readonly string[],
  command: string | undefined,
): number {
  // What failed first matters, not what failed while it was cleared away.
  if (error instanceof SuppressedError) {
    return explain(error.suppressed, args, command);
  }
  if (error instanceof CommanderError) {
    // Its message has been printed; help and version are no errors.
    return error.exitCode === 0 ? ExitCode.Done : ExitCode.WrongUsage;
  }
  if (error instanceof InterruptedError) {
    printError("Interrupted");
    return ExitCode.Interrupted;
  }
  // Whoever reads the output has had enough of it.
  if (error instanceof Deno.errors.BrokenPipe) {
    return NOT_ONLY_LISTS.includes(command)
      ? ExitCode.BrokenPipe
      : ExitCode.Done;
  }
  const code = error instanceof Error && "code" in error
    ? error.code
    : undefined;
  const hint = code === "mirror-damaged"
    ? "; 'flatbed verify --rebuild' does that"
    : "";
  printError(`flatbed: ${messageOf(error)}${hint}`);
  if (args.includes("--json") && !(error instanceof OutputError)) {
    try {
      printJson({ event: "error", code, message: messageOf(error) });
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
