/** A file's header row. */
export interface RowHeader {
  /** As it is written, with its line end and without a byte order mark. */
  readonly line: Uint8Array<ArrayBuffer>;
  /** The names of its columns. */
  readonly names: readonly string[];
}

/** Reads a header row; the decoder drops a byte order mark. */
export function parseHeader(line: Uint8Array): RowHeader {
  const text = new TextDecoder().decode(line);
  return { line: new TextEncoder().encode(text), names: columnsOf(text) };
}

/**
 * The names of the columns of a header row.
 *
 * @param line The row as it is written, such as {@linkcode RowIndex.header}.
 * @returns The names in their order, without quotes.
 *
 * @example
 * ```ts
 * import { columnsOf } from "@flatbed/flatbed/rows";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(columnsOf('ticker,"close"\r\n'), ["ticker", "close"]);
 * ```
 */
export function columnsOf(line: string): string[] {
  return line.trimEnd().split(",")
    .map((name) => name.trim().replace(/^"(.*)"$/, "$1"));
}

/** Makes a header row of names. */
export function toHeader(names: readonly string[]): RowHeader {
  return { line: new TextEncoder().encode(`${names.join(",")}\n`), names };
}
