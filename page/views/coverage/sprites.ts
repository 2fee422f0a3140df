import { DAY_LOOKS, type DayLookName } from "../../../src/web/day_looks.ts";

/** The pixels of a square of each look, row by row, as a canvas has them. */
export type Sprites = ReadonlyMap<DayLookName, Uint32Array>;

const known = new Map<string, Sprites>();
const dark = matchMedia("(prefers-color-scheme: dark)");

/** Makes the colours those of the scheme, as variables for the style as well. */
function setColors(): void {
  const { style } = document.documentElement;
  for (const [name, { light, dark }] of Object.entries(DAY_LOOKS)) {
    style.setProperty(`--day-${name}`, isDark() ? dark : light);
  }
}

setColors();
onSchemeChange(setColors);

/** Whether the colours are those for dark mode. */
export function isDark(): boolean {
  return dark.matches;
}

/** Calls back when the colour scheme changes, until what it returns is called. */
export function onSchemeChange(tell: () => void): () => void {
  dark.addEventListener("change", tell);
  return () => dark.removeEventListener("change", tell);
}

/**
 * The squares of all looks, drawn once for each size and colour scheme.
 *
 * @param side The side of a square in pixels of the screen.
 * @param strength How opaque they are, from 0 to 1.
 */
export function spritesOf(side: number, strength: number): Sprites {
  const name = `${side} ${strength} ${isDark()}`;
  const before = known.get(name);
  if (before !== undefined) return before;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = side;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const sprites = new Map<DayLookName, Uint32Array>();
  for (const each of Object.keys(DAY_LOOKS) as DayLookName[]) {
    if (context === null) break;
    const { light, dark, shape } = DAY_LOOKS[each];
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, side, side);
    context.setTransform(side / 10, 0, 0, side / 10, 0, 0);
    context.globalAlpha = strength;
    context.fillStyle = isDark() ? dark : light;
    context.fill(new Path2D(shape), "evenodd");
    const { data } = context.getImageData(0, 0, side, side);
    sprites.set(each, new Uint32Array(data.buffer));
  }
  known.set(name, sprites);
  return sprites;
}
