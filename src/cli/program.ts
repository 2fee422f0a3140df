import { Command, Help } from "commander";
import config from "../../deno.json" with { type: "json" };
import { refuseRepeats } from "./single_values.ts";
import { fitHelp } from "./fit_help.ts";
import { isTerminal, printError, terminalWidth, write } from "./terminal.ts";

/** Adds a command to a program; most can set the exit code. */
type Add = (program: Command, setExitCode: (code: number) => void) => void;

/**
 * The commands in the order of the help. Each is loaded when it is called: loading all
 * would double the start-up time.
 */
const COMMANDS: Readonly<Record<string, () => Promise<Add>>> = {
  datasets: async () =>
    (await import("./commands/datasets.ts")).addDatasetsCommand,
  keys: async () => (await import("./commands/keys.ts")).addKeysCommand,
  calendar: async () =>
    (await import("./commands/calendar.ts")).addCalendarCommand,
  ls: async () => (await import("./commands/ls.ts")).addLsCommand,
  get: async () => (await import("./commands/get.ts")).addGetCommand,
  extract: async () =>
    (await import("./commands/extract.ts")).addExtractCommand,
  tickers: async () =>
    (await import("./commands/tickers.ts")).addTickersCommand,
  check: async () => (await import("./commands/check.ts")).addCheckCommand,
  sql: async () => (await import("./commands/sql.ts")).addSqlCommand,
  paths: async () => (await import("./commands/paths.ts")).addPathsCommand,
  index: async () => (await import("./commands/index.ts")).addIndexCommand,
  init: async () => (await import("./commands/init.ts")).addInitCommand,
  doctor: async () => (await import("./commands/doctor.ts")).addDoctorCommand,
  sync: async () => (await import("./commands/sync.ts")).addSyncCommand,
  verify: async () => (await import("./commands/verify.ts")).addVerifyCommand,
  missing: async () =>
    (await import("./commands/missing.ts")).addMissingCommand,
  shards: async () => (await import("./commands/shards.ts")).addShardsCommand,
  status: async () => (await import("./commands/status.ts")).addStatusCommand,
  parquet: async () =>
    (await import("./commands/parquet.ts")).addParquetCommand,
  release: async () =>
    (await import("./commands/release.ts")).addReleaseCommand,
  entitlements: async () =>
    (await import("./commands/entitlements.ts")).addEntitlementsCommand,
  watch: async () => (await import("./commands/watch.ts")).addWatchCommand,
  ui: async () => (await import("./commands/ui.ts")).addUiCommand,
  cluster: async () =>
    (await import("./commands/cluster.ts")).addClusterCommand,
  serve: async () => (await import("./commands/serve.ts")).addServeCommand,
  demo: async () => (await import("./commands/demo.ts")).addDemoCommand,
  completions: async () =>
    (await import("./commands/completions.ts")).addCompletionsCommand,
  complete: async () =>
    (await import("./commands/complete.ts")).addCompleteCommand,
  help: async () => (await import("./commands/help.ts")).addHelpCommand,
};

/** Whether there is a command with a name. */
export function isCommand(name = ""): boolean {
  return Object.hasOwn(COMMANDS, name);
}

/** The commands that need all others. */
const KNOW_ALL = ["completions", "complete", "help"];

/**
 * Makes the commander program for some arguments: with the command that they call, or with
 * all commands.
 */
export async function makeProgram(
  args: readonly string[],
  setExitCode: (code: number) => void,
): Promise<Command> {
  const program = new Command("flatbed")
    .description(
      "Downloads the flat files of Polygon.io (now Massive): the right files for the right trading days, complete and verified.",
    )
    .version(config.version)
    .option("--verbose", "show details of errors")
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) =>
        write(isTerminal() ? fitHelp(text, terminalWidth()) : text),
      writeErr: (text) => printError(text.trimEnd()),
      // `runCli()` prints errors, with suggestions.
      outputError: () => {},
      getOutHelpWidth: terminalWidth,
      getErrHelpWidth: terminalWidth,
      // Commander would read environment variables, which needs a permission.
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .showSuggestionAfterError(false);
  const [first = ""] = args;
  if (args.length === 1 && ["-V", "--version"].includes(first)) return program;
  const isOne = isCommand(first) && !KNOW_ALL.includes(first);
  if (!isOne) program.addHelpText("after", await helpText());
  const wanted = isOne ? [first] : Object.keys(COMMANDS);
  const adds = await Promise.all(wanted.map((name) => COMMANDS[name]?.()));
  for (const add of adds) add?.(program, setExitCode);
  setUp(program);
  return program;
}

/** Gives commands, and those below them, the settings of their program. */
function setUp(program: Command): void {
  for (const command of program.commands) {
    command.copyInheritedSettings(program);
    command.option("--verbose", "show details of errors");
    refuseRepeats(command);
    setUp(command);
  }
}

/** The help text after the list of commands. */
async function helpText(): Promise<string> {
  const { listTopics } = await import("./commands/help.ts");
  const { exitCodesInShort } = await import("./topics/exit_codes.ts");
  return `
Credentials come from the environment: ACCESS_KEY_ID and SECRET_ACCESS_KEY, both with
the prefix FLATBED_, MASSIVE_, POLYGON_ or AWS_; the first complete pair in this order
is used. Or from the AWS credentials file, with --profile.

flatbed.json in the current folder, or the file that --config names, holds options that
you would otherwise repeat with each command; 'flatbed init' writes it. Options on the
command line and FLATBED_ENDPOINT_URL override it.

${listTopics()}

${new Help().boxWrap(exitCodesInShort(), 88)}

Examples:
  flatbed demo
  flatbed get stocks_daily --from 2024-01-01 --to 2024-01-31 --out data
  flatbed calendar 2024`;
}
