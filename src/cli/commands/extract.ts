import { relative, resolve } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import {
  didYouMean,
  formatBytes,
  freeBytes,
  NEW_YORK,
} from "../../base/mod.ts";
import { type Dataset, S3Catalog, type Shard } from "../../catalog/mod.ts";
import type { AsyncS3Downloader } from "../../download/mod.ts";
import type { Mirror } from "../../mirror/mod.ts";
import type { Between, RowFilter, RowFormat } from "../../rows/mod.ts";
import { matchDataTypes, messageOf, readDataType } from "../arguments.ts";
import { CONNECTION_FIELDS, OUT_FIELDS } from "../configuration.ts";
import { addConfigurationOption } from "../configuration_option.ts";
import {
  addConnectionOptions,
  connect,
  type ConnectionOptions,
} from "../connection.ts";
import { addDateOptions, type DateOptions } from "../date_options.ts";
import { ExtractReport } from "../extract/extract_report.ts";
import { interruptSignal } from "../interrupt.ts";
import { readMirrorRange } from "../mirror_range.ts";
import { mayKeepIndexes, openMirror as openOut } from "../open_mirror.ts";
import { addOutOptions, type OutCommandOptions } from "../out_options.ts";
import { StatusLine } from "../status_line.ts";
import { runAsShard } from "../shard/run_as_shard.ts";
import {
  addShardOptions,
  chooseShard,
  type ShardOptions,
  waitJitter,
} from "../shard/shard_option.ts";
import { isStandardOutput, isTerminal, print } from "../terminal.ts";
import { UsageError } from "../usage.ts";
import { formatOf, writePieces } from "../write_pieces.ts";
import { zoneClock } from "../zone_clock.ts";

const FORMATS: readonly RowFormat[] = ["csv", "ndjson", "arrow"];

interface ExtractCommandOptions
  extends ConnectionOptions, DateOptions, OutCommandOptions, ShardOptions {
  tickers?: string;
  exact?: boolean;
  underlying?: string[];
  adjusted?: boolean;
  between?: Between;
  zone: string;
  columns?: string[];
  time: "ns" | "iso" | "local";
  output?: string;
  format?: RowFormat;
  offline?: boolean;
  stats?: boolean;
}

