/** A text as SQL has it. */
export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Texts as a list. */
export function sqlTexts(texts: readonly string[]): string {
  return `[${texts.map(sqlText).join(",")}]`;
}

/** A name as SQL has it, whatever is in it. */
export function sqlName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
