import type { BenchResult } from "./results.ts";
import { describeTarget } from "./results.ts";
import { againstLines, padColumns, tableOf } from "./table.ts";

const BEGIN = "<!-- results: begin, written by --markdown -->";
const END = "<!-- results: end -->";

/** All results as Markdown. */
export function toMarkdown(result: BenchResult): string {
  const { machine, tools, cases } = result;
  const lines = [
    `Measured on ${machine.date}: ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}, Deno ${machine.deno}. Server: ${result.server}; files ${result.folder}.${
      result.isSmall ? " All sizes divided by 20 (`--small`)." : ""
    }`,
    "",
    ...Object.entries(tools).map(([name, version]) => `- ${name}: ${version}`),
    ...Object.entries(result.missing).map(([name, how]) =>
      `- ${name}: missing (${how})`
    ),
    "",
  ];
  for (const benchCase of cases) {
    const rounds = Math.max(
      ...benchCase.programs.map(({ runs }) => runs.length),
    );
    lines.push(
      `### ${benchCase.name}`,
      "",
      `${benchCase.title}, ${rounds} ${rounds === 1 ? "round" : "rounds"}.`,
      "",
      ...markdownTable(tableOf(benchCase)),
      "",
      ...benchCase.programs.flatMap(({ name, problem }) =>
        problem === undefined ? [] : [`- ${name}: not measured: ${problem}`]
      ),
      ...benchCase.targets.map((target) => `- ${describeTarget(target)}`),
      ...benchCase.notes.map((note) => `- ${note}`),
      ...againstLines(benchCase.programs).map((line) => `- ${line}`),
      ...(benchCase.targets.length > 0 ? [""] : []),
    );
  }
  return lines.join("\n").trimEnd() + "\n";
}

function markdownTable(rows: readonly string[][]): string[] {
  const escaped = rows.map((row) =>
    row.map((cell) => cell.replaceAll("|", "\\|"))
  );
  const [head = [], ...body] = padColumns(escaped);
  const rule = head.map((cell, column) =>
    column === 0 ? "-".repeat(cell.length) : `${"-".repeat(cell.length - 1)}:`
  );
  return [head, rule, ...body].map((row) => `| ${row.join(" | ")} |`);
}

/** Writes results to a Markdown file, formatted: between its marks, where it has them. */
export async function writeMarkdown(
  path: string,
  result: BenchResult,
): Promise<void> {
  const markdown = toMarkdown(result);
  const current = await Deno.readTextFile(path).catch(() => "");
  const [begin, end] = [current.indexOf(BEGIN), current.indexOf(END)];
  await Deno.writeTextFile(
    path,
    begin < 0 || end < begin
      ? markdown
      : `${current.slice(0, begin)}${BEGIN}\n\n${markdown}\n${
        current.slice(end)
      }`,
  );
  await new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", "--no-config", path],
    stderr: "null",
  }).output();
}
