import {
  Argument,
  type Command,
  InvalidArgumentError,
  Option,
} from "commander";
import { bashScript } from "../completions/bash.ts";
import { fishScript } from "../completions/fish.ts";
import { powershellScript } from "../completions/powershell.ts";
import { zshScript } from "../completions/zsh.ts";
import { write } from "../terminal.ts";

/** How each shell is told what to ask. */
const SCRIPTS = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
  powershell: powershellScript,
} as const;

/** Adds `flatbed completions`. */
export function addCompletionsCommand(program: Command): void {
  program.command("completions")
    .summary("print the script that lets a shell complete flatbed")
    .description(
      "Print the script that lets a shell complete commands, options, data types, dates and paths. It asks flatbed itself what can come next, so it stays right when flatbed is updated.",
    )
    .addArgument(
      new Argument("<shell>", "which shell").choices(Object.keys(SCRIPTS)),
    )
    .addOption(
      new Option("--name <name>", "the command, where it has another name")
        .argParser(parseName).default("flatbed"),
    )
    .addHelpText(
      "after",
      `
Run one of these once to enable it in new shells; zsh needs 'compinit' earlier in .zshrc.
  bash        echo 'eval "$(flatbed completions bash)"' >> ~/.bashrc
  zsh         echo 'eval "$(flatbed completions zsh)"' >> ~/.zshrc
  fish        flatbed completions fish > ~/.config/fish/completions/flatbed.fish
  PowerShell  'flatbed completions powershell | Out-String | Invoke-Expression' >> $PROFILE

Examples:
  flatbed completions bash
  flatbed completions zsh > /usr/local/share/zsh/site-functions/_flatbed
  flatbed completions fish --name fb`,
    )
    .action((shell: keyof typeof SCRIPTS, { name }: { name: string }) => {
      write(SCRIPTS[shell](name));
    });
}

function parseName(value: string): string {
  if (!/^\w[\w.-]*$/.test(value)) {
    throw new InvalidArgumentError(
      "Expected a command's name of letters, digits, '_', '-' and '.'.",
    );
  }
  return value;
}
