/** Longer texts are cut, in characters. */
const MAX_LENGTH = 100;

/** What a terminal would obey or not show: controls, and marks that turn the reading direction. */
const INVISIBLE = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** A value for a message: a text in quotes, short and on one line; of anything else, the type. */
export function quote(value: unknown): string {
  if (typeof value !== "string") return typeof value;
  const short = value.length > MAX_LENGTH
    ? `${value.slice(0, MAX_LENGTH)}…`
    : value;
  const escaped = JSON.stringify(short).slice(1, -1).replaceAll('\\"', '"');
  return `'${escapeInvisible(escaped)}'`;
}

/** Escapes invisible characters by their numbers. */
export function escapeInvisible(text: string): string {
  return text.replaceAll(
    INVISIBLE,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}

/** Text of unknown origin on one line, without invisible characters. */
export function plainText(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim().replaceAll(INVISIBLE, "\ufffd");
}
