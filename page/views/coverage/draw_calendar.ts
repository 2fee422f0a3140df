import type { DayLookName } from "../../../src/web/day_looks.ts";
import { type DatasetDays, nameOf, type YearSums } from "./dataset_days.ts";
import { columnOf, monthColumns, newYearOf, weekdayOf } from "./dates.ts";
import type { Layout } from "./layout.ts";
import { spritesOf } from "./sprites.ts";

/** How much is left of the days that are not looked for. */
const FAINT = 0.16;
const MONTHS = [
  ...["Jan", "Feb", "Mar", "Apr", "May", "Jun"],
  ...["Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
];

/** Draws the calendar of a dataset: an image of a square for each day. */
export function drawCalendar(
  canvas: HTMLCanvasElement,
  layout: Layout,
  { letters, firstDay, lastDay }: DatasetDays,
  years: readonly YearSums[],
  looks: readonly DayLookName[],
): void {
  const { pitch, side, left, head, above, step, density } = layout;
  canvas.width = Math.round(layout.width * density);
  canvas.height = Math.round(layout.height * density);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context === null) return;
  const scaled = (value: number) => Math.round(value * density);
  const [distance, square] = [scaled(pitch), scaled(side)];
  const clear = spritesOf(square, 1), faint = spritesOf(square, FAINT);
  const wanted = new Set(looks);
  // Eight thousand squares: their pixels are copied, which is quicker than to draw them.
  const { width, height } = canvas;
  const image = context.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);

  years.forEach(({ year }, index) => {
    const newYear = newYearOf(year);
    const top = scaled(head + index * step + above);
    const last = Math.min(lastDay, newYearOf(year + 1) - 1);
    for (let day = Math.max(firstDay, newYear); day <= last; day++) {
      const name = nameOf(letters[day - firstDay]);
      if (name === undefined) continue;
      const isWanted = wanted.size === 0 || wanted.has(name);
      const sprite = (isWanted ? clear : faint).get(name);
      if (sprite === undefined) continue;
      const x = scaled(left) + columnOf(day, newYear) * distance;
      let to = (top + weekdayOf(day) * distance) * width + x;
      for (let from = 0; from < sprite.length; to += width - square) {
        for (const end = from + square; from < end;) {
          pixels[to++] = sprite[from++] ?? 0;
        }
      }
    }
  });
  context.putImageData(image, 0, 0);

  const [first] = years;
  if (first === undefined) return;
  context.font = `${11 * density}px system-ui, sans-serif`;
  context.fillStyle = getComputedStyle(canvas).color;
  monthColumns(first.year).forEach((column, month) => {
    const name = MONTHS[month] ?? "";
    context.fillText(
      pitch < 7 ? name.slice(0, 1) : name,
      scaled(left) + column * distance,
      scaled(11),
    );
  });
}
