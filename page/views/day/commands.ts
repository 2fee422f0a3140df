/**
 * The same in a terminal and in Python: texts to copy, whatever is in a name.
 *
 * @module
 */

import { bashWord, bashWords } from "../../../src/base/bash_word.ts";

/** What rows are wanted. */
export interface WantedRows {
  /** Where the mirror is. */
  location: string;
  dataType: string;
  from: string;
  to: string;
  /** All where none is named. */
  tickers: readonly string[];
  format: "csv" | "arrow" | "parquet";
  /** The file to write. */
  name: string;
}

/** The command that writes the rows. */
export function terminalCommand(wanted: WantedRows): string {
  const { location, dataType, tickers, format, name } = wanted;
  const output = ["--output", name];
  const out = ["--out", location];
  if (format === "parquet") {
    return bashWords(["flatbed", "sql", queryOf(wanted), ...output, ...out]);
  }
  const names = tickers.length === 0 ? ["*"] : tickers;
  const line = bashWords([
    ...["flatbed", "extract", dataType, ...dateOptions(wanted)],
    ...[...exactOption(tickers), ...output, ...out],
  ]);
  // What begins with a dash is no option behind the two.
  const isOption = names.some((ticker) => ticker.startsWith("-"));
  return `${line} ${isOption ? "-- " : ""}${names.map(bashWord).join(" ")}`;
}

/** The rows as a query, as `flatbed sql` takes it. */
function queryOf({ dataType, from, to, tickers }: WantedRows): string {
  const days = from === to
    ? `date = '${from}'`
    : `date BETWEEN '${from}' AND '${to}'`;
  const names = tickers.map((ticker) => `'${ticker.replaceAll("'", "''")}'`);
  const of = names.length === 0 ? "" : ` AND ticker IN (${names.join(", ")})`;
  return `SELECT * FROM ${dataType} WHERE ${days}${of}`;
}

/** What has a wildcard in its name is no pattern. */
function exactOption(tickers: readonly string[]): string[] {
  return tickers.some((ticker) => /[*?]/.test(ticker)) ? ["--exact"] : [];
}

function dateOptions({ from, to }: WantedRows): string[] {
  return from === to ? ["--date", from] : ["--from", from, "--to", to];
}

/** Lines of Python that read the rows by `flatbed extract`, for Polars, pandas and DuckDB. */
export function extractInPython(wanted: WantedRows): string {
  const { location, dataType, tickers } = wanted;
  const names = tickers.length === 0 ? ["*"] : tickers;
  const words = [
    ...["flatbed", "extract", dataType, ...dateOptions(wanted)],
    ...[...exactOption(tickers), "--out", location, "--format", "arrow"],
    ...(names.some((ticker) => ticker.startsWith("-")) ? ["--"] : []),
    ...names,
  ];
  return `import subprocess

import polars as pl
import pyarrow as pa

command = [
${linesOf(words.map((word) => `${pythonText(word)},`))}
]
with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
    table = pa.ipc.open_stream(process.stdout).read_all()
if process.returncode != 0:  # 3 where a day is missing
    raise subprocess.CalledProcessError(process.returncode, command)
print(pl.from_arrow(table))
`;
}

/** Words in lines of a usual width. */
function linesOf(words: readonly string[]): string {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length > 76) {
      lines.push(`    ${word}`);
    } else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.join("\n");
}

/** What Polars reads a column of a type as. */
const POLARS: Readonly<Record<string, string>> = {
  text: "pl.String",
  codes: "pl.String",
  date: "pl.Date",
  integer: "pl.Int64",
  decimal: "pl.Float64",
  timestamp: "pl.Int64",
};

/** Lines of Python that read the day's own file with Polars. */
export function polarsOfFile(
  path: string,
  columns: readonly { name: string; type: string }[],
  zone: string,
  tickers: readonly string[],
): string {
  const types = columns.map(({ name, type }) =>
    `        ${pythonText(name)}: ${POLARS[type] ?? "pl.String"},\n`
  );
  const times = columns.filter(({ type }) => type === "timestamp")
    .map(({ name }) => pythonText(name)).join(", ");
  const zoned = [
    `    pl.from_epoch(\n        pl.col(${times}).replace(0, None),\n`,
    `        time_unit="ns",\n    )\n    .dt.replace_time_zone("UTC")\n`,
    `    .dt.convert_time_zone(${pythonText(zone)})\n`,
  ];
  const lines = [
    "import polars as pl\n\nrows = pl.scan_csv(\n",
    `    ${pythonText(path)},\n    schema_overrides={\n`,
    ...types,
    "    },\n)",
    ...(tickers.length === 0 ? [] : [
      `.filter(\n    pl.col("ticker").is_in([${
        tickers.map(pythonText).join(", ")
      }])\n)`,
    ]),
    ...(times === "" ? [] : [".with_columns(\n", ...zoned, ")"]),
    "\nprint(rows.collect())\n",
  ];
  return lines.join("");
}

/** A text as Python writes it: what would not be seen stands by its number. */
export function pythonText(text: string): string {
  const escaped = text.replaceAll(/["\\]/g, (each) => `\\${each}`)
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, (each) => {
      const code = each.codePointAt(0) ?? 0;
      return code > 0xffff
        ? `\\U${code.toString(16).padStart(8, "0")}`
        : `\\u${code.toString(16).padStart(4, "0")}`;
    });
  return `"${escaped}"`;
}
