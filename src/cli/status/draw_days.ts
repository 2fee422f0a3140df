import { dayOfWeek } from "../../calendar/mod.ts";
import { formatBytes } from "../../base/mod.ts";
import type { CoverageDay } from "../../mirror/mod.ts";
import { DAY_LOOKS, type DayLookName } from "../../web/mod.ts";
import { formatCount, MONTHS } from "../format.ts";

/** The pitch of the squares, and the side of a square, in pixels. */
export const CELL = 11;
export const SQUARE = 9;

/** The most days that get a tooltip each; with more, there is one for each month. */
const MOST_DATED = 10_000;

/** The column and the row of a date's square within its year; weeks begin on Monday. */
export function placeOf(date: string): { column: number; row: number } {
  const newYear = `${date.slice(0, 4)}-01-01`;
  const day = (Date.parse(date) - Date.parse(newYear)) / 86_400_000;
  const offset = (dayOfWeek(newYear) + 6) % 7;
  return {
    column: Math.floor((day + offset) / 7),
    row: (day + offset) % 7,
  };
}

/** The columns in which a year's months begin. */
export function monthColumns(year: string): { name: string; column: number }[] {
  return MONTHS.map((name, month) => ({
    name: name.slice(0, 3),
    column: placeOf(`${year}-${String(month + 1).padStart(2, "0")}-01`).column,
  }));
}

/** The days by year, without those before the dataset's first one. */
export function byYear(
  days: readonly CoverageDay[],
): Map<string, CoverageDay[]> {
  return Map.groupBy(
    days.filter(({ state }) => state !== "before"),
    ({ date }) => date.slice(0, 4),
  );
}

/** Which tooltips all these days can have in a file of a few MB. */
export function tooltipsFor(count: number): "days" | "months" {
  return count > MOST_DATED ? "months" : "days";
}

/**
 * Draws days of one year, with the year's first week at the left edge: a stroke for each
 * run of days in a column, filled with the shapes of {@linkcode dayPatterns}, and above
 * them strokes without a colour that have the tooltips.
 */
export function drawDays(
  days: readonly CoverageDay[],
  tooltips: "days" | "months",
): string {
  const looks = Map.groupBy(days, lookOf);
  const drawn = [...looks].map(([look, own]) =>
    `<path stroke="url(#days-${look})" d="${strokes(own)}"/>`
  );
  const months = Map.groupBy(days, ({ date }) => date.slice(0, 7));
  const titled = tooltips === "days"
    ? days.map((day) => titledPath([day], describeDay(day)))
    : [...months].map(([month, own]) =>
      titledPath(own, `${month}: ${describeStates(own)}`)
    );
  return `<g class="days">${drawn.join("")}</g><g class="tips">${
    titled.join("")
  }</g>`;
}

/** How many days look alike, in the order of the legend. */
export function describeStates(days: readonly CoverageDay[]): string {
  const looks = Map.groupBy<string, CoverageDay>(days, lookOf);
  return Object.entries(DAY_LOOKS).flatMap(([look, { name }]) => {
    const count = looks.get(look)?.length ?? 0;
    return count === 0 ? [] : [formatCount(count, name, name)];
  }).join(", ");
}

/** What a day looks like; nothing, if it is before the dataset's first one. */
export function lookOf(
  { state, parquetBytes }: CoverageDay,
): DayLookName | "before" {
  return state === "present" && parquetBytes !== undefined ? "parquet" : state;
}

function describeDay(day: CoverageDay): string {
  const look = lookOf(day);
  const name = look === "before" ? look : DAY_LOOKS[look].name;
  const size = day.bytes === undefined ? "" : `, ${formatBytes(day.bytes)}`;
  return `${day.date} ${name}${size}`;
}

function titledPath(days: readonly CoverageDay[], title: string): string {
  return `<path d="${strokes(days)}"><title>${title}</title></path>`;
}

/** The strokes of days in order, down along each column; each point is relative to the last. */
function strokes(days: readonly CoverageDay[]): string {
  const runs: { column: number; row: number; length: number }[] = [];
  for (const { date } of days) {
    const { column, row } = placeOf(date);
    const last = runs.at(-1);
    if (last?.column === column && last.row + last.length === row) {
      last.length++;
    } else runs.push({ column, row, length: 1 });
  }
  let [x, y] = [0, 0];
  return runs.map(({ column, row, length }) => {
    const left = column * CELL + SQUARE / 2, top = row * CELL;
    const down = (length - 1) * CELL + SQUARE;
    const stroke = `m${left - x} ${top - y}v${down}`;
    [x, y] = [left, top + down];
    return stroke.replace(" -", "-");
  }).join("");
}

/** The patterns that the strokes are filled with, and the shapes of the legend. */
export function dayPatterns(): string {
  return `<defs>${
    Object.entries(DAY_LOOKS).map(([state, { shape }]) =>
      `<path id="day-${state}" class="day ${state}" transform="scale(${
        SQUARE / 10
      })" d="${shape}"/><pattern id="days-${state}" width="${CELL}" height="${CELL}" patternUnits="userSpaceOnUse"><use href="#day-${state}"/></pattern>`
    ).join("")
  }</defs>`;
}

/** The styles of what is drawn, for light and dark. */
export function dayStyles(): string {
  const colors = (scheme: "light" | "dark") =>
    Object.entries(DAY_LOOKS).map(([state, look]) =>
      `.${state} { color: ${look[scheme]}; }`
    ).join(" ");
  return `.day { fill: currentColor; fill-rule: evenodd; }
.days, .tips { fill: none; stroke-width: ${SQUARE}; }
.tips { stroke: none; pointer-events: stroke; }
${colors("light")}
@media (prefers-color-scheme: dark) { ${colors("dark")} }`;
}
