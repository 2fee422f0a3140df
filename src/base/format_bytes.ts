const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** A number of bytes for people: three digits and a decimal unit, as disks and networks count. */
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

/**
 * Two numbers of bytes that are not the same, for people: by {@linkcode formatBytes},
 * or, where that does not tell them apart, to the byte.
 */
export function formatDifferentBytes(
  one: number,
  other: number,
): [string, string] {
  const [a, b] = [formatBytes(one), formatBytes(other)];
  return a === b ? [`${one} bytes`, `${other} bytes`] : [a, b];
}
