import type { ManifestEntry, ParquetFile } from "../../mirror/mod.ts";

/** A file of a mirror, as the gateway serves it. Of many there is one for each, so it is small. */
export interface ServedFile {
  /** Its key, which is its path in the mirror as well. */
  readonly key: string;
  /** Its size in bytes. */
  readonly bytes: number;
  /** The ETag without quotes. */
  readonly etag: string;
  /** When the object was last changed. */
  readonly lastModified: Date;
  /** The modification time that the mirror has noted. */
  readonly mtime: Date;
}

/** What an ETag can be made of. */
const ETAG = /^[\x21\x23-\x7e]+$/;

/**
 * A flat file as it is served: under its own path. Its ETag and date are the original's,
 * which is the same bytes; those of a decompressed file are others, and their ETag is their
 * SHA-256.
 *
 * @returns The file; a text that says why there is none.
 */
export function servedFile(entry: ManifestEntry): ServedFile | string {
  const { path, bytes, mtime, etag, sha256, lastModified, encoding } = entry;
  if (entry.releasedAt !== undefined) {
    return "The mirror has released the file: 'flatbed sync --released' fetches it again.";
  }
  if (entry.isDamaged) {
    return "The mirror's copy was found damaged: 'flatbed verify --repair' fetches it again.";
  }
  const isStored = encoding === "stored";
  if (!isStored && entry.gzip === "damaged") {
    return "The object is damaged at its source, and the mirror decompresses: it has no file of it.";
  }
  return {
    key: path,
    bytes,
    etag: isStored && ETAG.test(etag) ? etag : sha256,
    lastModified: wholeSeconds(lastModified ?? mtime),
    mtime,
  };
}

/** A Parquet file as it is served: nobody else has it, so its ETag is its SHA-256. */
export function servedParquet(
  { path, bytes, mtime, sha256 }: ParquetFile,
): ServedFile {
  return {
    key: path,
    bytes,
    etag: sha256,
    lastModified: wholeSeconds(mtime),
    mtime,
  };
}

/** The `Content-Type` of a file. */
export function contentTypeOf(key: string): string {
  if (key.endsWith(".gz")) return "application/gzip";
  return key.endsWith(".parquet")
    ? "application/vnd.apache.parquet"
    : "text/csv; charset=utf-8";
}

/** HTTP has no fractions, and conditions compare. */
function wholeSeconds(date: Date): Date {
  return new Date(Math.floor(date.getTime() / 1000) * 1000);
}
