import type { ManifestEntry } from "../manifest/manifest_entry.ts";
import { writeBriefly } from "../manifest/write_briefly.ts";
import type { MirrorContext } from "../mirror_context.ts";

/**
 * Records what a verification has found of a mirror that is opened read-only. What was
 * fetched again meanwhile is left as it is.
 *
 * @throws {MirrorBusyError} If somebody else writes to the mirror.
 * @throws {LocalFileError} If it cannot be written to.
 */
export async function recordFindings(
  context: MirrorContext,
  findings: readonly ManifestEntry[],
): Promise<void> {
  await writeBriefly(context, (manifest) => {
    const known = findings.filter((found) => {
      const current = manifest.entry(found.key, found.encoding);
      return current !== undefined && isSameFetch(current, found);
    });
    manifest.note([], known, context.now());
  });
}

/** Whether two entries are of one and the same download. */
export function isSameFetch(one: ManifestEntry, other: ManifestEntry): boolean {
  return one.sha256 === other.sha256 && one.etag === other.etag &&
    one.fetchedAt.getTime() === other.fetchedAt.getTime();
}
