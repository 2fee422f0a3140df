import type { ObjectInfo } from "../store/mod.ts";
import { LocalFileError } from "../base/mod.ts";
import { provingMd5 } from "../store/mod.ts";
import { type Examination, examineFile } from "./verify/examine_file.ts";
import type { WantedFile } from "./sync/fetch_file.ts";
import { statFile } from "../files/mod.ts";
import { relativePathOf } from "./local_path.ts";
import type { ManifestEntry } from "./manifest/manifest_entry.ts";
import type { MirrorContext } from "./mirror_context.ts";
import { proveFile, type ProvenFile } from "./verify/prove_file.ts";

/** How many files are read at once to find out whether they can be adopted. */
export const MAX_READS = 2;

/** The version of an object that a file may be. */
export type ListedObject = Pick<ObjectInfo, "size" | "etag" | "lastModified">;

/** Options of {@linkcode adoptFile}. */
export interface AdoptOptions {
  /** What the file is adopted for, as the end of a sentence that begins with "Cannot". */
  doing: string;
  /** Whether a file is also adopted of which only likely is that it is the object. */
  areUnprovenTaken: boolean;
  signal?: AbortSignal | undefined;
}

/** What became of a file that the manifest did not know. */
export interface Adoption {
  /** What the manifest knows of it now, where it was adopted. */
  entry: ManifestEntry | undefined;
  /** Whether it is proven to be the object. */
  isProven: boolean;
  /** How many bytes were read. */
  bytes: number;
}

/**
 * Takes a file into the manifest that it does not know, where the file is a version of
 * an object, as far as that can be told without a download. One that cannot be read is
 * not adopted.
 */
export async function adoptFile(
  { catalog, downloader, folder, manifest, now }: MirrorContext,
  { key, encoding, dataType, date }: Pick<
    WantedFile,
    "key" | "encoding" | "dataType" | "date"
  >,
  object: ListedObject,
  { doing, areUnprovenTaken, signal }: AdoptOptions,
): Promise<Adoption> {
  const path = `${folder}/${relativePathOf(key, encoding)}`;
  const nothing: Adoption = { entry: undefined, isProven: false, bytes: 0 };
  const isStored = encoding === "stored";
  if (isStored && statFile(path)?.size !== object.size) return nothing;
  if (!isStored && !areUnprovenTaken) return nothing;
  let found: Examination;
  try {
    found = await examineFile(path, {
      md5: isStored && provingMd5(object) !== undefined,
      gzip: isStored,
      signal,
    });
  } catch (error) {
    if (error instanceof LocalFileError) return nothing;
    throw error;
  }
  const { bytes } = found;
  const proven = isStored
    ? await proveFile(
      found,
      object,
      () => downloader(doing).getObjectInfo(catalog.bucket, key),
    )
    : proveDecompressed(found, object);
  if (proven === undefined || !proven.isCertain && !areUnprovenTaken) {
    return { ...nothing, bytes };
  }
  const { isCertain: isProven, ...proof } = proven;
  const entry: ManifestEntry = {
    key,
    path: relativePathOf(key, encoding),
    encoding,
    dataType,
    date,
    size: object.size,
    etag: object.etag,
    lastModified: object.lastModified,
    sha256: found.sha256,
    bytes,
    mtime: found.mtime,
    fetchedAt: now(),
    verifiedAt: isProven ? now() : undefined,
    isDamaged: false,
    ...proof,
    releasedAt: undefined,
    withdrawnAt: undefined,
  };
  manifest.record(entry);
  return { entry, isProven, bytes };
}

/** Decompressed bytes cannot be compared with the listing: a file made since the upload will do. */
function proveDecompressed(
  found: Examination,
  { lastModified }: ListedObject,
): ProvenFile | undefined {
  const isSince = lastModified !== undefined && found.mtime >= lastModified;
  return isSince && found.bytes > 0
    ? {
      proof: "size",
      gzip: "unchecked",
      gzipFault: undefined,
      isCertain: false,
    }
    : undefined;
}
