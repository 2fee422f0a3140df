import type { CopyInfo } from "./destination/destination.ts";
import type { ManifestEntry } from "./manifest/manifest_entry.ts";

/**
 * Whether a copy has the size and the time that its entry has noted. Its content is not
 * read.
 */
export function isAsFetched(
  copy: Pick<CopyInfo, "bytes" | "mtime">,
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
