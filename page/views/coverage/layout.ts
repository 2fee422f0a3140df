import { columnOf, COLUMNS, newYearOf, weekdayOf, yearOf } from "./dates.ts";
import type { YearSums } from "./dataset_days.ts";

/** Where the squares of a dataset's days are, in CSS pixels. */
export interface Layout {
  /** From one square to the next. */
  pitch: number;
  /** The side of a square. */
  side: number;
  /** The left edge of the first week. */
  left: number;
  /** Above the first year. */
  head: number;
  /** Above each year, for its text where there is no room beside it. */
  above: number;
  /** From one year to the next. */
  step: number;
  width: number;
  height: number;
  /** How many pixels of the screen are one of CSS. */
  density: number;
}

/** The room for a year's text beside its squares. */
const BESIDE = 82;
const NARROW = 440;
const LARGEST = 15;

/** Lays a calendar out in a width. */
export function layOut(width: number, years: number, density: number): Layout {
  const isNarrow = width < NARROW;
  const left = isNarrow ? 0 : BESIDE;
  const pitch = Math.min(
    LARGEST,
    // Whole pixels of the screen: squares stay sharp.
    Math.max(3, Math.floor((width - left) * density / COLUMNS)) / density,
  );
  const gap = Math.max(1, Math.round(pitch * density * 0.16)) / density;
  const above = isNarrow ? 20 : 0;
  const step = 7 * pitch + above + (isNarrow ? 6 : 10);
  const head = 16;
  return {
    ...{ pitch, side: pitch - gap, left, head, above, step, density, width },
    height: head + step * years,
  };
}

/** The left and upper edge of a day's square. */
export function placeOf(
  { pitch, left, head, above, step }: Layout,
  years: readonly YearSums[],
  day: number,
): { x: number; y: number } | undefined {
  const year = yearOf(day);
  const index = years.findIndex((each) => each.year === year);
  if (index === -1) return undefined;
  return {
    x: left + columnOf(day, newYearOf(year)) * pitch,
    y: head + index * step + above + weekdayOf(day) * pitch,
  };
}

/** The day, or where its year is not shown, the nearest that is, later or earlier. */
export function shownDay(
  years: readonly YearSums[],
  { firstDay, lastDay }: { firstDay: number; lastDay: number },
  day: number,
  isLater: boolean,
): number {
  const within = Math.min(Math.max(day, firstDay), lastDay);
  const year = yearOf(within);
  // The last year comes first.
  const shown = years.map((each) => each.year);
  if (shown.includes(year)) return within;
  const next = isLater
    ? shown.findLast((each) => each > year) ?? shown[0]
    : shown.find((each) => each < year) ?? shown.at(-1);
  if (next === undefined) return within;
  return next > year
    ? Math.max(firstDay, newYearOf(next))
    : Math.min(lastDay, newYearOf(next + 1) - 1);
}

/** The day at a place; `undefined` where there is none. */
export function dayAt(
  { pitch, left, head, above, step }: Layout,
  years: readonly YearSums[],
  x: number,
  y: number,
): number | undefined {
  const index = Math.floor((y - head) / step);
  const year = years[index]?.year;
  if (year === undefined) return undefined;
  const row = Math.floor((y - head - index * step - above) / pitch);
  const column = Math.floor((x - left) / pitch);
  if (row < 0 || row > 6 || column < 0 || column >= COLUMNS) return undefined;
  const newYear = newYearOf(year);
  const day = newYear - weekdayOf(newYear) + column * 7 + row;
  return yearOf(day) === year ? day : undefined;
}
