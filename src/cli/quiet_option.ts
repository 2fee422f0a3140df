import type { Command } from "commander";
import { keepQuiet } from "./terminal.ts";
import { notTogether } from "./usage.ts";

/** Adds `--quiet` to a command. */
export function addQuietOption(command: Command): Command {
  return command.option(
    "--quiet",
    "print nothing unless there is a problem; problems and a summary go to standard error",
  ).hook("preAction", (_, action) => {
    const { quiet, json, dryRun } = action.opts();
    if (quiet !== true) return;
    if (json) throw notTogether("--quiet", "--json");
    if (dryRun) throw notTogether("--quiet", "--dry-run");
    keepQuiet();
  });
}
