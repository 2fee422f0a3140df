import { Decompressor } from "./decompressor.ts";

/**
 * Inflates gzip data and keeps nothing of it, to know whether it is whole. The data is
 * read to its end, also where it is damaged. As strict as {@linkcode gunzip}.
 *
 * @param source The data, in pieces of any length.
 * @param name What the data is called: a key or a path. One that does not end with `.gz` may hold something else.
 * @returns What is wrong with it, as the end of a sentence that begins with "its gzip data"; `undefined` where it is whole.
 *
 * @example
 * ```ts
 * import { findGzipFault } from "@flatbed/flatbed/gzip";
 * import { assertEquals } from "@std/assert";
 *
 * const file = async function* () {
 *   yield new Uint8Array([0x1f, 0x8b, 8]);
 * };
 * assertEquals(await findGzipFault(file(), "day.csv.gz"), "ends early");
 * ```
 */
export async function findGzipFault(
  source: AsyncIterable<Uint8Array>,
  name: string,
): Promise<string | undefined> {
  using content = new Decompressor(name);
  for await (const bytes of source) await content.write(bytes);
  await content.end();
  return content.damage?.fault;
}
