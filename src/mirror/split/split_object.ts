import { assertInteger, type ByteRange } from "../../base/mod.ts";
import { type Shard, shardOf } from "../../catalog/mod.ts";

/** Pieces begin at multiples of this, the largest page of memory in use, in bytes. */
const ALIGNMENT = 64 * 1024;
/** The most pieces of one object. */
const MAX_PIECES = 10_000;

/** A piece of an object, and whose it is. */
export interface Piece extends ByteRange {
  /** The shard that fetches it, from 1 on. */
  shard: number;
}

/** Asserts that pieces can have a size. */
export function assertSplit(split: unknown): void {
  assertInteger(split, "split", 1);
}

/**
 * Divides an object into the pieces that shards fetch. They are dealt evenly over all
 * shards, beginning with the one that the key belongs to: the next day's belong to the
 * shards beside, and not to those that have pieces of this day already.
 *
 * @param key The object's key.
 * @param size The object's size in bytes.
 * @param split The size of a piece in bytes; it is rounded up to a multiple of 64 KiB.
 * @param count How many shards there are.
 * @returns The pieces; none of an object that is not larger than one.
 */
export function splitObject(
  key: string,
  size: number,
  split: number,
  count: Shard["count"],
): Piece[] {
  if (size <= split) return [];
  const least = Math.max(split, Math.ceil(size / MAX_PIECES));
  const step = Math.ceil(least / ALIGNMENT) * ALIGNMENT;
  const first = shardOf(key, count) - 1;
  const stride = Math.max(1, Math.floor(count / Math.ceil(size / step)));
  const pieces: Piece[] = [];
  for (let start = 0; start < size; start += step) {
    const shard = (first + pieces.length * stride) % count + 1;
    pieces.push({ start, end: Math.min(size, start + step), shard });
  }
  return pieces;
}
