import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { formatBytes } from "../../formats.ts";
import { useDark } from "../../parts/use_dark.ts";
import type { Rates } from "./rates.ts";

const HEIGHT = 140;

/** How fast bytes came, as a line; and in a sentence, for who does not see it. */
export function RateChart({ times, rates }: Rates) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>(undefined);
  const isDark = useDark();

  useEffect(() => {
    const parent = place.current;
    if (parent === null) return;
    const own = new uPlot(
      optionsFor(parent),
      [times, rates],
      parent,
    );
    chart.current = own;
    const resized = new ResizeObserver(() => {
      own.setSize({ width: parent.clientWidth, height: HEIGHT });
    });
    resized.observe(parent);
    return () => {
      resized.disconnect();
      own.destroy();
    };
  }, [isDark]);

  useEffect(() => chart.current?.setData([times, rates]), [times, rates]);

  return (
    <div
      ref={place}
      class="rate-chart"
      role="img"
      aria-label={describe(rates)}
    />
  );
}

function describe(rates: readonly number[]): string {
  const now = rates.at(-1) ?? 0;
  const most = Math.max(0, ...rates);
  const sum = rates.reduce((a, b) => a + b, 0);
  return `Bytes per second over the last ${
    Math.round(rates.length / 60)
  } minutes: ${formatBytes(now)}/s now, ${formatBytes(most)}/s at most, ${
    formatBytes(sum)
  } in all`;
}

/** The options, with the colours that the page has now. */
function optionsFor(parent: HTMLElement): uPlot.Options {
  const style = getComputedStyle(parent);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: colour("--muted"),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
    font: `12px ${style.fontFamily}`,
  };
  return {
    width: parent.clientWidth,
    height: HEIGHT,
    padding: [8, 28, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: true },
      y: { range: (_, __, max) => [0, Math.max(max * 1.1, 1000)] },
    },
    axes: [
      {
        ...axis,
        size: 26,
        values: (_, times) => times.map(clockOf),
        space: 70,
      },
      {
        ...axis,
        size: 76,
        values: (_, rates) => rates.map((rate) => `${formatBytes(rate)}/s`),
        space: 36,
      },
    ],
    series: [{}, {
      stroke: colour("--accent"),
      fill: colour("--accent-soft"),
      width: 1.5,
      points: { show: false },
    }],
  };
}

const CLOCK = new Intl.DateTimeFormat("sv-SE", { timeStyle: "medium" });

function clockOf(seconds: number): string {
  return CLOCK.format(seconds * 1000);
}
