import type { GzipIndex, PackedCheckpoint } from "./gzip_index.ts";
import type { BareCheckpoint, MemberReader } from "./member_reader.ts";
import { packWindow } from "./window.ts";

const BEGINNING: PackedCheckpoint = {
  bit: 0,
  content: 0,
  window: new Uint8Array(),
  isMember: true,
};

/** Collects checkpoints from a {@linkcode MemberReader} that stops at blocks. */
export class CheckpointCollector {
  readonly #reader: MemberReader;
  readonly #distance: number;
  readonly #checkpoints: (PackedCheckpoint | Promise<PackedCheckpoint>)[];
  /** Where the last checkpoint is in the content. */
  #last: number;
  /** The last checkpoint, as long as it is not known what is used of its window. */
  #open: BareCheckpoint | undefined;

  /** Collects one every `distance` bytes of content, or a block later, behind a first one. */
  constructor(
    reader: MemberReader,
    distance: number,
    first: PackedCheckpoint = BEGINNING,
  ) {
    this.#reader = reader;
    this.#distance = distance;
    this.#checkpoints = [first];
    this.#last = first.content;
  }

  /** Whether it is not known yet what is used of the last one's window. */
  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  /** How many there are. */
  get count(): number {
    return this.#checkpoints.length;
  }

  /** To be called after each piece of content; returns whether there is a checkpoint behind it. */
  look(): boolean {
    const reader = this.#reader;
    if (this.#open !== undefined && !reader.notes.isNoting) this.#pack();
    if (reader.content - this.#last < this.#distance) return false;
    if (this.#open !== undefined) return false;
    const bare = reader.bareCheckpoint();
    if (bare === undefined) return false;
    this.#last = bare.content;
    // The window of one in a member is packed when it is known what is used of it.
    this.#checkpoints.push(withWindow(bare, new Uint8Array()));
    if (!bare.isMember) {
      this.#open = bare;
      reader.notes.noteUse();
    }
    return true;
  }

  /** The index, when all has been read; `size` bytes are stored. */
  async finish(size: number): Promise<GzipIndex> {
    if (this.#open !== undefined) this.#pack();
    return {
      size,
      contentSize: this.#reader.content,
      headerSize: this.#reader.headerSize,
      checkpoints: await Promise.all(this.#checkpoints),
    };
  }

  #pack(): void {
    const bare = this.#open;
    if (bare === undefined) return;
    this.#open = undefined;
    const { windowLength } = bare;
    const { notes } = this.#reader;
    const packed = packWindow(windowLength, notes.takeUse(windowLength))
      .then((window) => withWindow(bare, window));
    packed.catch(() => {}); // finish() throws it
    this.#checkpoints[this.#checkpoints.length - 1] = packed;
  }
}

function withWindow(
  { bit, content, isMember }: BareCheckpoint,
  window: Uint8Array<ArrayBuffer>,
): PackedCheckpoint {
  return { bit, content, isMember, window };
}
