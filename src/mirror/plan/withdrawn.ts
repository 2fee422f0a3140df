import type { ManifestEntry } from "../manifest/manifest_entry.ts";

/**
 * What is known of a file after its month was listed, where that is something new: that
 * the bucket lists its object no more, or again.
 */
export function afterListing(
  entry: ManifestEntry,
  isListed: boolean,
  now: Date,
): ManifestEntry | undefined {
  if (isListed === (entry.withdrawnAt === undefined)) return undefined;
  return { ...entry, withdrawnAt: isListed ? undefined : now };
}
