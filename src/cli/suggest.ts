import type { Command, CommanderError } from "commander";
import { didYouMean, escapeInvisible, nearest } from "../base/mod.ts";
import { TOPICS } from "./topics/mod.ts";

/** The names of commands in other tools. */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  access: ["entitlements"],
  account: ["entitlements", "doctor"],
  browser: ["ui"],
  columns: ["datasets"],
  completion: ["completions"],
  config: ["init"],
  configure: ["init"],
  copy: ["get", "sync"],
  coverage: ["status", "ui"],
  cp: ["get"],
  daemon: ["watch"],
  dashboard: ["ui"],
  days: ["calendar"],
  diagnose: ["doctor"],
  dir: ["ls"],
  download: ["get", "sync"],
  fetch: ["get", "sync"],
  follow: ["watch"],
  gaps: ["missing"],
  gui: ["ui"],
  holes: ["missing"],
  holidays: ["calendar"],
  list: ["ls"],
  login: ["init", "doctor"],
  mirror: ["sync"],
  mock: ["serve"],
  page: ["ui"],
  plan: ["sync", "entitlements"],
  pull: ["get", "sync"],
  repair: ["verify"],
  schema: ["datasets"],
  server: ["serve"],
  setup: ["init"],
  test: ["doctor"],
  types: ["datasets"],
  update: ["sync"],
  validate: ["verify"],
  web: ["ui"],
};

/** The names of options in other tools, and old names, without the dashes. */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  "access-key": ["profile"],
  "access-key-id": ["profile"],
  after: ["from"],
  all: ["recursive"],
  before: ["to"],
  begin: ["from"],
  "backup-dir": ["keep-replaced"],
  bwlimit: ["limit-rate"],
  concurrency: ["max-concurrent"],
  connections: ["max-concurrent"],
  count: ["limit"],
  day: ["date"],
  days: ["last"],
  "delete-replaced": ["keep-replaced"],
  dest: ["out", "output"],
  destination: ["out", "output"],
  dir: ["out"],
  directory: ["out"],
  end: ["to"],
  endpoint: ["endpoint-url"],
  extract: ["decompress"],
  file: ["output", "out"],
  folder: ["out"],
  gunzip: ["decompress"],
  host: ["endpoint-url"],
  j: ["max-concurrent"],
  jobs: ["max-concurrent"],
  max: ["limit"],
  n: ["limit", "max-concurrent", "dry-run"],
  o: ["out", "output"],
  output: ["out"],
  overwrite: ["force"],
  parallel: ["max-concurrent"],
  parallelism: ["max-concurrent"],
  path: ["out", "output"],
  q: ["quiet"],
  r: ["recursive"],
  retries: ["max-retries"],
  attempts: ["max-retries"],
  silent: ["quiet"],
  rate: ["limit-rate"],
  "secret-access-key": ["profile"],
  "secret-key": ["profile"],
  since: ["from"],
  start: ["from"],
  target: ["out", "output"],
  threads: ["max-concurrent"],
  transfers: ["max-concurrent"],
  uncompress: ["decompress"],
  until: ["to"],
  unzip: ["decompress"],
  url: ["endpoint-url"],
  verbosity: ["verbose"],
  workers: ["max-concurrent"],
};

/** What to use instead of an option of other tools, by command. */
const INSTEAD: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  date: { sync: "use --from and --to, or --last", watch: "use --last" },
  from: { watch: "use --last" },
  delete: {
    sync: "sync never deletes; 'flatbed release' frees disk space",
    watch: "watch never deletes; 'flatbed release' frees disk space",
  },
  exclude: {
    sync: "name the data types, and use --from and --to",
  },
  include: {
    sync: "name the data types, and use --from and --to",
  },
};

/** Options with the same hint as another one. */
const SAME: Readonly<Record<string, string>> = {
  "delete-excluded": "delete",
  "delete-after": "delete",
  "remove": "delete",
  "prune": "delete",
  "day": "date",
};

/** The hint for an option that a command does not have. */
function hintAt(
  flag: string,
  command: Command | undefined,
): string | undefined {
  const [word = ""] = flag.replace(/^-+/, "").split("=");
  const named = Object.hasOwn(SAME, word) ? SAME[word] ?? word : word;
  const hints = Object.hasOwn(INSTEAD, named) ? INSTEAD[named] : undefined;
  const hint = hints?.[command?.name() ?? ""];
  return hint === undefined ? undefined : `: ${hint}`;
}

/** The known names that a word is a synonym of, or else the nearest by spelling. */
function suggest(
  word: string,
  synonyms: Readonly<Record<string, readonly string[]>>,
  names: readonly string[],
): string[] {
  const lower = word.toLowerCase();
  const known = (Object.hasOwn(synonyms, lower) ? synonyms[lower] : undefined)
    ?.filter((name) => names.includes(name)) ?? [];
  return known.length > 0 ? known : nearest(word, names);
}

/** The names of commands. */
function commandNames(program: Command): string[] {
  return program.createHelp().visibleCommands(program)
    .map((command) => command.name());
}

/** Suggests commands for an unknown name, optionally also help topics. */
export function suggestCommand(
  name: string,
  program: Command,
  hasTopics = false,
): string {
  const names = commandNames(program);
  if (hasTopics) names.push(...TOPICS.map(({ name }) => name));
  return didYouMean(suggest(name, COMMANDS, names));
}

/** Suggests options for an unknown one. */
function suggestOption(flag: string, command: Command): string {
  const [word = ""] = flag.replace(/^-+/, "").split("=");
  const longs = command.createHelp().visibleOptions(command)
    .map(({ long }) => long?.replace(/^--/, "") ?? "");
  // One word of `--start-date` or `--out_dir` may be known.
  const names = [word, ...wordsOf(word)];
  for (const name of names) {
    const found = suggest(name, OPTIONS, longs);
    if (found.length > 0) return didYouMean(found.map((one) => `--${one}`));
  }
  return "";
}

/** The words of a name that consists of several. */
function wordsOf(name: string): string[] {
  const words = name.replaceAll(/([a-z])([A-Z])/g, "$1-$2").toLowerCase()
    .split(/[-_]+/).filter((word) => word.length > 1);
  return words.length > 1 ? words : [];
}

/** Describes a usage error: commander's message with a suggestion. */
export function describeUsageError(
  { code, message }: CommanderError,
  program: Command,
  command: Command | undefined,
): string {
  const text = message.replace(/^error: /, "");
  const name = /'([^']*)'/.exec(text)?.[1] ?? "";
  switch (code) {
    case "commander.unknownOption":
      // The value after the = may be a secret.
      return text.replace(/=[^]*(?='$)/, "") +
        (hintAt(name, command) ?? suggestOption(name, command ?? program));
    case "commander.invalidArgument": {
      const [, long, value, reason = ""] =
        /^option '[^']*?(--[\w-]+)[^']*' argument '([^]*)' is invalid\. ([^]*)$/
          .exec(text) ?? [];
      if (long === undefined) return text;
      const shown = value === "" ? "''" : escapeInvisible(value ?? "");
      return `${long} ${shown}: ${lowerFirst(reason).replace(/\.$/, "")}`;
    }
    case "commander.unknownCommand":
      return text + suggestCommand(name, program);
    default:
      return text;
  }
}

/** Lowers the first letter of a message, unless it begins with an acronym. */
function lowerFirst(text: string): string {
  return /^[A-Z][a-z ]/.test(text)
    ? text.charAt(0).toLowerCase() + text.slice(1)
    : text;
}
