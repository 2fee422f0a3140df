import { GzipFault } from "./gzip_fault.ts";
import { GzipHeader } from "./gzip_header.ts";

/** A header that says nothing. */
const PLAIN_HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3);

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
  const work = feed(
    withPlainHeader(source),
    writable.getWriter(),
    writing.signal,
  );
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

/** Puts a plain header in the place of the first one: the stream refuses long names and comments. */
async function* withPlainHeader(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const header = new GzipHeader();
  let isRead = false;
  for await (const bytes of source) {
    let at = 0;
    while (!isRead && at < bytes.length) {
      const byte = bytes[at++] ?? 0;
      if (!header.hasMagicWith(byte)) {
        throw new GzipFault("is none: it does not begin as gzip does");
      }
      isRead = header.push(byte);
      if (isRead) yield PLAIN_HEADER;
    }
    if (at < bytes.length) yield bytes.subarray(at);
  }
  if (!isRead) throw new GzipFault("ends early");
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
