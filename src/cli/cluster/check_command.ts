import { Command, CommanderError } from "commander";
import { didYouMean, nearest } from "../../base/mod.ts";
import { readDataTypes } from "../arguments.ts";
import { chooseDataTypes } from "../configuration_option.ts";
import type { DateOptions } from "../date_options.ts";
import { readRange } from "../dates.ts";
import { checkSplit } from "../shard/split_option.ts";
import { refuseRepeats } from "../single_values.ts";
import { describeUsageError } from "../suggest.ts";
import { NoDataTypeError, SetupError, UsageError } from "../usage.ts";
import { describeName } from "../name_problem.ts";

/** The commands that jobs are printed of. */
const COMMANDS: Readonly<
  Record<string, () => Promise<(program: Command, unused: () => void) => void>>
> = {
  sync: async () => (await import("../commands/sync.ts")).addSyncCommand,
};

/** Options that have no sense in a job: what they print is read by nobody, or the job gives them itself. */
const NOT_IN_A_JOB: Readonly<Record<string, string>> = {
  shard: "the job gives each task its own",
  dryRun: "run the command itself to see what it would do",
  trustEndpoint: "run the command once yourself, which remembers it",
};

/** What is known of a command whose arguments are right. */
export interface CheckedCommand {
  /** Where the mirror is. */
  out: string;
  /** The options that lead to the mirror, as they were given. */
  outArguments: string[];
  /** Whether `--out` was given, or is in the configuration. */
  hasOut: boolean;
  /** The options that come from a configuration, with their dashes. */
  configured: string[];
  /** The values of the options. */
  options: Readonly<Record<string, unknown>>;
}

/**
 * Checks the arguments of a command as the command itself does, without running it.
 *
 * @param args The command's name and its arguments.
 * @throws {UsageError} If the command would refuse them, or an engine cannot run it.
 */
export async function checkCommand(
  [name = "", ...args]: readonly string[],
): Promise<CheckedCommand> {
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (name === "") {
    throw new UsageError(
      "Which command, with which arguments? Name it behind --, as in -- sync stocks_minute --from 2020-01-01",
    );
  }
  if (load === undefined) {
    const known = Object.keys(COMMANDS);
    throw new UsageError(
      `'${name.slice(0, 60)}': 'flatbed cluster' prints jobs of ${
        known.join(", ")
      } only${didYouMean(nearest(name, known))}`,
    );
  }
  const program = quietProgram();
  (await load())(program, () => {});
  const [command] = program.commands;
  if (command === undefined) throw new Error(`${name} adds no command`);
  command.copyInheritedSettings(program);
  command.option("--verbose");
  refuseRepeats(command);
  // What a variable says here says nothing of the machine that the job runs on.
  for (const option of command.options) option.envVar = undefined;
  const checked = Promise.withResolvers<CheckedCommand>();
  command.action((names: string[], options) => {
    const dataTypes = readDataTypes(chooseDataTypes(names, options));
    readRange(options as DateOptions, dataTypes.map(({ id }) => id));
    checkSplit(options, { index: 1, count: 1 });
    checked.resolve(describe(command));
  });
  try {
    await program.parseAsync([name, ...args], { from: "user" });
  } catch (error) {
    throw explain(error, program, command);
  }
  const described = await checked.promise;
  for (const [option, why] of Object.entries(NOT_IN_A_JOB)) {
    if (command.getOptionValueSource(option) === "cli") {
      const { long } = optionOf(command, option) ?? {};
      throw new SetupError(`${long} has no place in a job: ${why}`);
    }
  }
  return described;
}

/** A program that prints nothing and ends nothing. */
function quietProgram(): Command {
  return new Command("flatbed").helpCommand(false).exitOverride()
    .configureOutput({
      writeOut: () => {},
      writeErr: () => {},
      outputError: () => {},
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    }).showSuggestionAfterError(false);
}

function optionOf(command: Command, name: string) {
  return command.options.find((option) => option.attributeName() === name);
}

function describe(command: Command): CheckedCommand {
  const options = command.opts();
  const sourceOf = (name: string) => command.getOptionValueSource(name);
  const configured = Object.keys(options)
    .filter((name) =>
      sourceOf(name) === "config" && !name.endsWith("ndpointFile")
    );
  return {
    out: String(options.out),
    outArguments: command.options.flatMap((option) => {
      const { long = "" } = option;
      const name = option.attributeName();
      const isGiven = sourceOf(name) === "cli" || name === "out";
      if (!/^--out(-|$)/.test(long) || !isGiven) return [];
      return option.isBoolean() ? [long] : [long, String(options[name])];
    }),
    hasOut: ["cli", "config"].includes(sourceOf("out") ?? ""),
    configured: configured.map((name) =>
      optionOf(command, name)?.long ?? "the data types"
    ),
    options,
  };
}

/** The error for arguments that are wrong, in the words of the command itself. */
function explain(error: unknown, program: Command, command: Command): unknown {
  const help = `'flatbed ${command.name()} --help'`;
  if (error instanceof NoDataTypeError) {
    return new SetupError(describeName(error, command));
  }
  if (error instanceof UsageError) return new SetupError(error.message);
  if (!(error instanceof CommanderError)) return error;
  return new SetupError(
    error.exitCode === 0
      ? `Help has no place in a job: ${help} shows it`
      : `${command.name()}: ${
        describeUsageError(error, program, command)
      }; ${help} shows its options`,
  );
}
