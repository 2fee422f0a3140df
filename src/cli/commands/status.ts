import type { Command } from "commander";
import config from "../../../deno.json" with { type: "json" };
import type { Coverage, PiecedFile } from "../../mirror/mod.ts";
import { readDataTypes } from "../arguments.ts";
import { OUT_FIELDS } from "../configuration.ts";
import { addConfigurationOption } from "../configuration_option.ts";
import { addRangeOptions, type DateOptions } from "../date_options.ts";
import { readRange } from "../dates.ts";
import { formatDifferentBytes } from "../../base/mod.ts";
import { DATASETS } from "../../catalog/mod.ts";
import { formatCount, formatTable, grouped } from "../format.ts";
import { openMirror } from "../open_mirror.ts";
import { addOutOptions, type OutCommandOptions } from "../out_options.ts";
import { coverageColumns } from "../status/coverage_columns.ts";
import { drawCoverage, legend, monthLine } from "../status/coverage_picture.ts";
import {
  isStandardOutput,
  print,
  printError,
  printJson,
  style,
  terminalWidth,
  write,
} from "../terminal.ts";
import { notTogether } from "../usage.ts";

interface StatusOptions extends DateOptions, OutCommandOptions {
  picture?: boolean;
  svg?: string;
  html?: string;
  json?: boolean;
}

/** Adds `flatbed status`. */
export function addStatusCommand(program: Command): void {
  const command = program.command("status")
    .summary("show what a mirror holds")
    .description(
      "Show what a mirror holds: for each data type the first and last day, files, bytes and missing days; with --picture also one character per week, with --svg one square per day, and with --html all that in a file for a browser.",
    )
    .argument(
      "[data-type...]",
      "which datasets (default: those in the mirror)",
    );
  addConfigurationOption(addOutOptions(addRangeOptions(command)), OUT_FIELDS)
    .option("--picture", "draw it in the terminal")
    .option(
      "--svg <file>",
      "draw it in an SVG file; - for standard output",
    )
    .option(
      "--html <file>",
      "show it in an HTML file that needs nothing else; - for standard output",
    )
    .option("--json", "one line of JSON for each data type")
    .addHelpText(
      "after",
      `
Examples:
  flatbed status
  flatbed status --picture --out /data/flatfiles
  flatbed status stocks_daily --from 2020-01-01 --svg coverage.svg
  flatbed status --html coverage.html`,
    )
    .action(async (names: string[], options: StatusOptions) => {
      const dataTypes = names.length > 0
        ? readDataTypes(names).map(({ id }) => id)
        : undefined;
      const { svg, html, json, picture } = options;
      const toOutput = [
        ...(svg !== undefined && isStandardOutput(svg) ? ["--svg"] : []),
        ...(html !== undefined && isStandardOutput(html) ? ["--html"] : []),
      ];
      if (toOutput.length > 0 && (json || picture)) {
        throw notTogether(
          `${toOutput[0]} to standard output`,
          "--json or --picture",
        );
      }
      if (toOutput.length > 1) {
        throw notTogether("--svg to standard output", "--html to it");
      }
      await using mirror = await openMirror(options, {
        mustExist: true,
        readOnly: true,
      });
      const coverage = await mirror.coverage({
        dataTypes,
        ...readRange(options, dataTypes),
      });
      const written = await writeDrawings(coverage, options);
      if (toOutput.length > 0) return;
      if (!json) written.forEach((file) => print(`Written to ${file}`));
      if (written.length > 0 && !json && !picture) return;
      const pieces = (await mirror.pieces()).filter(({ dataType }) =>
        dataTypes?.includes(dataType) ?? true
      );
      if (json) {
        for (const { days: _, ...rest } of coverage) {
          const inPieces = pieces
            .filter(({ dataType }) => dataType === rest.dataType)
            .map(({ date, size, bytes }) => ({ date, size, bytes }));
          printJson({ ...rest, ...(inPieces.length > 0 && { inPieces }) });
        }
        return;
      }
      if (coverage.length === 0 && pieces.length > 0) {
        return printPieces(pieces);
      }
      if (coverage.length === 0) {
        const all = dataTypes ?? DATASETS.map(({ id }) => id);
        const dates = await Promise.all(
          all.map((id) => mirror.indexedDates<string>(id)),
        );
        const indexed = all.filter((_, at) => dates[at]?.length);
        printError(
          indexed.length === 0
            ? `The mirror in ${options.out} is empty`
            : `The mirror in ${options.out} has no files, and indexes of ${
              indexed.join(", ")
            }: 'flatbed check' tells of their days`,
        );
        return;
      }
      printTable(coverage);
      printLater(coverage);
      printDamaged(coverage);
      printPieces(pieces);
      if (picture) printPictures(coverage);
    });
}

