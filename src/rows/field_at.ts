const COMMA = 44;
const QUOTE = 34;

/**
 * The field of a row at an index, as it is written; `undefined` where the row has fewer.
 * Commas between quotes are part of a field, except of the first one: what stands before
 * a row's first comma is its first field for awk and grep as well.
 */
export function fieldAt(
  rows: Uint8Array,
  start: number,
  end: number,
  index: number,
): Uint8Array | undefined {
  if (index === 0) {
    let at = start;
    while (at < end && rows[at] !== COMMA) at++;
    return rows.subarray(start, at);
  }
  let from = start;
  let isQuoted = false;
  for (let at = start; at <= end; at++) {
    const byte = at === end ? COMMA : rows[at];
    if (byte === QUOTE) isQuoted = !isQuoted;
    else if (at === end || byte === COMMA && !isQuoted) {
      if (index-- === 0) return rows.subarray(from, at);
      from = at + 1;
    }
  }
}
