/**
 * The endings of the files beside a target in which its download is collected: each is
 * appended to the target's path.
 */
export const PART_ENDINGS = {
  /** The object's bytes that have arrived, as stored. */
  part: ".part",
  /** Which version of the object they belong to. */
  record: ".part.json",
  /** How much of each range has arrived. */
  ranges: ".part.ranges",
  /** The decompressed content. */
  content: ".part.content",
} as const;
