import { Manifest } from "../manifest/manifest.ts";
import type { ManifestEntry } from "../manifest/manifest_entry.ts";
import type { MirrorContext } from "../mirror_context.ts";
import {
  describeProcess,
  folderError,
  MirrorLock,
} from "../manifest/mirror_lock.ts";

/** What reading a file has shown. */
export interface Reading {
  /** What was known of it when it was read. */
  readonly known: ManifestEntry;
  /** What is known of it now. */
  readonly found: ManifestEntry;
}

/**
 * Notes what reading has shown in a mirror that was only looked at. It is locked for that
 * moment, so that reading for a day keeps no sync from its work. What was fetched anew
 * meanwhile is left as it is.
 *
 * @throws {MirrorBusyError} If somebody else writes to the mirror.
 * @throws {LocalFileError} If it cannot be written to.
 */
export async function noteReadings(
  { folder, command, now }: MirrorContext,
  readings: readonly Reading[],
): Promise<void> {
  try {
    using _lock = await MirrorLock.take(
      folder,
      describeProcess(command, now()),
    );
    using manifest = Manifest.openForWriting(folder);
    const found = readings.filter(({ known }) => isKnown(manifest, known));
    manifest.note([], found.map(({ found }) => found), now());
  } catch (error) {
    throw folderError(folder, error);
  }
}

/** Whether an entry is still what the manifest says. */
function isKnown(manifest: Manifest, entry: ManifestEntry): boolean {
  const current = manifest.entry(entry.key, entry.form);
  return current !== undefined && isSameFile(current, entry);
}

/** Whether two entries are of one and the same download. */
export function isSameFile(one: ManifestEntry, other: ManifestEntry): boolean {
  return one.sha256 === other.sha256 && one.etag === other.etag &&
    one.fetchedAt.getTime() === other.fetchedAt.getTime();
}
