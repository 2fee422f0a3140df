import type { Command } from "commander";
import { addDays } from "../../calendar/mod.ts";
import { getFileDates } from "../../catalog/mod.ts";
import type { MissingFile } from "../../mirror/mod.ts";
import { readDataTypes } from "../arguments.ts";
import { addConfigurationOption } from "../configuration.ts";
import { addRangeOptions, type DateOptions, readRange } from "../dates.ts";
import { formatCount } from "../format.ts";
import { addFolderOption } from "../mirror_options.ts";
import { print, printError, printJson } from "../terminal.ts";

interface MissingCommandOptions extends DateOptions {
  dataTypes?: string[];
  out: string;
  ranges?: boolean;
  json?: boolean;
}

/** Adds `flatbed missing`. */
export function addMissingCommand(program: Command): void {
  const command = program.command("missing")
    .summary("list the trading days that a mirror lacks")
    .description(
      "List the trading days whose files are due and not in the mirror. Nothing is asked of the service.",
    )
    .argument(
      "[data-type...]",
      "which datasets (default: those of the configuration, or of which the mirror has files)",
    );
  addConfigurationOption(addFolderOption(addRangeOptions(command)), [
    "dataTypes",
    "out",
    "from",
  ])
    .option("--ranges", "ranges of trading days instead of single ones")
    .option("--json", "one line of JSON for each day, or range")
    .addHelpText(
      "after",
      `
Examples:
  flatbed missing
  flatbed missing stocks_minute --from 2020-01-01 --ranges
  flatbed missing 'stocks_*' --last 1m --json`,
    )
    .action(async (names: string[], options: MissingCommandOptions) => {
      const wanted = names.length > 0 ? names : options.dataTypes;
      const dataTypes = wanted && readDataTypes(wanted).map(({ id }) => id);
      const { Mirror } = await import("../../mirror/mod.ts");
      await using mirror = await Mirror.open(options.out, { readOnly: true });
      const files = mirror.missing({
        dataTypes,
        ...readRange(options, dataTypes),
      });
      if (options.ranges) {
        for (const range of toRanges(files)) {
          const { dataType, from, to, days } = range;
          if (options.json) printJson(range);
          else {print(
              `${dataType}  ${from} to ${to}  ${formatCount(days, "day")}`,
            );}
        }
      } else {
        for (const { dataType, date, key } of files) {
          if (options.json) printJson({ dataType, date, key });
          else print(`${dataType}  ${date}`);
        }
      }
      if (!options.json && files.length === 0) {
        printError(
          mirror.entries().length === 0 && dataTypes === undefined
            ? `There is no mirror in ${options.out}, or it is empty`
            : "Nothing is missing",
        );
      }
    });
}

/** Days without a trading day between them, as ranges. */
function toRanges(
  files: readonly MissingFile[],
): { dataType: string; from: string; to: string; days: number }[] {
  const ranges: { dataType: string; from: string; to: string; days: number }[] =
    [];
  for (const { dataType, date } of files) {
    const last = ranges.at(-1);
    const isNext = last?.dataType === dataType &&
      getFileDates(dataType, addDays(last.to, 1), date).length === 1;
    if (last !== undefined && isNext) {
      last.to = date;
      last.days++;
    } else {
      ranges.push({ dataType, from: date, to: date, days: 1 });
    }
  }
  return ranges;
}
