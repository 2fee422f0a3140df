import { describeDays, NO_ROWS_REASONS } from "../../catalog/mod.ts";
import { type Command, Option } from "commander";
import type { SqlEvent } from "../../mirror/mod.ts";
import type { SqlFormat, SqlResult } from "../../rows/mod.ts";
import { parseBytes } from "../arguments.ts";
import { OUT_FIELDS } from "../configuration.ts";
import { addConfigurationOption } from "../configuration_option.ts";
import { mayWriteTo, openMirror } from "../open_mirror.ts";
import {
  addOutOptions,
  isBucket,
  type OutCommandOptions,
} from "../out_options.ts";
import { formatBytes, formatCount, grouped } from "../format.ts";
import { interruptSignal } from "../interrupt.ts";
import { addMemoryOption } from "../memory_option.ts";
import { resultTable } from "../result_table.ts";
import {
  isStandardOutput,
  isTerminal,
  print,
  printError,
  style,
  terminalWidth,
} from "../terminal.ts";
import { UsageError } from "../usage.ts";
import { formatOf, writePieces } from "../write_pieces.ts";

const FORMATS: readonly SqlFormat[] = ["csv", "ndjson", "arrow", "parquet"];

/** So many rows of a result are shown on a terminal. */
const SHOWN_ROWS = 100;

/** More rows than these are counted by DuckDB, which needs not read them for it. */
const COUNTED_ROWS = 10_000;

interface SqlCommandOptions extends OutCommandOptions {
  format?: SqlFormat;
  output?: string;
  allow?: string[];
  memory?: number;
  cacheSize?: number;
}

/** Adds `flatbed sql`. */
export function addSqlCommand(program: Command): void {
  const command = program.command("sql")
    .summary("ask the mirror in SQL")
    .description(
      "Run a query in SQL over the mirror's files, with DuckDB: each data type is a table of that name, of the days in the mirror. A query can only read, and only files of the mirror. DuckDB is downloaded at the first use, about 50 MB; no other requests are sent.",
    )
    .argument("[query]", "the query; read from standard input without it");
  addConfigurationOption(addMemoryOption(addOutOptions(command)), OUT_FIELDS)
    .option(
      "--output <file>",
      "the file to write, whose ending names the format; - for standard output",
    )
    .addOption(
      new Option(
        "--format <format>",
        "the format (default: by the ending of --output, or else a table on a terminal, and csv elsewhere)",
      ).choices(FORMATS),
    )
    .option(
      "--allow <dir...>",
      "other folders whose files the query may read, as with read_csv()",
    )
    .addOption(
      new Option(
        "--cache-size <bytes>",
        "with --out s3://...: how many bytes of the bucket's Parquet files are kept on this machine for later queries, such as 50G (default: 10G)",
      ).argParser(parseBytes),
    )
    .addHelpText(
      "after",
      `
A day is read from its Parquet file, or else from its CSV file, with the same types: times
as TIMESTAMP_NS in UTC, volumes, sizes and prices as DOUBLE. The column date is the date of
a row's file: a condition on it leaves out the files of other days. What does not fit its
type is NULL in Parquet, with its text in a column such as volume_text, and an error in CSV.
There are also

  ny(time)            the time in New York
  underlying(ticker)  of an options contract: SPY of O:SPY240610P00536000, and AAPL of
                      O:AAPL1240119C00012500, whose root has a digit
  expiry(ticker), strike(ticker), right(ticker)
                      2024-06-10, 536.0 and P

Where the query says --, write -- before it.

Examples:
  flatbed sql "SELECT date, close FROM stocks_daily WHERE ticker = 'AAPL' ORDER BY date"
  flatbed sql "DESCRIBE options_trades"
  flatbed sql --output spy.parquet "SELECT * FROM options_daily WHERE underlying(ticker) = 'SPY' AND date >= '2024-01-01'"
  flatbed sql --format ndjson < query.sql`,
    )
    .action(async (query: string | undefined, options: SqlCommandOptions) => {
      const text = query ?? await readInput();
      const { out, output, allow, memory } = options;
      const showsTable = options.format === undefined && output === undefined &&
        isTerminal();
      const format = formatOf(options, FORMATS, "csv");
      const toStandard = output === undefined || isStandardOutput(output);
      if (
        isTerminal() && toStandard && ["arrow", "parquet"].includes(format)
      ) {
        throw new UsageError(
          `A terminal cannot show ${format}: name a file with --output`,
        );
      }
      using interrupt = interruptSignal();
      await using mirror = await openMirror(options, {
        mustExist: true,
        readOnly: true,
        command: "flatbed sql",
      });
      await using result = await mirror.sql(text, {
        allow,
        memory,
        cacheSize: options.cacheSize,
        // The disk that has the data has room for what is computed of it, too.
        temporaryFolder: !isBucket(out) && await mayWriteTo(out)
          ? `${out}/.flatbed`
          : undefined,
        signal: interrupt.signal,
        onEvent: tell,
      });
      if (result.isPlan) await printPlan(result, options);
      else if (showsTable) await printTable(result);
      else await writePieces(result.write(format), output);
    });
}

