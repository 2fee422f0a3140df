import type { Command } from "commander";
import type { Coverage } from "../../mirror/mod.ts";
import { readDataTypes } from "../arguments.ts";
import { drawCoverage, legend } from "../coverage_picture.ts";
import { formatBytes, formatTable } from "../format.ts";
import {
  addFolderOption,
  addRangeOptions,
  assertMirror,
  type RangeOptions,
  readRange,
} from "../mirror_options.ts";
import {
  print,
  printError,
  printJson,
  style,
  terminalWidth,
} from "../terminal.ts";

interface StatusOptions extends RangeOptions {
  out: string;
  picture?: boolean;
  svg?: string;
  json?: boolean;
}

/** Adds `flatbed status`. */
export function addStatusCommand(program: Command): void {
  const command = program.command("status")
    .summary("show what a mirror holds")
    .description(
      "Show what a mirror holds: for each data type the first and last day, files, bytes and holes; as a picture, a week a character, or as an SVG file, a day a square.",
    )
    .argument(
      "[data-type...]",
      "which datasets (default: those of which the mirror has files)",
    );
  addFolderOption(addRangeOptions(command))
    .option("--picture", "a picture in the terminal")
    .option("--svg <file>", "write a picture to a file")
    .option("--json", "one line of JSON for each data type")
    .addHelpText(
      "after",
      `
Examples:
  flatbed status
  flatbed status --picture --out /data/flatfiles
  flatbed status stocks_daily --from 2020-01-01 --svg coverage.svg`,
    )
    .action(async (names: string[], options: StatusOptions) => {
      const dataTypes = names.length > 0
        ? readDataTypes(names).map(({ id }) => id)
        : undefined;
      await assertMirror(options.out);
      const { Mirror } = await import("../../mirror/mod.ts");
      await using mirror = await Mirror.open(options.out, { readOnly: true });
      const coverage = mirror.coverage({ dataTypes, ...readRange(options) });
      if (options.svg !== undefined) {
        const { coverageSvg } = await import("../coverage_svg.ts");
        await writeWhole(options.svg, coverageSvg(coverage));
        if (!options.json) print(`Written to ${options.svg}`);
        if (!options.json && !options.picture) return;
      }
      if (options.json) {
        for (const { days: _, ...rest } of coverage) printJson(rest);
        return;
      }
      if (coverage.length === 0) {
        printError(`The mirror in ${options.out} is empty`);
        return;
      }
      printTable(coverage);
      if (options.picture) printPictures(coverage);
    });
}

/** Writes a file so that a failure leaves what lay there. */
async function writeWhole(path: string, text: string): Promise<void> {
  const { withFile } = await import("../../store/mod.ts");
  await withFile("write", path, async () => {
    const there = await Deno.stat(path).catch(() => undefined);
    if (there !== undefined && !there.isFile) {
      return await Deno.writeTextFile(path, text); // a device, or an error's message
    }
    const part = `${path}.part`;
    try {
      await Deno.writeTextFile(part, text);
      await Deno.rename(part, path);
    } catch (error) {
      await Deno.remove(part).catch(() => {});
      throw error;
    }
  });
}

function printTable(coverage: readonly Coverage[]): void {
  const [head = "", ...lines] = formatTable([
    ["data type", "first", "last", "files", "bytes", "holes"],
    ...coverage.map(({ dataType, first, last, files, bytes, holes }) => [
      dataType,
      first ?? "-",
      last ?? "-",
      files.toLocaleString("en-US"),
      formatBytes(bytes),
      holes.length.toLocaleString("en-US"),
    ]),
  ], [3, 4, 5]);
  print(style("bold", head));
  lines.forEach((line) => print(line));
}

function printPictures(coverage: readonly Coverage[]): void {
  for (const each of coverage) {
    print(`\n${style("bold", each.dataType)}`);
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
