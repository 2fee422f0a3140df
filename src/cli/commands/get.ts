import type { Command } from "commander";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { CONNECTION_FIELDS, OUT_FIELDS } from "../configuration.ts";
import { addConfigurationOption } from "../configuration_option.ts";
import {
  addConnectionOptions,
  connect,
  type ConnectionOptions,
  rateOption,
} from "../connection.ts";
import { addDateOptions, type DateOptions } from "../date_options.ts";
import { readDates } from "../dates.ts";
import { formatBytes, formatCount } from "../../base/mod.ts";
import type { ActivityRun } from "../../mirror/mod.ts";
import { describeNoDays, isOfShard } from "../../catalog/mod.ts";
import { readKeys } from "../get/read_keys.ts";
import { ExitCode, failureCode } from "../exit_code.ts";
import { interruptSignal } from "../interrupt.ts";
import { assertSafeKey, assertSafeOutput, matchDatasets } from "../names.ts";
import { openMirror } from "../open_mirror.ts";
import {
  addOutOptions,
  isBucket,
  type OutCommandOptions,
} from "../out_options.ts";
import { S3Catalog } from "../../catalog/mod.ts";
import { transferMemoryOption } from "../memory_option.ts";
import { addQuietOption } from "../quiet_option.ts";
import { runAsActivity } from "../run_as_activity.ts";
import { runAsShard } from "../shard/run_as_shard.ts";
import {
  addShardOptions,
  chooseShard,
  refuseShard,
  type ShardOptions,
  waitJitter,
} from "../shard/shard_option.ts";
import {
  isStandardOutput,
  print,
  printError,
  printJson,
  printNote,
  printText,
  style,
  tellHeldBack,
} from "../terminal.ts";
import { addTrustEtagOption } from "../trust_etag_option.ts";
import { notTogether, UsageError } from "../usage.ts";

interface GetOptions
  extends ConnectionOptions, DateOptions, OutCommandOptions, ShardOptions {
  output?: string;
  memory?: number;
  decompress?: boolean;
  dryRun?: boolean;
  trustEtag?: boolean;
  optional?: boolean;
  json?: boolean;
}

