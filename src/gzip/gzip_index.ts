import type { Checkpoint } from "./member_reader.ts";

/** A {@linkcode Checkpoint} whose window is packed: only what is used of it is kept. */
export interface PackedCheckpoint extends Omit<Checkpoint, "window"> {
  /** The window as a `GZIDX` file or another index keeps it: packed, and empty where a member begins. */
  readonly window: Uint8Array<ArrayBuffer>;
}

/** Where inflating of some gzip data can begin. */
export interface GzipIndex {
  /** How many bytes are stored. */
  readonly size: number;
  /** How many bytes of content there are. */
  readonly contentSize: number;
  /** How long the first member's header is. */
  readonly headerSize: number;
  /** In their order; the first one is the beginning. */
  readonly checkpoints: readonly PackedCheckpoint[];
}

/** The number of the last checkpoint that is at a place of the content or before it. */
export function checkpointBefore(
  { checkpoints }: Pick<GzipIndex, "checkpoints">,
  content: number,
): number {
  let [low, high] = [0, checkpoints.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((checkpoints[middle]?.content ?? Infinity) <= content) low = middle;
    else high = middle;
  }
  return low;
}
