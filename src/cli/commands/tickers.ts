import type { Command } from "commander";
import { didYouMean, FlatbedError, nearest } from "../../base/mod.ts";
import { MarketCalendar } from "../../calendar/mod.ts";
import {
  type Dataset,
  describeNoDays,
  getFileDates,
} from "../../catalog/mod.ts";
import { readDataType } from "../arguments.ts";
import { OUT_FIELDS } from "../configuration.ts";
import { addConfigurationOption } from "../configuration_option.ts";
import { addDateOption, type DateOptions } from "../date_options.ts";
import { readDates } from "../dates.ts";
import { mayKeepIndexes, openMirror } from "../open_mirror.ts";
import { addOutOptions, type OutCommandOptions } from "../out_options.ts";
import { formatTable } from "../format.ts";
import { interruptSignal } from "../interrupt.ts";
import { print, printError, printJson } from "../terminal.ts";
import { UsageError } from "../usage.ts";
import { zoneClock } from "../zone_clock.ts";

interface TickersCommandOptions
  extends Pick<DateOptions, "date">, OutCommandOptions {
  zone?: string;
  json?: boolean;
}

/** Adds `flatbed tickers`. */
export function addTickersCommand(program: Command): void {
  const command = program.command("tickers")
    .summary("list the tickers of a day")
    .description(
      "List the tickers of a day, how many rows each has, and its first and last time: from the day's index in the mirror, also where the file was released. An index that is lacking is made of the mirror's file. No requests are sent.",
    )
    .argument("<data-type>", "which dataset")
    .argument(
      "[pattern...]",
      "only these tickers; '*' stands for any characters, '?' for one",
    );
  addConfigurationOption(addDateOption(addOutOptions(command)), OUT_FIELDS)
    .option(
      "--zone <name>",
      "the time zone of the times (default: the market's)",
    )
    .option("--json", "one line of JSON for each ticker")
    .addHelpText(
      "after",
      `
Each line has a ticker, its rows, and its first and last time, to the second. In JSON,
times are in UTC, to the millisecond: the first is rounded down, the last up.

Examples:
  flatbed tickers stocks_minute --date 2024-01-02
  flatbed tickers options_trades --date 2024-01-02 'O:SPY*'
  flatbed tickers stocks_trades --date 2024-01-02 AAPL MSFT --json`,
    )
    .action(
      async (
        name: string,
        patterns: string[],
        options: TickersCommandOptions,
      ) => {
        const { json = false } = options;
        const dataset = readDataType(name);
        const day = readDates(options, dataset)?.from;
        if (day === undefined) {
          throw new UsageError("Which day? Name it with --date");
        }
        const { timeZone } = MarketCalendar.for(dataset.calendar);
        const clock = zoneClock(options.zone ?? timeZone);
        using interrupt = interruptSignal();
        await using mirror = await openMirror(options, {
          mustExist: true,
          readOnly: true,
          command: "flatbed tickers",
        });
        const query = {
          keepIndexes: await mayKeepIndexes(mirror, options),
          signal: interrupt.signal,
        };
        const read = (patterns?: string[]) =>
          mirror.tickers<string>(dataset.id, day, { ...query, patterns })
            .catch((error) => {
              throw withAdvice(error, dataset, day);
            });
        const tickers = await read(patterns.length > 0 ? patterns : undefined);
        const rows = tickers.map(({ ticker, rows, least, greatest }) => ({
          ticker,
          rows,
          first: least === undefined ? undefined : new Date(least),
          last: greatest === undefined ? undefined : new Date(greatest),
        }));
        if (json) {
          for (const row of rows) printJson(row);
          return;
        }
        const lines = formatTable(
          rows.map(({ ticker, rows, first, last }) => [
            ticker,
            String(rows),
            first === undefined ? "" : clock(first),
            last === undefined ? "" : clock(last),
          ]),
          [1],
        );
        for (const line of lines) print(line);
        if (rows.length === 0) {
          const all = await read();
          const near = nearTickers(patterns, all.map(({ ticker }) => ticker));
          printError(
            `There is no such ticker in ${dataset.id} of ${day}${
              didYouMean(near)
            }`,
          );
        }
      },
    );
}

/** What patterns may have meant: tickers, or the beginning of those of an underlying. */
function nearTickers(
  patterns: readonly string[],
  tickers: readonly string[],
): string[] {
  const near = patterns.flatMap((pattern) => {
    const isIn = tickers.some((ticker) => ticker.startsWith(`O:${pattern}`));
    return isIn ? [`'O:${pattern}*'`] : nearest(pattern, tickers);
  });
  return [...new Set(near)];
}

/** Says how a day's tickers can be had that the mirror does not know. */
function withAdvice(error: unknown, dataset: Dataset, date: string): unknown {
  const isIndexError = error instanceof FlatbedError && error.code === "index";
  if (!isIndexError || error.cause !== undefined) return error;
  const range = { from: date, to: date };
  if (getFileDates(dataset.id, date, date).length === 0) {
    return new Error(describeNoDays(dataset, range), { cause: error });
  }
  const { id } = dataset;
  return new Error(
    `${error.message}. 'flatbed get ${id} --date ${date}' brings the file; for a large one, 'flatbed index ${id} --date ${date} --remote' its index alone`,
    { cause: error },
  );
}
