/** Takes bytes, which are valid until it resolves. */
export type Tap = (bytes: Uint8Array) => void | Promise<void>;

/** A source of bytes. */
export interface ByteSource {
  /** The next bytes, valid until the next call, or `null` at the end. */
  read(): Promise<Uint8Array | null>;
}

/** Reads a source to its end, and gives each chunk to the taps in order. */
export async function passOn(
  source: ByteSource,
  taps: readonly Tap[],
): Promise<void> {
  for (let bytes; (bytes = await source.read()) !== null;) {
    for (const tap of taps) {
      const isDone = tap(bytes);
      if (isDone !== undefined) await isDone; // most taps are synchronous
    }
  }
}
