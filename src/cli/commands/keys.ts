import { type Command, Option } from "commander";
import {
  describeNoDays,
  explainAbsence,
  getFileDates,
  isDue,
  type Layout,
  S3Catalog,
} from "../../catalog/mod.ts";
import { readDataTypes } from "../arguments.ts";
import { addDateOptions, type DateOptions } from "../date_options.ts";
import { readDates } from "../dates.ts";
import { print, printError, printJson } from "../terminal.ts";
import { UsageError } from "../usage.ts";

/** Adds `flatbed keys`. */
export function addKeysCommand(program: Command): void {
  const command = program.command("keys")
    .summary("print the keys of a range of trading days")
    .description(
      "Print the keys of the files that the calendar expects. No requests are sent.",
    )
    .argument("<data-type...>", "which datasets; '*' stands for any text");
  addDateOptions(command)
    .addOption(
      new Option("--layout <layout>", "the name of the options root").choices([
        "live",
        "documented",
      ]).default("live"),
    )
    .option(
      "--optional",
      "include optional days, which may have a file, such as a forex Saturday",
    )
    .option("--json", "one line of JSON for each key")
    .addHelpText(
      "after",
      `
Examples:
  flatbed keys stocks_daily --from 2024-01-01 --to 2024-01-31
  flatbed keys 'options_*' --date 2024-01-02 --layout documented
  flatbed keys stocks_minute --last 2w --json`,
    )
    .action(
      (
        names: string[],
        options: DateOptions & {
          layout: Layout;
          optional?: boolean;
          json?: boolean;
        },
      ) => {
        const datasets = readDataTypes(names);
        const catalog = new S3Catalog(undefined, { layout: options.layout });
        const now = new Date();
        const notes = new Set<string>();
        let count = 0;
        for (const dataset of datasets) {
          const { id } = dataset;
          const dates = readDates(options, dataset);
          if (dates === undefined) {
            throw new UsageError("Which days? Use --date, --from or --last");
          }
          // Of a range whose end was not named, keys that are no use yet are left out.
          const isOpen = options.to === undefined && options.date === undefined;
          const files = getFileDates(id, dates.from, dates.to, {
            optional: options.optional,
          });
          const due = files.filter((date) => !isOpen || isDue(date, now));
          for (const date of files.slice(due.length)) {
            notes.add(explainAbsence(id, date, now).text);
          }
          if (dates.to < dataset.firstDate) {
            notes.add(explainAbsence(id, dates.to, now).text);
          }
          const keys = due.map((date) => catalog.getKey(id, date));
          count += keys.length;
          if (!options.json) {
            if (keys.length > 0) print(keys.join("\n"));
            continue;
          }
          for (const key of keys) {
            const { dataType, date } = catalog.parseKeyMetadata(key);
            printJson({ key, dataType, date });
          }
        }
        for (const note of notes) printError(`Note: ${note}`);
        if (count === 0 && notes.size === 0) {
          const [dataset] = datasets;
          const dates = dataset && readDates(options, dataset);
          printError(
            dataset !== undefined && dates !== undefined
              ? describeNoDays(dataset, dates)
              : "There is no trading day in that time",
          );
        }
      },
    );
}
