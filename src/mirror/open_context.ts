import { delay } from "@std/async/delay";
import { assertString, quote } from "../base/mod.ts";
import { isOfShard, S3Catalog, type Shard } from "../catalog/mod.ts";
import { FileThreads } from "../download/mod.ts";
import { cacheFolder } from "./cache_folder.ts";
import { BucketDestination } from "./destination/bucket_destination.ts";
import type { Destination } from "./destination/destination.ts";
import { FolderDestination } from "./destination/folder_destination.ts";
import { isBucketLocation, openBucket } from "./destination/open_bucket.ts";
import { type LockHolder, MirrorDamagedError } from "./errors.ts";
import { inspectPath } from "../files/mod.ts";
import { RowIndexes } from "./index/row_indexes.ts";
import { GroupCommit } from "./manifest/group_commit.ts";
import { Manifest } from "./manifest/manifest.ts";
import {
  describeProcess,
  folderError,
  MirrorLock,
} from "./manifest/mirror_lock.ts";
import { clockOfFolder } from "./manifest/merge_journals.ts";
import { putManifestAside } from "./manifest/put_manifest_aside.ts";
import type { MirrorContext } from "./mirror_context.ts";
import type { MirrorOptions } from "./mirror_options.ts";
import { MadeOnce } from "./shards/made_once.ts";
import { BucketStateStore } from "./state/bucket_state_store.ts";
import type { StateStore } from "./state/state_store.ts";
import { FolderStateStore } from "./state/folder_state_store.ts";
import { removeLeft } from "./state/remove_left.ts";
import { STATE_FOLDER } from "./state_folder.ts";

/** The context of a mirror, which holds its manifest and its lock open. */
export interface OpenContext extends MirrorContext, Disposable {}

/** Opens what a mirror consists of; the options are checked already. */
export async function openContext(
  location: string,
  options: MirrorOptions,
): Promise<OpenContext> {
  const { downloader, bucket, decompress, command, shard } = options;
  const { readOnly = false, now = () => new Date() } = options;
  const { maxListingAge = 3600 } = options;
  assertString(location, "location");
  const place = isBucketLocation(location)
    ? await openBucketPlace(location, options, now())
    : await openFolderPlace(location, options, now());
  const { destination, store, exists } = place;
  const manifest = place.manifest.ofShard(shard);
  return {
    destination,
    store,
    exists,
    cacheFolder: place.cacheFolder,
    catalog: new S3Catalog(bucket, { layout: "live" }),
    manifest,
    indexes: new RowIndexes(store),
    files: new FileThreads(),
    commits: new GroupCommit(manifest, destination, now),
    encoding: decompress === undefined
      ? manifest.encodingInUse() ?? "stored"
      : decompress
      ? "decompressed"
      : "stored",
    isWriter: !readOnly,
    shard,
    isMine: (key) => isOfShard(key, shard),
    shared: shard && new MadeOnce({
      store,
      maxAge: maxListingAge * 1000,
      holder: JSON.stringify(describeProcess(command, now())),
      now,
      isKept: !readOnly,
      delay: (ms, signal) => delay(ms, { signal }),
    }),
    command,
    now,
    hasDownloader: downloader !== undefined,
    downloader(doing) {
      if (downloader !== undefined) return downloader;
      throw new TypeError(
        `Cannot ${doing}: the mirror was opened without a downloader`,
      );
    },
    [Symbol.dispose]: () => place[Symbol.dispose](),
  };
}

/** Where a mirror keeps what it knows beside the copies, opened without its manifest. */
export async function openStore(
  location: string,
  { out }: Pick<MirrorOptions, "out">,
): Promise<{ store: StateStore } & Disposable> {
  assertString(location, "location");
  if (!isBucketLocation(location)) {
    const store = new FolderStateStore(checkFolder(location, { out }));
    return { store, [Symbol.dispose]() {} };
  }
  const { memory: _, cacheFolder: __, ...reached } = out ?? {};
  const bucket = await openBucket(location, reached);
  const store = new BucketStateStore(bucket);
  return { store, [Symbol.dispose]: () => bucket[Symbol.dispose]() };
}

