/** What a shell takes as it is, wherever it stands. */
const PLAIN = /^[\w@%+:,./-][\w@%+=:,./-]*$/;
/** What a terminal or an editor would not show as it is. */
const CONTROL = /[\p{Cc}\p{Cf}\u2028\u2029]/u;

/**
 * A text as one word of a bash command line, whatever is in it. Control characters are
 * written by their numbers, so that a script has no line that ends within a word.
 */
export function bashWord(text: string): string {
  if (PLAIN.test(text)) return text;
  if (!CONTROL.test(text)) return `'${text.replaceAll("'", `'\\''`)}'`;
  const escaped = text.replaceAll(/['\\]/g, (character) => `\\${character}`)
    .replaceAll(new RegExp(CONTROL, "gu"), escapeBytes);
  return `$'${escaped}'`;
}

/** The words of a command line. */
export function bashWords(words: readonly string[]): string {
  return words.map(bashWord).join(" ");
}

/** The UTF-8 of a character by octal numbers of three digits: what follows is never taken for one more. */
function escapeBytes(character: string): string {
  if (character === "\n") return "\\n";
  if (character === "\t") return "\\t";
  return Array.from(
    new TextEncoder().encode(character),
    (byte) => `\\${byte.toString(8).padStart(3, "0")}`,
  ).join("");
}
