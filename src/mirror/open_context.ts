import { assertString, quote } from "../base/mod.ts";
import { S3Catalog } from "../catalog/mod.ts";
import { FileThreads } from "../download/mod.ts";
import { FolderDestination } from "./destination/folder_destination.ts";
import { MirrorDamagedError } from "./errors.ts";
import { RowIndexes } from "./index/row_indexes.ts";
import { GroupCommit } from "./manifest/group_commit.ts";
import { Manifest } from "./manifest/manifest.ts";
import {
  describeProcess,
  folderError,
  MirrorLock,
} from "./manifest/mirror_lock.ts";
import { putManifestAside } from "./manifest/put_manifest_aside.ts";
import type { MirrorContext } from "./mirror_context.ts";
import type { MirrorOptions } from "./mirror_options.ts";
import { STATE_FOLDER } from "./state_folder.ts";

/** The context of a mirror, which holds its manifest and its lock open. */
export interface OpenContext extends MirrorContext, Disposable {}

/** Opens what a mirror in a folder consists of; the options are checked already. */
export async function openContext(
  folder: string,
  options: MirrorOptions,
): Promise<OpenContext> {
  const path = checkFolder(folder);
  const { downloader, bucket, decompress, command } = options;
  const { readOnly = false, now = () => new Date() } = options;
  const lock = readOnly ? undefined : await takeLock(path, command, now());
  let manifest: Manifest;
  try {
    manifest = readOnly
      ? Manifest.openForReading(path)
      : await openManifest(path, options, now());
  } catch (error) {
    lock?.[Symbol.dispose]();
    throw error;
  }
  const destination = new FolderDestination(path);
  return {
    folder: path,
    destination,
    catalog: new S3Catalog(bucket, { layout: "live" }),
    manifest,
    indexes: new RowIndexes(path),
    files: new FileThreads(),
    commits: new GroupCommit(manifest, destination, now),
    encoding: decompress === undefined
      ? manifest.encodingInUse() ?? "stored"
      : decompress
      ? "decompressed"
      : "stored",
    isWriter: !readOnly,
    command,
    now,
    hasDownloader: downloader !== undefined,
    downloader(doing) {
      if (downloader !== undefined) return downloader;
      throw new TypeError(
        `Cannot ${doing}: the mirror was opened without a downloader`,
      );
    },
    [Symbol.dispose]() {
      manifest[Symbol.dispose]();
      lock?.[Symbol.dispose]();
    },
  };
}

async function takeLock(
  folder: string,
  command: string | undefined,
  now: Date,
): Promise<MirrorLock> {
  try {
    await Deno.mkdir(`${folder}/${STATE_FOLDER}`, { recursive: true });
    return await MirrorLock.take(folder, describeProcess(command, now));
  } catch (error) {
    throw folderError(folder, error);
  }
}

async function openManifest(
  folder: string,
  { replaceDamaged }: MirrorOptions,
  now: Date,
): Promise<Manifest> {
  try {
    const manifest = Manifest.openForWriting(folder);
    if (replaceDamaged) manifest.forgetImpossible();
    return manifest;
  } catch (error) {
    if (
      !replaceDamaged || !(error instanceof MirrorDamagedError) ||
      error.reason !== "unreadable"
    ) throw error;
    await putManifestAside(folder, now);
    return Manifest.openForWriting(folder);
  }
}

function checkFolder(folder: unknown): string {
  assertString(folder, "folder");
  if (folder === "" || folder.includes("\0")) {
    throw new RangeError(
      `Cannot use ${quote(folder)} as folder: it is empty or holds a NUL`,
    );
  }
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(folder)) {
    throw new RangeError(
      `Cannot use ${
        quote(folder)
      } as folder: expected a folder of this machine: buckets and URLs are not supported yet`,
    );
  }
  return folder.replace(/(?<=.)\/+$/, "");
}
