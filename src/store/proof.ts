import type { ObjectInfo } from "./object_info.ts";

/**
 * What the bytes of an object were verified with: the MD5 in its ETag, the checksums of
 * its gzip data, or the size alone.
 */
export type Proof = "md5" | "gzip" | "size";

/**
 * What inflating gzip data to its end has shown: `damaged` if it is truncated, fails its
 * checksums or is followed by other bytes; `unchecked` if it was not inflated, or is no
 * gzip data.
 */
export type GzipState = "unchecked" | "whole" | "damaged";

/**
 * The MD5 that an object's bytes must have, where its ETag is one: in lower case. It is
 * none after an upload in parts, nor where the object is encrypted with a key of its own,
 * though it looks like one then. A listing does not tell that: see
 * {@linkcode ObjectInfo.isEncrypted}.
 */
export function provingMd5(
  { etag, isEncrypted }: Pick<ObjectInfo, "etag" | "isEncrypted">,
): string | undefined {
  return !isEncrypted && /^[0-9a-f]{32}$/i.test(etag)
    ? etag.toLowerCase()
    : undefined;
}

/** What proves the bytes of an object that arrived without an error: the MD5 if there is one, otherwise complete gzip data, otherwise the size. */
export function proofOf(
  object: Pick<ObjectInfo, "etag" | "isEncrypted">,
  gzip: GzipState,
): Proof {
  if (provingMd5(object) !== undefined) return "md5";
  return gzip === "whole" ? "gzip" : "size";
}
