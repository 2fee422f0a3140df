import { IntegrityError } from "../../base/mod.ts";
import type { ManifestEntry } from "../manifest/manifest_entry.ts";
import { versionDifference } from "../plan/version_difference.ts";

/** What is wrong with a file whose bytes are those that were fetched. */
export function describeDamage(
  { encoding, proof, gzipFault = "is not whole" }: ManifestEntry,
): string {
  if (encoding === "decompressed") {
    return `its gzip data ${gzipFault}, so that there is no content`;
  }
  const whose = proof === "md5"
    ? "these bytes are the service's"
    : "these bytes are what came";
  return `its gzip data ${gzipFault}, and ${whose}`;
}

/** The error that a file cannot be repaired, since its object is damaged. */
export function repairError(
  { key, path }: ManifestEntry,
  why: string,
  keptAs?: string,
): IntegrityError {
  const kept = keptAs === undefined
    ? ""
    : `; the file that was there is kept as '${keptAs}'`;
  return new IntegrityError(
    `Cannot repair '${path}': ${why}; it is fetched again once it is replaced upstream${kept}`,
    { key },
  );
}

/** What is known of an object that came again and is damaged. */
export function describeRefetched(
  before: ManifestEntry,
  now: ManifestEntry,
): string {
  const { gzipFault = "is not whole" } = now;
  if (versionDifference(before, now) !== undefined) {
    return `what upstream has now is damaged as well: its gzip data ${gzipFault}`;
  }
  // What is damaged has no content that could be compared.
  if (now.encoding === "decompressed") {
    return `the same version came again, and its gzip data ${gzipFault}`;
  }
  if (now.sha256 === before.sha256) return "upstream has the same bytes";
  return `what came is said to be the same version and has other bytes than before, and its gzip data ${gzipFault}: it may be damaged on its way`;
}
