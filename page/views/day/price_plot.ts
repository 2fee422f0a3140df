import uPlot from "uplot";
import { type PriceLayout, type PriceLine, timeAt } from "./price_layout.ts";

/** What is pointed at. */
export interface PointedAt {
  time: number;
  /** The date of its file. */
  date: string;
  /** The prices of each line: of quotes the bids, then the asks. */
  lines: { open: number; high: number; low: number; close: number }[];
}

/** Of a chart that is not wide, and of one that is. */
const [HEIGHT, TALL] = [320, 420];
/** Bars with so many pixels each, or more, are drawn as candles. */
const CANDLE_WIDTH = 4;
/** Steps of the time within a day, in milliseconds. */
const STEPS: readonly number[] = [
  ...[1, 10, 100, 1000, 5000, 15_000, 30_000, 60_000, 300_000, 900_000],
  ...[1_800_000, 3_600_000, 7_200_000, 14_400_000, 21_600_000],
];
/** A label of the axis takes so many pixels. */
const LABEL_WIDTH = 84;

/** How prices are drawn. */
export interface DrawOptions {
  /** Whether points stand for a range of prices. */
  hasRanges: boolean;
  /** The time zone of the axis. */
  zone: string;
  /** Told what is pointed at. */
  onPoint: (point: PointedAt | undefined) => void;
}

/** Draws prices into an element; call what it returns to remove them. */
export function drawPrices(
  element: HTMLElement,
  layout: PriceLayout,
  { hasRanges, zone, onPoint }: DrawOptions,
): () => void {
  const [first] = layout.lines;
  if (first === undefined) return () => {};
  const style = getComputedStyle(element);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const colors = [color("--accent"), color("--warn")];
  const isSingle = layout.lines.length === 1;
  const hasCandles = (plot: uPlot) =>
    hasRanges && isSingle &&
    plot.bbox.width / devicePixelRatio / countShown(plot, first) >=
      CANDLE_WIDTH;
  const axis: uPlot.Axis = {
    stroke: color("--muted"),
    grid: { stroke: color("--line"), width: 1 },
    ticks: { stroke: color("--line"), width: 1 },
    font: "12px system-ui, sans-serif",
  };
  const plot = new uPlot(
    {
      width: widthOf(element),
      height: heightOf(widthOf(element)),
      legend: { show: false },
      cursor: { y: false, points: { size: 7 } },
      scales: { x: { time: false, range: (_, from, to) => [from, to] } },
      axes: [
        {
          ...axis,
          splits: (plot, _, from, to) =>
            splitsOf(layout, from, to, plot.width / LABEL_WIDTH),
          values: (_, splits) => labelsOf(layout, splits, zone),
        },
        {
          ...axis,
          size: 72,
          values: (_, splits, __, ___, step) => priceLabels(splits, step),
        },
      ],
      series: [
        {},
        ...layout.lines.flatMap((_, at): uPlot.Series[] => [
          { stroke: "transparent", points: { show: false } },
          { stroke: "transparent", points: { show: false } },
          {
            stroke: colors[at] ?? "",
            width: 1.5,
            ...(at > 0 && { dash: [5, 3] }),
            paths: (plot, series, from, to) =>
              hasCandles(plot)
                ? null
                : uPlot.paths.linear?.()(plot, series, from, to) ?? null,
            points: {
              show: (plot) => !hasCandles(plot) && isLoose(plot, first),
            },
          },
        ]),
      ],
      bands: layout.lines.map((_, at): uPlot.Band => ({
        series: [3 * at + 1, 3 * at + 2],
        fill: (plot) =>
          !hasRanges || hasCandles(plot) ? "transparent" : `${colors[at]}55`,
      })),
      hooks: {
        drawClear: [(plot) => drawEmptyDays(plot, layout, color("--sunken"))],
        draw: [(plot) => {
          if (!hasCandles(plot)) return;
          const [rising, falling] = [color("--surface"), color("--accent")];
          drawCandles(plot, first, { rising, falling, line: falling });
        }],
        setCursor: [(plot) => onPoint(pointAt(layout, plot))],
      },
    },
    dataOf(layout),
    element,
  );
  plot.setScale("x", { min: 0, max: layout.days.length });
  const observer = new ResizeObserver(() => {
    const width = widthOf(element);
    if (width !== plot.width) plot.setSize({ width, height: heightOf(width) });
  });
  observer.observe(element);
  return () => {
    observer.disconnect();
    plot.destroy();
  };
}

function heightOf(width: number): number {
  return width > 1000 ? TALL : HEIGHT;
}

function widthOf(element: HTMLElement): number {
  return Math.max(200, element.clientWidth);
}

/** The columns of the plot: the places, then of each line the high, the low and the last. */
function dataOf({ lines }: PriceLayout): uPlot.AlignedData {
  const tables = lines.map(({ at, high, low, close }): uPlot.AlignedData => [
    at,
    high,
    low,
    close,
  ]);
  return uPlot.join(tables);
}

function countShown(plot: uPlot, { at }: PriceLine): number {
  const { min = 0, max = 1 } = plot.scales.x ?? {};
  let shown = 0;
  for (const each of at) if (each >= min && each <= max) shown++;
  return Math.max(1, shown);
}

/** Whether points are so far apart that they are marked. */
function isLoose(plot: uPlot, line: PriceLine): boolean {
  return plot.bbox.width / devicePixelRatio / countShown(plot, line) > 12;
}

