import type { Command } from "commander";
import { describeWork, passesSoon } from "../../base/mod.ts";
import { describeNoDays, getDataset, getFileDates } from "../../catalog/mod.ts";
import type { Plan } from "../../mirror/mod.ts";
import { readDataTypes } from "../arguments.ts";
import {
  type ConfigurationField,
  CONNECTION_FIELDS,
  OUT_FIELDS,
} from "../configuration.ts";
import {
  addConfigurationOption,
  chooseDataTypes,
} from "../configuration_option.ts";
import {
  addConnectionOptions,
  connect,
  type ConnectionOptions,
  rateOption,
} from "../connection.ts";
import { addRangeOptions, type DateOptions } from "../date_options.ts";
import { readRange } from "../dates.ts";
import { FirstRun } from "../first_run.ts";
import { interruptSignal } from "../interrupt.ts";
import { openMirror } from "../open_mirror.ts";
import { addOutOptions, type OutCommandOptions } from "../out_options.ts";
import { transferMemoryOption } from "../memory_option.ts";
import { addQuietOption } from "../quiet_option.ts";
import { printJson, printNote, tellHeldBack } from "../terminal.ts";
import { countsOf } from "../sync/counts_of.ts";
import { runAsActivity } from "../run_as_activity.ts";
import { runAsShard } from "../shard/run_as_shard.ts";
import {
  addShardOptions,
  chooseShard,
  listingAgeOf,
  type ShardOptions,
  tellListingAge,
  waitJitter,
} from "../shard/shard_option.ts";
import { checkSplit, splitOption } from "../shard/split_option.ts";
import { ExitCode } from "../exit_code.ts";
import { addTrustEtagOption } from "../trust_etag_option.ts";

interface SyncCommandOptions
  extends ConnectionOptions, DateOptions, OutCommandOptions, ShardOptions {
  dataTypes?: string[];
  decompress?: boolean;
  dryRun?: boolean;
  memory?: number;
  released?: boolean;
  keepReplaced?: boolean;
  trustEtag?: boolean;
  parquet?: boolean;
  split?: number;
  json?: boolean;
}

/** Gives a command the options of a sync. */
export function addSyncOptions(command: Command): Command {
  addOutOptions(command)
    .option("--decompress", "store decompressed files instead of the .gz files")
    .option("--no-decompress", "store the .gz files (default)")
    .addOption(rateOption())
    .addOption(transferMemoryOption())
    .option(
      "--keep-replaced",
      "keep versions that were replaced upstream, in .flatbed/replaced/",
    )
    .option("--no-keep-replaced", "delete them (default)");
  addTrustEtagOption(command);
  return addConnectionOptions(command);
}

/** The fields of a configuration that say how to sync. */
export const SYNC_FIELDS: readonly ConfigurationField[] = [
  "dataTypes",
  ...OUT_FIELDS,
  "decompress",
  "limitRate",
  "keepReplaced",
  ...CONNECTION_FIELDS,
];

