import { assert } from "@std/assert";
import { ROOT } from "../support/deno_command.ts";

/** A fenced block of a document. */
export interface Block {
  /** What stands behind the fence: `sh`, `ts`, `text` or nothing. */
  readonly language: string;
  /** What it holds, with a newline at its end. */
  readonly code: string;
  /** The line of its fence, from 1 on. */
  readonly line: number;
  /** The heading above it. */
  readonly section: string;
}

/** One of the project's documents. */
export interface Document {
  /** Its path, from the project's folder on. */
  readonly name: string;
  readonly text: string;
  /** Its fenced blocks, in order. */
  readonly blocks: readonly Block[];
  /** Its text without the blocks. */
  readonly prose: string;
  /** Its headings, in order. */
  readonly headings: readonly string[];
}

/** Reads one of the project's documents. */
export async function readDocument(name: string): Promise<Document> {
  const text = (await Deno.readTextFile(new URL(name, ROOT)))
    .replaceAll("\r\n", "\n");
  const blocks: Block[] = [];
  const headings: string[] = [];
  const prose: string[] = [];
  let block: { language: string; line: number; code: string[] } | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    const section = headings.at(-1) ?? "";
    if (!line.startsWith("```")) {
      if (block !== undefined) block.code.push(`${line}\n`);
      else {
        prose.push(line);
        const heading = /^#{1,6} (.*)/.exec(line)?.[1];
        if (heading !== undefined) headings.push(heading);
      }
    } else if (block === undefined) {
      block = { language: line.slice(3), line: index + 1, code: [] };
    } else {
      blocks.push({ ...block, code: block.code.join(""), section });
      block = undefined;
    }
  }
  assert(block === undefined, `${name}: a block has no end`);
  return { name, text, blocks, prose: prose.join("\n"), headings };
}

/** A table of a document; the cells are as they are written, but for a `\|`, which is no border. */
export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The tables of a document, in order. */
export function tablesOf({ prose }: Document): Table[] {
  return [...prose.matchAll(/(?:^\|.*\n)+/gm)].map(([table]) => {
    const [head = [], _line, ...rows] = table.trimEnd().split("\n").map((row) =>
      row.split(/(?<!\\)\|/).slice(1, -1)
        .map((cell) => cell.trim().replaceAll("\\|", "|"))
    );
    return { head, rows };
  });
}

/** The rows of the table whose first column bears a name. */
export function tableRows(
  document: Document,
  name: string,
): readonly (readonly string[])[] {
  const table = tablesOf(document).find(({ head }) => head[0] === name);
  assert(table !== undefined, `${document.name} has no table of '${name}'`);
  return table.rows;
}

/** What stands between backticks in a text. */
export function codeSpans(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)]
    .map(([, code = ""]) => code.replaceAll(/\s+/g, " "));
}

/** The commands of a block, one a line, without those lines that only comment. */
export function commandsOf({ code }: Block): string[] {
  return code.replaceAll(/\\\n\s*/g, "").split("\n")
    .map((line) => line.replace(/\s+# .*$/, "").trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}

/**
 * What an output block stands for: `…` is any text in a line, and any lines where it
 * has one for itself.
 */
export function outputPattern(code: string): RegExp {
  const lines = code.trimEnd().split("\n").map((line) =>
    line.trim() === "…"
      ? "(?:.*\n)*"
      : `${line.split("…").map(RegExp.escape).join(".+")}\n`
  );
  return new RegExp(`^${lines.join("")}$`);
}
