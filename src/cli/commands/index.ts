import type { Command } from "commander";
import { describeWork, formatBytes } from "../../base/mod.ts";
import type { AsyncS3Downloader } from "../../download/mod.ts";
import type {
  IndexEvent,
  IndexSummary,
  Message,
  NoIndexReason,
} from "../../mirror/mod.ts";
import { readDataTypes } from "../arguments.ts";
import { CONNECTION_FIELDS, OUT_FIELDS } from "../configuration.ts";
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
import { readRange } from "../dates.ts";
import { ExitCode, failureCode } from "../exit_code.ts";
import { openMirror } from "../open_mirror.ts";
import { addOutOptions, type OutCommandOptions } from "../out_options.ts";
import { interruptSignal } from "../interrupt.ts";
import { StatusLine } from "../status_line.ts";
import { readKeyOrPrefix } from "../names.ts";
import { messageLine } from "../print_message.ts";
import { runAsActivity } from "../run_as_activity.ts";
import { runAsShard } from "../shard/run_as_shard.ts";
import {
  addShardOptions,
  chooseShard,
  refuseShard,
  type ShardOptions,
  waitJitter,
} from "../shard/shard_option.ts";
import { print, printError, printJson, style } from "../terminal.ts";
import { UsageError } from "../usage.ts";

interface IndexCommandOptions
  extends ConnectionOptions, DateOptions, OutCommandOptions, ShardOptions {
  remote?: boolean;
  export?: string;
  json?: boolean;
}

/** Adds `flatbed index`. */
export function addIndexCommand(
  program: Command,
  setExitCode: (code: number) => void,
): void {
  const command = program.command("index")
    .summary("make the indexes that 'extract' reads parts of files by")
    .description(
      "Make the indexes that are lacking of files of 2 MB or more: with one, 'flatbed extract' reads only the parts of a file that may have the rows. 'flatbed sync' makes them while it checks what arrives.",
    )
    .argument(
      "[data-type...]",
      "which datasets (default: all in the mirror); '*' stands for any text",
    );
  addDateOptions(addOutOptions(command))
    .option(
      "--remote",
      "also days whose files are not in the mirror: each object is downloaded once, and only its index is kept",
    )
    .option(
      "--export <key>",
      "write the index of this object to the file that is named besides, in the format of indexed_gzip (GZIDX)",
    )
    .option(
      "--json",
      "one line of JSON for each index, and one for the summary",
    );
  addShardOptions(addConnectionOptions(command));
  addConfigurationOption(command, [
    ...CONNECTION_FIELDS,
    ...OUT_FIELDS,
  ])
    .addHelpText(
      "after",
      `
Exit codes: 0 done, 1 some could not be made, 3 objects of expected days were not to be had,
75 some could not be made, and may be in some minutes.

Examples:
  flatbed index
  flatbed index stocks_trades --from 2024-01-01
  flatbed index options_quotes --last 5d --remote
  flatbed index --export us_stocks_sip/trades_v1/2024/01/2024-01-02.csv.gz day.gzidx`,
    )
    .action(async (names: string[], options: IndexCommandOptions) => {
      if (options.export !== undefined) {
        refuseShard(options, "--export");
        return await exportIndex(options.export, names, options);
      }
      const { json = false } = options;
      let worst = Infinity;
      const failures: Error[] = [];
      using status = new StatusLine(!json);
      const exitCode = await makeIndexes(names, options, (event, message) => {
        if (event.code === "indexing") {
          const { dataType, date, size } = event;
          status.show(`indexing  ${dataType} ${date}: ${formatBytes(size)} …`);
          return;
        }
        status.clear();
        if (json) printJson(event);
        else printEvent(message);
        if (event.code === "not-indexed") {
          const code = EXIT_CODES[event.reason];
          // A failure is worse than an absence.
          if (code !== undefined) worst = Math.min(worst, code);
          if (code === ExitCode.Failed) failures.push(event.error);
        }
      }, async (summary) => {
        status.clear();
        if (json) printJson({ code: "summary", ...summary });
        else await printSummary(summary, options);
        if (failures.length > 0) return failureCode(failures);
        return worst === Infinity ? ExitCode.Done : worst;
      });
      setExitCode(exitCode);
    });
}

