import type { GzipState, ObjectInfo, Proof } from "../../store/mod.ts";
import { AccessDeniedError, NotFoundError } from "../../base/mod.ts";
import { provingMd5, sameEtag } from "../../store/mod.ts";
import type { Examination } from "./examine_file.ts";

/** What is known of a file of stored bytes that is an object's. */
export interface ProvenFile {
  /** What proves it. */
  proof: Proof;
  /** Whether its gzip data is whole. */
  gzip: GzipState;
  /** What is wrong with its gzip data where it is damaged. */
  gzipFault: string | undefined;
  /** Whether it is certain: not so where the service does not tell whether the ETag is an MD5. */
  isCertain: boolean;
}

/**
 * Whether an examined file has the bytes of an object: by MD5 if the ETag is an MD5,
 * otherwise by its gzip data and its size. The ETag of an encrypted object may look like an
 * MD5 without being one, and a listing does not say so: if the MD5 differs, `head` asks the
 * service. Returns `undefined` if the file does not have the object's bytes.
 */
export async function proveFile(
  found: Examination,
  object: Pick<ObjectInfo, "size" | "etag" | "isEncrypted">,
  head: () => Promise<ObjectInfo>,
): Promise<ProvenFile | undefined> {
  if (found.bytes !== object.size) return undefined;
  const { gzipFault } = found;
  const gzip = gzipFault === undefined ? "whole" : "damaged";
  const md5 = provingMd5(object);
  if (md5 !== undefined && found.md5 === md5) {
    return { proof: "md5", gzip, gzipFault, isCertain: true };
  }
  // Nothing says whether the service's bytes are damaged, or these alone.
  if (gzip === "damaged") return undefined;
  const byGzip = { proof: "gzip", gzip, gzipFault } as const;
  if (md5 === undefined) return { ...byGzip, isCertain: true };
  try {
    const { isEncrypted = false, etag } = await head();
    return isEncrypted && sameEtag(etag, object.etag)
      ? { ...byGzip, isCertain: true }
      : undefined;
  } catch (error) {
    const saysNothing = error instanceof AccessDeniedError ||
      error instanceof NotFoundError;
    if (!saysNothing) throw error;
    // It is whole, and as large: whether it is this version, nobody says.
    return { ...byGzip, proof: "size", isCertain: false };
  }
}