/** Where a mirror's copies are, and what it knows of them. */
interface Place extends Disposable {
  destination: Destination;
  store: StateStore;
  manifest: Manifest;
  /** Where files may be kept on this machine, if it is elsewhere. */
  cacheFolder?: string | undefined;
  /** Whether anything is kept there yet. */
  exists(): Promise<boolean>;
}

async function openFolderPlace(
  location: string,
  options: MirrorOptions,
  now: Date,
): Promise<Place> {
  const folder = checkFolder(location, options);
  const { command, readOnly, shard } = options;
  const holder = describeProcess(command, now);
  const lock = readOnly ? undefined : await takeLock(folder, shard, holder);
  try {
    if (lock !== undefined && shard === undefined) {
      removeLeft(folder, clockOfFolder(folder));
    }
    const manifest = readOnly
      ? Manifest.openForReading(folder, { mayLag: options.mayLag ?? false })
      : shard !== undefined
      ? Manifest.openForShard(folder, shard, holder)
      : await openManifest(folder, options, now);
    return {
      destination: new FolderDestination(folder),
      store: new FolderStateStore(folder),
      manifest,
      exists: () =>
        Promise.resolve(
          inspectPath(`${folder}/${STATE_FOLDER}`).kind !== "absent",
        ),
      [Symbol.dispose]() {
        manifest[Symbol.dispose]();
        lock?.[Symbol.dispose]();
      },
    };
  } catch (error) {
    lock?.[Symbol.dispose]();
    throw error;
  }
}

async function openBucketPlace(
  location: string,
  {
    out: { memory, cacheFolder: chosen, ...reached } = {},
    command,
    readOnly = false,
    replaceDamaged = false,
    shard,
  }: MirrorOptions,
  now: Date,
): Promise<Place> {
  const bucket = await openBucket(location, reached);
  try {
    const own = chosen ??
      cacheFolder(bucket.location, reached.endpointUrl);
    const store = new BucketStateStore(bucket);
    const manifest = await Manifest.openInStore(store, {
      cache: own,
      holder: describeProcess(command, now),
      readOnly,
      shard,
      setsDamagedAside: replaceDamaged,
    });
    return {
      destination: new BucketDestination(bucket, { memory }),
      store,
      manifest,
      cacheFolder: own,
      async exists() {
        for await (const _ of bucket.list(`${STATE_FOLDER}/`)) return true;
        return false;
      },
      [Symbol.dispose]() {
        manifest[Symbol.dispose]();
        bucket[Symbol.dispose]();
      },
    };
  } catch (error) {
    bucket[Symbol.dispose]();
    throw error;
  }
}

async function takeLock(
  folder: string,
  shard: Shard | undefined,
  holder: LockHolder,
): Promise<MirrorLock> {
  try {
    await Deno.mkdir(`${folder}/${STATE_FOLDER}`, { recursive: true });
    return shard === undefined
      ? await MirrorLock.take(folder, holder)
      : await MirrorLock.share(folder);
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
    const manifest = Manifest.openForWriting(folder, {
      setsDamagedAside: replaceDamaged ?? false,
    });
    if (replaceDamaged) manifest.forgetImpossible();
    return manifest;
  } catch (error) {
    if (
      !replaceDamaged || !(error instanceof MirrorDamagedError) ||
      error.reason !== "unreadable"
    ) throw error;
    await putManifestAside(folder, now);
    return Manifest.openForWriting(folder, { setsDamagedAside: true });
  }
}

function checkFolder(
  folder: string,
  { out }: Pick<MirrorOptions, "out">,
): string {
  if (folder === "" || folder.includes("\0")) {
    throw new RangeError(
      `Cannot use ${quote(folder)} as location: it is empty or holds a NUL`,
    );
  }
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(folder)) {
    throw new RangeError(
      `Cannot use ${
        quote(folder)
      } as location: expected a folder of this machine, or s3://bucket/prefix; other URLs are not supported`,
    );
  }
  if (out !== undefined) {
    throw new RangeError(
      `Cannot use out with ${quote(folder)}: it is for s3://bucket/prefix`,
    );
  }
  return folder.replace(/(?<=.)\/+$/, "");
}
