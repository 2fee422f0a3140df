import type { Command } from "commander";
import { UsageError } from "./usage.ts";

/** The options that choose days, and what to use instead of giving one twice. */
const INSTEAD: ReadonlyMap<string, string> = new Map([
  ["date", "use --from and --to for several days"],
  ["from", "it takes one date"],
  ["to", "it takes one date"],
  ["last", "it takes one length of time"],
]);

/**
 * Makes a command refuse an option that chooses days and is given twice: one of the values
 * would be silently dropped. For other options the last value counts, as usual, so that an
 * alias can be overridden.
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