/** Adds `flatbed get`. */
export function addGetCommand(
  program: Command,
  setExitCode: (code: number) => void,
): void {
  const command = program.command("get")
    .summary("download files")
    .description(
      "Download files by key, or by data type and dates. Each file is stored in the folder under its key. Files that are already there and not older than the object are skipped.",
    )
    .argument(
      "<key or data-type...>",
      "keys, also as URLs such as s3://flatfiles/us_stocks_sip/...; or data types with --date, --from or --last, where '*' stands for any text",
    );
  addOutOptions(
    addDateOptions(command),
    "where the files go: a folder, or s3://bucket/prefix",
  );
  addQuietOption(addTrustEtagOption(command))
    .option(
      "--output <file>",
      "where to write a single object; - for standard output",
    )
    .option(
      "--optional",
      "include optional days, which may or may not have a file, such as a forex Saturday",
    )
    .option("--decompress", "store decompressed files instead of the .gz files")
    .option("--no-decompress", "store the .gz files (default)")
    .addOption(rateOption())
    .addOption(transferMemoryOption())
    .option("--dry-run", "only show what would be downloaded")
    .option(
      "--json",
      "one line of JSON for each file, and one for the summary",
    );
  addShardOptions(addConnectionOptions(command));
  addConfigurationOption(command, [
    ...OUT_FIELDS,
    "decompress",
    "limitRate",
    ...CONNECTION_FIELDS,
  ])
    .addHelpText(
      "after",
      `
Examples:
  flatbed get stocks_daily --from 2024-01-01 --to 2024-01-31 --out data
  flatbed get stocks_minute --last 5d --dry-run
  flatbed get us_stocks_sip/day_aggs_v1/2024/01/2024-01-02.csv.gz
  flatbed get stocks_daily --date 2024-01-02 --decompress --output - | head`,
    )
    .action(async (names: string[], options: GetOptions) => {
      const all = readKeys(names, options);
      const shard = await chooseShard(options);
      const keys = all.filter((key) => isOfShard(key, shard));
      if (all.length > 0 && keys.length === 0) {
        printNote("Nothing to fetch: no such file belongs to this shard");
        return;
      }
      if (keys.length === 0) {
        const [first = ""] = names;
        const [dataset] = matchDatasets(first, options);
        const dates = dataset && readDates(options, dataset);
        printError(
          `Nothing to fetch: ${
            dataset !== undefined && dates !== undefined
              ? lowerThere(describeNoDays(dataset, dates))
              : "there is no trading day in that time"
          }`,
        );
        return;
      }
      if (options.output !== undefined) {
        refuseShard(options, "--output");
        if (keys.length !== 1) {
          throw new UsageError(
            `--output takes one object, but ${keys.length} are named`,
          );
        }
        if (options.dryRun) {
          throw notTogether("--dry-run", "--output");
        }
      }
      using interrupt = interruptSignal();
      const { signal } = interrupt;
      const { bucket, json = false, dryRun = false } = options;
      const { trustEtag = false } = options;
      const [key = ""] = keys;
      const { output } = options;
      if (output === undefined) keys.forEach(assertSafeKey);
      else assertSafeOutput(output);
      if (output === undefined && isBucket(options.out)) assertFlatFiles(keys);
      await waitJitter(shard, options, signal);
      await using downloader = await connect(options);
      if (output !== undefined && isStandardOutput(output)) {
        const { decompress = false } = options;
        if (!decompress && key.endsWith(".gz") && Deno.stdout.isTerminal()) {
          throw new UsageError(
            "gzip data cannot be shown on a terminal: add --decompress, or redirect the output to a file or a program",
          );
        }
        const { writeObject } = await import("../write_object.ts");
        return await writeObject(downloader, bucket, key, decompress, signal);
      }
      const { getFiles } = await import("../get/get_files.ts");
      const { describeSummary } = await import("../get/get_summary.ts");
      const { tellDamaged } = await import("../get/tell_damaged.ts");
      const folder = output === undefined
        ? options.out
        : folderOfKey(output, key);
      await using mirror = folder === undefined ||
          !isBucket(folder) && !hasManifest(folder)
        ? undefined
        : await openMirror({ ...options, out: folder }, {
          transferMemory: options.memory,
          downloader,
          bucket,
          decompress: output === undefined
            ? options.decompress
            : !output.endsWith(".gz"),
          readOnly: dryRun,
          shard,
          command: "flatbed get",
        });
      const decompress = mirror?.decompress ?? options.decompress ?? false;
      if (output !== undefined && mirror === undefined) {
        const file = await downloader.downloadToFile(bucket, key, output, {
          decompress,
          signal,
          trustEtag,
        });
        if (file.gzip === "damaged") {
          tellDamaged({
            ...file,
            gzipFault: file.gzipFault ?? "is not whole",
            place: file.path === output ? "fetched" : "beside",
          }, json);
          setExitCode(ExitCode.Failed);
        } else if (json) printJson({ code: "fetched", ...file });
        else print(`fetched  ${file.path}  ${formatBytes(file.bytes)}`);
        return;
      }
      const work = async (activity?: ActivityRun) => {
        activity?.begin("fetching", { files: keys.length });
        const { summary, failures, error } = await getFiles(downloader, keys, {
          bucket,
          out: folder ?? options.out,
          mirror,
          activity,
          decompress,
          trustEtag,
          maxConcurrent: options.maxConcurrent ?? 8,
          dryRun,
          json,
          signal,
        });
        const { totalRetries } = downloader.getStatistics();
        const text = describeSummary(summary, totalRetries, decompress);
        activity?.conclude("get", { level: "info", text });
        if (json) {
          printJson({
            code: "summary",
            ...summary,
            elapsed: Math.round(summary.elapsed),
          });
        } else {
          printText(style("bold", text));
        }
        if (
          error !== undefined || summary.failed + summary.damagedAtSource > 0
        ) {
          tellHeldBack();
        }
        if (error !== undefined) throw error;
        const { damagedAtSource, failed, fetched: files, present, bytes } =
          summary;
        return {
          exitCode: damagedAtSource > 0
            ? ExitCode.Failed
            : failed > 0
            ? failureCode(failures)
            : ExitCode.Done,
          counts: { files, present, failed, bytes },
        };
      };
      const { exitCode } = mirror === undefined ? await work() : {
        exitCode: await runAsActivity(
          mirror,
          dryRun ? undefined : formatCount(keys.length, "file"),
          (activity) =>
            runAsShard(
              mirror,
              "flatbed get",
              dryRun ? undefined : shard,
              { keys, bucket },
              () => work(activity),
            ),
        ),
      };
      setExitCode(exitCode);
    });
}

/** Asserts that all keys have a place in a mirror: other objects do not get into its bucket. */
function assertFlatFiles(keys: readonly string[]): void {
  const catalog = new S3Catalog(undefined, { layout: "live" });
  const other = keys.find((key) => !catalog.validateKey(key));
  if (other === undefined) return;
  throw new UsageError(
    `Cannot get '${other}' into a bucket: it is no flat file's key of the live layout; --output FILE writes it to this machine`,
  );
}

/** Lowers the first letter of a sentence that begins with 'There'. */
function lowerThere(text: string): string {
  return text.replace(/^There/, "there");
}

/** The folder in which a path is the object's key, with or without `.gz`; `undefined` if the path does not end with the key. */
function folderOfKey(path: string, key: string): string | undefined {
  return [key, key.replace(/\.gz$/, "")]
    .filter((name) => resolve(path).endsWith(`/${name}`))
    .map((name) => resolve(path).slice(0, -name.length - 1)).at(0);
}

/** Whether a folder has a mirror's manifest. */
function hasManifest(folder: string): boolean {
  return existsSync(`${folder}/.flatbed/manifest.sqlite`);
}
