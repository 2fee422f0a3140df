import { type Command, Option } from "commander";
import type { DataType } from "../../catalog/mod.ts";
import { delay } from "@std/async/delay";
import { describeWork, mayPass } from "../../base/mod.ts";
import { readDataTypes } from "../arguments.ts";
import {
  addConfigurationOption,
  chooseDataTypes,
} from "../configuration_option.ts";
import { connect, type ConnectionOptions } from "../connection.ts";
import { formatInstant } from "../format.ts";
import { InterruptedError, interruptSignal } from "../interrupt.ts";
import { parseLast } from "../date_options.ts";
import { readRange } from "../dates.ts";
import { explainError } from "../explain_error.ts";
import type { ActivityRun } from "../../mirror/mod.ts";
import { openMirror } from "../open_mirror.ts";
import { endWithError } from "../run_as_activity.ts";
import type { OutCommandOptions } from "../out_options.ts";
import { print, printError, printJson } from "../terminal.ts";
import { WatchSchedule } from "../watch_schedule.ts";
import { addSyncOptions, SYNC_FIELDS } from "./sync.ts";

interface WatchOptions extends ConnectionOptions, OutCommandOptions {
  dataTypes?: string[];
  last: string;
  memory?: number;
  decompress?: boolean;
  keepReplaced?: boolean;
  trustEtag?: boolean;
  json?: boolean;
}

/** Adds `flatbed watch`. */
export function addWatchCommand(program: Command): void {
  const command = program.command("watch")
    .summary("download each new trading day's files when they are published")
    .description(
      "Sync each trading day's files when they are due: about 11:00 in New York on the following day. If they are late, retry after increasing waits. Stops on SIGINT and SIGTERM.",
    )
    .argument(
      "[data-type...]",
      "which datasets; '*' stands for any text (default: those in the configuration)",
    )
    .addOption(
      new Option(
        "--last <time>",
        "how far back to look each time: trading days, weeks, months or years, as 5d, 2w, 3m or 1y",
      ).argParser(parseLast).default("7d"),
    )
    .option("--json", "one line of JSON for each event");
  addConfigurationOption(addSyncOptions(command), SYNC_FIELDS)
    .addHelpText(
      "after",
      `
Examples:
  flatbed watch stocks_daily stocks_minute --out /data/flatfiles
  flatbed watch 'options_*' --last 1m --json`,
    )
    .action(async (names: string[], options: WatchOptions) => {
      const dataTypes = readDataTypes(chooseDataTypes(names, options))
        .map(({ id }) => id);
      using interrupt = interruptSignal();
      try {
        await watch(dataTypes, options, interrupt.signal);
      } catch (error) {
        if (!(error instanceof InterruptedError)) throw error;
        if (!options.json) printError("Stopped");
      }
    });
}

async function watch(
  dataTypes: DataType[],
  options: WatchOptions,
  signal: AbortSignal,
): Promise<void> {
  const { json = false } = options;
  const schedule = new WatchSchedule(dataTypes);
  const shown: ShownWatch = { about: describeWork(dataTypes) };
  try {
    while (true) {
      const due = schedule.due(new Date());
      let until: Date | undefined;
      // Until there is a plan, all of them count as incomplete.
      const settle = (incomplete: readonly DataType[] = due): Date => {
        if (until === undefined) schedule.settle(due, incomplete, new Date());
        return until ??= schedule.next();
      };
      try {
        await syncOnce(due, options, { shown, settle, signal });
      } catch (error) {
        if (!mayPass(error)) throw error;
        printError(`flatbed: ${explainError(error, new Date())}`);
      }
      until = settle();
      if (json) printJson({ code: "waiting", until: until.toISOString() });
      else print(`Waiting until ${formatInstant(until)}`);
      await delay(Math.max(0, until.getTime() - Date.now()), { signal });
    }
  } catch (error) {
    if (shown.run !== undefined) await endWithError(shown.run, error);
    throw error;
  }
}

/** What others are shown of a watch. */
interface ShownWatch {
  readonly about: string;
  /** From the first sync on: it waits between them. */
  run?: ActivityRun;
}

/** Syncs once, and settles for which data types a later sync may fetch more files. */
async function syncOnce(
  dataTypes: DataType[],
  options: WatchOptions,
  { shown, settle, signal }: {
    shown: ShownWatch;
    settle(incomplete?: readonly DataType[]): Date;
    signal: AbortSignal;
  },
): Promise<void> {
  const { json = false, bucket } = options;
  const { syncMirror } = await import("../sync/sync_mirror.ts");
  const { printSummary } = await import("../sync/print_summary.ts");
  await using downloader = await connect(options);
  await using mirror = await openMirror(options, {
    downloader,
    bucket,
    decompress: options.decompress,
    command: "flatbed watch",
    transferMemory: options.memory,
  });
  const { about, run: continues } = shown;
  const run = shown.run = await mirror.beginActivity({ about, continues });
  try {
    const plan = await mirror.plan({
      dataTypes,
      ...readRange({ last: options.last }, dataTypes),
      signal,
    });
    const report = await syncMirror(mirror, plan, {
      maxConcurrent: options.maxConcurrent ?? 8,
      keepReplaced: options.keepReplaced ?? false,
      trustEtag: options.trustEtag ?? false,
      json,
      signal,
    });
    if (!json) printSummary(report, plan);
    // A file that is damaged at source may stay damaged for days: it is not retried early.
    await run.wait("waiting", settle(report.summary.incomplete));
  } catch (error) {
    // While the mirror is open: that in a bucket cannot be told later.
    if (mayPass(error)) {
      run.tell({ level: "error", text: explainError(error, new Date()) });
      await run.wait("waiting", settle());
    } else await endWithError(run, error);
    throw error;
  }
}
