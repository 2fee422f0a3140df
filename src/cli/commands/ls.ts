import type { Command } from "commander";
import { toLayout } from "../../catalog/mod.ts";
import {
  addDateOptions,
  type DateOptions,
  type DateRange,
  matchDataTypes,
  parseInteger,
  readDates,
} from "../arguments.ts";
import { addConfigurationOption, CONNECTION_FIELDS } from "../configuration.ts";
import {
  addConnectionOptions,
  connect,
  type ConnectionOptions,
} from "../connection.ts";
import { formatBytes, formatCount } from "../format.ts";
import { print, printError, printJson } from "../terminal.ts";
import { UsageError } from "../usage.ts";

interface LsOptions extends ConnectionOptions, DateOptions {
  limit?: number;
  json?: boolean;
}

/** Adds `flatbed ls`. */
export function addLsCommand(program: Command): void {
  const command = program.command("ls")
    .summary("list the objects that the service holds")
    .description(
      "List the objects of a dataset, or those whose keys begin with a text: size, date of change, key.",
    )
    .argument(
      "<data-type or prefix>",
      "such as stocks_daily, or us_stocks_sip/day_aggs_v1/2024/",
    );
  addDateOptions(command)
    .option("--limit <n>", "at most this many objects", parseInteger(1))
    .option("--json", "one line of JSON for each object");
  addConfigurationOption(addConnectionOptions(command), CONNECTION_FIELDS)
    .addHelpText(
      "after",
      `
Examples:
  flatbed ls stocks_daily --from 2024-01-01 --to 2024-01-31
  flatbed ls us_stocks_sip/ --limit 20
  flatbed ls options_minute --date 2024-01-02 --json`,
    )
    .action(async (name: string, options: LsOptions) => {
      const dates = readDates(options);
      const prefixes = listPrefixes(name, dates);
      await using downloader = await connect(options);
      let count = 0;
      let bytes = 0;
      list: for (const prefix of prefixes) {
        for await (
          const object of downloader.iterateObjects(options.bucket, prefix)
        ) {
          if (!isWithin(object.key, dates)) continue;
          if (count === options.limit) break list;
          count++;
          bytes += object.size;
          const lastModified = object.lastModified?.toISOString() ?? null;
          if (options.json) {
            const { key, size, etag } = object;
            printJson({ key, size, etag, lastModified });
          } else {
            const time = lastModified?.slice(0, 16).replace("T", " ") ?? "";
            print(
              `${formatBytes(object.size).padStart(8)}  ${time.padEnd(16)}  ${
                printable(object.key)
              }`,
            );
          }
        }
      }
      if (!options.json) {
        printError(
          count === 0
            ? describeNothing(name, dates)
            : `${formatCount(count, "object")}, ${formatBytes(bytes)}`,
        );
      }
    });
}

function describeNothing(name: string, dates: DateRange | undefined): string {
  if (dates === undefined) return `No objects under ${name}`;
  const { from, to } = dates;
  const days = from === to ? `on ${from}` : `from ${from} to ${to}`;
  return `No objects of ${name} ${days}`;
}

/** What to list for a data type or a prefix; by month where there are dates. */
function listPrefixes(name: string, dates: DateRange | undefined): string[] {
  const datasets = matchDataTypes(name);
  if (datasets.length === 0) {
    if (!name.includes("/")) {
      throw new UsageError(
        `There is no data type '${
          name.slice(0, 60)
        }', and a prefix has a slash, as in us_stocks_sip/; 'flatbed datasets' lists both`,
      );
    }
    if (dates !== undefined) {
      throw new UsageError("--date, --from and --to go with a data type");
    }
    return [toLayout(name, "live")];
  }
  return datasets.flatMap(({ prefix }) =>
    dates === undefined
      ? [`${prefix}/`]
      : monthsOf(dates).map((month) => `${prefix}/${month}/`)
  );
}

function monthsOf({ from, to }: DateRange): string[] {
  const months = [];
  let [year, month] = [Number(from.slice(0, 4)), Number(from.slice(5, 7))];
  while (true) {
    const two = String(month).padStart(2, "0");
    const four = String(year).padStart(4, "0");
    if (`${four}-${two}` > to.slice(0, 7)) return months;
    months.push(`${four}/${two}`);
    if (++month > 12) [year, month] = [year + 1, 1];
  }
}

function isWithin(key: string, dates: DateRange | undefined): boolean {
  if (dates === undefined) return true;
  const date = /(\d{4}-\d{2}-\d{2})\.csv\.gz$/.exec(key)?.[1];
  return date !== undefined && dates.from <= date && date <= dates.to;
}

/** A key from the service with nothing in it that a terminal would obey. */
function printable(key: string): string {
  return key.replaceAll(/[\p{Cc}\p{Cf}]/gu, "�");
}
