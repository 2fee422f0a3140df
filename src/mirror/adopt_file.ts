import { LocalFileError } from "../base/mod.ts";
import { type ObjectInfo, provingMd5 } from "../store/mod.ts";
import type { ManifestEntry } from "./manifest/manifest_entry.ts";
import type { MirrorContext } from "./mirror_context.ts";
import type { MirrorFile } from "./mirror_file.ts";
import { newEntry } from "./sync/new_entry.ts";
import { type Examination, examineFile } from "./verify/examine_file.ts";
import { proveFile, type ProvenFile } from "./verify/prove_file.ts";

/** How many files are read at once to find out whether they can be adopted. */
export const MAX_READS = 2;

/** The version of an object that a file may be. */
export type ListedObject = Pick<ObjectInfo, "size" | "etag" | "lastModified">;

/** Options of {@linkcode adoptFile}. */
export interface AdoptOptions {
  /** What the file is adopted for, as the end of a sentence that begins with "Cannot". */
  doing: string;
  /** Whether a file is also adopted if it is only likely to be the object. */
  areUnprovenTaken: boolean;
  signal?: AbortSignal | undefined;
}

/** What became of a file that the manifest did not know. */
export interface Adoption {
  /** What the manifest knows of it now, if it was adopted. */
  entry: ManifestEntry | undefined;
  /** Whether it is proven to be the object. */
  isProven: boolean;
  /** How many bytes were read. */
  bytes: number;
}

/**
 * Adds a file to the manifest that it does not know, if the file matches the object, as far
 * as that can be checked without a download. A file that cannot be read is not adopted.
 */
export async function adoptFile(
  { catalog, destination, downloader, indexes, manifest, now }: MirrorContext,
  file: MirrorFile,
  object: ListedObject,
  { doing, areUnprovenTaken, signal }: AdoptOptions,
): Promise<Adoption> {
  const { key, path, encoding } = file;
  const nothing: Adoption = { entry: undefined, isProven: false, bytes: 0 };
  const isStored = encoding === "stored";
  if (!isStored && !areUnprovenTaken) return nothing;
  let found: Examination;
  try {
    if (isStored && (await destination.stat(path))?.bytes !== object.size) {
      return nothing;
    }
    const known = isStored
      ? await destination.known?.(path, object, signal)
      : undefined;
    if (known !== undefined) {
      const foundAt = now();
      const entry = newEntry(file, object, known, foundAt);
      await indexes.replace(entry, undefined);
      manifest.record(entry);
      return { entry, isProven: true, bytes: 0 };
    }
    found = await examineFile(destination, path, {
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
      () => downloader(doing).getObjectInfo(catalog.bucket, key, { signal }),
    )
    : proveDecompressed(found, object);
  if (proven === undefined || !proven.isCertain && !areUnprovenTaken) {
    return { ...nothing, bytes };
  }
  const { isCertain: isProven } = proven;
  // What has made it may have been killed before it did that; another process that puts
  // the same version notices that it is there.
  if (isStored && isProven) await destination.discard(path);
  const foundAt = now();
  const entry: ManifestEntry = {
    ...newEntry(file, object, { ...found, ...proven }, foundAt),
    verifiedAt: isProven ? foundAt : undefined,
  };
  if (isStored) await indexes.replace(entry, undefined);
  manifest.record(entry);
  return { entry, isProven, bytes };
}

/** Decompressed bytes cannot be compared with the listing: a file is likely if it was made since the upload. */
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
