import { formatBytes } from "../base/mod.ts";
import type {
  ConvertedEvent,
  Mirror,
  ParquetEvent,
  ParquetOptions,
  ParquetSummary,
} from "../mirror/mod.ts";
import { formatCount, grouped } from "./format.ts";
import { print, printError, printJson, printNote, style } from "./terminal.ts";

/** Makes Parquet files, and tells of them. */
export async function makeParquet(
  mirror: Mirror,
  options: ParquetOptions,
  isJson: boolean,
): Promise<ParquetSummary & { failures: readonly Error[] }> {
  const said = new Set<string>();
  const failures: Error[] = [];
  const summary = await mirror.toParquet({
    ...options,
    onEvent: (event) => {
      if (event.code === "not-converted") failures.push(event.error);
      if (isJson) printJson(event);
      tellEvent(event, isJson, said);
    },
  });
  if (!isJson) printSummary(summary);
  return { ...summary, failures };
}

function tellEvent(
  event: ParquetEvent,
  isJson: boolean,
  said: Set<string>,
): void {
  switch (event.code) {
    case "fetching-duckdb":
      return printNote(
        `Downloading DuckDB from npm's registry, about ${
          formatBytes(event.bytes)
        }: once, into Deno's cache`,
      );
    case "converted": {
      if (isJson) return;
      const { path, rows, bytes, sourceBytes } = event;
      print(
        `${style("green", "converted")}  ${path}: ${
          formatCount(rows, "row")
        }, ${formatBytes(bytes)} of ${formatBytes(sourceBytes)}`,
      );
      return tellColumns(event, said);
    }
    case "not-converted":
      if (!isJson) printError(event.error.message);
      return;
    case "source-released":
      if (isJson) return;
      print(
        `${style("green", "released")}   ${event.key}: ${
          formatBytes(event.bytes)
        }`,
      );
  }
}

/** Tells once of a dataset's columns that are not what they should be. */
function tellColumns(
  { dataType, date, newColumns, asText }: ConvertedEvent,
  said: Set<string>,
): void {
  const say = (columns: readonly string[], what: string) => {
    const text = `${dataType} has ${
      columns.length === 1 ? "a column" : "columns"
    } ${what}: ${columns.join(", ")}`;
    if (columns.length === 0 || said.has(text)) return;
    said.add(text);
    printNote(`${text} (${date})`);
  };
  say(newColumns, "that Flatbed does not know, kept as text");
  say(
    asText,
    "with values that do not fit their type, kept as text in columns beside, named …_text",
  );
}

function printSummary(summary: ParquetSummary): void {
  const { converted, bytes, sourceBytes, released, kept } = summary;
  const counts: [count: number, text: string][] = [
    [summary.replaced, `${grouped(summary.replaced)} of them made again`],
    [summary.present, `${grouped(summary.present)} there before`],
    [
      released,
      `${formatCount(released, "file")} of ${
        formatBytes(summary.releasedBytes)
      } released`,
    ],
    [kept, `${formatCount(kept, "file")} not released`],
    [
      summary.withoutSource,
      `${
        formatCount(summary.withoutSource, "day")
      } without a file to make one of`,
    ],
    [summary.failed, `${grouped(summary.failed)} failed`],
  ];
  const others = counts.filter(([count]) => count > 0).map(([, text]) => text);
  const made = style("bold", formatCount(converted, "Parquet file"));
  const sizes = converted === 0
    ? ""
    : ` of ${formatBytes(bytes)} for ${formatBytes(sourceBytes)}`;
  print([`Made ${made}${sizes}`, ...others].join(", "));
  if (kept > 0) {
    printError(
      "Files that were not released perhaps cannot be downloaded again: 'flatbed release --dry-run' says why",
    );
  }
}
