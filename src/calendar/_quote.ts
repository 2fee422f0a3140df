const MAX_LENGTH = 40;

/** A caller's string for an error message: one line, printable ASCII, short. */
export function quote(text: string): string {
  const escaped = JSON.stringify(text.slice(0, MAX_LENGTH + 1)).slice(1, -1)
    .replace(
      /[^\x20-\x7e]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
  return escaped.length > MAX_LENGTH
    ? `'${escaped.slice(0, MAX_LENGTH)}…'`
    : `'${escaped}'`;
}