/** Adds `flatbed extract`. */
export function addExtractCommand(
  program: Command,
  setExitCode: (code: number) => void,
): void {
  const command = program.command("extract")
    .summary("write the rows of some tickers")
    .description(
      "Write the rows of some tickers, day by day in the files' order: exactly those that 'zcat FILE | awk' would find. They come from the mirror, and where a day is not there, from the service.",
    )
    .argument("<data-type>", "which dataset")
    .argument(
      "[ticker...]",
      "tickers as the files have them, or patterns in quotes: '*' stands for any characters, '?' for one",
    );
  addDateOptions(command.optionsGroup("Which days:"))
    .optionsGroup("Which rows:")
    .option(
      "--tickers <file>",
      "a file of tickers and patterns, one a line; - for standard input",
    )
    .option("--exact", "'*' and '?' in tickers stand for themselves")
    .addOption(
      new Option(
        "--underlying <root>",
        "all options of an underlying, such as SPY; of several, separated by commas",
      ).argParser((value: string, before: string[] = []) => [
        ...before,
        ...splitNames(value),
      ]),
    )
    .option(
      "--adjusted",
      "with --underlying: its adjusted contracts too, such as those of AAPL1",
    )
    .addOption(
      new Option(
        "--between <times>",
        "times of day, such as 09:30-16:00: from the first up to, not including, the second",
      ).argParser(parseBetween),
    )
    .option(
      "--zone <name>",
      "the time zone of --between and --time local",
      NEW_YORK,
    )
    .optionsGroup("What is written:")
    .addOption(
      new Option(
        "--columns <names>",
        "only these columns, in this order, separated by commas",
      ).argParser(splitNames),
    )
    .addOption(
      new Option(
        "--time <format>",
        "times in CSV and NDJSON: ns, nanoseconds since 1970 as the files have them; iso, ISO 8601 in UTC; local, the same on the clock of --zone",
      ).choices(["ns", "iso", "local"]).default("ns"),
    )
    .option(
      "--output <file>",
      "the file to write, .csv, .ndjson or .arrow (default: standard output)",
    )
    .addOption(
      new Option(
        "--format <format>",
        "the format, where no ending names it (default: csv)",
      ).choices(FORMATS),
    )
    .optionsGroup("Where it is read from:");
  addOutOptions(command)
    .option("--offline", "only what the mirror has; the service is not asked")
    .option(
      "--stats",
      "say on standard error what was read, from where, and what indexes saved",
    );
  addShardOptions(command);
  addConnectionOptions(command).optionsGroup("Options:");
  addConfigurationOption(command, [...CONNECTION_FIELDS, ...OUT_FIELDS])
    .addHelpText(
      "after",
      `
Where rows come from, day by day: the mirror's file, only the parts that may have them
where there is an index; or else the service's object, in the same way. What is read
through gets an index, if it is large and there is a mirror to keep it in.

Without dates, from the first day that the mirror has to the last. Days whose columns
differ get those of the first day, by name, which is said on standard error. NDJSON has
times, and other integers of more than 15 digits, as strings. Arrow is an IPC stream:
polars.read_ipc_stream() and pyarrow.ipc.open_stream() read it.

Exit codes: 0 done, also without rows; 1 a day is damaged at source, 3 expected days were
not to be had, 75 days failed that may not in some minutes.

Examples:
  flatbed extract stocks_minute AAPL MSFT --last 3m > bars.csv
  flatbed extract stocks_trades AAPL --date 2024-01-02 --between 09:30-16:00
  flatbed extract options_minute --underlying SPY --last 5d --output spy.arrow
  flatbed extract options_trades 'O:SPY2406*C*' --last 5d --columns ticker,price
  flatbed extract stocks_minute AAPL --time iso --format ndjson | head
  flatbed extract stocks_trades AAPL --last 2y --shard 3/8 --output aapl-3.csv`,
    )
    .action(
      async (name: string, words: string[], options: ExtractCommandOptions) => {
        const dataset = readDataset(name, words);
        assertFolderName(options.out);
        zoneClock(options.zone); // it is named, even where no time is written
        assertNoMirrorFile(options);
        const filter = await readFilter(words, options);
        const format = formatOf(options, FORMATS, "csv");
        const isArrow = format === "arrow";
        if (isArrow && options.time !== "ns") {
          throw new UsageError("--time is for CSV and NDJSON");
        }
        using interrupt = interruptSignal();
        const shard = await chooseShard(options);
        if (!options.offline) {
          await waitJitter(shard, options, interrupt.signal);
        }
        await using source = await openMirror(options, shard);
        const { mirror } = source;
        const range = await readMirrorRange(mirror, dataset, options);
        const { problem, keepsIndexes } = source;
        const path = outputFile(options);
        using status = new StatusLine(path !== undefined || !isTerminal());
        const report = new ExtractReport({
          dataset,
          range,
          problem,
          keepsIndexes,
          status,
          shard,
        });
        const { writeRows } = await import("../../rows/mod.ts");
        const exitCode = await runAsShard(
          mirror,
          "flatbed extract",
          keepsIndexes ? shard : undefined,
          { dataType: dataset.id, filter, range, columns: options.columns },
          async () => {
            try {
              const rows = mirror.extract<string>({
                ...filter,
                ...range,
                dataType: dataset.id,
                columns: options.columns,
                offline: options.offline ?? false,
                keepIndexes: keepsIndexes,
                freeBatches: true,
                signal: interrupt.signal,
                onEvent: (event) => report.add(event),
              });
              const { time, zone } = options;
              const size = await writePieces(
                writeRows(rows, { format, time, zone }),
                path,
                freeBytes,
              );
              status.clear();
              if (path !== undefined) {
                print(`${report.counts}, ${formatBytes(size)} in ${path}`);
              }
            } catch (error) {
              throw error instanceof RangeError &&
                  !(error instanceof UsageError)
                ? inOptionNames(error)
                : error;
            }
            report.print(filter, options.stats ?? false);
            return { exitCode: report.exitCode, counts: report.figures };
          },
        );
        setExitCode(exitCode);
      },
    );
}

function splitNames(value: string): string[] {
  return value.split(",").map((name) => name.trim());
}

function parseBetween(value: string): Between {
  const [, from, to] = /^([\d:.]+)-([\d:.]+)$/.exec(value) ?? [];
  if (from === undefined || to === undefined) {
    throw new InvalidArgumentError("Expected two times, as 09:30-16:00.");
  }
  const twoDigits = (time: string) => time.replace(/^\d:/, "0$&");
  return { from: twoDigits(from), to: twoDigits(to) };
}

/** The dataset; it may have been named last. */
function readDataset(name: string, words: readonly string[]): Dataset {
  const last = words.at(-1);
  const isSwapped = last !== undefined && matchDataTypes(name).length === 0 &&
    matchDataTypes(last).length === 1;
  if (!isSwapped) return readDataType(name);
  const tickers = [name, ...words.slice(0, -1)].join(" ");
  throw new UsageError(
    `The data type comes first: flatbed extract ${last} ${tickers}`,
  );
}

