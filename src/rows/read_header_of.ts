import { readFirstLines } from "./read_first_lines.ts";
import { columnsOf } from "./row_header.ts";

/** The names of a CSV file's columns; none if it is empty. */
export async function readHeaderOf(path: string): Promise<string[]> {
  for await (const line of readFirstLines(path, 1)) {
    const header = line.replace(/^\uFEFF/, "");
    return header.trim() === "" ? [] : columnsOf(header);
  }
  return [];
}
