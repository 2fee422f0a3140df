import { keepOpen, openContent } from "./decompress.ts";
import { GzipError } from "./gzip_error.ts";

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
  const bytes = source[Symbol.asyncIterator]();
  let fault: string | undefined;
  try {
    const content = await openContent(keepOpen(bytes), name);
    for await (const _ of content.bytes) { /* it is not kept */ }
  } catch (error) {
    if (!(error instanceof GzipError)) throw error;
    fault = error.fault;
  }
  for await (const _ of keepOpen(bytes)) { /* whatever follows */ }
  return fault;
}