/** What the command exits with; nothing where there is nothing to be done about it. */
const EXIT_CODES: Readonly<Record<NoIndexReason, number | undefined>> = {
  "not-indexable": undefined,
  "damaged": ExitCode.Failed,
  "not-found": ExitCode.MissingUpstream,
  "access-denied": ExitCode.MissingUpstream,
  "failed": ExitCode.Failed,
};

async function makeIndexes(
  names: readonly string[],
  options: IndexCommandOptions,
  onEvent: (event: IndexEvent, message: Message | undefined) => void,
  onSummary: (summary: IndexSummary) => Promise<number>,
): Promise<number> {
  const { remote = false } = options;
  const dataTypes = names.length === 0
    ? undefined
    : readDataTypes(names).map(({ id }) => id);
  if (remote && dataTypes === undefined) {
    throw new UsageError("--remote needs data types");
  }
  if (remote && !haveDates({ ...options, to: undefined })) {
    throw new UsageError("--remote needs --date, --from or --last");
  }
  using interrupt = interruptSignal();
  const { signal } = interrupt;
  const shard = await chooseShard(options);
  if (remote) await waitJitter(shard, options, signal);
  await using downloader: AsyncS3Downloader | undefined = remote
    ? await connect(options)
    : undefined;
  // A sync may be running: indexes need no lock.
  await using mirror = await openMirror(options, {
    mustExist: !remote,
    readOnly: true,
    downloader,
    bucket: options.bucket,
    shard,
    command: "flatbed index",
  });
  const range = readRange(asRange(options), dataTypes);
  const args = { dataTypes, ...range, remote };
  const about = describeWork(dataTypes, range);
  return await runAsActivity(
    mirror,
    about,
    () =>
      runAsShard(mirror, "flatbed index", shard, args, async () => {
        const { describeIndexEvent } = await import("../../mirror/mod.ts");
        const summary = await mirror.index({
          dataTypes,
          ...range,
          remote,
          signal,
          onEvent: (event) => onEvent(event, describeIndexEvent(event)),
        });
        const { indexed: files, present, bytes, notIndexed: failed } = summary;
        return {
          exitCode: await onSummary(summary),
          counts: { files, present, bytes, failed },
        };
      }),
  );
}

/** A single date as a range. */
function asRange(options: DateOptions): DateOptions {
  const { date } = options;
  const isAlone = !haveDates({ ...options, date: undefined });
  return date !== undefined && isAlone ? { from: date, to: date } : options;
}

function printEvent(message: Message | undefined): void {
  if (message === undefined) return;
  const line = messageLine(message, {
    width: "indexed".length,
    good: "green",
  });
  if (message.level === "error") printError(line);
  else print(line);
}

async function printSummary(
  summary: IndexSummary,
  { out: location, remote = false }: IndexCommandOptions,
): Promise<void> {
  const { describeIndexSummary } = await import("../../mirror/mod.ts");
  const mark = (text: string) => style("bold", text);
  print(describeIndexSummary(summary, { location, remote, mark }).text);
}

/** Writes the index of an object in the format of indexed_gzip. */
async function exportIndex(
  name: string,
  paths: readonly string[],
  options: IndexCommandOptions,
): Promise<void> {
  const { out, bucket, endpointUrl } = options;
  const [path] = paths;
  if (path === undefined || paths.length > 1) {
    throw new UsageError(
      "--export needs one file: flatbed index --export KEY FILE",
    );
  }
  await using mirror = await openMirror(options, {
    mustExist: true,
    readOnly: true,
  });
  const plain = (path: string) => path.replace(/^(\.\/+)+/, "");
  const folder = `${plain(out)}/`;
  const inMirror = plain(name).startsWith(folder)
    ? plain(name).slice(folder.length)
    : name;
  const service = { bucket, ...(endpointUrl !== undefined && { endpointUrl }) };
  const key = readKeyOrPrefix(inMirror, service);
  const index = await mirror.rowIndex(key);
  if (index === undefined) {
    throw new Error(
      `There is no index of ${key} in ${out}: 'flatbed index' makes those of large files`,
    );
  }
  const { exportGzidx } = await import("../../gzip/mod.ts");
  const { openWholeFile } = await import("../../files/mod.ts");
  await using file = await openWholeFile(path);
  let size = 0;
  for (const bytes of exportGzidx(index.gzip)) {
    await file.write(bytes);
    size += bytes.length;
  }
  await file.finish();
  print(`Wrote ${path}, ${formatBytes(size)}`);
}
