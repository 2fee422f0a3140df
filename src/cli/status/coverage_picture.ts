import { MONTHS } from "../format.ts";
import type { Coverage, DayState } from "../../mirror/mod.ts";

/** A character of the picture, and its style. */
export interface Cell {
  mark: string;
  color: "green" | "red" | "yellow" | "dim" | undefined;
}

/** A year of the picture. */
export interface YearRow {
  year: string;
  cells: Cell[];
}

const WEEKS = 53;
const LABEL_WIDTH = 5;

const MARKS: readonly [
  (states: ReadonlySet<DayState>) => boolean,
  Cell,
  string,
][] = [
  [
    (states) => states.has("damaged"),
    { mark: "!", color: "red" },
    "damaged at source",
  ],
  [(states) => states.has("missing") && states.has("present"), {
    mark: "▒",
    color: "yellow",
  }, "in part"],
  [(states) => states.has("missing"), { mark: "░", color: "red" }, "missing"],
  [(states) => states.has("present"), { mark: "█", color: "green" }, "present"],
  [
    (states) => states.has("released"),
    { mark: "o", color: "green" },
    "released",
  ],
  [(states) => states.has("accepted"), { mark: "a", color: "dim" }, "accepted"],
  [(states) => states.has("refused"), { mark: "x", color: "dim" }, "refused"],
  [
    (states) => states.has("not-published"),
    { mark: "-", color: "dim" },
    "not published",
  ],
  [
    (states) => states.has("closed") || states.has("optional"),
    { mark: "·", color: "dim" },
    "no trading",
  ],
  [() => true, { mark: " ", color: undefined }, ""],
];

/**
 * Draws a data type's coverage: a line per year and a character per week, or several
 * weeks per character on a narrow terminal.
 */
export function drawCoverage(coverage: Coverage, width: number): YearRow[] {
  const weeksACell = weeksPerCell(width);
  const years = new Map<string, Set<DayState>[]>();
  for (const { date, state } of coverage.days) {
    const year = date.slice(0, 4);
    const cells = years.get(year) ??
      Array.from(
        { length: Math.ceil(WEEKS / weeksACell) },
        () => new Set<DayState>(),
      );
    years.set(year, cells);
    const day = (Date.parse(date) - Date.parse(`${year}-01-01`)) / 86_400_000;
    cells[Math.floor(day / 7 / weeksACell)]?.add(state);
  }
  return [...years].map(([year, cells]) => ({
    year,
    cells: cells.map(cellOf),
  }));
}

/** The month names above the weeks in which they begin; single letters on a narrow terminal. */
export function monthLine(width: number): string {
  const weeksACell = weeksPerCell(width);
  const cells = Math.ceil(WEEKS / weeksACell);
  const places = MONTHS.map((_, month) => {
    const day = (Date.UTC(2023, month, 1) - Date.UTC(2023, 0, 1)) / 86_400_000;
    return Math.floor(day / 7 / weeksACell);
  });
  const letters = cells >= 12 * 4 ? 3 : 1;
  const line = Array.from({ length: cells }, () => " ");
  MONTHS.forEach((name, month) => {
    [...name.slice(0, letters)].forEach((letter, at) => {
      line[(places[month] ?? 0) + at] = letter;
    });
  });
  return `${" ".repeat(LABEL_WIDTH)}${line.join("").trimEnd()}`;
}

function weeksPerCell(width: number): number {
  return Math.max(1, Math.ceil(WEEKS / Math.max(8, width - LABEL_WIDTH - 1)));
}

function cellOf(states: ReadonlySet<DayState>): Cell {
  const found = MARKS.find(([holds]) => holds(states));
  return found?.[1] ?? { mark: " ", color: undefined };
}

/** The legend, wrapped to the width. */
export function legend(width: number): string[] {
  const lines: string[] = [];
  for (const [, { mark }, meaning] of MARKS) {
    if (meaning === "") continue;
    const entry = `${mark} ${meaning}`;
    const last = lines.at(-1);
    if (last !== undefined && last.length + 3 + entry.length < width) {
      lines[lines.length - 1] = `${last}   ${entry}`;
    } else {
      lines.push(entry);
    }
  }
  return lines;
}
