import type { DataType } from "../catalog/mod.ts";
import type { ObjectInfo } from "../download/mod.ts";
import { provingMd5 } from "../store/mod.ts";
import { type Examination, examineFile } from "./examine_file.ts";
import { forEach } from "./for_each.ts";
import { type ListedMonth, type Listing, listMonths } from "./listing.ts";
import { fileAt, type NamedFile, relativePathOf } from "./local_path.ts";
import type { MirrorContext } from "./mirror_context.ts";
import { proveFile, type ProvenFile } from "./prove_file.ts";
import type { VerifyOptions } from "./verify_report.ts";
import { walkFolder } from "./walk_folder.ts";

/** What a rebuild has done. */
export interface Rebuilt {
  adopted: number;
  unproven: number;
  bytes: number;
}

/** How many files are read at once. */
const MAX_READS = 2;

/**
 * Takes files into the manifest that it does not know, where they are what the bucket
 * lists, as far as that can be told without a download.
 */
export async function rebuild(
  context: MirrorContext,
  dataTypes: readonly DataType[] | undefined,
  { signal, onEvent }: VerifyOptions,
): Promise<Rebuilt> {
  const { catalog, folder, manifest, now } = context;
  const unknown: NamedFile[] = [];
  for await (const { path, isFile } of walkFolder(folder)) {
    const file = isFile ? fileAt(path) : undefined;
    if (file === undefined) continue;
    if (dataTypes !== undefined && !dataTypes.includes(file.dataType)) continue;
    if (manifest.entry(file.key, file.form) === undefined) unknown.push(file);
  }
  const downloader = context.downloader("rebuild the manifest");
  const listing = await listMonths(
    downloader,
    catalog,
    monthsWith(unknown),
    { signal },
  );
  const result: Rebuilt = { adopted: 0, unproven: 0, bytes: 0 };
  await forEach(unknown, MAX_READS, async ({ year: _, month: __, ...file }) => {
    const object = find(listing, file);
    if (object === undefined) return;
    const path = relativePathOf(file.key, file.form);
    const isStored = file.form === "stored";
    const found = await examineFile(`${folder}/${path}`, {
      md5: isStored && provingMd5(object) !== undefined,
      gzip: isStored,
      signal,
    });
    result.bytes += found.bytes;
    const proven = isStored
      ? await proveFile(
        found,
        object,
        () => downloader.getObjectInfo(catalog.bucket, file.key),
      )
      : proveDecompressed(found, object);
    if (proven === undefined) return;
    const { isCertain: isProven, ...proof } = proven;
    manifest.record({
      ...file,
      size: object.size,
      etag: object.etag,
      lastModified: object.lastModified,
      sha256: found.sha256,
      bytes: found.bytes,
      mtime: found.mtime,
      fetchedAt: now(),
      verifiedAt: isProven ? now() : undefined,
      isDamaged: false,
      ...proof,
      releasedAt: undefined,
    });
    result.adopted++;
    if (!isProven) result.unproven++;
    onEvent?.({ event: "adopted", path, isProven });
  }, signal);
  return result;
}

/** Decompressed bytes cannot be compared with the listing: a file made since the upload will do. */
function proveDecompressed(
  found: Examination,
  object: ObjectInfo,
): ProvenFile | undefined {
  const isSince = object.lastModified !== undefined &&
    found.mtime >= object.lastModified;
  return isSince && found.bytes > 0
    ? {
      proof: "size",
      gzip: "unchecked",
      gzipFault: undefined,
      isCertain: false,
    }
    : undefined;
}

/** The months that some files are of. */
export function monthsWith(
  files: Iterable<{ dataType: DataType; date: string }>,
): ListedMonth[] {
  const months = new Map<string, ListedMonth>();
  for (const { dataType, date } of files) {
    const month = date.slice(0, 7);
    months.set(`${dataType} ${month}`, { dataType, month });
  }
  return [...months.values()];
}

function find(
  listing: Listing,
  { dataType, date }: { dataType: DataType; date: string },
): ObjectInfo | undefined {
  return listing.objects.get(dataType)?.get(date);
}
