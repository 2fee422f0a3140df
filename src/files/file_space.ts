/** The disk space that fetching a file needs, in bytes. */
export interface FileSpace {
  /** The missing part of the object, as stored. */
  stored: number;
  /** The content beside it, if it is decompressed. */
  content: number;
  /** The old file, which is there until the new one replaces it. */
  old: number;
}

/**
 * The maximum disk space that fetching files needs: what all of them add in the end, and
 * what the ones under way take up besides.
 *
 * @param files What each file needs.
 * @param atOnce How many are fetched at once.
 * @returns The space in bytes.
 */
export function spaceForAll(
  files: readonly FileSpace[],
  atOnce: number,
): number {
  let growth = 0;
  const passing = files.map(({ stored, content, old }) => {
    const kept = Math.max(0, (content === 0 ? stored : content) - old);
    growth += kept;
    return stored + content - kept;
  });
  return passing.sort((a, b) => b - a).slice(0, atOnce)
    .reduce((sum, bytes) => sum + bytes, growth);
}
