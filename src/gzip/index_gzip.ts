import { assertInteger } from "../base/mod.ts";
import { CheckpointCollector } from "./checkpoint_collector.ts";
import { toGzipError } from "./gzip_error.ts";
import type { GzipIndex } from "./gzip_index.ts";
import { MemberReader } from "./member_reader.ts";

/** The least distance of two checkpoints: windows must not overlap. */
export const SMALLEST_DISTANCE = 64 * 1024;
/** How far checkpoints are apart where nothing else is said, in bytes of content. */
export const USUAL_DISTANCE = 4 * 1024 * 1024;

/**
 * Reads gzip data of any number of members once, to know where inflating can begin.
 *
 * @param source The data, in pieces of any length.
 * @param name What the data is called in errors: a key or a path.
 * @param distance How far checkpoints are apart at least, in bytes of content.
 * @throws {IntegrityError} If the data is damaged, ends early, or goes on with something else.
 *
 * @example
 * ```ts
 * import { bytesSource, indexGzip, readIndexed } from "@flatbed/flatbed/gzip";
 * import { assertEquals } from "@std/assert";
 *
 * const stream = new Blob(["ticker,close\nA,1\nAAPL,185.64\n"]).stream()
 *   .pipeThrough(new CompressionStream("gzip"));
 * const stored = await new Response(stream).bytes();
 * const index = await indexGzip([stored], "day.csv.gz");
 * const decoder = new TextDecoder();
 * let text = "";
 * const source = bytesSource(stored);
 * for await (const bytes of readIndexed(source, index, 17, 21, { name: "day.csv.gz" })) {
 *   text += decoder.decode(bytes);
 * }
 * assertEquals(text, "AAPL");
 * ```
 */
export async function indexGzip(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  name: string,
  distance: number = USUAL_DISTANCE,
): Promise<GzipIndex> {
  assertInteger(distance, "distance", SMALLEST_DISTANCE);
  using reader = new MemberReader({ stopsAtBlocks: true });
  const collector = new CheckpointCollector(reader, distance);
  let size = 0;
  try {
    for await (const data of source) {
      size += data.length;
      reader.write(data);
      while (reader.read() !== undefined) collector.look();
    }
    reader.end();
    return await collector.finish(size);
  } catch (error) {
    throw toGzipError(error, name);
  }
}
