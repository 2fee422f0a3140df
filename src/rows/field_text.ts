const QUOTE = 34;
const BACKSLASH = 92;
const SPACE = 32;
const DELETE = 127;

/** Whether a field is printable ASCII without quotes and backslashes: most are. */
export function isPlain(
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (
      byte < SPACE || byte >= DELETE || byte === QUOTE || byte === BACKSLASH
    ) return false;
  }
  return true;
}

/** A field's text without the quotes around it, and with one for each two within. */
export function unquoted(field: string): string {
  return field.length >= 2 && field.startsWith('"') && field.endsWith('"')
    ? field.slice(1, -1).replaceAll('""', '"')
    : field;
}
