import type { Command } from "commander";
import {
  DATASETS,
  type DataType,
  describeDays,
  S3Catalog,
  toRanges,
} from "../../catalog/mod.ts";
import type { Mirror, NamedDays } from "../../mirror/mod.ts";
import { messageOf, readDataTypes } from "../arguments.ts";
import { OUT_FIELDS } from "../configuration.ts";
import { addConfigurationOption } from "../configuration_option.ts";
import { addRangeOptions, type DateOptions } from "../date_options.ts";
import { readRange } from "../dates.ts";
import { ExitCode } from "../exit_code.ts";
import { formatCount } from "../format.ts";
import { openMirror } from "../open_mirror.ts";
import { addOutOptions, type OutCommandOptions } from "../out_options.ts";
import { isTerminal, print, printError, printJson } from "../terminal.ts";
import { UsageError } from "../usage.ts";

/** More lines than so many: that there are shorter lists is said. */
const MANY = 100;

interface MissingCommandOptions extends DateOptions, OutCommandOptions {
  dataTypes?: string[];
  ranges?: boolean;
  accept?: boolean;
  forget?: boolean;
  list?: boolean;
  json?: boolean;
}

/** Adds `flatbed missing`. */
export function addMissingCommand(
  program: Command,
  setExitCode: (code: number) => void,
): void {
  const command = program.command("missing")
    .summary("list the days whose files are missing, or accept them")
    .description(
      "List the days whose files are due and not in the mirror. No requests are sent. Days that are never published can be accepted: they no longer count as missing, and are downloaded if they appear.",
    )
    .argument(
      "[data-type...]",
      "which datasets (default: those in the configuration, or in the mirror); with --accept or --forget, followed by dates or ranges such as 2024-01-02..2024-01-31",
    );
  addConfigurationOption(addOutOptions(addRangeOptions(command)), [
    "dataTypes",
    ...OUT_FIELDS,
    "from",
  ])
    .option("--ranges", "print ranges of days (default on a terminal)")
    .option("--no-ranges", "print single days (default elsewhere)")
    .option("--accept", "accept that these days are missing")
    .option("--forget", "expect these days again")
    .option("--list", "list the accepted days")
    .option("--json", "one line of JSON for each day, or range")
    .addHelpText(
      "after",
      `
Exit codes: 0 nothing is missing, 1 a file is damaged at source and has no content, 3 a
file that is due is missing. Accepted days, and days older than the account can read,
are not missing, unless their file was downloaded and is lost or damaged.

Examples:
  flatbed missing
  flatbed missing stocks_minute --from 2020-01-01 --ranges
  flatbed missing 'stocks_*' --last 1m --json
  flatbed missing --accept crypto_daily 2019-03-04 2020-01-01..2020-01-03
  flatbed missing --list`,
    )
    .action(async (names: string[], options: MissingCommandOptions) => {
      const { accept, forget, list } = options;
      if ([accept, forget, list].filter((each) => each).length > 1) {
        throw new UsageError(
          "--accept, --forget and --list cannot be used together",
        );
      }
      const change = accept || forget ? await readChange(names) : undefined;
      // A misspelt name is told before a missing folder.
      if (change === undefined) readDataTypes(names);
      await using mirror = await openMirror(options, {
        mustExist: true,
        readOnly: change === undefined,
        command: "flatbed missing",
      });
      if (change !== undefined) await changeAccepted(mirror, change, options);
      else if (list) listAccepted(mirror, names, options);
      else setExitCode(await listMissing(mirror, names, options));
    });
}

/** What `--accept` and `--forget` are about. */
interface Change {
  dataTypes: DataType[];
  days: NamedDays;
}

/** Tells data types and dates apart. */
async function readChange(words: readonly string[]): Promise<Change> {
  const { readDayWord } = await import("../../mirror/mod.ts");
  const names: string[] = [];
  const days: NamedDays = { dates: [], ranges: [] };
  for (const word of words) {
    try {
      if (!readDayWord(word, days)) names.push(word);
    } catch (error) {
      throw new UsageError(messageOf(error));
    }
  }
  const dataTypes = readDataTypes(names).map(({ id }) => id);
  if (dataTypes.length === 0) {
    throw new UsageError("Which data types? Name them before the dates");
  }
  if (days.dates.length + days.ranges.length === 0) {
    throw new UsageError(
      "Which days? Name them after the data types, such as 2024-01-02 or 2024-01-02..2024-01-31",
    );
  }
  return { dataTypes, days };
}

