import type { Command } from "commander";
import type { KeptReason, ReleaseSummary } from "../../mirror/mod.ts";
import { readDataTypes } from "../arguments.ts";
import { addConfigurationOption } from "../configuration.ts";
import { addRangeOptions, type DateOptions, readRange } from "../dates.ts";
import { formatBytes } from "../../base/mod.ts";
import { formatCount, grouped } from "../format.ts";
import { interruptSignal } from "../interrupt.ts";
import { addFolderOption, assertMirror } from "../mirror_options.ts";
import { print, printError, printJson, style } from "../terminal.ts";
import { ExitCode } from "../usage.ts";

interface ReleaseCommandOptions extends DateOptions {
  out: string;
  dryRun?: boolean;
  force?: boolean;
  json?: boolean;
}

/** Why files stay, and what to do about it. */
const KEPT: Readonly<Record<KeptReason, string>> = {
  "old":
    "older than what the account can read: no other can be fetched; --force releases them all the same",
  "perhaps-old":
    "older than two years, and it is not known what the account can read: perhaps no other can be fetched; 'flatbed entitlements' asks, --force releases them all the same",
  "changed":
    "not what was fetched: 'flatbed verify --full' looks into them, --force releases them all the same",
};

/** Adds `flatbed release`. */
export function addReleaseCommand(
  program: Command,
  setExitCode: (code: number) => void,
): void {
  const command = program.command("release")
    .summary("give the disk space of files back")
    .description(
      "Remove files and keep what the mirror knows of them: they are not lost and not missing, and 'flatbed sync' leaves them until it is told --released. Files that were removed or emptied by hand count as released from then on. The service is not asked.",
    )
    .argument("<data-type...>", "which datasets; '*' stands for any text");
  addConfigurationOption(addFolderOption(addRangeOptions(command)), ["out"])
    .option("--dry-run", "only show what would be done")
    .option(
      "--force",
      "also files that perhaps cannot be fetched again, or that were changed",
    )
    .option("--json", "one line of JSON for each file, and one for the summary")
    .addHelpText(
      "after",
      `
Exit codes: 0 done, 1 files stay that only --force releases.

Examples:
  flatbed release stocks_quotes --to 2023-12-31 --dry-run
  flatbed release stocks_quotes --to 2023-12-31
  flatbed sync stocks_quotes --from 2023-12-01 --to 2023-12-31 --released`,
    )
    .action(async (names: string[], options: ReleaseCommandOptions) => {
      const dataTypes = readDataTypes(names).map(({ id }) => id);
      const { json = false, dryRun = false, force = false } = options;
      using interrupt = interruptSignal();
      await assertMirror(options.out);
      const { Mirror } = await import("../../mirror/mod.ts");
      await using mirror = await Mirror.open(options.out, {
        readOnly: dryRun,
        command: "flatbed release",
      });
      const summary = await mirror.release({
        dataTypes,
        ...readRange(options, dataTypes),
        dryRun,
        force,
        signal: interrupt.signal,
        onEvent: (event) => {
          if (json) printJson(event);
        },
      });
      if (json) printJson({ event: "summary", ...summary, dryRun });
      else printSummary(summary, dryRun);
      if (Object.values(summary.kept).some((count) => count > 0)) {
        setExitCode(ExitCode.Failed);
      }
    });
}

function printSummary(
  { released, bytes, kept, releasedBefore }: ReleaseSummary,
  dryRun: boolean,
): void {
  const before = releasedBefore === 0
    ? ""
    : `; ${grouped(releasedBefore)} released before`;
  print(
    `${dryRun ? "Would release" : "Released"} ${
      style("bold", formatCount(released, "file"))
    }, ${formatBytes(bytes)}${before}`,
  );
  for (const [reason, text] of Object.entries(KEPT)) {
    const count = kept[reason as KeptReason];
    if (count > 0) printError(`${formatCount(count, "file")} kept: ${text}`);
  }
}
