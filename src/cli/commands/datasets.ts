import type { Command } from "commander";
import { type Dataset, DATASETS, getColumns } from "../../catalog/mod.ts";
import { readDataTypes } from "../arguments.ts";
import { formatBytes } from "../../base/mod.ts";
import { formatTable, wrap } from "../format.ts";
import {
  isTerminal,
  print,
  printJson,
  style,
  terminalWidth,
} from "../terminal.ts";

/** Adds `flatbed datasets`. */
export function addDatasetsCommand(program: Command): void {
  program.command("datasets")
    .summary("list the datasets and their columns")
    .description(
      "List the service's datasets; for those named, also the columns of their files, with types, units and time zones.",
    )
    .argument("[data-type...]", "only these; '*' stands for any text")
    .option("--json", "one line of JSON for each dataset")
    .addHelpText(
      "after",
      `
Examples:
  flatbed datasets
  flatbed datasets stocks_trades
  flatbed datasets 'futures_cme_*' --json`,
    )
    .action((names: string[], options: { json?: boolean }) => {
      const datasets = names.length > 0 ? readDataTypes(names) : DATASETS;
      if (options.json) {
        for (const dataset of datasets) {
          printJson({ ...dataset, schema: getColumns(dataset.id) });
        }
        return;
      }
      printDatasets(datasets);
      if (names.length > 0) datasets.forEach(printColumns);
    });
}

function printDatasets(datasets: readonly Dataset[]): void {
  const isWide = !isTerminal() || terminalWidth() >= 96;
  const rows = datasets.map((dataset) => {
    const [from, to] = dataset.typicalCompressedBytesPerDay;
    const size = formatBytes((from + to) / 2);
    const row = [dataset.id, dataset.firstDate, size, dataset.calendar];
    return isWide ? [...row, `${dataset.prefix}/`] : row;
  });
  const head = ["data type", "since", "a day", "calendar", "keys begin with"];
  printTable([head.slice(0, isWide ? 5 : 4), ...rows], [2]);
}

function printTable(
  rows: readonly (readonly string[])[],
  right?: readonly number[],
): void {
  const [first = "", ...lines] = formatTable(rows, right);
  print(style("bold", first));
  lines.forEach((line) => print(line));
}

function printColumns({ id, note }: Dataset): void {
  const columns = getColumns(id);
  print(`\n${style("bold", id)}`);
  if (columns === null) {
    printNote(
      `No public source shows the columns; 'flatbed get ${id} --date yesterday --decompress --output - | head -1' does.`,
    );
  } else {
    printTable([
      ["column", "type", "unit", "zone"],
      ...columns.map(({ name, type, unit = "", zone = "" }) => [
        name,
        type,
        unit,
        zone,
      ]),
    ]);
  }
  const byNote = Map.groupBy(
    columns?.filter(({ note }) => note !== undefined) ?? [],
    ({ note }) => note,
  );
  for (const [said, those] of byNote) {
    printNote(`${those.map(({ name }) => name).join(", ")}: ${said}`);
  }
  if (note !== undefined) printNote(note);
}

/** A line, broken between words where the terminal is too narrow. */
function printNote(text: string): void {
  const width = isTerminal() ? terminalWidth() - 1 : Infinity;
  print(`- ${wrap(text, width, 2)}`);
}
