import type { Command } from "commander";
import { readFirstLines } from "../../rows/mod.ts";
import { S3Catalog } from "../../catalog/mod.ts";
import { ExitCode } from "../exit_code.ts";
import { formatCount, formatDuration, formatTable } from "../format.ts";
import { interruptSignal } from "../interrupt.ts";
import { addFolderOption } from "../folder_options.ts";
import { print, printJson, style } from "../terminal.ts";

/** What the demo downloads. */
const DATA_TYPES = ["stocks_daily", "options_daily"] as const;
const FROM = "2024-01-01";
const TO = "2024-01-31";
/** How many rows of a file it shows. */
const ROWS = 5;
/** How large the files are: about as large as the real stock files. */
const SCALE = 25;
/** How many objects it downloads at once. */
const CONCURRENCY = 8;

interface DemoOptions {
  out: string;
  json?: boolean;
}

/** Adds `flatbed demo`. */
export function addDemoCommand(
  program: Command,
  setExitCode: (code: number) => void,
): void {
  const command = program.command("demo")
    .summary("download a month of made-up data from a service on this machine")
    .description(
      "Start the S3 service with made-up data on this machine, and download a month of daily stock and option files from it: through the same client, signatures and checks as from the real one.",
    );
  addFolderOption(command, "the folder for the files", "./flatbed-demo")
    .option("--json", "one line of JSON for each file, and one for the summary")
    .addHelpText(
      "after",
      `
Examples:
  flatbed demo
  flatbed demo --out /tmp/demo`,
    )
    .action(async ({ out, json = false }: DemoOptions) => {
      const started = performance.now();
      const { AsyncS3Downloader } = await import("../../download/mod.ts");
      const { getFiles } = await import("../get/get_files.ts");
      const { describeSummary } = await import("../get/get_summary.ts");
      const { startDemoServer } = await import("../../demo/mod.ts");
      using interrupt = interruptSignal();
      const { signal } = interrupt;
      await using server = startDemoServer({ scale: SCALE });
      await using downloader = new AsyncS3Downloader(server.credentials, {
        endpointUrl: server.url,
        maxConcurrent: CONCURRENCY,
      });
      const catalog = new S3Catalog(server.bucket, { layout: "live" });
      const keys = DATA_TYPES.flatMap((dataType) =>
        catalog.getDateRangeKeys(dataType, FROM, TO)
      );
      if (!json) {
        print(style("bold", "Flatbed demo: a month of made-up market data"));
        print(
          `An S3 service on this machine, ${server.url}, plays the real one.\n`,
        );
        for (const dataType of DATA_TYPES) {
          const days = catalog.getDateRangeKeys(dataType, FROM, TO).length;
          print(
            `${dataType.padEnd(14)} ${
              formatCount(days, "trading day")
            }, ${FROM} to ${TO}`,
          );
        }
        print();
      }
      const { summary, error } = await getFiles(downloader, keys, {
        bucket: server.bucket,
        out,
        decompress: false,
        trustEtag: false,
        maxConcurrent: CONCURRENCY,
        json,
        signal,
      });
      const statistics = downloader.getStatistics();
      const elapsed = performance.now() - started;
      if (summary.failed + summary.damagedAtSource > 0) {
        setExitCode(ExitCode.Failed);
      }
      if (json) {
        printJson({
          code: "summary",
          ...summary,
          elapsed: Math.round(elapsed),
          statistics,
        });
        if (error !== undefined) throw error;
        return;
      }
      print(
        style(summary.failed > 0 ? "red" : "green", describeSummary(summary)),
      );
      if (error !== undefined) throw error;
      const [first = ""] = keys;
      if (summary.failed === 0) await showRows(`${out}/${first}`);
      print(style("bold", "\nStatistics"));
      formatTable([
        ["downloads", `${statistics.totalDownloads}`],
        ["successful", `${statistics.successfulDownloads}`],
        ["failed", `${statistics.failedDownloads}`],
        ["retries", `${statistics.totalRetries}`],
        ["elapsed", formatDuration(elapsed)],
      ], [1]).forEach((line) => print(`  ${line}`));
      showNext(out);
    });
}

async function showRows(path: string): Promise<void> {
  print(style("bold", `\nThe first rows of ${path}, decompressed`));
  for await (const line of readFirstLines(path, ROWS + 1)) print(`  ${line}`);
}

function showNext(out: string): void {
  print(style("bold", "\nWhat to try next"));
  print(
    `  npx -y deno task demo                    again: nothing is fetched twice
  ls ${out}/us_stocks_sip/day_aggs_v1/2024/01
  npx -y deno task flatbed calendar 2024   trading days, holidays, early closes
  npx -y deno task flatbed datasets        all that the real service has
  npx -y deno task flatbed serve           the service of this demo, for your own scripts
  npx -y deno task flatbed --help`,
  );
}
