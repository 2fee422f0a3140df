import type { MemberEnd, PackedCheckpoint } from "../gzip/mod.ts";
import type { RowIndex, RowSpan } from "./row_index.ts";
import type { Run } from "./row_scanner.ts";

/** Where a part of an object begins that is indexed apart: a span with a checkpoint of its own. */
export interface PartStart {
  /** The header row, as the index has it. */
  readonly header: string;
  /** Where the rows begin. */
  readonly headerEnd: number;
  /** Which checkpoint it is. */
  readonly number: number;
  /** Where inflating begins. */
  readonly checkpoint: PackedCheckpoint;
  /** Where the span's first row begins. */
  readonly start: number;
  /** The beginning of that row, where it stands before the checkpoint. */
  readonly head: Uint8Array<ArrayBuffer>;
}

/** A part of an object. */
export interface IndexPart {
  /** Where it begins; at the object's beginning where there is none. */
  readonly from?: PartStart | undefined;
  /** Where it ends in the content: at the next part's checkpoint, or the object's end. */
  readonly until?: number | undefined;
}

/** Content of a member that has not ended. */
export interface OpenMember {
  /** Its CRC-32. */
  readonly crc32: number;
  /** How many bytes it is. */
  readonly size: number;
}

/** What was found of a part; numbers of spans and checkpoints are the part's own. */
export interface IndexedPart {
  readonly spans: readonly RowSpan[];
  /** The runs of tickers; `undefined` where there are too many. */
  readonly runs: Run[] | undefined;
  /** Which fraction of the most that are kept they take. */
  readonly runsUse: number;
  /** The first one is that where it begins; the last one, that where it ends. */
  readonly checkpoints: readonly PackedCheckpoint[];
  /** The end of the member that it begins in the middle of. */
  readonly entered: MemberEnd | undefined;
  /** Where it ends; `undefined` where that is the object's end. */
  readonly end:
    | Pick<PartStart, "start" | "head"> & { readonly member: OpenMember }
    | undefined;
  readonly header: string;
  readonly headerEnd: number;
  readonly timeColumn: string | undefined;
  /** How long the first member's header is, where it was read. */
  readonly headerSize: number;
  /** Where the content that was read ends. */
  readonly contentSize: number;
}

/**
 * Divides an object into parts of about the same content, by its index. Their buffers are
 * their own, so that they can be posted to another thread.
 *
 * @param index The index.
 * @param count How many parts, at most.
 */
export function partsOfIndex(index: RowIndex, count: number): IndexPart[] {
  const starts: PartStart[] = [];
  const size = index.contentSize / count;
  for (
    const [at, { checkpoint: number, start, head }] of index.spans.entries()
  ) {
    const isAtCheckpoint = number > 0 &&
      number !== index.spans[at - 1]?.checkpoint;
    const checkpoint = index.gzip.checkpoints[number];
    const isFar = start >= size * (starts.length + 1);
    if (!isAtCheckpoint || checkpoint === undefined || !isFar) continue;
    if (start >= size * (count - 0.5)) break;
    const window = checkpoint.window.slice();
    starts.push({
      header: index.header,
      headerEnd: index.headerEnd,
      number,
      checkpoint: { ...checkpoint, window },
      start,
      head: head.slice(),
    });
  }
  return [undefined, ...starts].map((from, at) => ({
    from,
    until: starts[at]?.checkpoint.content,
  }));
}
