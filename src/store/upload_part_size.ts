const MIB = 1024 * 1024;

/** The smallest part that S3 takes, but for the last one, in bytes. */
export const MIN_PART_BYTES = 5 * MIB;
/** The largest part that S3 takes, and the largest object in one request, in bytes. */
export const MAX_PART_BYTES = 5 * 1024 * MIB;
/** How many parts an object has at most. */
export const MAX_PARTS = 10_000;
/** Where the size of the object is unknown, parts double after so many. */
const PARTS_OF_ONE_SIZE = 900;

/**
 * The size of an upload's part: so that any object that S3 can hold fits into 10,000
 * parts. Of an object of known size all parts have one size, as some services demand.
 *
 * @param number The part's number, from 1 on.
 * @param partSize The size that parts should have, in bytes.
 * @param size The size of the object in bytes, where it is known.
 * @returns The part's size in bytes.
 */
export function partSizeOf(
  number: number,
  partSize: number,
  size?: number,
): number {
  if (size !== undefined) {
    return Math.max(partSize, Math.ceil(size / MAX_PARTS / MIB) * MIB);
  }
  const doublings = Math.floor((number - 1) / PARTS_OF_ONE_SIZE);
  return Math.min(MAX_PART_BYTES, partSize * 2 ** doublings);
}
