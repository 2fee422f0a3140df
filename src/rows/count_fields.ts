const COMMA = 44;
const QUOTE = 34;

/** How many fields a row has. Commas between quotes are part of one. */
export function countFields(
  rows: Uint8Array,
  start: number,
  end: number,
): number {
  let count = 1;
  let isQuoted = false;
  for (let at = start; at < end; at++) {
    const byte = rows[at];
    if (byte === QUOTE) isQuoted = !isQuoted;
    else if (byte === COMMA && !isQuoted) count++;
  }
  return count;
}
