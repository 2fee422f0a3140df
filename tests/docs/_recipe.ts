/**
 * Runs the blocks of a document as they are written.
 *
 * @module
 */
import { assertEquals, assertMatch } from "@std/assert";
import { type Block, outputPattern } from "./_document.ts";
import type { Workplace } from "./_workplace.ts";

/** The name of the file that a block is, where it is one. */
export function fileName({ code }: Block): string | undefined {
  return /^(?:#!.*\n)?(?:#|\/\/) (\w+\.\w+)\n/.exec(code)?.[1];
}

/**
 * Writes the blocks that are files, runs those that are commands, each after
 * `preamble`, and compares what they print with the block below. Returns what they
 * have printed.
 */
export async function runBlocks(
  document: string,
  blocks: readonly Block[],
  place: Workplace,
  preamble = "",
): Promise<string[]> {
  const printed: string[] = [];
  for (const block of blocks) {
    const name = fileName(block);
    const at = `${document}, line ${block.line}`;
    if (name !== undefined) {
      await place.write(name, block.code);
    } else if (block.language === "sh") {
      const { code, text } = await place.run(`${preamble}\n${block.code}`);
      assertEquals([at, code], [at, 0], text);
      printed.push(text);
    } else if (block.language === "text") {
      assertMatch(printed.at(-1) ?? "", outputPattern(block.code), at);
    } else {
      assertEquals(block.language, "cron", at); // the document's own test runs it
    }
  }
  return printed;
}
