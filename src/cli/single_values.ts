import type { Command } from "commander";
import { UsageError } from "./usage.ts";

/** What to use for several values, by an option's name. */
const INSTEAD: Readonly<Record<string, string>> = {
  date: "use --from and --to for several days",
};

/**
 * Has a command refuse options that are given twice and have one value: one of the two
 * would be dropped without a word.
 */
export function refuseRepeats(command: Command): void {
  for (const option of command.options) {
    if (option.isBoolean() || option.variadic) continue;
    let isGiven = false;
    command.on(`option:${option.name()}`, () => {
      if (isGiven) {
        const instead = INSTEAD[option.name()] ?? "it takes one value";
        throw new UsageError(`${option.long} was given twice: ${instead}`);
      }
      isGiven = true;
    });
  }
}
