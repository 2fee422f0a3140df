import type { Command } from "commander";
import { suggestCommand } from "../suggest.ts";
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
  const shown = name.slice(0, 60);
  return new UsageError(
    `There is no command or topic '${shown}'${
      suggestCommand(shown, program, true)
    }`,
  );
}