/** What is nearest to the cursor. */
function pointAt(layout: PriceLayout, plot: uPlot): PointedAt | undefined {
  const { left = -1 } = plot.cursor;
  if (left < 0) return undefined;
  const place = plot.posToVal(left, "x");
  let time: number | undefined;
  const lines = layout.lines.flatMap((line) => {
    const at = nearestAt(line, place);
    const moment = line.time[at];
    const [open, high, low, close] = [
      ...[line.open[at], line.high[at], line.low[at], line.close[at]],
    ];
    if (moment == null || open == null || high == null) return [];
    if (low == null || close == null) return [];
    time ??= moment;
    return [{ open, high, low, close }];
  });
  const { date = "" } = layout.days[Math.floor(place)] ?? {};
  return time === undefined ? undefined : { time, date, lines };
}

/** Where the point is that is nearest to a place. */
function nearestAt({ at, time }: PriceLine, place: number): number {
  let [low, high] = [0, at.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((at[middle] ?? 0) < place) low = middle + 1;
    else high = middle;
  }
  const isBefore = time[low] == null ||
    place - (at[low - 1] ?? -Infinity) < (at[low] ?? 0) - place;
  return isBefore && low > 0 && time[low - 1] != null ? low - 1 : low;
}

/** Days without a price stand out as empty. */
function drawEmptyDays(
  { ctx, bbox, valToPos }: uPlot,
  { days }: PriceLayout,
  color: string,
): void {
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.fillStyle = color;
  days.forEach(({ points }, day) => {
    if (points > 0) return;
    const [left, right] = [
      valToPos(day, "x", true),
      valToPos(day + 1, "x", true),
    ];
    ctx.fillRect(left, bbox.top, right - left, bbox.height);
  });
  ctx.restore();
}

/** A bar each: hollow where the price has risen, filled where it has fallen. */
function drawCandles(
  plot: uPlot,
  { at, open, high, low, close }: PriceLine,
  colors: { rising: string; falling: string; line: string },
): void {
  const { ctx, bbox } = plot;
  const scale = devicePixelRatio;
  const step = bbox.width / countShown(plot, { at } as PriceLine);
  const width = Math.max(1, Math.min(14 * scale, Math.floor(step * 0.6)));
  const y = (price: number) => Math.round(plot.valToPos(price, "y", true));
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.lineWidth = scale;
  ctx.strokeStyle = colors.line;
  at.forEach((place, index) => {
    const [first, top] = [open[index], high[index]];
    const [bottom, last] = [low[index], close[index]];
    if (first == null || top == null || bottom == null || last == null) return;
    const x = Math.round(plot.valToPos(place, "x", true)) + scale / 2;
    const [upper, lower] = [y(Math.max(first, last)), y(Math.min(first, last))];
    ctx.beginPath();
    ctx.moveTo(x, y(top));
    ctx.lineTo(x, upper);
    ctx.moveTo(x, lower);
    ctx.lineTo(x, y(bottom));
    ctx.stroke();
    ctx.fillStyle = last >= first ? colors.rising : colors.falling;
    const height = Math.max(scale, lower - upper);
    ctx.fillRect(x - width / 2, upper, width, height);
    ctx.strokeRect(x - width / 2, upper, width, height);
  });
  ctx.restore();
}

/** Prices with as many digits as tell one mark from the next: 0.8025, not 0.803. */
function priceLabels(splits: readonly number[], step: number): string[] {
  let digits = 0;
  while (digits < 12 && Number(step.toFixed(digits)) !== step) digits++;
  const format = new Intl.NumberFormat("en-US", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return splits.map((price) => format.format(price));
}

/** Where the axis has marks: where days begin, or at round times of one. */
function splitsOf(
  layout: PriceLayout,
  from: number,
  to: number,
  most: number,
): number[] {
  const { days, isDaily } = layout;
  const shown = to - from;
  const splits: number[] = [];
  if (shown > Math.max(1.5, most / 3) || isDaily) {
    const step = Math.max(1, Math.ceil(shown / Math.max(2, most)));
    const middle = isDaily ? 0.5 : 0;
    for (let day = 0; day < days.length; day += step) {
      const place = day + middle;
      if (place >= from && place <= to) splits.push(place);
    }
    return splits;
  }
  const length = layout.to - layout.from;
  const step = STEPS.find((step) => shown * length / step <= most) ??
    STEPS.at(-1) ?? 1;
  for (let day = Math.max(0, Math.floor(from)); day < to; day++) {
    const begin = Math.ceil(layout.from / step) * step;
    for (let time = begin; time <= layout.to; time += step) {
      const place = day + (time - layout.from) / length;
      if (place >= from && place <= to && day < days.length) splits.push(place);
    }
  }
  return splits;
}

function labelsOf(
  layout: PriceLayout,
  splits: readonly number[],
  zone: string,
): string[] {
  const isDays = splits.every((place) =>
    place % 1 === 0 || layout.isDaily && place % 1 === 0.5
  );
  const [one = 0, two = one + 1] = splits;
  const step = (two - one) * (layout.to - layout.from);
  const clock = new Intl.DateTimeFormat("sv-SE", {
    timeZone: zone,
    hour: "2-digit",
    minute: "2-digit",
    ...(step < 59_000 && { second: "2-digit" }),
  });
  let before = -1;
  return splits.map((place) => {
    const day = Math.floor(place);
    const { date = "" } = layout.days[day] ?? {};
    if (isDays) return date;
    const time = clock.format(timeAt(layout, place) ?? 0);
    const isNew = day !== before && layout.days.length > 1;
    before = day;
    return isNew ? `${time}\n${date}` : time;
  });
}
