import type { ObjectInfo } from "./object_info.ts";

/**
 * What proved that bytes are an object's: the MD5 that its ETag is, the gzip data's own
 * checksums, or nothing but the size.
 */
export type Proof = "md5" | "gzip" | "size";

/**
 * What inflating gzip data to its end has shown: `damaged` where it is cut, does not fit
 * its checksums or is followed by something else; `unchecked` where nobody has looked, or
 * there is no gzip data.
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

/** What proves an object's bytes that arrived without an error: the MD5 where there is one, else whole gzip data, else the size. */
export function proofOf(
  object: Pick<ObjectInfo, "etag" | "isEncrypted">,
  gzip: GzipState,
): Proof {
  if (provingMd5(object) !== undefined) return "md5";
  return gzip === "whole" ? "gzip" : "size";
}
