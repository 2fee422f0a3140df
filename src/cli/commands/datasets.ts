import type { Command } from "commander";
import { DATASETS } from "../../catalog/mod.ts";
import { readDataTypes } from "../arguments.ts";
import { formatBytes, formatTable } from "../format.ts";
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
    .summary("list the datasets")
    .description(
      "List the datasets of the service, with the facts known about them.",
    )
    .argument("[data-type...]", "only these; '*' stands for any text")
    .option("--json", "one line of JSON for each dataset")
    .addHelpText(
      "after",
      `
Examples:
  flatbed datasets
  flatbed datasets 'stocks_*'
  flatbed datasets futures_cme_trades --json`,
    )
    .action((names: string[], options: { json?: boolean }) => {
      const datasets = names.length > 0 ? readDataTypes(names) : DATASETS;
      if (options.json) {
        for (const dataset of datasets) printJson(dataset);
        return;
      }
      const isWide = !isTerminal() || terminalWidth() >= 96;
      const rows = datasets.map((dataset) => {
        const [from, to] = dataset.typicalCompressedBytesPerDay;
        const size = formatBytes((from + to) / 2);
        const row = [dataset.id, dataset.firstDate, size, dataset.calendar];
        return isWide ? [...row, `${dataset.prefix}/`] : row;
      });
      const head = [
        "data type",
        "since",
        "a day",
        "calendar",
        "keys begin with",
      ];
      const [first = "", ...lines] = formatTable(
        [head.slice(0, isWide ? 5 : 4), ...rows],
        [2],
      );
      print(style("bold", first));
      lines.forEach((line) => print(line));
    });
}
