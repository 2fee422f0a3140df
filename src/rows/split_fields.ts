const COMMA = 44;
const QUOTE = 34;
const LINE_FEED = 10;
const RETURN = 13;

/**
 * Where the fields of a row begin and end, quotes included, as pairs in `bounds`: as many
 * as it has room for. Those that the row does not have are empty. Commas between quotes
 * are part of a field; line feeds only where `hasLines` says that texts may have some.
 *
 * @returns Where the next row begins.
 */
export function splitFields(
  rows: Uint8Array,
  start: number,
  bounds: Int32Array,
  hasLines = false,
): number {
  const length = bounds.length;
  let field = 0;
  let from = start;
  let at = start;
  let isQuoted = false;
  for (;; at++) {
    const byte = rows[at];
    if (byte === COMMA) {
      if (isQuoted) continue;
      if (field < length) {
        bounds[field] = from;
        bounds[field + 1] = at;
      }
      field += 2;
      from = at + 1;
    } else if (byte === QUOTE) {
      isQuoted = !isQuoted;
    } else if (
      byte === undefined || byte === LINE_FEED && !(hasLines && isQuoted)
    ) break;
  }
  const end = at > from && rows[at - 1] === RETURN ? at - 1 : at;
  if (field < length) {
    bounds[field] = from;
    bounds[field + 1] = end;
  }
  for (field += 2; field < length; field++) bounds[field] = end;
  return at + 1;
}
