/** What fetching a file needs of the disk, in bytes. */
export interface FileSpace {
  /** What is still to come of the object as it is stored. */
  stored: number;
  /** What its content takes beside that, where it is decompressed. */
  content: number;
  /** What the file takes away that has the name so far; it is there until the new one is. */
  old: number;
}

/**
 * What fetching files needs of the disk at most, so many of them at once: by how much
 * they grow, and what those under way hold besides until they get their names.
 *
 * @param files What each needs.
 * @param atOnce How many are fetched at once.
 * @returns The bytes needed.
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
