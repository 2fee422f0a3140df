import { formatBytes } from "../../base/mod.ts";
import { toRanges } from "../../catalog/mod.ts";
import type { Coverage, CoverageDay } from "../../mirror/mod.ts";
import { escapeXml } from "../../service/mod.ts";
import { DAY_LOOKS } from "../../web/mod.ts";
import { formatCount } from "../format.ts";
import { coverageColumns } from "./coverage_columns.ts";
import {
  byYear,
  CELL,
  dayPatterns,
  dayStyles,
  describeStates,
  drawDays,
  lookOf,
  monthColumns,
  placeOf,
  tooltipsFor,
} from "./draw_days.ts";
import { PAGE_STYLE } from "./page_style.ts";

/** The most ranges of missing days that are listed for a data type. */
const MOST_RANGES = 1_000;
const MONTHS_HEIGHT = 12;
/** The halves of a year stand side by side, or one below the other where it is narrow. */
const HALVES = [["01", "06"], ["07", "12"]] as const;

/** What a page says besides the coverage. */
export interface CoveragePage {
  /** Where the mirror is, as it was given. */
  location: string;
  /** When the coverage was asked for. */
  madeAt: Date;
  /** Flatbed's version. */
  version: string;
}

/**
 * Shows coverage as one HTML file that needs no script and asks for nothing: totals, a
 * calendar for each data type, and its missing days.
 */
