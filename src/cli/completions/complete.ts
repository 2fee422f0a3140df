import type { Argument, Command, Option } from "commander";
import { matchDataTypes } from "../arguments.ts";
import { TOPICS } from "../topics/mod.ts";
import type { Candidate } from "./candidate.ts";
import { dataTypes, dates, periods } from "./values.ts";

/** What can come next on a command line: words, or paths, which the shell knows better. */
export type Completion = Candidate[] | "files" | "folders";

/** The words of a command line. */
interface Line {
  program: Command;
  /** The arguments of the command that are there already. */
  args: string[];
  /** The word that is being typed, or what is behind its `=`. */
  typed: string;
}

/** The name of an argument behind which another command begins, with its own options. */
const COMMAND_OF_ITS_OWN = "sharded-command";

/** What can stand in the place of `<date>`, `[data-type...]` and the like. */
const PLACEHOLDERS: Readonly<Record<string, (line: Line) => Completion>> = {
  command: ({ program }) => commandsOf(program),
  "data-type": ({ args }) =>
    dataTypes().filter(({ value }) => !args.includes(value)),
  date: ({ typed, args }) =>
    dates(typed, args.find((arg) => matchDataTypes(arg).length > 0)),
  dir: () => "folders",
  folder: () => "folders",
  "i/n": () => [{
    value: "auto",
    description: "as the variables of Slurm, Kubernetes or AWS Batch say",
  }],
  "dir...": () => "folders",
  file: () => "files",
  place: () => "folders",
  period: ({ typed }) => periods(typed),
  topic: () => TOPICS.map(toCandidate),
  [COMMAND_OF_ITS_OWN]: ({ program }) =>
    commandsOf(program).filter(({ value }) => value === "sync"),
};

/**
 * What can come next, by what commander knows of the program.
 *
 * @param words The words behind the program's name, up to the one that is being typed.
 * @param word The word that is being typed. Quotes are taken out of it.
 */
export function complete(
  program: Command,
  words: readonly string[],
  word: string,
): Completion {
  let command = program;
  const args: string[] = [];
  const given: Option[] = [];
  let open: Option | undefined;
  let areOptionsOver = false;
  for (const [at, each] of words.map(unquote).entries()) {
    if (open !== undefined) open = undefined;
    else if (areOptionsOver || !/^-./.test(each)) {
      const named = command.commands.find((one) => one.name() === each);
      if (named !== undefined) command = named;
      else if (command === program) return [];
      else if (argumentAt(command, 0)?.name() === COMMAND_OF_ITS_OWN) {
        return complete(program, words.slice(at), word);
      } else args.push(each);
    } else if (each === "--") areOptionsOver = true;
    else {
      const [name = "", value] = each.split("=");
      const option = findOption(command, name);
      if (option === undefined) continue;
      given.push(option);
      if (option.required && value === undefined) open = option;
    }
  }
  const typed = unquote(word);
  const line = { program, args, typed };
  if (open !== undefined) return startingWith(typed, valuesOf(open, line));
  if (!areOptionsOver && typed.startsWith("-")) {
    const [name = "", value] = typed.split(/=(.*)/s);
    const option = findOption(command, name);
    if (value === undefined || option === undefined) {
      return startingWith(typed, freeOptionsOf(command, given));
    }
    const values = valuesOf(option, { ...line, typed: value });
    return typeof values === "string" ? values : startingWith(
      typed,
      values.map((one) => ({
        ...one,
        value: `${name}=${one.value}`,
      })),
    );
  }
  if (command.commands.length > 0) {
    return startingWith(typed, commandsOf(command));
  }
  const argument = argumentAt(command, args.length);
  if (argument !== undefined) {
    return startingWith(typed, valuesOf(argument, line));
  }
  return areOptionsOver
    ? []
    : startingWith(typed, freeOptionsOf(command, given));
}

/** None of the words that are offered has a quote or a backslash in it. */
function unquote(word: string): string {
  return word.replaceAll(/["'\\`]/g, "");
}

function startingWith(typed: string, completion: Completion): Completion {
  return typeof completion === "string"
    ? completion
    : completion.filter(({ value }) => value.startsWith(typed));
}

function commandsOf(parent: Command): Candidate[] {
  return parent.createHelp().visibleCommands(parent).map((command) => ({
    value: command.name(),
    description: command.summary(),
  }));
}

function optionsOf(command: Command): Option[] {
  return command.createHelp().visibleOptions(command);
}

function findOption(command: Command, name: string): Option | undefined {
  return optionsOf(command).find(({ long, short }) =>
    name === long || name === short
  );
}

/** The options that are not given yet, or may be given again. */
function freeOptionsOf(
  command: Command,
  given: readonly Option[],
): Candidate[] {
  const names = new Set(
    given.filter((option) => !isRepeatable(option))
      .map((option) => option.attributeName()),
  );
  return optionsOf(command)
    .filter((option) => !names.has(option.attributeName()))
    .map(({ long, short, description }) => ({
      value: long ?? short ?? "",
      description,
    }));
}

/** Whether an option makes a list of what is given to it. */
function isRepeatable({ parseArg }: Option): boolean {
  try {
    return Array.isArray(parseArg?.("", undefined));
  } catch {
    return false;
  }
}

function argumentAt(command: Command, index: number): Argument | undefined {
  const all = command.registeredArguments;
  const last = all.at(-1);
  return all[index] ?? (last?.variadic ? last : undefined);
}

/** What can be given to an option or an argument: its choices, or what its placeholder stands for. */
function valuesOf(taker: Option | Argument, line: Line): Completion {
  const { argChoices, defaultValue } = taker;
  if (argChoices !== undefined) {
    return argChoices.map((value) => ({
      value,
      description: value === defaultValue ? "the default" : taker.description,
    }));
  }
  const placeholder = "flags" in taker
    ? /<(.+)>/.exec(taker.flags)?.[1] ?? ""
    : taker.name();
  const found = placeholder.split(" or ")
    .map((name) => PLACEHOLDERS[name.replace("...", "")]?.(line) ?? []);
  const paths = found.find((completion) => typeof completion === "string");
  return paths ?? found.flatMap((one) => typeof one === "string" ? [] : one);
}

function toCandidate(
  { name, summary }: { name: string; summary: string },
): Candidate {
  return { value: name, description: summary };
}
