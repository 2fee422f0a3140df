import type { ManifestEntry } from "./manifest/manifest_entry.ts";

/**
 * Whether a copy has the size and the time that its entry has noted. Its content is not
 * read.
 *
 * @param copy The size and the time that were found.
 * @param entry The size and the time that the mirror has noted.
 * @returns Whether they are the same; times to the second, where more was not kept.
 *
 * @example
 * ```ts
 * import { isAsFetched } from "@flatbed/flatbed/mirror";
 * import { assert } from "@std/assert";
 *
 * const mtime = new Date("2024-01-03T16:00:00Z");
 * assert(!isAsFetched({ bytes: 9, mtime }, { bytes: 10, mtime }));
 * ```
 */
export function isAsFetched(
  copy: Pick<ManifestEntry, "bytes" | "mtime">,
  entry: Pick<ManifestEntry, "bytes" | "mtime">,
): boolean {
  return copy.bytes === entry.bytes && isSameTime(copy.mtime, entry.mtime);
}

/**
 * Whether a file's time is the one that was noted. `tar` and some file systems keep whole
 * seconds only, FAT every other one.
 */
export function isSameTime(found: Date, noted: Date): boolean {
  const difference = noted.getTime() - found.getTime();
  return difference === 0 ||
    found.getTime() % 1000 === 0 && difference > 0 && difference < 2000;
}
