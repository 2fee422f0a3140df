import type { Command } from "commander";
import { complete } from "../completions/complete.ts";
import { print } from "../terminal.ts";

/**
 * Adds `flatbed complete`, which the scripts of `flatbed completions` run, and people do
 * not: a line for each word that can come next, with a tab and its description, or
 * `:files` or `:folders`. Whatever goes wrong, it says nothing.
 */
export function addCompleteCommand(program: Command): void {
  program.command("complete", { hidden: true })
    .argument("[word...]")
    .option("--current <word>", "the word that is being typed", "")
    .action((words: string[], { current }: { current: string }) => {
      try {
        const completion = complete(program, words, current);
        if (typeof completion === "string") return print(`:${completion}`);
        for (const { value, description } of completion) {
          print(`${value}\t${description}`);
        }
      } catch { /* somebody is typing */ }
    });
}
