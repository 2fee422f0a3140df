import { GzipFault } from "./gzip_fault.ts";

/**
 * Decompresses gzip data of one member by the web's `DecompressionStream`, for runtimes
 * without WebAssembly. What stands behind the member, be it another one or padding, is an
 * error there: the stream does not tell where a member ends.
 *
 * @throws {GzipFault} If the data is damaged, ends early, or goes on behind its first member.
 */
export async function* gunzipOneMember(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const { writable, readable } = new DecompressionStream("gzip");
  const writing = new AbortController();
  const work = feed(source, writable.getWriter(), writing.signal);
  // It is looked at below, where reading has ended.
  work.catch(() => {});
  try {
    yield* readable;
  } catch (cause) {
    await work; // where the source failed, its error counts
    throw new GzipFault(
      "is damaged, ends early, or goes on behind its first member, which this runtime cannot read without WebAssembly",
      { cause },
    );
  } finally {
    writing.abort();
  }
}

/** Writes all of a source; rejects with the source's own error alone. */
async function feed(
  source: AsyncIterable<Uint8Array>,
  writer: WritableStreamDefaultWriter<BufferSource>,
  signal: AbortSignal,
): Promise<void> {
  // Its failure is the reader's.
  writer.closed.catch(() => {});
  try {
    for await (const bytes of source) {
      if (signal.aborted) return;
      const isTaken = await writer.write(bytes.slice()).then(
        () => true,
        () => false,
      );
      if (!isTaken) return;
    }
  } catch (error) {
    await writer.abort(error).catch(() => {});
    throw error;
  }
  await writer.close().catch(() => {});
}
