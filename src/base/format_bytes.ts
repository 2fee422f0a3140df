const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** Formats a number of bytes with three digits and a decimal unit: `1.23 MB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 ? 0 : value < 10 ? 2 : value < 100 ? 1 : 0;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

/** Formats two different numbers of bytes: to the byte if {@linkcode formatBytes} would not tell them apart. */
export function formatDifferentBytes(
  one: number,
  other: number,
): [string, string] {
  const [a, b] = [formatBytes(one), formatBytes(other)];
  return a === b ? [`${one} bytes`, `${other} bytes`] : [a, b];
}
