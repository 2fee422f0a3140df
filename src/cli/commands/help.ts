import type { Command } from "commander";
import { print, style, terminalWidth } from "../terminal.ts";
import { type Section, TOPICS } from "../topics/mod.ts";
import { UsageError } from "../usage.ts";

/** The longest lines that read well. */
const MOST_COLUMNS = 88;
/** The longest terms that what is said of them stands beside. */
const LONGEST_TERM = 30;

/** Adds `flatbed help`, in place of the one that commander brings. */
export function addHelpCommand(program: Command): void {
  program.helpCommand(false).command("help")
    .summary("show the help of a command, or a topic")
    .description(
      "Show the help of a command, or what there is to say on a topic.",
    )
    .argument("[command or topic]", "which one (default: the help of flatbed)")
    .addHelpText(
      "after",
      `
${listTopics()}

Examples:
  flatbed help
  flatbed help sync
  flatbed help permissions`,
    )
    .action(async (name: string | undefined) => {
      if (name === undefined) return program.outputHelp();
      const command = program.commands.find((one) => one.name() === name);
      if (command !== undefined) return command.outputHelp();
      const topic = TOPICS.find((topic) => topic.name === name);
      if (topic === undefined) throw unknown(name, program);
      print(style("bold", `${topic.name}: ${topic.summary}`));
      for (const section of await topic.load(program)) {
        print(`\n${format(section, program)}`);
      }
    });
}

/** The topics as commander lists commands. */
export function listTopics(): string {
  const width = Math.max(...TOPICS.map(({ name }) => name.length));
  return [
    "Topics, for 'flatbed help <topic>':",
    ...TOPICS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
  ].join("\n");
}

function format(section: Section, program: Command): string {
  const help = program.createHelp();
  const helpWidth = Math.min(terminalWidth(), MOST_COLUMNS);
  help.prepareContext({ helpWidth });
  if (typeof section === "string") return help.boxWrap(section, helpWidth);
  const width = Math.max(...section.map(([term]) => term.length));
  return section.map(([term, text]) =>
    width <= LONGEST_TERM
      ? help.formatItem(term, width, text, help)
      : `  ${term}\n${help.formatItem("", 2, text, help)}`
  ).join("\n");
}

function unknown(name: string, program: Command): UsageError {
  const names = [...program.createHelp().visibleCommands(program), ...TOPICS]
    .map((one) => typeof one.name === "string" ? one.name : one.name());
  const shown = name.slice(0, 60);
  const distances = names.map((known) =>
    [distance(shown, known), known] as const
  );
  const [least, nearest] = distances.reduce((a, b) => b[0] < a[0] ? b : a);
  // Where half of the letters are others, it is another word.
  const hint = least * 2 <= shown.length ? `; do you mean '${nearest}'?` : "";
  return new UsageError(
    `There is no command or topic '${shown}', and 'flatbed help' lists them${hint}`,
  );
}

/** How many letters have to be put in, taken out or replaced to make one text the other. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...one].entries()) {
    const next = [i + 1];
    for (const [j, wanted] of [...other].entries()) {
      next.push(Math.min(
        (row[j] ?? 0) + (letter === wanted ? 0 : 1),
        (row[j + 1] ?? 0) + 1,
        (next[j] ?? 0) + 1,
      ));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
