import { dayOfWeek } from "../calendar/mod.ts";
import type { Coverage, DayState } from "../mirror/mod.ts";
import { formatBytes } from "../base/mod.ts";
import { formatCount, grouped, MONTHS } from "./format.ts";

/** The pitch of the squares, and the side of a square, in pixels. */
const CELL = 11;
const SQUARE = 9;
/** The left edge of a year's squares, in pixels. */
const LEFT = 44;
const WIDTH = LEFT + 54 * CELL + 12;
const MONTHS_HEIGHT = 14;
const YEAR_HEIGHT = 7 * CELL + MONTHS_HEIGHT + 6;
const HEAD_HEIGHT = 50;
const LEGEND_HEIGHT = 34;

/** The label of each state, in the order of the legend. */
const STATES: readonly [DayState, string][] = [
  ["present", "present"],
  ["released", "released"],
  ["damaged", "damaged at source"],
  ["missing", "missing"],
  ["accepted", "accepted"],
  ["closed", "no trading"],
  ["not-published", "not published"],
  ["refused", "refused"],
];

const STYLE = `
    text { font: 12px system-ui, sans-serif; fill: #1f2328; }
    .title { font-weight: 600; font-size: 14px; }
    .note, .year, .month { fill: #59636e; }
    .month { font-size: 10px; }
    .present { color: #1a7f37; }
    .released { color: #9fd8ac; }
    .damaged { color: #9a6700; }
    .missing { color: #d1242f; }
    .accepted { color: #d1242f; }
    .closed, .optional { color: #e4e8ec; }
    .not-published { color: #8c959f; }
    .refused { color: #c9b28a; }
    .day { fill: currentColor; }
    .accepted.day, .not-published.day { fill: none; stroke: currentColor; }
    .days { fill: none; stroke: currentColor; stroke-width: 9; }
    .background { fill: #ffffff; }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc; }
      .note, .year, .month { fill: #9198a1; }
      .present { color: #3fb950; }
      .released { color: #1f5a2d; }
      .damaged { color: #d29922; }
      .missing { color: #f85149; }
      .accepted { color: #f85149; }
      .closed, .optional { color: #262c36; }
      .not-published { color: #656c76; }
      .refused { color: #7d6a45; }
      .background { fill: #0d1117; }
    }`;

/** The most days that get a tooltip each; with more, the image would be many MB. */
const MOST_DATED = 10_000;

/** Draws coverage as an SVG image for light and dark mode: a square per day, a band per year. */
export function coverageSvg(coverage: readonly Coverage[]): string {
  const count = coverage.reduce((sum, { days }) => sum + days.length, 0);
  const draw = count > MOST_DATED ? drawTogether : drawEach;
  const parts: string[] = [];
  let top = 16;
  for (const each of coverage) {
    parts.push(heading(each, top));
    top += HEAD_HEIGHT;
    for (const [year, days] of byYear(each)) {
      parts.push(monthNames(year, top + 10));
      top += MONTHS_HEIGHT;
      parts.push(
        `  <text class="year" x="8" y="${top + 3 * CELL + 9}">${year}</text>`,
        ...draw(days, top),
      );
      top += YEAR_HEIGHT - MONTHS_HEIGHT;
    }
  }
  parts.push(legend(top + 8));
  const height = top + LEGEND_HEIGHT;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img">
  <title>${
    coverage.map(({ dataType }) => dataType).join(", ")
  }: which days are there</title>
  <style>${STYLE}
  </style>
  <rect class="background" width="100%" height="100%"/>
${parts.join("\n")}
</svg>
`;
}

function heading(
  { dataType, first, last, files, bytes, missing }: Coverage,
  top: number,
): string {
  const range = first === undefined ? "nothing yet" : `${first} to ${last}`;
  const note = `${range}, ${formatCount(files, "file")}, ${
    formatBytes(bytes)
  }, ${grouped(missing.length)} missing`;
  return `  <text class="title" x="8" y="${top + 12}">${dataType}</text>
  <text class="note" x="8" y="${top + 30}">${note}</text>`;
}

function byYear({ days }: Coverage): Map<string, Coverage["days"]> {
  const years = new Map<string, Coverage["days"]>();
  for (const day of days) {
    const year = day.date.slice(0, 4);
    const own = years.get(year) ?? [];
    own.push(day);
    years.set(year, own);
  }
  return years;
}

/** The months' names above the columns in which they begin. */
function monthNames(year: string, y: number): string {
  return MONTHS.map((name, month) => {
    const date = `${year}-${String(month + 1).padStart(2, "0")}-01`;
    return `  <text class="month" x="${
      LEFT + placeOf(date).column * CELL
    }" y="${y}">${name.slice(0, 3)}</text>`;
  }).join("\n");
}

/** The column and the row of a date's square; weeks begin on Monday. */
function placeOf(date: string): { column: number; row: number } {
  const newYear = `${date.slice(0, 4)}-01-01`;
  const day = (Date.parse(date) - Date.parse(newYear)) / 86_400_000;
  const offset = (dayOfWeek(newYear) + 6) % 7;
  return {
    column: Math.floor((day + offset) / 7),
    row: (day + offset) % 7,
  };
}

/** Draws the days of a year as squares. */
function drawEach(days: Coverage["days"], top: number): string[] {
  return days.filter(({ state }) => state !== "before").map((day) =>
    square(day, top)
  );
}

function square(
  { date, state }: Coverage["days"][number],
  top: number,
): string {
  const { column, row } = placeOf(date);
  return `  <rect class="${state} day" x="${LEFT + column * CELL}" y="${
    top + row * CELL
  }" width="${SQUARE}" height="${SQUARE}" rx="2"><title>${date} ${state}</title></rect>`;
}

/** Draws the days of a year with one path per state: each square is a stroke as wide as it is long. */
function drawTogether(days: Coverage["days"], top: number): string[] {
  const states = Map.groupBy(days, ({ state }) => state);
  states.delete("before");
  return [...states].map(([state, own]) => {
    let [x, y] = [0, 0];
    const strokes = own.map(({ date }) => {
      const { column, row } = placeOf(date);
      const left = LEFT + column * CELL;
      const middle = top + row * CELL + SQUARE / 2;
      const move = `m${left - x} ${middle - y}h${SQUARE}`;
      [x, y] = [left + SQUARE, middle];
      return move;
    });
    const year = own[0]?.date.slice(0, 4);
    return `  <path class="${state} days" d="${
      strokes.join("")
    }"><title>${year}: ${
      formatCount(own.length, `day ${state}`, `days ${state}`)
    }</title></path>`;
  });
}

function legend(top: number): string {
  let left = LEFT;
  return STATES.map(([state, name]) => {
    const x = left;
    left += 26 + name.length * 7;
    return `  <rect class="${state} day" x="${x}" y="${top}" width="${SQUARE}" height="${SQUARE}" rx="2"/>
  <text class="note" x="${x + 14}" y="${top + 9}">${name}</text>`;
  }).join("\n");
}
