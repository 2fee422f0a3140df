import { Command, CommanderError, Help } from "commander";
import config from "../../deno.json" with { type: "json" };
import { messageOf } from "./arguments.ts";
import { addCalendarCommand } from "./commands/calendar.ts";
import { addCompleteCommand } from "./commands/complete.ts";
import { addCompletionsCommand } from "./commands/completions.ts";
import { addDatasetsCommand } from "./commands/datasets.ts";
import { addDemoCommand } from "./commands/demo.ts";
import { addDoctorCommand } from "./commands/doctor.ts";
import { addGetCommand } from "./commands/get.ts";
import { addHelpCommand, listTopics } from "./commands/help.ts";
import { addInitCommand } from "./commands/init.ts";
import { addKeysCommand } from "./commands/keys.ts";
import { addLsCommand } from "./commands/ls.ts";
import { addMissingCommand } from "./commands/missing.ts";
import { addServeCommand } from "./commands/serve.ts";
import { addEntitlementsCommand } from "./commands/entitlements.ts";
import { addStatusCommand } from "./commands/status.ts";
import { addSyncCommand } from "./commands/sync.ts";
import { addVerifyCommand } from "./commands/verify.ts";
import { addWatchCommand } from "./commands/watch.ts";
import { InterruptedError } from "./interrupt.ts";
import {
  OutputError,
  printError,
  printJson,
  terminalWidth,
  write,
} from "./terminal.ts";
import { exitCodesInShort } from "./topics/exit_codes.ts";
import { ExitCode, UsageError } from "./usage.ts";

/** Runs the command line with its arguments, and returns the exit code. */
export async function runCli(args: readonly string[]): Promise<number> {
  let exitCode: number = ExitCode.Done;
  let command: string | undefined;
  const program = makeProgram((code) => {
    exitCode = code;
  }).hook("preAction", (_, action) => {
    command = action.name();
  });
  try {
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

/** The program with all its commands, as commander knows it. */
export function makeProgram(setExitCode: (code: number) => void): Command {
  const program = new Command("flatbed")
    .description(
      "Brings the flat files of Polygon.io (now Massive) to this machine: the right files for the right trading days, fast, whole, verified.",
    )
    .version(config.version)
    .option("--verbose", "tell more about what went wrong")
    .exitOverride()
    .configureOutput({
      writeOut: write,
      writeErr: (text) => printError(text.trimEnd()),
      outputError: (text, write) =>
        write(text.replace(/^error: /, "flatbed: ")),
      getOutHelpWidth: terminalWidth,
      getErrHelpWidth: terminalWidth,
      // It would look for variables that a permission is needed for.
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .showHelpAfterError("'flatbed help' tells more")
    .addHelpText(
      "after",
      `
Credentials are looked for in the environment, as a pair of one of these sources, in
this order: FLATBED_, MASSIVE_, POLYGON_ and AWS_ before ACCESS_KEY_ID and
SECRET_ACCESS_KEY; or in the AWS credentials file, with --profile.

flatbed.json in the current folder, or the file that --config names, holds what is else
said with each command; 'flatbed init' writes it. Options and FLATBED_ENDPOINT win over it.

${listTopics()}

${new Help().boxWrap(exitCodesInShort(), 88)}

Examples:
  flatbed demo
  flatbed get stocks_daily --from 2024-01-01 --to 2024-01-31 --out data
  flatbed calendar 2024`,
    );
  addDatasetsCommand(program);
  addKeysCommand(program);
  addCalendarCommand(program);
  addLsCommand(program);
  addGetCommand(program, setExitCode);
  addInitCommand(program);
  addDoctorCommand(program, setExitCode);
  addSyncCommand(program, setExitCode);
  addVerifyCommand(program, setExitCode);
  addMissingCommand(program);
  addStatusCommand(program);
  addEntitlementsCommand(program);
  addWatchCommand(program);
  addServeCommand(program);
  addDemoCommand(program, setExitCode);
  addCompletionsCommand(program);
  addCompleteCommand(program);
  addHelpCommand(program);
  for (const command of program.commands) {
    command.copyInheritedSettings(program);
    command.option("--verbose", "tell more about what went wrong");
  }
  return program;
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
