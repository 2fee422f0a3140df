import { constants, crc32, deflateRawSync } from "node:zlib";
import { ByteWriter } from "./byte_writer.ts";
import {
  type FilePlan,
  GZIP_HEADER,
  GZIP_TRAILER_SIZE,
  seedText,
} from "./file_plan.ts";
import { hashText, Random } from "./random.ts";
import { RowSource } from "./row_source.ts";

const EMPTY_STORED_BLOCK = [0, 0, 0, 0xff, 0xff];
/** An empty block with fixed codes, and the empty stored block that ends on a whole byte. */
const EMPTY_FIXED_BLOCK = [2, 0, 0, 0, 0xff, 0xff];
const FINAL_BLOCK = [1, 0, 0, 0xff, 0xff];
const STORED_HEADER_SIZE = 5;
const LONGEST_STORED = 0xffff;
/** Any number from here on is a sum of fives and sixes. */
const SMALLEST_PADDING = 20;
const LINE_FEED = 10;

/** A piece of a generated file. */
export interface Segment {
  /** The piece of the deflate stream: whole blocks that end on a whole byte. */
  readonly packed: Uint8Array<ArrayBuffer>;
  /** The content's CRC-32. */
  readonly crc: number;
  /** The content's length in bytes. */
  readonly length: number;
}

/** Where a segment lies in its file. */
export function segmentRange(
  plan: FilePlan,
  index: number,
): { start: number; end: number } {
  const first = GZIP_HEADER.length;
  const packed = plan.size - first - GZIP_TRAILER_SIZE;
  const at = (i: number) => first + Math.floor(packed * i / plan.segments);
  return { start: at(index), end: at(index + 1) };
}

const writer = new ByteWriter();

/**
 * Generates a piece of a file, without any other piece: its rows are those of its
 * share of the tickers and of their day. Rows are added and compressed until the
 * piece is nearly as long as planned; the last ones are stored as they are, and
 * empty blocks fill up what is left.
 *
 * @param onContent Called with the content, which is valid until it returns.
 */
export function generateSegment(
  plan: FilePlan,
  index: number,
  onContent?: (content: Uint8Array<ArrayBuffer>) => void,
): Segment {
  const random = new Random(hashText(`${seedText(plan.id)}#${index}`));
  const rows = new RowSource(plan, random);
  const { start, end } = segmentRange(plan, index);
  const packed = new Uint8Array(end - start);
  const isLast = index === plan.segments - 1;
  const limit = packed.length - SMALLEST_PADDING - (isLast ? 5 : 0);
  const slots = plan.universe.size * plan.slotsPerTicker;
  const lastSlot = Math.floor(slots * (index + 1) / plan.segments);
  let slot = Math.floor(slots * index / plan.segments);
  const leaders = plan.slotsPerTicker === 1 ? plan.universe.leaders : [];
  let leader = 0;
  let length = 0;
  let { ratio } = plan;
  let rowSize = plan.rowSize;

  writer.truncate();
  if (index === 0) rows.writeHeader(writer);

  /** Writes rows until there are so many bytes of them, spread over the slots as if `room` were to be filled. */
  const addRows = (bytes: number, room: number) => {
    const from = writer.length;
    const spread = 2 * (lastSlot - slot) / Math.max(1, room / rowSize) - 1;
    let count = 0;
    while (slot < lastSlot && writer.length - from < bytes) {
      rows.write(writer, plan.slotAt(slot));
      const next = slot + 1 + (spread > 1 ? random.below(spread) : 0);
      while ((leaders[leader] ?? Infinity) <= slot) leader++;
      slot = Math.min(next, leaders[leader] ?? Infinity);
      count++;
    }
    if (count > 8) rowSize = (writer.length - from) / count;
  };

  for (let isFirst = true; slot < lastSlot; isFirst = false) {
    const room = limit - length;
    if (room < Math.max(500, packed.length * 0.04)) break;
    const from = isFirst ? 0 : writer.length;
    addRows(room * ratio * (isFirst ? 0.6 : 0.93), room * ratio);
    let block = deflate(writer.view(from));
    for (let share = 0.9; block.length > room; share *= 0.9) {
      const content = writer.view(from);
      const cut = Math.floor(content.length * room / block.length * share);
      writer.truncate(from + content.lastIndexOf(LINE_FEED, cut) + 1);
      if (writer.length === from) {
        block = block.subarray(0, 0);
        break;
      }
      block = deflate(writer.view(from));
    }
    if (block.length === 0) break;
    ratio = (writer.length - from) / block.length;
    packed.set(block, length);
    length += block.length;
  }

  const from = writer.length;
  const room = Math.min(limit - length - STORED_HEADER_SIZE, LONGEST_STORED);
  addRows(room, room);
  if (writer.length - from > room) {
    const content = writer.view(from);
    writer.truncate(from + content.lastIndexOf(LINE_FEED, room - 1) + 1);
  }
  const stored = writer.view(from);
  if (stored.length > 0) {
    const size = stored.length;
    packed.set(
      [0, size & 255, size >> 8, ~size & 255, ~size >> 8 & 255],
      length,
    );
    packed.set(stored, length + STORED_HEADER_SIZE);
    length += STORED_HEADER_SIZE + size;
  }

  const tail = isLast ? FINAL_BLOCK.length : 0;
  let padding = packed.length - tail - length;
  while (padding > 0) {
    const block = padding % 5 === 0 ? EMPTY_STORED_BLOCK : EMPTY_FIXED_BLOCK;
    packed.set(block, length);
    length += block.length;
    padding -= block.length;
  }
  if (isLast) packed.set(FINAL_BLOCK, length);

  const content = writer.view();
  onContent?.(content);
  return { packed, crc: crc32(content), length: content.length };
}

function deflate(content: Uint8Array): Uint8Array {
  return deflateRawSync(content, {
    level: 1,
    finishFlush: constants.Z_SYNC_FLUSH,
  });
}
