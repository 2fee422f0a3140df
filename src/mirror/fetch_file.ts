import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { isMd5Etag, withFile } from "../store/mod.ts";
import type { DataType } from "../catalog/mod.ts";
import type { DownloadedFile, DownloadOptions } from "../download/mod.ts";
import { examineFile } from "./examine_file.ts";
import type { FileForm } from "./file_form.ts";
import { identityOf, statFile } from "./file_identity.ts";
import { relativePathOf, STATE_FOLDER } from "./local_path.ts";
import type { ManifestEntry } from "./manifest_entry.ts";
import type { MirrorContext } from "./mirror_context.ts";

/** A file that a mirror is to fetch. */
export interface WantedFile {
  key: string;
  dataType: DataType;
  date: string;
  form: FileForm;
  /** What is known of the object beforehand. */
  size?: number | undefined;
  etag?: string | undefined;
  lastModified?: Date | undefined;
}

/** Options of {@linkcode fetchFile}. */
export interface FetchOptions
  extends Pick<DownloadOptions, "signal" | "onProgress"> {
  /** Whether the version that lies there is kept elsewhere. */
  keepReplaced?: boolean;
}

/** A file that was fetched. */
export interface FetchedFile {
  entry: ManifestEntry;
  resumedFrom: number;
}

/**
 * Fetches a file into its place. Before the first byte, the manifest notes that nothing
 * is known of it any more; after the last, that it is whole. Where it fails, what lay
 * there before still lies there, and is known again.
 */
export async function fetchFile(
  context: MirrorContext,
  wanted: WantedFile,
  { signal, onProgress, keepReplaced = false }: FetchOptions = {},
): Promise<FetchedFile> {
  const { catalog, folder, manifest, journal, now } = context;
  const { key, form } = wanted;
  const path = `${folder}/${relativePathOf(key, form)}`;
  if (keepReplaced) await keepVersion(context, key, form, path);
  // Asking first costs a fifth of an error, and most files are new.
  const was = existsSync(path) ? identityOf(path) : undefined;
  await journal.announce({
    key,
    form,
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
        decompress: form === "decompressed",
        sha256: true,
        checkGzip: true,
        expectedSize: wanted.size,
        signal,
        onProgress,
      },
    );
  } catch (error) {
    // Should it have come to its name after all, the next plan finds that out.
    if (identityOf(path) === was) manifest.withdraw(key, form);
    throw error;
  }
  const mtime = statFile(path)?.mtime;
  const entry: ManifestEntry = {
    key,
    form,
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
    proof: isMd5Etag(file.etag) ? "md5" : "gzip",
    gzip: form === "decompressed" || !isMd5Etag(file.etag)
      ? "whole"
      : "unchecked",
    releasedAt: undefined,
  };
  await journal.record(entry, dirname(path));
  return { entry, resumedFrom: file.resumedFrom };
}

/** Gives the version that lies at a path a second name, under which it stays. */
async function keepVersion(
  { folder, manifest }: MirrorContext,
  key: string,
  form: FileForm,
  path: string,
): Promise<void> {
  const entry = manifest.entry(key, form);
  if (entry === undefined || statFile(path) === undefined) return;
  // An ETag is what a service made up: it must not become a path.
  const version = entry.etag.replaceAll(/[^A-Za-z0-9-]/g, "_").slice(0, 100);
  const kept = `${folder}/${STATE_FOLDER}/replaced/${
    relativePathOf(key, form)
  }.${version}`;
  await withFile("keep", path, async () => {
    await Deno.mkdir(dirname(kept), { recursive: true });
    try {
      await Deno.link(path, kept);
    } catch (error) {
      if (error instanceof Deno.errors.AlreadyExists) return;
      // Not every file system has links.
      await Deno.copyFile(path, kept);
    }
  });
}
