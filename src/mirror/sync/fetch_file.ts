import { createHash } from "node:crypto";
import { DamagedAtSourceError, ObjectChangedError } from "../../base/mod.ts";
import type { FileOptions } from "../../download/mod.ts";
import { type ObjectInfo, sameEtag } from "../../store/mod.ts";
import type { PutCopy } from "../destination/destination.ts";
import type { PieceClaim } from "../destination/pieces.ts";
import { SMALLEST_INDEXED } from "../index/row_indexes.ts";
import type { ManifestEntry } from "../manifest/manifest_entry.ts";
import type { MirrorContext } from "../mirror_context.ts";
import type { MirrorFile } from "../mirror_file.ts";
import { examineFile } from "../verify/examine_file.ts";
import { decompressStored } from "./decompress_stored.ts";
import { keepVersion } from "./keep_version.ts";
import { newEntry } from "./new_entry.ts";

/** What stands at a path where that cannot be told, as when the bucket refuses. */
const UNKNOWN = "unknown" as const;

/** Options of {@linkcode fetchFile}. */
export interface FetchOptions
  extends Pick<FileOptions, "signal" | "onProgress" | "trustEtag"> {
  /** What is known of the object beforehand. */
  object?: Partial<Pick<ObjectInfo, "size" | "etag" | "lastModified">>;
  /** What it is put together with, where all its pieces are stored. */
  claim?: PieceClaim;
  /** Whether nothing was there when it was planned; it is looked up where that could do harm. */
  wasAbsent?: boolean;
  /** Whether the version that is replaced is kept. */
  keepReplaced?: boolean;
}

/** A file that was fetched. */
export interface FetchedFile {
  entry: ManifestEntry;
  /** How many of the object's bytes an earlier run had stored. */
  resumedFrom: number;
  /** The path of the version that was replaced, if it was kept. */
  keptAs?: string | undefined;
}

/**
 * Fetches a file to its path. A file that is damaged at source is stored as it is; if it is
 * to be decompressed, no file is stored, and the entry records which version it was. The
 * manifest records before the first byte that a file is arriving, and after the last one
 * that it is complete. If the download fails, the older version and its entry stay.
 */
export async function fetchFile(
  context: MirrorContext,
  file: MirrorFile,
  fetch: FetchOptions = {},
): Promise<FetchedFile> {
  const { object = {}, claim, wasAbsent = false, keepReplaced = false } = fetch;
  const { signal, onProgress, trustEtag } = fetch;
  const { catalog, destination, indexes, manifest, commits, now } = context;
  const { key, path, dataType, date, encoding } = file;
  const isStored = encoding === "stored";
  const isAssumed = wasAbsent && isStored && claim === undefined &&
    await destination.noticesCopies?.(object.size, signal) === true;
  const there = isAssumed ? undefined : await destination.stat(path);
  const known = manifest.entry(key, encoding);
  const old = there && known;
  // One that may be whole must not give way to one that is not.
  const isWorthKeeping = old === undefined ||
    !old.isDamaged && old.gzip !== "damaged" && there?.bytes === old.bytes;
  const kept = there && (keepReplaced || isWorthKeeping)
    ? await keepVersion(context, file, there, keepReplaced)
    : undefined;
  await commits.announce({
    key,
    path,
    dataType,
    date,
    encoding,
    size: object.size,
    etag: object.etag ?? "",
    lastModified: object.lastModified,
    was: there?.identity,
  });
  let copy: PutCopy;
  try {
    const copyOptions = {
      decompress: !isStored,
      rowIndex: isStored && isIndexed(object.size),
      expectedSize: object.size,
      ...{ signal, onProgress, trustEtag },
    };
    copy = await claim?.prove(copyOptions) ??
      await decompressStored(context, file, object, signal) ??
      await destination.put(
        {
          downloader: context.downloader("fetch files"),
          bucket: catalog.bucket,
          key,
        },
        path,
        { ...copyOptions, there: there ?? null },
      );
  } catch (error) {
    if (error instanceof DamagedAtSourceError) {
      return await recordWithoutFile(context, file, object, error, kept?.path);
    }
    // If it has been put all the same, the next plan finds that out.
    const after = await destination.stat(path)
      .catch((): typeof UNKNOWN => UNKNOWN);
    if (after !== UNKNOWN && after?.identity === there?.identity) {
      manifest.withdraw(key, encoding);
      // Why it was not fetched says more than why this fails.
      await kept?.drop().catch(() => {});
    }
    // It has come since the plan: what is done with it depends on what it is.
    const isWrong = isAssumed && after !== undefined && after !== UNKNOWN &&
      error instanceof ObjectChangedError;
    if (!isWrong) throw error;
    return await fetchFile(context, file, { ...fetch, wasAbsent: false });
  }
  const entry = newEntry(file, copy, copy, now());
  if (kept !== undefined && !keepReplaced) {
    // It came without being inflated: that is done before an older version goes.
    if (isStored && entry.gzip === "unchecked") {
      const { gzipFault } = await examineFile(destination, path, {
        gzip: true,
        signal,
      });
      entry.gzip = gzipFault === undefined ? "whole" : "damaged";
      entry.gzipFault = gzipFault;
    }
  }
  // A small file that is new has none: one of an older, larger version would be known as that.
  if (isStored && (isIndexed(entry.size) || known !== undefined)) {
    await indexes.replace(
      entry,
      isIndexed(entry.size) ? copy.rowIndex : undefined,
    );
  }
  await commits.record(entry);
  await destination.pieces?.drop(path); // not before: who finds none knows that it is recorded
  const isKept = keepReplaced || entry.gzip === "damaged";
  if (!isKept) await kept?.drop();
  return {
    entry,
    resumedFrom: copy.resumedFrom,
    keptAs: isKept ? kept?.path : undefined,
  };
}

/** Whether an object gets an index, going by its size. */
function isIndexed(size = Infinity): boolean {
  return size >= SMALLEST_INDEXED;
}

/** Notes a version without content. An older one is kept under another path. */
async function recordWithoutFile(
  context: MirrorContext,
  file: MirrorFile,
  object: Partial<Pick<ObjectInfo, "etag" | "lastModified">>,
  { etag, size, fault }: DamagedAtSourceError,
  keptAs: string | undefined,
): Promise<FetchedFile> {
  const { destination, manifest, commits, now } = context;
  const { key, path, encoding } = file;
  const there = await destination.stat(path);
  if (there !== undefined) {
    manifest.withdraw(key, encoding); // it says which version that is
    keptAs ??= (await keepVersion(context, file, there, true))?.path;
    await destination.remove(path);
  }
  const isSame = sameEtag(object.etag ?? "", etag);
  const entry = newEntry(
    file,
    { size, etag, lastModified: isSame ? object.lastModified : undefined },
    {
      sha256: createHash("sha256").digest("hex"),
      bytes: 0,
      mtime: new Date(0),
      proof: "size", // there are no bytes that more could be said of
      gzip: "damaged",
      gzipFault: fault,
    },
    now(),
  );
  await commits.record(entry);
  return { entry, resumedFrom: 0, keptAs };
}
