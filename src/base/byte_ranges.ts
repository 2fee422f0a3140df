/** Some bytes of an object, by their offsets. */
export interface ByteRange {
  /** The offset of the first byte. */
  readonly start: number;
  /** The offset behind the last byte. */
  readonly end: number;
}

/** The bytes that are in any of some ranges: in order, without gaps of no bytes. */
export function unionRanges(ranges: Iterable<ByteRange>): ByteRange[] {
  const union: { start: number; end: number }[] = [];
  const ordered = [...ranges].filter(({ start, end }) => end > start)
    .sort((a, b) => a.start - b.start);
  for (const { start, end } of ordered) {
    const last = union.at(-1);
    if (last === undefined || start > last.end) union.push({ start, end });
    else last.end = Math.max(last.end, end);
  }
  return union;
}

/** The bytes of some ranges that are in none of others. */
export function missingRanges(
  wanted: Iterable<ByteRange>,
  there: Iterable<ByteRange>,
): ByteRange[] {
  const missing: ByteRange[] = [];
  const known = unionRanges(there);
  for (const { start, end } of unionRanges(wanted)) {
    let at = start;
    for (const range of known) {
      if (range.end <= at) continue;
      if (range.start >= end) break;
      if (range.start > at) missing.push({ start: at, end: range.start });
      at = range.end;
    }
    if (at < end) missing.push({ start: at, end });
  }
  return missing;
}

/** How many bytes are in ranges that do not overlap. */
export function countBytes(ranges: Iterable<ByteRange>): number {
  let bytes = 0;
  for (const { start, end } of ranges) bytes += end - start;
  return bytes;
}
