import type { Command } from "commander";
import { UsageError } from "./usage.ts";

/** The options that choose days, and what to use for several. */
const INSTEAD: ReadonlyMap<string, string> = new Map([
  ["date", "use --from and --to for several days"],
  ["from", "it takes one date"],
  ["to", "it takes one date"],
  ["last", "it takes one length of time"],
]);

/**
 * Has a command refuse that days are chosen twice by one option: one of the two would be
 * dropped without a word. Of other options the last one counts, as in most programs, so
 * that an alias can be overruled.
 */
export function refuseRepeats(command: Command): void {
  for (const option of command.options) {
    const instead = INSTEAD.get(option.name());
    if (instead === undefined) continue;
    let isGiven = false;
    command.on(`option:${option.name()}`, () => {
      if (isGiven) {
        throw new UsageError(`${option.long} was given twice: ${instead}`);
      }
      isGiven = true;
    });
  }
}
