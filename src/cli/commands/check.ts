import { describeNoDays } from "../../catalog/mod.ts";
import type { Command } from "commander";
import { MarketCalendar } from "../../calendar/mod.ts";
import { readDataTypes } from "../arguments.ts";
import { OUT_FIELDS } from "../configuration.ts";
import { addConfigurationOption } from "../configuration_option.ts";
import { addDateOptions, type DateOptions } from "../date_options.ts";
import { CheckPrinter } from "../check/check_printer.ts";
import { mayKeepIndexes, openMirror } from "../open_mirror.ts";
import { addOutOptions, type OutCommandOptions } from "../out_options.ts";
import { interruptSignal } from "../interrupt.ts";
import { findMirrorRange, readMirrorRange } from "../mirror_range.ts";
import { print, printError, printJson, style } from "../terminal.ts";
import { zoneClock } from "../zone_clock.ts";

interface CheckCommandOptions extends DateOptions, OutCommandOptions {
  json?: boolean;
}

/** Adds `flatbed check`. */
export function addCheckCommand(program: Command): void {
  const command = program.command("check")
    .summary("say what stands out in days, before you trust them")
    .description(
      "Say what you would want to know before trusting a day, by its index alone: its rows, tickers and times, and what stands out. These are hints: 'flatbed verify' proves that files are what the service has. An index that is lacking is made of the mirror's file. No requests are sent.",
    )
    .argument("<data-type...>", "which datasets; '*' stands for any text");
  addConfigurationOption(addDateOptions(addOutOptions(command)), OUT_FIELDS)
    .option("--json", "one line of JSON for each day")
    .addHelpText(
      "after",
      `
What stands out is told below a day: times that are not of the file's day; a last time
more than 10 minutes before the market closes; columns that are not those of the day
before; less than half, or more than twice, as many rows or tickers as usual, by the
median of the five days before whose session is as long. Without dates, all days in the
mirror are looked at. Times are on the market's clock.

Exit codes: 0 whatever stands out.

Examples:
  flatbed check options_trades --date 2024-06-10
  flatbed check stocks_minute --last 1m
  flatbed check 'stocks_*' --date yesterday
  flatbed check stocks_trades --from 2024-01-01 --json`,
    )
    .action(async (names: string[], options: CheckCommandOptions) => {
      const { json = false } = options;
      const datasets = readDataTypes(names);
      using interrupt = interruptSignal();
      await using mirror = await openMirror(options, {
        mustExist: true,
        readOnly: true,
        command: "flatbed check",
      });
      const read = datasets.length === 1 ? readMirrorRange : findMirrorRange;
      const ranges = await Promise.all(
        datasets.map(async (dataset) =>
          [dataset, await read(mirror, dataset, options)] as const
        ),
      );
      const keepIndexes = await mayKeepIndexes(mirror, options);
      const { signal } = interrupt;
      for (const [dataset, range] of ranges) {
        if (range === undefined) continue;
        const { id, calendar } = dataset;
        const query = { ...range, dataType: id, keepIndexes, signal };
        const days = mirror.check<string>(query);
        if (json) {
          for await (const day of days) printJson(day);
          continue;
        }
        if (ranges.length > 1) print(style("bold", id));
        const { timeZone } = MarketCalendar.for(calendar);
        const printer = new CheckPrinter(zoneClock(timeZone));
        for await (const day of days) printer.add(day);
        if (printer.isEmpty) printError(describeNoDays(dataset, range));
        else printer.end();
      }
    });
}
