/** Takes bytes, which are good until it resolves. */
export type Tap = (bytes: Uint8Array) => void | Promise<void>;

/** What bytes are read from. */
export interface ByteSource {
  /** The next bytes, or `null` at the end. They are good until the next call. */
  read(): Promise<Uint8Array | null>;
}

/** Reads all bytes; each piece passes the taps, one after the other. */
export async function passOn(
  source: ByteSource,
  taps: readonly Tap[],
): Promise<void> {
  for (let bytes; (bytes = await source.read()) !== null;) {
    for (const tap of taps) {
      const isDone = tap(bytes);
      if (isDone !== undefined) await isDone; // most taps have nothing to wait for
    }
  }
}
