import type { Command } from "commander";
import { describeWork } from "../../base/mod.ts";
import { readDataTypes } from "../arguments.ts";
import { OUT_FIELDS } from "../configuration.ts";
import { addConfigurationOption } from "../configuration_option.ts";
import { addRangeOptions, type DateOptions } from "../date_options.ts";
import { readRange } from "../dates.ts";
import { ExitCode, failureCode } from "../exit_code.ts";
import { openMirror } from "../open_mirror.ts";
import {
  addOutOptions,
  isBucket,
  type OutCommandOptions,
} from "../out_options.ts";
import { interruptSignal } from "../interrupt.ts";
import { addMemoryOption } from "../memory_option.ts";
import { UsageError } from "../usage.ts";
import { runAsActivity } from "../run_as_activity.ts";
import { runAsShard } from "../shard/run_as_shard.ts";
import {
  addShardOptions,
  chooseShard,
  type ShardOptions,
} from "../shard/shard_option.ts";
import { printJson } from "../terminal.ts";

interface ParquetCommandOptions
  extends DateOptions, OutCommandOptions, ShardOptions {
  parquetOut?: string;
  memory?: number;
  dropSource?: boolean;
  json?: boolean;
}

/** Adds `flatbed parquet`. */
export function addParquetCommand(
  program: Command,
  setExitCode: (code: number) => void,
): void {
  const command = program.command("parquet")
    .summary("make a Parquet file of each file, and keep them current")
    .description(
      "Make Parquet files of the mirror's files, one a day: typed alike in all years, and sorted by ticker and time. Only what is new, replaced or was removed is made; run it again at any time, or let 'flatbed sync --parquet' do it. DuckDB does the work, in processes of its own; its package is downloaded from npm's registry at the first use. The service is not asked.",
    )
    .argument(
      "[data-type...]",
      "which datasets (default: all in the mirror); '*' stands for any text",
    );
  addMemoryOption(
    addRangeOptions(addOutOptions(command))
      .option(
        "--parquet-out <dir>",
        "where the Parquet files go (default: the folder parquet in the mirror)",
      ),
  )
    .option(
      "--drop-source",
      "release each file, as 'flatbed release' does, once its Parquet file is proven to have the same rows",
    )
    .option(
      "--json",
      "one line of JSON for each file, and one for the summary",
    );
  addShardOptions(command, { asksService: false });
  addConfigurationOption(command, OUT_FIELDS)
    .addHelpText(
      "after",
      `
Exit codes: 0 done, 1 some could not be made, or files stay that --drop-source did not release.

Examples:
  flatbed parquet
  flatbed parquet stocks_minute --from 2024-01-01
  flatbed parquet 'options_*' --last 1y --parquet-out /data/parquet --memory 4G`,
    )
    .action(async (names: string[], options: ParquetCommandOptions) => {
      const dataTypes = names.length === 0
        ? undefined
        : readDataTypes(names).map(({ id }) => id);
      if (options.parquetOut !== undefined && isBucket(options.out)) {
        throw new UsageError(
          "--parquet-out is for a mirror in a folder: the Parquet files of a bucket go into the bucket, below parquet/",
        );
      }
      using interrupt = interruptSignal();
      const shard = await chooseShard(options);
      const { makeParquet } = await import("../make_parquet.ts");
      await using mirror = await openMirror(options, {
        mustExist: true,
        shard,
        command: "flatbed parquet",
      });
      const { json = false } = options;
      const range = readRange(options, dataTypes);
      const about = describeWork(dataTypes, range);
      const exitCode = await runAsActivity(mirror, about, () =>
        runAsShard(
          mirror,
          "flatbed parquet",
          shard,
          { dataTypes, ...range, dropSource: options.dropSource },
          async () => {
            const { failures, ...summary } = await makeParquet(mirror, {
              dataTypes,
              ...range,
              folder: options.parquetOut,
              memory: options.memory,
              dropSource: options.dropSource ?? false,
              signal: interrupt.signal,
            }, json);
            if (json) printJson({ code: "summary", ...summary });
            const { converted: files, present, failed, kept, bytes } = summary;
            return {
              exitCode: kept > 0
                ? ExitCode.Failed
                : failed > 0
                ? failureCode(failures)
                : ExitCode.Done,
              counts: { files, present, failed, bytes },
            };
          },
        ));
      setExitCode(exitCode);
    });
}
