import type { Command } from "commander";
import {
  type DataType,
  explainAbsence,
  readPrefix,
} from "../../catalog/mod.ts";
import type { Folder } from "../../download/mod.ts";
import type { ObjectInfo } from "../../store/mod.ts";
import { parseInteger } from "../arguments.ts";
import { CONNECTION_FIELDS } from "../configuration.ts";
import { addConfigurationOption } from "../configuration_option.ts";
import {
  addConnectionOptions,
  connect,
  type ConnectionOptions,
} from "../connection.ts";
import {
  addDateOptions,
  type DateOptions,
  haveDates,
} from "../date_options.ts";
import { type DateRange, readDates, untilToday } from "../dates.ts";
import { formatBytes, monthsOf } from "../../base/mod.ts";
import { formatCount } from "../format.ts";
import {
  asFolder,
  matchDatasets,
  noPrefix,
  readKeyOrPrefix,
} from "../names.ts";
import {
  isTerminal,
  print,
  printError,
  printJson,
  terminalWidth,
} from "../terminal.ts";
import { UsageError } from "../usage.ts";

interface LsOptions extends ConnectionOptions, DateOptions {
  recursive?: boolean;
  limit?: number;
  json?: boolean;
}

/** Adds `flatbed ls`. */
export function addLsCommand(program: Command): void {
  const command = program.command("ls")
    .summary("list what the service holds")
    .description(
      "List what the service holds: the folders and objects of one level, or all objects below it with --recursive; with dates, the objects of a data type. Shows size, upload time and key.",
    )
    .argument(
      "[data-type or prefix]",
      "such as stocks_daily, or us_stocks_sip/day_aggs_v1/2024/, with or without s3://flatfiles/ (default: the top level)",
    );
  addDateOptions(command)
    .option("-r, --recursive", "all objects below, not just one level")
    .option(
      "--limit <n>",
      "the maximum number of objects and folders",
      parseInteger(1),
    )
    .option("--json", "one line of JSON for each object or folder");
  addConfigurationOption(addConnectionOptions(command), CONNECTION_FIELDS)
    .addHelpText(
      "after",
      `
Examples:
  flatbed ls
  flatbed ls stocks_daily --from 2024-01-01 --to 2024-01-31
  flatbed ls us_stocks_sip/day_aggs_v1/2024/01/
  flatbed ls us_stocks_sip/ --recursive --limit 20
  flatbed ls options_minute --date 2024-01-02 --json`,
    )
    .action(async (name: string | undefined, options: LsOptions) => {
      const parts = listParts(name, options);
      await using downloader = await connect(options);
      const { bucket, json = false, limit = Infinity } = options;
      const count = { folders: 0, objects: 0, bytes: 0 };
      list: for (const { prefix, dates } of parts) {
        const isDeep = options.recursive === true || dates !== undefined;
        for await (
          const entry of isDeep
            ? downloader.iterateObjects(bucket, prefix)
            : downloader.iterateFolder(bucket, prefix)
        ) {
          if ("key" in entry && !isWithin(entry.key, dates)) continue;
          if (count.folders + count.objects === limit) break list;
          if ("key" in entry) {
            count.objects++;
            count.bytes += entry.size;
          } else count.folders++;
          if (json) printJson(asRecord(entry));
          else printEntry(entry);
        }
      }
      if (count.folders + count.objects > 0) {
        if (!json) printError(describe(count));
        return;
      }
      const problems = parts.map(({ prefix }) => readPrefix(prefix).problem)
        .filter((problem) => problem !== undefined);
      const nothing = describeNothing(name, parts[0]);
      if (problems.length > 0) {
        throw new Error(`${nothing}: ${problems.join("; ")}`);
      }
      if (!json) printError(nothing);
    });
}

function asRecord(entry: ObjectInfo | Folder): unknown {
  if ("folder" in entry) return { folder: entry.folder };
  const { key, size, etag, lastModified } = entry;
  return { key, size, etag, lastModified: lastModified?.toISOString() ?? null };
}

/** One line; where a terminal is too narrow for it, the key gets one of its own. */
function printEntry(entry: ObjectInfo | Folder): void {
  const [size, time, name] = "folder" in entry
    ? ["folder", "", entry.folder]
    : [
      formatBytes(entry.size),
      entry.lastModified?.toISOString().slice(0, 16).replace("T", " ") ?? "",
      entry.key,
    ];
  const facts = `${size.padStart(8)}  ${time.padEnd(16)}`;
  const isWide = !isTerminal() ||
    facts.length + 2 + name.length <= terminalWidth();
  print(
    isWide
      ? `${facts}  ${printable(name)}`
      : `${facts.trimEnd()}\n    ${printable(name)}`,
  );
}

function describe(
  { folders, objects, bytes }: {
    folders: number;
    objects: number;
    bytes: number;
  },
): string {
  const parts = [];
  if (folders > 0) parts.push(formatCount(folders, "folder"));
  if (objects > 0) {
    parts.push(formatCount(objects, "object"), formatBytes(bytes));
  }
  return parts.join(", ");
}

function describeNothing(
  name: string | undefined,
  { dates, dataType }: Partial<Part> = {},
): string {
  if (name === undefined) return "The bucket is empty";
  if (dates === undefined) return `No objects under ${name}`;
  const { from, to } = dates;
  const days = from === to ? `on ${from}` : `from ${from} to ${to}`;
  const why = dataType === undefined ? "" : reasonFor(dataType, dates);
  return `No objects of ${name} ${days}${why === "" ? "" : `: ${why}`}`;
}

/** Why there is no object of a range, where both of its ends say the same. */
function reasonFor(dataType: DataType, { from, to }: DateRange): string {
  const now = new Date();
  const { reason, text } = explainAbsence(dataType, to, now);
  return explainAbsence(dataType, from, now).reason === reason ? text : "";
}

/** What is listed at once. */
interface Part {
  prefix: string;
  /** The dates that are wanted of it. */
  dates?: DateRange;
  dataType?: DataType;
}

/** What to list for a data type or a prefix; by month where there are dates. */
function listParts(name: string | undefined, options: LsOptions): Part[] {
  const datasets = name === undefined ? [] : matchDatasets(name, options);
  if (datasets.length > 0) {
    return datasets.flatMap((dataset) => {
      const { id, prefix } = dataset;
      const named = readDates(options, dataset);
      if (named === undefined) return [{ prefix: `${prefix}/` }];
      const dates = untilToday(named, options);
      return monthsOf(dates.from, dates.to).map((month) => ({
        prefix: `${prefix}/${month.replace("-", "/")}/`,
        dates,
        dataType: id,
      }));
    });
  }
  const prefix = name === undefined ? "" : readKeyOrPrefix(name, options);
  // What is no beginning of a known prefix, and has no slash, is a misspelt word.
  const isWord = name !== undefined && !name.includes("/");
  if (isWord && readPrefix(prefix).problem !== undefined) throw noPrefix(name);
  if (haveDates(options)) {
    throw new UsageError("--date, --from, --to and --last go with a data type");
  }
  return [{ prefix: asFolder(prefix) }];
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