/** Writes what `--svg` and `--html` ask for; returns the files' names. */
async function writeDrawings(
  coverage: readonly Coverage[],
  { svg, html, out }: StatusOptions,
): Promise<string[]> {
  const drawings: [file: string, content: string][] = [];
  if (svg !== undefined) {
    const { coverageSvg } = await import("../status/coverage_svg.ts");
    drawings.push([svg, coverageSvg(coverage)]);
  }
  if (html !== undefined) {
    const { coverageHtml } = await import("../status/coverage_html.ts");
    const { version } = config;
    const page = { location: out, madeAt: new Date(), version };
    drawings.push([html, coverageHtml(coverage, page)]);
  }
  const written: string[] = [];
  for (const [file, content] of drawings) {
    if (isStandardOutput(file)) {
      write(content);
      continue;
    }
    const { writeWhole } = await import("../../files/mod.ts");
    await writeWhole(file, content);
    written.push(file);
  }
  return written;
}

function printTable(coverage: readonly Coverage[]): void {
  const columns = coverageColumns(coverage);
  const [head = "", ...lines] = formatTable(
    [
      columns.map(({ head }) => head),
      ...coverage.map((each) => columns.map(({ cell }) => cell(each))),
    ],
    columns.flatMap(({ isNumber }, at) => isNumber ? [at] : []),
  );
  print(style("bold", head));
  lines.forEach((line) => print(line));
}

/** Tells gaps from days that only come after the last one that is there. */
function printLater(coverage: readonly Coverage[]): void {
  for (const { dataType, last, missing } of coverage) {
    if (last === undefined) continue;
    const later = missing.filter((date) => date > last).length;
    if (later === 0) continue;
    const gaps = missing.length - later;
    print(
      `${dataType}: ${
        gaps === 0 ? "nothing" : grouped(gaps)
      } missing up to ${last}; ${formatCount(later, "later day")} ${
        later === 1 ? "is" : "are"
      } not here`,
    );
  }
}

function printDamaged(coverage: readonly Coverage[]): void {
  for (const { dataType, damagedAtSource } of coverage) {
    for (const { date, gzipFault } of damagedAtSource) {
      print(
        `${dataType} ${date} is damaged at source: its gzip data ${gzipFault}`,
      );
    }
  }
}

/** Tells of files that shards have not put together yet. */
function printPieces(pieces: readonly PiecedFile[]): void {
  for (const { dataType, date, bytes, size } of pieces) {
    const [there, all] = formatDifferentBytes(bytes, size);
    print(
      bytes < size
        ? `${dataType} ${date} is not whole: shards have fetched ${there} of ${all} in pieces; 'flatbed sync' goes on from there`
        : `${dataType} ${date} is not proven yet: all its pieces are here, ${all}; the next shard, or 'flatbed sync', puts them together`,
    );
  }
}

function printPictures(coverage: readonly Coverage[]): void {
  for (const each of coverage) {
    print(`\n${style("bold", each.dataType)}`);
    print(style("dim", monthLine(terminalWidth())));
    for (const { year, cells } of drawCoverage(each, terminalWidth())) {
      print(
        `${style("dim", year)} ${
          cells.map(({ mark, color }) =>
            color === undefined ? mark : style(color, mark)
          ).join("")
        }`.trimEnd(),
      );
    }
  }
  print();
  legend(terminalWidth()).forEach((line) => print(line));
}
