import type { ByteSource } from "./pass_on.ts";

/** The pieces of a source, each of which is good until the next one. */
export async function* piecesOf(
  source: ByteSource,
): AsyncGenerator<Uint8Array> {
  for (let bytes; (bytes = await source.read()) !== null;) yield bytes;
}