/** Accepts or forgets: of a range the days that are missing, or were accepted. */
async function changeAccepted(
  mirror: Mirror,
  { dataTypes, days }: Change,
  { accept = false, json = false }: MissingCommandOptions,
): Promise<void> {
  const { daysToAccept } = await import("../../mirror/mod.ts");
  let count = 0;
  for (const dataType of dataTypes) {
    const all = await daysToAccept(mirror, dataType, days, accept);
    if (accept) await mirror.acceptMissing(dataType, all);
    else await mirror.forgetAccepted(dataType, all);
    count += all.length;
    const code = accept ? "accepted" : "forgotten";
    for (const date of all) {
      if (json) printJson({ code, dataType, date });
      else print(`${code}  ${dataType}  ${date}`);
    }
  }
  if (count === 0 && !json) printError("Nothing changes");
}

function listAccepted(
  mirror: Mirror,
  names: readonly string[],
  { json = false }: MissingCommandOptions,
): void {
  const datasets = names.length > 0 ? readDataTypes(names) : DATASETS;
  let count = 0;
  for (const { id } of datasets) {
    for (const date of mirror.acceptedDates(id)) {
      count++;
      if (json) printJson({ dataType: id, date });
      else print(`${id}  ${date}`);
    }
  }
  if (count === 0 && !json) printError("Nothing was accepted");
}

/** Lists what is missing, and returns the exit code. */
async function listMissing(
  mirror: Mirror,
  names: readonly string[],
  options: MissingCommandOptions,
): Promise<number> {
  const { json = false, ranges = !json && isTerminal() } = options;
  const wanted = names.length > 0 ? names : options.dataTypes;
  const dataTypes = wanted && readDataTypes(wanted).map(({ id }) => id);
  const range = { dataTypes, ...readRange(options, dataTypes) };
  const coverage = await mirror.coverage(range);
  const catalog = new S3Catalog(undefined, { layout: "live" });
  const files = coverage.flatMap(({ dataType, missing }) =>
    missing.map((date) => ({ dataType, date }))
  );
  const damaged = coverage.flatMap(({ dataType, damagedAtSource }) =>
    damagedAtSource.map((day) => ({ dataType, ...day }))
  );
  const withoutContent = damaged.filter(({ hasFile }) => !hasFile);
  const exitCode = withoutContent.length > 0
    ? ExitCode.Failed
    : files.length > 0
    ? ExitCode.MissingUpstream
    : ExitCode.Done;
  if (ranges) {
    for (const each of toRanges(files)) {
      const { dataType, from, to, days } = each;
      if (json) printJson(each);
      else if (days === 1) print(`${dataType}  ${from}`);
      else print(`${dataType}  ${from} to ${to}  ${formatCount(days, "day")}`);
    }
  } else {
    for (const { dataType, date } of files) {
      const key = catalog.getKey(dataType, date);
      if (json) printJson({ dataType, date, key });
      else print(`${dataType}  ${date}`);
    }
  }
  if (json) {
    for (const { dataType, date, key, gzipFault } of withoutContent) {
      printJson({ dataType, date, key, gzipFault });
    }
    return exitCode;
  }
  if (!ranges && files.length > MANY) {
    printError(
      `${
        formatCount(files.length, "day")
      } missing: --ranges prints ranges of days, --from and --to limit the time`,
    );
  }
  const accepted = coverage
    .reduce((sum, { accepted }) => sum + accepted.length, 0);
  if (files.length > 0) {
    if (ranges) printError(`${formatCount(files.length, "day")} missing`);
  } else if (coverage.length === 0) {
    printError(`The mirror in ${options.out} is empty`);
  } else if (withoutContent.length === 0) printError("Nothing is missing");
  if (withoutContent.length > 0) {
    printError(
      `${withoutContent.length} damaged at source, without content: ${
        describeDays(withoutContent)
      }; fetched again once upstream replaces them`,
    );
  }
  const stored = damaged.length - withoutContent.length;
  if (stored > 0) {
    printError(
      `${
        formatCount(stored, "file")
      } here, but damaged at source: 'flatbed status' names them`,
    );
  }
  if (accepted > 0) {
    printError(
      `${
        formatCount(accepted, "accepted day")
      } left out; 'flatbed missing --list' names them`,
    );
  }
  return exitCode;
}