/** Asserts that the mirror's folder is not what was to be written. */
function assertFolderName(out: string): void {
  if (!/\.(csv|ndjson|jsonl|arrows?|parquet)(\.gz)?$/i.test(out)) return;
  throw new UsageError(
    `--out is the mirror's folder${didYouMean([`--output ${out}`])}`,
  );
}

/** Asserts that a file of the mirror is not what was to be written. */
function assertNoMirrorFile({ out, output }: ExtractCommandOptions): void {
  if (output === undefined || isStandardOutput(output)) return;
  const path = relative(resolve(out), resolve(output));
  const key = path.replace(/\.csv$/, ".csv.gz").replaceAll("\\", "/");
  if (!new S3Catalog().validateKey(key)) return;
  throw new UsageError(
    `Cannot write rows to ${output}: that is a file of the mirror in ${out}`,
  );
}

async function readFilter(
  words: readonly string[],
  options: ExtractCommandOptions,
): Promise<RowFilter> {
  const { exact = false, underlying, adjusted = false, between, zone } =
    options;
  const all = options.tickers === undefined
    ? words
    : [...words, ...await readTickers(options.tickers)];
  const list = words.find((word) => word.includes(","));
  if (list !== undefined) {
    throw new UsageError(
      `Tickers are separated by spaces: ${list.split(",").join(" ")}`,
    );
  }
  const isPattern = (word: string) => !exact && /[*?]/.test(word);
  if (all.length === 0 && underlying === undefined && between === undefined) {
    throw new UsageError(
      "Of which tickers? Name them, or --underlying, or '*' for all",
    );
  }
  if (adjusted && underlying === undefined) {
    throw new UsageError("--adjusted goes with --underlying");
  }
  const tickers = all.filter((word) => !isPattern(word));
  const patterns = all.filter(isPattern);
  return {
    ...(tickers.length > 0 && { tickers }),
    ...(patterns.length > 0 && { patterns }),
    ...(underlying !== undefined && { underlying, adjusted }),
    ...(between !== undefined && { between: { ...between, zone } }),
  };
}

/** The tickers of a file, or of standard input, one a line; what follows a `#` is a comment. */
async function readTickers(path: string): Promise<string[]> {
  let text: string;
  try {
    text = path === "-"
      ? await new Response(Deno.stdin.readable).text()
      : await Deno.readTextFile(path);
  } catch (error) {
    const { fileError } = await import("../../files/mod.ts");
    throw fileError("read", path, error);
  }
  const tickers = text.split("\n")
    .map((line) => line.replace(/#.*/, "").trim())
    .filter((line) => line !== "");
  if (tickers.length === 0) {
    throw new UsageError(
      `There are no tickers in ${path === "-" ? "standard input" : path}`,
    );
  }
  return tickers;
}

/** The mirror, with the service behind it where it can be asked. */
interface ExtractMirror extends AsyncDisposable {
  mirror: Mirror;
  /** Why the service cannot be asked. */
  problem: string | undefined;
  /** Whether there is a mirror, and indexes may be kept in it. */
  keepsIndexes: boolean;
}

async function openMirror(
  options: ExtractCommandOptions,
  shard: Shard | undefined,
): Promise<ExtractMirror> {
  let downloader: AsyncS3Downloader | undefined;
  let problem: string | undefined;
  try {
    if (!options.offline) downloader = await connect(options);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    problem = messageOf(error); // the mirror may have all
  }
  const mirror = await openOut(options, {
    readOnly: true,
    downloader,
    bucket: options.bucket,
    shard,
    command: "flatbed extract",
  });
  return {
    mirror,
    problem,
    keepsIndexes: await mayKeepIndexes(mirror, options),
    async [Symbol.asyncDispose]() {
      await mirror[Symbol.asyncDispose]();
      await downloader?.[Symbol.asyncDispose]();
    },
  };
}

/** The file to write; `undefined` for standard output. */
function outputFile({ output }: ExtractCommandOptions): string | undefined {
  return output === undefined || isStandardOutput(output) ? undefined : output;
}

/** What the library says of an argument, with the command line's names. */
function inOptionNames(error: RangeError): UsageError {
  return new UsageError(
    messageOf(error)
      .replace(/\bbetween\.(from|to)\b/, "--between")
      .replace(/^Cannot use (columns|underlying)\b/, "Cannot use --$1"),
  );
}
