import { type ObjectInfo, sameEtag } from "../../store/mod.ts";

/** What tells an object's version from the one that was fetched. */
export function versionDifference(
  held: { size: number; etag: string; lastModified: Date | undefined },
  { size, etag, lastModified }: ObjectInfo,
): "etag" | "size" | undefined {
  if (size !== held.size) return "size";
  if (etag !== "" && held.etag !== "") {
    return sameEtag(etag, held.etag) ? undefined : "etag";
  }
  // A service without ETags has only its dates to tell versions apart.
  return lastModified?.getTime() === held.lastModified?.getTime()
    ? undefined
    : "etag";
}
