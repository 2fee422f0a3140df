import type { Manifest } from "../manifest/manifest.ts";
import type { ManifestEntry } from "../manifest/manifest_entry.ts";
import { writeBriefly } from "../manifest/write_briefly.ts";
import type { MirrorContext } from "../mirror_context.ts";

/** What verifying a file has shown. */
export interface Reading {
  /** What was known of it before. */
  readonly known: ManifestEntry;
  /** What is known of it now. */
  readonly found: ManifestEntry;
}

/**
 * Notes what verifying has shown in a mirror that was only looked at. What was fetched
 * anew meanwhile is left as it is.
 *
 * @throws {MirrorBusyError} If somebody else writes to the mirror.
 * @throws {LocalFileError} If it cannot be written to.
 */
export async function noteReadings(
  context: MirrorContext,
  readings: readonly Reading[],
): Promise<void> {
  await writeBriefly(context, (manifest) => {
    const found = readings.filter(({ known }) => isKnown(manifest, known));
    manifest.note([], found.map(({ found }) => found), context.now());
  });
}

/** Whether an entry is still what the manifest says. */
function isKnown(manifest: Manifest, entry: ManifestEntry): boolean {
  const current = manifest.entry(entry.key, entry.encoding);
  return current !== undefined && isSameFile(current, entry);
}

/** Whether two entries are of one and the same download. */
export function isSameFile(one: ManifestEntry, other: ManifestEntry): boolean {
  return one.sha256 === other.sha256 && one.etag === other.etag &&
    one.fetchedAt.getTime() === other.fetchedAt.getTime();
}
