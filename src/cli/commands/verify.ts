import type { Command } from "commander";
import { describeWork } from "../../base/mod.ts";
import type { VerifyEvent, VerifyReport } from "../../mirror/mod.ts";
import type { Shard } from "../../catalog/mod.ts";
import { readDataTypes } from "../arguments.ts";
import { CONNECTION_FIELDS, OUT_FIELDS } from "../configuration.ts";
import { addConfigurationOption } from "../configuration_option.ts";
import {
  addConnectionOptions,
  connect,
  type ConnectionOptions,
} from "../connection.ts";
import { ExitCode, failureCode } from "../exit_code.ts";
import { transferMemoryOption } from "../memory_option.ts";
import { interruptSignal } from "../interrupt.ts";
import { assertFolder } from "../folder_options.ts";
import { mayWriteTo, openMirror } from "../open_mirror.ts";
import {
  addOutOptions,
  isBucket,
  type OutCommandOptions,
} from "../out_options.ts";
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
import { print, printError, printJson, style } from "../terminal.ts";
import { notTogether } from "../usage.ts";

interface VerifyCommandOptions
  extends ConnectionOptions, OutCommandOptions, ShardOptions {
  full?: boolean;
  memory?: number;
  remote?: boolean;
  repair?: boolean;
  rebuild?: boolean;
  json?: boolean;
}

/** Adds `flatbed verify`. */
export function addVerifyCommand(
  program: Command,
  setExitCode: (code: number) => void,
): void {
  const command = program.command("verify")
    .summary("prove that a mirror is whole")
    .description(
      "Compare a mirror's files with what was downloaded: size and modification time; with --full also the SHA-256, with --remote also the bucket's current listing. What --full and --remote find is recorded. Other files in the folder are counted and left alone.",
    )
    .argument("[data-type...]", "only these; '*' stands for any text")
    .option(
      "--full",
      "read every file: check its SHA-256 and decompress it completely",
    )
    .option(
      "--remote",
      "compare with the bucket's listing (not with --full)",
    )
    .option(
      "--repair",
      "download again what is lost, damaged or outdated, and verify it",
    )
    .option(
      "--rebuild",
      "add untracked files that match the bucket's listing to the manifest; also recreates a lost manifest. Nothing is downloaded",
    )
    .addOption(transferMemoryOption())
    .option(
      "--json",
      "one line of JSON for each problem, and one for the summary",
    );
  addShardOptions(addConnectionOptions(addOutOptions(command)), {
    lists: true,
  });
  addConfigurationOption(command, [
    ...OUT_FIELDS,
    ...CONNECTION_FIELDS,
  ])
    .addHelpText(
      "after",
      `
Exit codes: 0 no problems, 1 problems found, 75 --repair failed and may not in some
minutes. A mirror is reported as whole only if the
gzip data of every file was checked too, on arrival or by --full. A file that is damaged
at source is exactly what the service has: 'flatbed sync' downloads it again once it is
replaced upstream.

Examples:
  flatbed verify --out /data/flatfiles
  flatbed verify 'stocks_*' --full --repair
  flatbed verify --remote
  flatbed verify --rebuild
  flatbed verify --full --shard 3/8`,
    )
    .action(async (names: string[], options: VerifyCommandOptions) => {
      const { full, remote, repair = false, rebuild = false, json = false } =
        options;
      if (full && remote) throw notTogether("--full", "--remote");
      const mode = full ? "full" : remote ? "remote" : "quick";
      const dataTypes = names.length > 0
        ? readDataTypes(names).map(({ id }) => id)
        : undefined;
      using interrupt = interruptSignal();
      const { signal } = interrupt;
      const isOnline = remote || repair || rebuild;
      const shard = await chooseShard(options);
      if (isOnline) await waitJitter(shard, options, signal);
      await using downloader = isOnline ? await connect(options) : undefined;
      if (rebuild && !isBucket(options.out)) await assertFolder(options.out);
      await using mirror = await openMirror(options, {
        mustExist: !rebuild,
        transferMemory: options.memory,
        downloader,
        bucket: options.bucket,
        readOnly: !repair && !rebuild,
        replaceDamaged: rebuild && shard === undefined,
        shard,
        maxListingAge: listingAgeOf(options),
        command: "flatbed verify",
      });
      const mayNote = await mayWriteTo(options.out);
      const about = `${describeWork(dataTypes)}, ${mode}${
        repair ? ", with repairs" : rebuild ? ", rebuilding the manifest" : ""
      }`;
      const exitCode = await runAsActivity(mirror, about, () =>
        runAsShard(
          mirror,
          "flatbed verify",
          mayNote ? shard : undefined,
          { mode, repair, rebuild, dataTypes },
          async () => {
            const { VerifyTeller } = await import("../verify/verify_teller.ts");
            const teller = new VerifyTeller();
            const report = await mirror.verify({
              mode,
              repair,
              rebuild,
              remember: mode !== "quick" && mayNote,
              dataTypes,
              signal,
              onEvent: (event) => json ? printEvent(event) : teller.tell(event),
            });
            if (json) {
              const { problems, ignored, ...summary } = report;
              printJson({
                code: "summary",
                ...summary,
                problems: problems.length,
                ignored: ignored.length,
              });
            } else {
              teller.end();
              await printReport(report, shard);
            }
            tellListingAge(report);
            const { tellMisplaced } = await import("../misplaced_files.ts");
            const isAnyMisplaced = tellMisplaced(report.ignored);
            // A rebuild that finds nothing where files lie has not done what was wanted.
            const isInVain = rebuild && report.checked === 0 && isAnyMisplaced;
            const { checked, released, bytes, problems } = report;
            return {
              exitCode: report.isSound && !isInVain
                ? ExitCode.Done
                : codeOf(report),
              counts: {
                files: checked + released,
                bytes,
                problems: problems.length,
              },
            };
          },
        ));
      setExitCode(exitCode);
    });
}

/** Where repairs failed, and nothing else is wrong, it may help to run it again. */
function codeOf({ isSound, problems }: VerifyReport): number {
  const left = problems.filter(({ code, isRepaired }) =>
    !isRepaired && code !== "withdrawn"
  );
  // Minutes do not help where upstream's own version is damaged.
  const lasts = left.some(({ code }) => code === "damaged-at-source");
  return isSound || lasts
    ? ExitCode.Failed
    : failureCode(left.map(({ error }) => error));
}

function printEvent(event: VerifyEvent): void {
  if (event.code !== "checked") printJson(event); // too many to be lines
}

const STYLE_OF_VERDICT = { bad: "red", empty: "bold", good: "green" } as const;

async function printReport(
  report: VerifyReport,
  shard: Shard | undefined,
): Promise<void> {
  const { describeVerifyReport } = await import("../../mirror/mod.ts");
  const messages = describeVerifyReport(report, {
    shard,
    mark: (text, verdict) => style(STYLE_OF_VERDICT[verdict], text),
  });
  for (const { level, text } of messages) {
    if (level === "error") printError(text);
    else print(text);
  }
}
