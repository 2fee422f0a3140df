import { formatRatio, formatSeconds } from "./format.ts";
import {
  type CaseResult,
  cpuOf,
  describeTarget,
  type ProgramResult,
  ratios,
} from "./results.ts";
import { nameBefore } from "./run_case.ts";
import { spreadOf } from "./statistics.ts";

const HEAD = [
  "program",
  "wall s",
  "min to max",
  "inside s",
  "first s",
  "CPU s",
  "peak MB",
  "speed against it",
  "min to max",
];

/** The table of a case, cells as text. What no program has is left out. */
export function tableOf({ programs }: CaseResult): string[][] {
  const [ours] = programs;
  const rows = programs.filter(({ runs }) => runs.length > 0).map((program) => {
    const { name, runs } = program;
    const wall = spreadOf(runs.map(({ wall }) => wall));
    const inner = spreadOf(runs.map(({ inner = NaN }) => inner)).median;
    const first = spreadOf(runs.map(({ first = NaN }) => first)).median;
    const speed = ours === undefined || ours === program
      ? undefined
      : ratios(program, ours, ({ wall }) => wall);
    return [
      name,
      formatSeconds(wall.median),
      `${formatSeconds(wall.min)} to ${formatSeconds(wall.max)}`,
      Number.isNaN(inner) ? "" : formatSeconds(inner),
      Number.isNaN(first) ? "" : formatSeconds(first),
      spreadOf(runs.map(cpuOf)).median.toFixed(2),
      spreadOf(runs.map(({ peak }) => peak)).median.toFixed(0),
      speed === undefined ? "" : formatRatio(speed.median),
      speed === undefined
        ? ""
        : `${formatRatio(speed.min)} to ${formatRatio(speed.max)}`,
    ];
  });
  const isUsed = HEAD.map((_, column) =>
    rows.some((row) => row[column] !== "")
  );
  return [HEAD, ...rows].map((row) =>
    row.filter((_, column) => isUsed[column])
  );
}

/** Cells padded to columns: the first one to the left, numbers to the right. */
export function padColumns(rows: readonly string[][]): string[][] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0))
  );
  return rows.map((row) =>
    row.map((cell, column) =>
      column === 0
        ? cell.padEnd(widths[column] ?? 0)
        : cell.padStart(widths[column] ?? 0)
    )
  );
}

/** What came of a case, for a terminal. */
export function describeCase(result: CaseResult): string {
  const rounds = Math.max(...result.programs.map(({ runs }) => runs.length));
  return [
    `${result.name}: ${result.title} (${rounds} ${
      rounds === 1 ? "round" : "rounds"
    })`,
    ...padColumns(tableOf(result)).map((row) => `  ${row.join("  ")}`),
    ...result.programs.flatMap(({ name, problem }) =>
      problem === undefined ? [] : [`  ${name}: ${problem}`]
    ),
    ...result.targets.map((target) => `  ${describeTarget(target)}`),
    ...result.notes.map((note) => `  ${note}`),
    ...againstLines(result.programs).map((line) => `  ${line}`),
    "",
  ].join("\n");
}

/** How our programs compare with those of the other checkout, as medians of ratios. */
export function againstLines(programs: readonly ProgramResult[]): string[] {
  return programs.flatMap((ours) => {
    const other = programs.find(({ name }) => name === nameBefore(ours.name));
    const wall = other && ratios(ours, other, ({ wall }) => wall);
    const cpu = other && ratios(ours, other, cpuOf);
    if (wall === undefined || cpu === undefined) return [];
    return [
      `${ours.name}: ${
        formatRatio(wall.median)
      } of the other checkout's time (${formatRatio(wall.min)} to ${
        formatRatio(wall.max)
      }), ${formatRatio(cpu.median)} of its CPU`,
    ];
  });
}
