import type { ObjectInfo } from "../../store/mod.ts";
import type { ManifestEntry } from "../manifest/manifest_entry.ts";
import type { MirrorFile } from "../mirror_file.ts";

/** What is known of a file that was just fetched, adopted or recovered. */
export function newEntry(
  { key, path, dataType, date, encoding }: MirrorFile,
  { size, etag, lastModified }: Pick<
    ObjectInfo,
    "size" | "etag" | "lastModified"
  >,
  { sha256, bytes, mtime, proof, gzip, gzipFault }:
    & Pick<ManifestEntry, "sha256" | "bytes" | "mtime" | "proof" | "gzip">
    & { gzipFault?: string | undefined },
  fetchedAt: Date,
): ManifestEntry {
  return {
    key,
    path,
    dataType,
    date,
    encoding,
    size,
    etag,
    lastModified,
    sha256,
    bytes,
    mtime,
    fetchedAt,
    verifiedAt: undefined,
    isDamaged: false,
    proof,
    gzip,
    gzipFault,
    releasedAt: undefined,
    withdrawnAt: undefined,
  };
}
