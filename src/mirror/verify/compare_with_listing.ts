import type { ObjectInfo } from "../../store/mod.ts";
import type { ManifestEntry } from "../manifest/manifest_entry.ts";
import type { Listing } from "../plan/listing.ts";
import { versionDifference } from "../plan/version_difference.ts";
import { problemOf } from "./problem_of.ts";
import type { VerifyProblem } from "./verify_report.ts";

/** Whether the service refused to list a file's month. */
export function isUnlisted(
  { dataType, date }: Pick<ManifestEntry, "dataType" | "date">,
  listing: Listing,
): boolean {
  return listing.refused.has(`${dataType} ${date.slice(0, 7)}`);
}

/** The object of a file, where the bucket lists it. */
export function objectOf(
  { dataType, date }: Pick<ManifestEntry, "dataType" | "date">,
  listing: Listing,
): ObjectInfo | undefined {
  return listing.objects.get(dataType)?.get(date);
}

/** What tells an entry from what the bucket lists. */
export function compareWithListing(
  entry: ManifestEntry,
  listing: Listing,
): VerifyProblem | undefined {
  if (isUnlisted(entry, listing)) return undefined;
  const object = objectOf(entry, listing);
  if (object === undefined) {
    return problemOf(
      entry,
      "withdrawn",
      "the bucket does not list it: this copy may be the last one",
    );
  }
  const difference = versionDifference(entry, object);
  if (difference === undefined) return undefined;
  return problemOf(
    entry,
    "outdated",
    `another version is in the bucket, with another ${
      difference === "etag" ? "ETag" : "size"
    }`,
  );
}
