import { describeDays, NO_ROWS_REASONS } from "../../catalog/mod.ts";
import type { Command } from "commander";
import type { LackingFile } from "../../mirror/mod.ts";
import { readDataType } from "../arguments.ts";
import { OUT_FIELDS } from "../configuration.ts";
import { addConfigurationOption } from "../configuration_option.ts";
import { addDateOptions, type DateOptions } from "../date_options.ts";
import { ExitCode } from "../exit_code.ts";
import { openMirror } from "../open_mirror.ts";
import { addOutOptions, type OutCommandOptions } from "../out_options.ts";
import { formatCount } from "../format.ts";
import { interruptSignal } from "../interrupt.ts";
import { readMirrorRange } from "../mirror_range.ts";
import { print, printError, printJson, write } from "../terminal.ts";

interface PathsCommandOptions extends DateOptions, OutCommandOptions {
  parquet?: boolean;
  null?: boolean;
  json?: boolean;
}

/** Adds `flatbed paths`. */
export function addPathsCommand(
  program: Command,
  setExitCode: (code: number) => void,
): void {
  const command = program.command("paths")
    .summary("list the mirror's files of some days, for other tools")
    .description(
      "List the paths of the mirror's files of some days, one a day and a line, in the order of dates: for tools that take file names. Only whole files are listed, none twice, and Parquet files only if they are of the newest version. No requests are sent.",
    )
    .argument("<data-type>", "which dataset");
  addConfigurationOption(addDateOptions(addOutOptions(command)), OUT_FIELDS)
    .option("--parquet", "the Parquet files that 'flatbed parquet' has made")
    .option(
      "-0, --null",
      "end each path with a null character, as 'xargs -0' reads them",
    )
    .option("--json", "one line of JSON for each file")
    .addHelpText(
      "after",
      `
Without dates, the files are all in the mirror. Days that lack a file are named on standard
error.

Exit codes: 0 all days are there, 1 a day is damaged at source, 3 expected days are not there.

Examples:
  flatbed paths stocks_minute --last 3m
  flatbed paths stocks_daily --from 2024-01-01 --to 2024-12-31 -0 | xargs -0 zcat
  python3 report.py $(flatbed paths options_daily --last 1y --parquet)`,
    )
    .action(async (name: string, options: PathsCommandOptions) => {
      const { json = false } = options;
      const dataset = readDataType(name);
      using interrupt = interruptSignal();
      await using mirror = await openMirror(options, {
        mustExist: true,
        readOnly: true,
        command: "flatbed paths",
      });
      const { files, lacking } = await mirror.files<string>({
        ...await readMirrorRange(mirror, dataset, options),
        dataType: dataset.id,
        parquet: options.parquet ?? false,
        signal: interrupt.signal,
      });
      for (const file of files) {
        if (json) printJson(file);
        else if (options.null) write(`${file.path}\0`);
        else print(file.path);
      }
      for (const line of describeLacking(lacking)) printError(line);
      setExitCode(exitCodeOf(lacking));
    });
}

function describeLacking(lacking: readonly LackingFile[]): string[] {
  const groups = Map.groupBy(lacking, ({ reason }) => reason);
  return Array.from(
    groups,
    ([reason, days]) =>
      `No file of ${formatCount(days.length, "day")}, ${
        NO_ROWS_REASONS[reason]
      }: ${describeDays(days)}`,
  );
}

function exitCodeOf(lacking: readonly LackingFile[]): number {
  if (lacking.some(({ reason }) => reason === "damaged-at-source")) {
    return ExitCode.Failed;
  }
  return lacking.length > 0 ? ExitCode.MissingUpstream : ExitCode.Done;
}
