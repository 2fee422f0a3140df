import { formatBytes } from "../../base/mod.ts";
import type { Coverage } from "../../mirror/mod.ts";
import { DAY_LOOKS } from "../../web/mod.ts";
import { formatCount, grouped } from "../format.ts";
import {
  byYear,
  CELL,
  dayPatterns,
  dayStyles,
  drawDays,
  monthColumns,
  tooltipsFor,
} from "./draw_days.ts";

/** The left edge of a year's squares, in pixels. */
const LEFT = 44;
const WIDTH = LEFT + 54 * CELL + 12;
const MONTHS_HEIGHT = 14;
const YEAR_HEIGHT = 7 * CELL + MONTHS_HEIGHT + 6;
const HEAD_HEIGHT = 50;
const LEGEND_LINE = 18;

const STYLE = `
text { font: 12px system-ui, sans-serif; fill: #1f2328; }
.title { font-weight: 600; font-size: 14px; }
.note, .year, .month { fill: #59636e; }
.month { font-size: 10px; }
.background { fill: #ffffff; }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc; }
  .note, .year, .month { fill: #9198a1; }
  .background { fill: #0d1117; }
}`;

/** Draws coverage as an SVG image for light and dark mode: a square per day, a band per year. */
export function coverageSvg(coverage: readonly Coverage[]): string {
  const tooltips = tooltipsFor(
    coverage.reduce((sum, { days }) => sum + days.length, 0),
  );
  const parts: string[] = [];
  let top = 16;
  for (const each of coverage) {
    parts.push(heading(each, top));
    top += HEAD_HEIGHT;
    for (const [year, days] of byYear(each.days)) {
      parts.push(monthNames(year, top + 10));
      top += MONTHS_HEIGHT;
      parts.push(
        `<text class="year" x="8" y="${top + 3 * CELL + 9}">${year}</text>`,
        `<g transform="translate(${LEFT} ${top})">${
          drawDays(days, tooltips)
        }</g>`,
      );
      top += YEAR_HEIGHT - MONTHS_HEIGHT;
    }
  }
  const { lines, height: legendHeight } = legend(top + 8);
  parts.push(...lines);
  const height = top + legendHeight;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img">
<title>${
    coverage.map(({ dataType }) => dataType).join(", ")
  }: which days are there</title>
<style>${STYLE}
${dayStyles()}
</style>
${dayPatterns()}
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
  return `<text class="title" x="8" y="${top + 12}">${dataType}</text>
<text class="note" x="8" y="${top + 30}">${note}</text>`;
}

/** The months' names above the columns in which they begin. */
function monthNames(year: string, y: number): string {
  return monthColumns(year).map(({ name, column }) =>
    `<text class="month" x="${LEFT + column * CELL}" y="${y}">${name}</text>`
  ).join("\n");
}

/** The legend, in lines that fit the width. */
function legend(top: number): { lines: string[]; height: number } {
  let left = LEFT, y = top;
  const lines: string[] = [];
  for (const [state, { name }] of Object.entries(DAY_LOOKS)) {
    const width = 26 + name.length * 7;
    if (left + width > WIDTH) [left, y] = [LEFT, y + LEGEND_LINE];
    lines.push(`<use href="#day-${state}" x="${left}" y="${y}"/>
<text class="note" x="${left + 14}" y="${y + 9}">${name}</text>`);
    left += width;
  }
  return { lines, height: y - top + LEGEND_LINE + 16 };
}