async function readInput(): Promise<string> {
  if (Deno.stdin.isTerminal()) {
    throw new UsageError(
      "Which query? Give it as an argument in quotes, or on standard input",
    );
  }
  return await new Response(Deno.stdin.readable).text();
}

function tell(event: SqlEvent): void {
  if (event.code === "fetching-duckdb") {
    printError(
      `Downloading DuckDB, about ${formatBytes(event.bytes)}, this once`,
    );
    return;
  }
  if (event.code === "fetching-days") {
    printError(
      `Bringing ${formatCount(event.files, "Parquet file")} of ${
        formatBytes(event.bytes)
      } to this machine, where ${
        event.files === 1 ? "it stays" : "they stay"
      } for later queries`,
    );
    return;
  }
  const { dataType, parquet, csv, lacking, misfits } = event;
  if (csv > 0) {
    printError(
      `${dataType}: ${grouped(csv)} of ${
        formatCount(parquet + csv, "day")
      } read from CSV, which takes longer than Parquet: 'flatbed parquet ${dataType}' makes it`,
    );
  }
  for (
    const [columns, days] of Map.groupBy(
      misfits,
      ({ columns }) => columns.join(", "),
    )
  ) {
    printError(
      `Values of ${columns} that do not fit their type are NULL, with their text in columns named …_text: ${
        describeDays(days.map(({ date }) => ({ dataType, date })))
      }`,
    );
  }
  const groups = Map.groupBy(lacking, ({ reason }) => reason);
  for (const [reason, days] of groups) {
    printError(
      `No rows of ${formatCount(days.length, "day")}, ${
        NO_ROWS_REASONS[reason]
      }: ${describeDays(days)}`,
    );
  }
}

async function printPlan(
  result: SqlResult,
  { format, output }: SqlCommandOptions,
): Promise<void> {
  if (format !== undefined || output !== undefined) {
    throw new UsageError(
      "A plan has no format: leave out --format and --output",
    );
  }
  for await (const rows of result.rows()) {
    for (const [, plan] of rows) print(String(plan).trimEnd());
  }
}

/** Prints the first rows, and how many there are. */
async function printTable(result: SqlResult): Promise<void> {
  const names = result.columns.map(({ name }) => name);
  const { isNumeric } = await import("../../rows/mod.ts");
  const right = result.columns.flatMap((column, at) =>
    isNumeric(column) ? [at] : []
  );
  const shown: (readonly unknown[])[] = [];
  let count = 0;
  for await (const rows of result.rows(COUNTED_ROWS + 1)) {
    shown.push(...rows.slice(0, Math.max(0, SHOWN_ROWS - count)));
    count += rows.length;
  }
  const [head = "", ...lines] = resultTable(
    names,
    shown,
    right,
    terminalWidth(),
  );
  print(style("bold", head));
  for (const line of lines) print(line);
  if (count > COUNTED_ROWS) count = await result.count();
  const total = formatCount(count, "row");
  print(style(
    "dim",
    count > SHOWN_ROWS
      ? `${SHOWN_ROWS} of ${total} shown: --output FILE or --format csv has all`
      : total,
  ));
}
