import type {
  DayPrices,
  PriceDay,
  PricePoints,
} from "../../../src/web/ui/day/day_types.ts";

/** A line, with nothing between one day and the next one. */
export interface PriceLine {
  /** Where the points are: the day's number and how far it has gone; see {@linkcode PriceLayout}. */
  at: number[];
  /** When, in milliseconds; `null` between days. */
  time: (number | null)[];
  open: (number | null)[];
  high: (number | null)[];
  low: (number | null)[];
  close: (number | null)[];
}

/**
 * Where prices are drawn: each day on which a file is expected has a place of the same width,
 * so that nights take no room, and a day that lacks is an empty place.
 */
export interface PriceLayout {
  days: readonly PriceDay[];
  lines: PriceLine[];
  /** Whether a day has one bar. */
  isDaily: boolean;
  /** The times of a day that are drawn, in milliseconds since it begins. */
  from: number;
  to: number;
}

/** Lays out prices. */
export function layOut(prices: DayPrices): PriceLayout {
  const { points, asks } = prices;
  // Days before the first price and after the last one take no room.
  const hasPrice = prices.days.map(({ points }, day) =>
    points + (prices.askCounts[day] ?? 0) > 0
  );
  const range = [
    Math.max(0, hasPrice.indexOf(true)),
    hasPrice.lastIndexOf(true) + 1,
  ] as const;
  const days = prices.days.slice(...range);
  const askCounts = prices.askCounts.slice(...range);
  const counts = days.map((day) => day.points);
  const isDaily = prices.kind === "bars" && counts.every((count) => count <= 1);
  let [from, to] = [Infinity, -Infinity];
  const look = ({ time }: PricePoints, counts: readonly number[]) =>
    eachPoint(counts, (day, at) => {
      const since = (time[at] ?? 0) - (days[day]?.begin ?? 0);
      from = Math.min(from, since);
      to = Math.max(to, since);
    });
  look(points, counts);
  if (asks !== null) look(asks, askCounts);
  if (!(to > from)) [from, to] = [from - 60_000, from + 60_000];
  const margin = (to - from) * 0.04;
  const layout = { days, isDaily, from: from - margin, to: to + margin };
  const lines = [lineOf(layout, points, counts)];
  if (asks !== null) lines.push(lineOf(layout, asks, askCounts));
  return { ...layout, lines };
}

type Bounds = Omit<PriceLayout, "lines">;

/** Where a time of a day is. */
function placeOf(
  { days, isDaily, from, to }: Bounds,
  day: number,
  time: number,
) {
  if (isDaily) return day + 0.5;
  const begin = days[day]?.begin ?? 0;
  return day + (time - begin - from) / (to - from);
}

/** The time at a place, in milliseconds; `undefined` outside of all days. */
export function timeAt(
  { days, from, to }: PriceLayout,
  place: number,
): number | undefined {
  const day = days[Math.floor(place)];
  return day && day.begin + from + (place - Math.floor(place)) * (to - from);
}

function lineOf(
  bounds: Bounds,
  points: PricePoints,
  counts: readonly number[],
): PriceLine {
  const line: PriceLine = {
    ...{ at: [], time: [], open: [], high: [], low: [], close: [] },
  };
  let before = -1;
  eachPoint(counts, (day, at) => {
    const isNext = bounds.isDaily && day === before + 1;
    if (before !== -1 && day !== before && !isNext) {
      // Nothing is drawn over the time between two days.
      line.at.push(before + 1);
      for (const name of ["time", "open", "high", "low", "close"] as const) {
        line[name].push(null);
      }
    }
    before = day;
    const time = points.time[at] ?? 0;
    line.at.push(placeOf(bounds, day, time));
    line.time.push(time);
    for (const name of ["open", "high", "low", "close"] as const) {
      line[name].push(points[name][at] ?? null);
    }
  });
  return line;
}

function eachPoint(
  counts: readonly number[],
  tell: (day: number, at: number) => void,
): void {
  let at = 0;
  counts.forEach((count, day) => {
    for (let left = count; left > 0; left--) tell(day, at++);
  });
}

/** A day's prices, of its points. */
export interface DaySummary {
  date: string;
  rows: number;
  /** Why there are none; empty where there are. */
  lacking: string;
  open?: number | undefined;
  high?: number | undefined;
  low?: number | undefined;
  close?: number | undefined;
}

/** The first, highest, lowest and last price of each day. */
export function summarizeDays({ days, points }: DayPrices): DaySummary[] {
  const summaries = days.map(({ date, rows, lacking }): DaySummary => ({
    ...{ date, rows, lacking },
  }));
  eachPoint(days.map((day) => day.points), (day, at) => {
    const summary = summaries[day];
    const [high, low] = [points.high[at], points.low[at]];
    if (summary === undefined || high === undefined || low === undefined) {
      return;
    }
    summary.open ??= points.open[at];
    summary.close = points.close[at];
    summary.high = Math.max(summary.high ?? high, high);
    summary.low = Math.min(summary.low ?? low, low);
  });
  return summaries;
}
