import type { Command } from "commander";
import type { KeptReason, ReleaseSummary } from "../../mirror/mod.ts";
import { readDataTypes } from "../arguments.ts";
import { OUT_FIELDS } from "../configuration.ts";
import { addConfigurationOption } from "../configuration_option.ts";
import { addRangeOptions, type DateOptions } from "../date_options.ts";
import { readRange } from "../dates.ts";
import { formatBytes } from "../../base/mod.ts";
import { ExitCode } from "../exit_code.ts";
import { formatCount, grouped } from "../format.ts";
import { interruptSignal } from "../interrupt.ts";
import { DEFAULT_FOLDER } from "../folder_options.ts";
import { openMirror } from "../open_mirror.ts";
import { addOutOptions, type OutCommandOptions } from "../out_options.ts";
import { runAsShard } from "../shard/run_as_shard.ts";
import {
  addShardOptions,
  chooseShard,
  type ShardOptions,
} from "../shard/shard_option.ts";
import { print, printError, printJson, style } from "../terminal.ts";

interface ReleaseCommandOptions
  extends DateOptions, OutCommandOptions, ShardOptions {
  dryRun?: boolean;
  force?: boolean;
  json?: boolean;
}

/** What a sentence about files that stay is made of. */
interface Words {
  are: string;
  them: string;
  /** The commands that tell more, in quotes. */
  entitlements: string;
  verify: string;
}

/** Why files stay, and what to do about it. */
const KEPT: Readonly<Record<KeptReason, (words: Words) => string>> = {
  "old": ({ are, them }) =>
    `${are} older than your plan lets you download. Use --force to delete ${them} anyway.`,
  "refused": ({ them, entitlements }) =>
    `your plan was found not to let you download ${them} again. Run ${entitlements} to ask anew, or use --force to delete ${them} anyway.`,
  "withdrawn": ({ them }) =>
    `the bucket does not list ${them} any more: this may be the last copy. Use --force to delete ${them} anyway.`,
  "perhaps-old": ({ are, them, entitlements }) =>
    `${are} older than two years, and your plan may no longer let you download ${them}. Run ${entitlements} to find out, or use --force to delete ${them} anyway.`,
  "changed": ({ are, them, verify }) =>
    `${are} not what was fetched. Run ${verify} to look into ${them}, or use --force to delete ${them} anyway.`,
};

/** Adds `flatbed release`. */
export function addReleaseCommand(
  program: Command,
  setExitCode: (code: number) => void,
): void {
  const command = program.command("release")
    .summary("free disk space, keeping a record of the files")
    .description(
      "Remove files and keep what the mirror knows of them: they are neither lost nor missing, and 'flatbed sync' downloads them again only with --released. Files removed or emptied by hand count as released from then on. No requests are sent: files that might not be downloadable again are kept, by what 'flatbed sync', 'entitlements' and 'verify --remote' have recorded.",
    )
    .argument("<data-type...>", "which datasets; '*' stands for any text");
  addShardOptions(addOutOptions(addRangeOptions(command)), {
    asksService: false,
  });
  addConfigurationOption(command, OUT_FIELDS)
    .option("--dry-run", "only show what would be done")
    .option(
      "--force",
      "also files that might not be downloadable again, or were changed",
    )
    .option("--json", "one line of JSON for each file, and one for the summary")
    .addHelpText(
      "after",
      `
Exit codes: 0 done, 1 files were kept that only --force releases.

Examples:
  flatbed release stocks_quotes --to 2023-12-31 --dry-run
  flatbed release stocks_quotes --to 2023-12-31
  flatbed sync stocks_quotes --from 2023-12-01 --to 2023-12-31 --released`,
    )
    .action(async (names: string[], options: ReleaseCommandOptions) => {
      const dataTypes = readDataTypes(names).map(({ id }) => id);
      const { json = false, dryRun = false, force = false } = options;
      using interrupt = interruptSignal();
      const shard = await chooseShard(options);
      await using mirror = await openMirror(options, {
        mustExist: true,
        readOnly: dryRun,
        shard,
        command: "flatbed release",
      });
      const range = readRange(options, dataTypes);
      const exitCode = await runAsShard(
        mirror,
        "flatbed release",
        dryRun ? undefined : shard,
        { dataTypes, ...range, force },
        async () => {
          const summary = await mirror.release({
            dataTypes,
            ...range,
            dryRun,
            force,
            signal: interrupt.signal,
            onEvent: (event) => {
              if (json) printJson(event);
            },
          });
          if (json) printJson({ code: "summary", ...summary, dryRun });
          else {
            const folder = options.out === DEFAULT_FOLDER
              ? ""
              : ` --out ${options.out}`;
            printSummary(summary, dryRun, ` ${dataTypes.join(" ")}${folder}`);
          }
          const { released: files, bytes, kept } = summary;
          const isAnyKept = Object.values(kept).some((count) => count > 0);
          return {
            exitCode: isAnyKept ? ExitCode.Failed : ExitCode.Done,
            counts: { files, bytes },
          };
        },
      );
      setExitCode(exitCode);
    });
}

function printSummary(
  { released, bytes, kept, releasedBefore }: ReleaseSummary,
  dryRun: boolean,
  where: string,
): void {
  const before = releasedBefore === 0
    ? ""
    : `; ${grouped(releasedBefore)} released before`;
  print(
    `${dryRun ? "Would release" : "Released"} ${
      style("bold", formatCount(released, "file"))
    }, ${formatBytes(bytes)}${before}`,
  );
  for (const [reason, describe] of Object.entries(KEPT)) {
    const count = kept[reason as KeptReason];
    if (count === 0) continue;
    const why = describe({
      are: count === 1 ? "it is" : "they are",
      them: count === 1 ? "it" : "them",
      entitlements: `'flatbed entitlements${where}'`,
      verify: `'flatbed verify${where} --full'`,
    });
    printError(`${formatCount(count, "file")} kept: ${why}`);
  }
}
