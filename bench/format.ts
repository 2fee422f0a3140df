/** A size as people say it. */
export function formatSize(bytes: number): string {
  const gib = bytes / 2 ** 30;
  if (Number.isInteger(gib)) return `${gib} GiB`;
  return bytes >= 1e9
    ? `${(bytes / 1e9).toPrecision(3)} GB`
    : `${Number((bytes / 1e6).toPrecision(3))} MB`;
}

/** Seconds with three figures, or milliseconds' worth of them. */
export function formatSeconds(seconds: number): string {
  return seconds >= 10 ? seconds.toFixed(1) : seconds.toFixed(3);
}

/** A ratio. */
export function formatRatio(ratio: number): string {
  return ratio >= 10 ? ratio.toFixed(1) : ratio.toFixed(2);
}
