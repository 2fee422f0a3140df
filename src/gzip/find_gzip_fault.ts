import { Decompressor } from "./decompressor.ts";

/**
 * Verifies gzip data by inflating it, without keeping the content. The data is read to
 * its end even if it is damaged. As strict as {@linkcode gunzip}.
 *
 * @param source The data, in pieces of any length.
 * @param name What the data is called: a key or a path. If it does not end with `.gz`, the data may be something else.
 * @returns What is wrong with it, to complete the sentence "its gzip data …"; `undefined` if it is whole.
 * @throws {unknown} What `source` throws.
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