export function coverageHtml(
  coverage: readonly Coverage[],
  { location, madeAt, version }: CoveragePage,
): string {
  const tooltips = tooltipsFor(
    coverage.reduce((sum, { days }) => sum + days.length, 0),
  );
  const instant = madeAt.toISOString();
  const place = `<bdi>${escapeXml(location)}</bdi>`;
  const sum = (count: (each: Coverage) => number) =>
    coverage.reduce((sum, each) => sum + count(each), 0);
  const totals = `${formatCount(coverage.length, "dataset")}, ${
    formatCount(sum(({ files }) => files), "file")
  }, ${formatBytes(sum(({ bytes }) => bytes))}, ${
    formatCount(sum(({ missing }) => missing.length), "missing day")
  }`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="Flatbed ${escapeXml(version)}">
<meta name="date" content="${instant}">
<title>Coverage of ${escapeXml(location)}</title>
<style>${PAGE_STYLE}
${dayStyles()}
</style>
</head>
<body>
<svg class="patterns" aria-hidden="true">${dayPatterns()}</svg>
<header>
<h1>Coverage of ${place}</h1>
<p>${totals}. As of <time datetime="${instant}">${
    instant.slice(0, 16).replace("T", " ")
  } UTC</time>, by Flatbed ${escapeXml(version)}.</p>
</header>
<main>
${
    coverage.length === 0
      ? "<p>The mirror is empty. <code>flatbed sync</code> fetches files into it.</p>"
      : `${table(coverage)}\n${legend(coverage)}\n${
        coverage.map((each) => section(each, tooltips)).join("\n")
      }`
  }
</main>
</body>
</html>
`;
}

function table(coverage: readonly Coverage[]): string {
  const columns = coverageColumns(coverage);
  const kind = (isNumber: boolean) => isNumber ? ' class="number"' : "";
  const heads = columns.map(({ head, isNumber }) =>
    `<th scope="col"${kind(isNumber)}>${head}</th>`
  );
  const rows = coverage.map((each) => {
    const cells = columns.slice(1).map(({ cell, isNumber }) =>
      `<td${kind(isNumber)}>${escapeXml(cell(each))}</td>`
    );
    const { dataType } = each;
    return `<tr><th scope="row"><a href="#${dataType}">${dataType}</a></th>${
      cells.join("")
    }</tr>`;
  });
  return `<div class="scroll" role="region" aria-label="Totals" tabindex="0"><table>
<thead><tr>${heads.join("")}</tr></thead>
<tbody>
${rows.join("\n")}
</tbody>
</table></div>`;
}

/** The states that the calendars have, and what they mean. */
function legend(coverage: readonly Coverage[]): string {
  const used = new Set<string>(
    coverage.flatMap(({ days }) => days.map(lookOf)),
  );
  const entries = Object.entries(DAY_LOOKS)
    .filter(([state]) => used.has(state))
    .map(([state, { name, meaning }]) =>
      `<div><dt><svg width="9" height="9" aria-hidden="true"><use href="#day-${state}"/></svg> ${name}</dt><dd>${meaning}</dd></div>`
    );
  return `<dl class="legend">${entries.join("")}</dl>`;
}

function section(each: Coverage, tooltips: "days" | "months"): string {
  const { dataType, from, to, days } = each;
  const years = [...byYear(days)].map(([year, own]) =>
    `<div class="year"><h3>${year}</h3>${
      HALVES.map((half) => drawHalf(year, half, own, tooltips)).join("")
    }</div>`
  );
  const range = days.length === 0
    ? "No days in this range."
    : `${dateTag(from)} to ${dateTag(to)}: ${describeStates(days)}.`;
  return `<section aria-labelledby="${dataType}">
<h2 id="${dataType}">${dataType}</h2>
<p>${range}</p>
${missingDays(each)}${damagedDays(each)}<div class="years">
${years.join("\n")}
</div>
</section>`;
}

function drawHalf(
  year: string,
  [first, last]: typeof HALVES[number],
  days: readonly CoverageDay[],
  tooltips: "days" | "months",
): string {
  const own = days.filter(({ date }) => {
    const month = date.slice(5, 7);
    return first <= month && month <= last;
  });
  const left = placeOf(`${year}-${first}-01`).column * CELL;
  const columns = placeOf(`${year}-${last}-30`).column + 1;
  const width = columns * CELL - left, height = 7 * CELL + MONTHS_HEIGHT;
  const names = monthColumns(year)
    .slice(Number(first) - 1, Number(last))
    .map(({ name, column }) =>
      `<text x="${column * CELL}" y="8">${name}</text>`
    );
  const label = own.length === 0 ? "no days" : describeStates(own);
  return `<svg width="${width}" height="${height}" viewBox="${left} 0 ${width} ${height}" role="img" aria-label="${year}-${first} to ${year}-${last}: ${label}">${
    names.join("")
  }<g transform="translate(0 ${MONTHS_HEIGHT})">${
    drawDays(own, tooltips)
  }</g></svg>`;
}

/** The missing days as ranges of days that follow each other. */
function missingDays({ dataType, missing }: Coverage): string {
  if (missing.length === 0) return "";
  const ranges = toRanges(missing.map((date) => ({ dataType, date })));
  const items = ranges.slice(0, MOST_RANGES).map(({ from, to, days }) =>
    days === 1
      ? `<li>${dateTag(from)}</li>`
      : `<li>${dateTag(from)} to ${dateTag(to)} (${
        formatCount(days, "day")
      })</li>`
  );
  const others = ranges.slice(MOST_RANGES)
    .reduce((sum, { days }) => sum + days, 0);
  if (others > 0) items.push(`<li>and ${formatCount(others, "day")} more</li>`);
  return `<details><summary>${
    formatCount(missing.length, "missing day")
  }</summary><ul class="dates">${items.join("")}</ul></details>
`;
}

function damagedDays({ damagedAtSource }: Coverage): string {
  if (damagedAtSource.length === 0) return "";
  const items = damagedAtSource.map(({ date, gzipFault }) =>
    `<li>${dateTag(date)}: its gzip data <bdi>${
      escapeXml(gzipFault)
    }</bdi></li>`
  );
  return `<details><summary>${
    formatCount(damagedAtSource.length, "file")
  } damaged at source</summary><ul>${items.join("")}</ul></details>
`;
}

function dateTag(date: string): string {
  return `<time>${date}</time>`;
}
