import type { Command } from "commander";
import type { VerifyEvent, VerifyReport } from "../../mirror/mod.ts";
import { readDataTypes } from "../arguments.ts";
import { addConfigurationOption, CONNECTION_FIELDS } from "../configuration.ts";
import {
  addConnectionOptions,
  connect,
  type ConnectionOptions,
} from "../connection.ts";
import { formatBytes, formatCount, formatDuration } from "../format.ts";
import { interruptSignal } from "../interrupt.ts";
import {
  addFolderOption,
  assertFolder,
  assertMirror,
} from "../mirror_options.ts";
import { print, printJson, style } from "../terminal.ts";
import { ExitCode, UsageError } from "../usage.ts";

interface VerifyCommandOptions extends ConnectionOptions {
  out: string;
  full?: boolean;
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
      "Compare a mirror's files with what was fetched: sizes and times, with --full every byte by its SHA-256, with --remote also with what the bucket lists now. Damaged and foreign files are named.",
    )
    .argument("[data-type...]", "only these; '*' stands for any text")
    .option("--full", "read every file: SHA-256, and gzip to its end")
    .option(
      "--remote",
      "compare with the bucket's listing (goes without --full)",
    )
    .option("--repair", "fetch again what is lost, damaged or outdated")
    .option(
      "--rebuild",
      "make a lost manifest anew from the files and the listing, without downloading",
    )
    .option(
      "--json",
      "one line of JSON for each problem, and one for the summary",
    );
  addConfigurationOption(addConnectionOptions(addFolderOption(command)), [
    "out",
    ...CONNECTION_FIELDS,
  ])
    .addHelpText(
      "after",
      `
Exit codes: 0 the mirror is whole, 1 it is not.

Examples:
  flatbed verify --out /data/flatfiles
  flatbed verify 'stocks_*' --full --repair
  flatbed verify --remote
  flatbed verify --rebuild`,
    )
    .action(async (names: string[], options: VerifyCommandOptions) => {
      const { full, remote, repair = false, rebuild = false, json = false } =
        options;
      if (full && remote) throw new UsageError("--full goes without --remote");
      const mode = full ? "full" : remote ? "remote" : "quick";
      const dataTypes = names.length > 0
        ? readDataTypes(names).map(({ id }) => id)
        : undefined;
      using interrupt = interruptSignal();
      const { signal } = interrupt;
      const isOnline = remote || repair || rebuild;
      await using downloader = isOnline ? await connect(options) : undefined;
      if (!rebuild) await assertMirror(options.out);
      else await assertFolder(options.out);
      const { Mirror } = await import("../../mirror/mod.ts");
      await using mirror = await Mirror.open(options.out, {
        downloader,
        bucket: options.bucket,
        readOnly: !repair && !rebuild,
        replaceDamaged: rebuild,
        command: "flatbed verify",
      });
      const report = await mirror.verify({
        mode,
        repair,
        rebuild,
        dataTypes,
        signal,
        onEvent: (event) => tell(event, json),
      });
      if (json) {
        const { problems, ...summary } = report;
        printJson({
          event: "summary",
          ...summary,
          problems: problems.length,
          isProven: isProven(report),
        });
      } else {
        printReport(report);
      }
      if (!isProven(report)) setExitCode(ExitCode.Failed);
    });
}

function tell(event: VerifyEvent, json: boolean): void {
  if (event.event === "checked") return;
  if (json) {
    const { error, ...rest } = { error: undefined, ...event };
    printJson(error === undefined ? rest : { ...rest, message: error.message });
  } else if (event.event === "problem") {
    print(`${style("red", event.kind.padEnd(9))}  ${event.message}`);
  } else if (event.event === "not-repaired") {
    print(`${style("red", "failed".padEnd(9))}  ${event.error.message}`);
  } else {
    print(`${style("green", event.event.padEnd(9))}  ${event.path}`);
  }
}

/** Whether every flat file in the folder is one of the mirror's, and whole. */
function isProven({ isWhole, problems }: VerifyReport): boolean {
  // What is no flat file is none of the mirror's business, and a part file is no file yet.
  return isWhole &&
    problems.every(({ kind, isRepaired }) =>
      isRepaired || kind === "foreign" || kind === "part"
    );
}

function printReport(report: VerifyReport): void {
  const { checked, bytes, problems, adopted, unproven, repaired, elapsed } =
    report;
  const left = problems.filter(({ isRepaired }) => !isRepaired).length;
  const parts = [`${formatCount(checked, "file")} checked`];
  if (bytes > 0) parts.push(`${formatBytes(bytes)} read`);
  if (adopted > 0) {
    parts.push(`${formatCount(adopted, "file")} taken into the manifest`);
  }
  if (unproven > 0) parts.push(`${unproven} of them not proven`);
  if (repaired > 0) parts.push(`${formatCount(repaired, "file")} mended`);
  parts.push(left === 0 ? "no problems" : formatCount(left, "problem"));
  const verdict = isProven(report)
    ? style("green", "The mirror is whole")
    : style("red", "The mirror is not whole");
  print(`${verdict}: ${parts.join(", ")} (${formatDuration(elapsed)})`);
}
