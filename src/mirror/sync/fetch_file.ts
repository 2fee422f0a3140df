import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { sameEtag } from "../../store/mod.ts";
import { identityOf, statFile, withFile } from "../../files/mod.ts";
import type { DataType } from "../../catalog/mod.ts";
import { DamagedAtSourceError } from "../../base/mod.ts";
import type { DownloadedFile, FileOptions } from "../../download/mod.ts";
import { examineFile } from "../verify/examine_file.ts";
import type { FileEncoding } from "../mirror_file.ts";
import { relativePathOf } from "../local_path.ts";
import type { ManifestEntry } from "../manifest/manifest_entry.ts";
import type { MirrorContext } from "../mirror_context.ts";
import { setAside } from "./set_aside.ts";

/** A file that a mirror is to fetch. */
export interface WantedFile {
  key: string;
  dataType: DataType;
  date: string;
  encoding: FileEncoding;
  /** What is known of the object beforehand. */
  size?: number | undefined;
  etag?: string | undefined;
  lastModified?: Date | undefined;
}

/** Options of {@linkcode fetchFile}. */
export interface FetchOptions
  extends Pick<FileOptions, "signal" | "onProgress" | "trustEtag"> {
  /** Whether the version that lies there is kept elsewhere. */
  keepReplaced?: boolean;
}

/** A file that was fetched. */
export interface FetchedFile {
  entry: ManifestEntry;
  resumedFrom: number;
  /** Where the older version lies that it has replaced, where that was kept. */
  keptAs?: string | undefined;
}

/**
 * Fetches a file into its place. One that is damaged at source is kept as it is stored;
 * where content is wanted, it has none: then no file is there, and the entry alone
 * remembers which version that was. Before the first byte, the manifest notes that nothing
 * is known of it any more; after the last, that it is whole. Where it fails, what lay
 * there before still lies there, and is known again.
 */
export async function fetchFile(
  context: MirrorContext,
  wanted: WantedFile,
  { keepReplaced = false, ...options }: FetchOptions = {},
): Promise<FetchedFile> {
  const { catalog, folder, manifest, journal, now } = context;
  const { key, encoding } = wanted;
  const path = `${folder}/${relativePathOf(key, encoding)}`;
  // Asking first costs a fifth of an error, and most files are new.
  const isThere = existsSync(path);
  const was = isThere ? identityOf(path) : undefined;
  const old = isThere ? manifest.entry(key, encoding) : undefined;
  // One that may be whole must not give way to one that is not.
  const isWorthKeeping = old === undefined || !old.isDamaged &&
      old.gzip !== "damaged" && statFile(path)?.size === old.bytes;
  const aside = isThere && (keepReplaced || isWorthKeeping)
    ? await setAside(context, key, encoding, keepReplaced)
    : undefined;
  await journal.announce({
    key,
    path: relativePathOf(key, encoding),
    dataType: wanted.dataType,
    date: wanted.date,
    encoding,
    size: wanted.size,
    etag: wanted.etag ?? "",
    lastModified: wanted.lastModified,
    was,
  });
  let file: DownloadedFile;
  try {
    file = await context.downloader("fetch files").downloadToFile(
      catalog.bucket,
      key,
      path,
      {
        decompress: encoding === "decompressed",
        sha256: true,
        replaceByDamaged: true, // what lies there is set aside already
        expectedSize: wanted.size,
        ...options,
      },
    );
  } catch (error) {
    if (error instanceof DamagedAtSourceError) {
      return await recordWithoutFile(
        context,
        wanted,
        path,
        error,
        aside?.path,
      );
    }
    // Should it have come to its name after all, the next plan finds that out.
    if (identityOf(path) === was) {
      manifest.withdraw(key, encoding);
      await aside?.drop();
    }
    throw error;
  }
  const mtime = statFile(path)?.mtime;
  const entry: ManifestEntry = {
    key,
    path: relativePathOf(key, encoding),
    encoding,
    dataType: wanted.dataType,
    date: wanted.date,
    size: file.size,
    etag: file.etag,
    lastModified: file.lastModified,
    sha256: file.sha256 ?? (await examineFile(path)).sha256,
    bytes: file.bytes,
    mtime: mtime ?? new Date(0),
    fetchedAt: now(),
    verifiedAt: undefined,
    isDamaged: false,
    proof: file.proof,
    gzip: file.gzip,
    gzipFault: file.gzipFault,
    releasedAt: undefined,
    withdrawnAt: undefined,
  };
  if (aside !== undefined && !keepReplaced) {
    await lookInto(entry, path, options.signal);
  }
  await journal.record(entry, dirname(path));
  const isKept = keepReplaced || entry.gzip === "damaged";
  if (!isKept) await aside?.drop();
  return {
    entry,
    resumedFrom: file.resumedFrom,
    keptAs: isKept ? aside?.path : undefined,
  };
}

/** Notes a version without content. An older one that lies there is kept elsewhere. */
async function recordWithoutFile(
  context: MirrorContext,
  { key, encoding, dataType, date, ...wanted }: WantedFile,
  path: string,
  { etag, size, fault }: DamagedAtSourceError,
  keptAs: string | undefined,
): Promise<FetchedFile> {
  const { manifest, journal, now } = context;
  if (existsSync(path)) {
    manifest.withdraw(key, encoding); // it says which version that is
    keptAs ??= (await setAside(context, key, encoding, true))?.path;
    await withFile("remove", path, () => Deno.remove(path));
  }
  const entry: ManifestEntry = {
    key,
    path: relativePathOf(key, encoding),
    encoding,
    dataType,
    date,
    size,
    etag,
    lastModified: sameEtag(wanted.etag ?? "", etag)
      ? wanted.lastModified
      : undefined,
    sha256: createHash("sha256").digest("hex"),
    bytes: 0,
    mtime: new Date(0),
    fetchedAt: now(),
    verifiedAt: undefined,
    isDamaged: false,
    proof: "size", // there are no bytes that more could be said of
    gzip: "damaged",
    gzipFault: fault,
    releasedAt: undefined,
    withdrawnAt: undefined,
  };
  await journal.record(entry, dirname(path));
  return { entry, resumedFrom: 0, keptAs };
}

/** Looks into a file that came without being inflated, before an older version goes. */
async function lookInto(
  entry: ManifestEntry,
  path: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (entry.encoding !== "stored" || entry.gzip !== "unchecked") return;
  const { gzipFault } = await examineFile(path, { gzip: true, signal });
  entry.gzip = gzipFault === undefined ? "whole" : "damaged";
  entry.gzipFault = gzipFault;
}
