import { escapeInvisible } from "../base/mod.ts";
import { formatTable } from "./format.ts";

/** A longer value is cut, in characters. */
const WIDEST_CELL = 40;

/** A value as a cell of a table. */
export function cellOf(value: unknown): string {
  const text = value === null
    ? "NULL"
    : typeof value === "object"
    ? JSON.stringify(value)
    : String(value);
  return cut(escapeInvisible(text), WIDEST_CELL);
}

/** The lines of a table of rows below its header, none of them wider than the terminal. */
export function resultTable(
  names: readonly string[],
  rows: readonly (readonly unknown[])[],
  right: readonly number[],
  width: number,
): string[] {
  const cells = [names, ...rows].map((row) => row.map(cellOf));
  return formatTable(cells, right).map((line) => cut(line, width));
}

function cut(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width
    ? text
    : `${characters.slice(0, width - 1).join("")}…`;
}
