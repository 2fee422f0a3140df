import {
  type GzipState,
  type ObjectInfo,
  proofOf,
  provingMd5,
  sameEtag,
} from "../../store/mod.ts";
import type { KnownCopy } from "./destination.ts";

/** The name of the metadata that holds the ETag of the object that was copied. */
export const ETAG_METADATA = "flatbed-etag";
/** The name of that which holds the SHA-256 of the copy, in hexadecimal digits. */
export const SHA256_METADATA = "flatbed-sha256";
/** The name that rclone knows for the MD5 of an object in parts, in base64. */
export const MD5_METADATA = "md5chksum";

/** The name of that which holds what inflating has shown. */
const GZIP_METADATA = "flatbed-gzip";

/**
 * What is stored with a copy, so that it can be told from the object without being read.
 * It goes with the beginning of an upload in parts, when nothing has been found out yet.
 */
export function copyMetadata(
  object: Pick<ObjectInfo, "etag" | "isEncrypted">,
  found?: { sha256: string; gzip: GzipState },
): Record<string, string> {
  const md5 = provingMd5(object);
  return {
    // An ETag can have any characters, and metadata cannot.
    ...(/^[\x21-\x7e]{1,200}$/.test(object.etag) &&
      { [ETAG_METADATA]: object.etag }),
    ...(found !== undefined &&
      { [SHA256_METADATA]: found.sha256, [GZIP_METADATA]: found.gzip }),
    ...(md5 !== undefined &&
      { [MD5_METADATA]: Uint8Array.fromHex(md5).toBase64() }),
  };
}

/**
 * What is stored with a copy, if it is one of this version of an object. Damaged ones are
 * read again: what is wrong with them is not stored.
 */
export function readCopyMetadata(
  { size, metadata = {} }: ObjectInfo,
  object: Pick<ObjectInfo, "size" | "etag">,
): Omit<KnownCopy, "mtime"> | undefined {
  const sha256 = metadata[SHA256_METADATA] ?? "";
  const gzip = metadata[GZIP_METADATA];
  const isSame = size === object.size && object.etag !== "" &&
    sameEtag(metadata[ETAG_METADATA] ?? "", object.etag);
  const isKnown = /^[0-9a-f]{64}$/.test(sha256) &&
    (gzip === "whole" || gzip === "unchecked");
  if (!isSame || !isKnown) return undefined;
  const isEncrypted = metadata[MD5_METADATA] === undefined;
  const proof = proofOf({ etag: object.etag, isEncrypted }, gzip);
  return { bytes: size, sha256, gzip, proof };
}