/** Whether a mirror is the whole of a bucket, which may hold anything besides: it is not listed for that. */
function isWholeBucket(out: string): boolean {
  return /^s3:\/\/[^/]+\/*$/i.test(out);
}

/** Whether a file is expected on any day of a plan, whichever shard it belongs to. */
function isAnyExpected({ ranges }: Plan): boolean {
  return ranges.some(({ dataType, from, to }) =>
    from <= to && getFileDates(dataType, from, to).length > 0
  );
}

/** Adds `flatbed sync`. */
export function addSyncCommand(
  program: Command,
  setExitCode: (code: number) => void,
): void {
  const command = program.command("sync")
    .summary("keep a folder complete")
    .description(
      "Keep a folder complete: download what is missing or was replaced upstream, and verify every file. Existing files, from 'flatbed get' or another tool, are kept if they match the bucket's listing. Without --from it starts at the oldest date that the account can read. Run it again at any time: it resumes where it stopped.",
    )
    .argument(
      "[data-type...]",
      "which datasets; '*' stands for any text (default: those in the configuration)",
    );
  addQuietOption(addRangeOptions(command))
    .option("--dry-run", "only show what would be done")
    .option("--released", "download again what 'flatbed release' removed")
    .option(
      "--parquet",
      "then make Parquet files of what is there, as 'flatbed parquet' does",
    )
    .addOption(splitOption())
    .option(
      "--json",
      "one line of JSON for each event, and one for the summary",
    );
  addShardOptions(addSyncOptions(command), { lists: true });
  addConfigurationOption(command, [...SYNC_FIELDS, "from"])
    .addHelpText(
      "after",
      `
Exit codes: 0 every file that is due is there, 1 something failed, was refused or is
damaged at source, 3 a file that is due is missing upstream, 75 all that failed may be had
in some minutes. A refused file older than the plan's history is not a failure, unless it
was lost or damaged locally.

Examples:
  flatbed sync                                  # uses flatbed.json
  flatbed sync stocks_minute --from 2020-01-01
  flatbed sync 'stocks_*' 'options_daily' --last 1y --out /data/flatfiles
  flatbed sync futures_cme_trades --last 5d --dry-run
  flatbed sync stocks_quotes --from 2024-01-01 --limit-rate 20M
  flatbed sync stocks_minute --last 1y --parquet
  flatbed sync stocks_quotes --from 2024-01-01 --shard 3/8   # on the third of eight machines
  flatbed sync options_quotes --last 5d --shard 3/8 --split 10G   # all eight share each large file`,
    )
    .action(async (names: string[], options: SyncCommandOptions) => {
      const dataTypes = readDataTypes(chooseDataTypes(names, options))
        .map(({ id }) => id);
      const { from, to } = readRange(options, dataTypes);
      const { json = false, dryRun = false, bucket } = options;
      using interrupt = interruptSignal();
      const { signal } = interrupt;
      const shard = await chooseShard(options);
      checkSplit(options, shard);
      await waitJitter(shard, options, signal);
      await using firstRun = await FirstRun.begin(options.out);
      await using downloader = await connect(options);
      const { EXIT_CODE_OF_OUTCOME, syncMirror } = await import(
        "../sync/sync_mirror.ts"
      );
      const { describeConcerns, describeLackOfSpace } = await import(
        "../../mirror/mod.ts"
      );
      const { printPlan } = await import("../sync/print_plan.ts");
      const { printSentence } = await import("../print_sentence.ts");
      const { printSummary } = await import("../sync/print_summary.ts");
      await using mirror = await openMirror(options, {
        downloader,
        bucket,
        decompress: options.decompress,
        readOnly: dryRun,
        shard,
        maxListingAge: listingAgeOf(options),
        command: "flatbed sync",
        transferMemory: options.memory,
      });
      // Somebody may mean files that lie elsewhere in the folder.
      const isNew = shard === undefined && mirror.entries().length === 0;
      if (isNew && !isWholeBucket(options.out)) {
        const { tellMisplaced } = await import("../misplaced_files.ts");
        tellMisplaced((await mirror.verify({ signal })).ignored);
      }
      const about = dryRun ? undefined : describeWork(dataTypes, { from, to });
      const exitCode = await runAsActivity(mirror, about, () =>
        runAsShard(
          mirror,
          "flatbed sync",
          dryRun ? undefined : shard,
          {
            ...{ dataTypes, from, to, bucket, released: options.released },
            ...{ parquet: options.parquet, split: options.split },
          },
          async (note) => {
            const plan = await mirror.plan({
              dataTypes,
              from,
              to,
              released: options.released ?? false,
              split: options.split,
              signal,
            });
            tellListingAge(plan);
            const { location } = mirror;
            if (!json) {
              describeConcerns(plan, { location, isDryRun: dryRun })
                .forEach(printSentence);
            }
            if (dryRun) {
              if (json) printJson({ code: "plan", ...plan });
              else {
                printPlan(plan, options.limitRate);
                const lack = describeLackOfSpace(
                  await mirror.space(plan, { signal }),
                  location,
                );
                if (lack !== undefined) printSentence(lack);
              }
              return { exitCode: ExitCode.Done };
            }
            const report = await syncMirror(mirror, plan, {
              maxConcurrent: options.maxConcurrent ?? 8,
              keepReplaced: options.keepReplaced ?? false,
              trustEtag: options.trustEtag ?? false,
              json,
              signal,
              onCounts: note,
            });
            firstRun.succeed();
            if (!json) {
              printSummary(report, plan);
              if (plan.items.length === 0) {
                const [begins] = dataTypes.map((id) => getDataset(id).firstDate)
                  .sort();
                const [dataType] = dataTypes;
                printNote(
                  shard !== undefined && isAnyExpected(plan)
                    ? "No day of that time belongs to this shard"
                    : typeof to === "string" && begins !== undefined &&
                        to < begins
                    ? `There is nothing before ${begins}`
                    : typeof from === "string" && from === to &&
                        dataType !== undefined
                    ? describeNoDays(getDataset(dataType), { from, to: from })
                    : "There is no trading day in that time",
                );
              }
            }
            let { outcome } = report.summary;
            if (options.parquet) {
              const { makeParquet } = await import("../make_parquet.ts");
              const { failures, ...summary } = await makeParquet(
                mirror,
                { dataTypes, from, to, signal },
                json,
              );
              if (json) printJson({ code: "parquet-summary", ...summary });
              if (failures.length > 0 && outcome !== "failed") {
                outcome = failures.every(passesSoon) ? "try-again" : "failed";
              }
            }
            if (outcome !== "complete") tellHeldBack();
            return {
              exitCode: EXIT_CODE_OF_OUTCOME[outcome],
              counts: countsOf(report.summary),
            };
          },
        ));
      setExitCode(exitCode);
    });
}
