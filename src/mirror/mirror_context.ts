import type { S3Catalog, Shard } from "../catalog/mod.ts";
import type { AsyncS3Downloader, FileThreads } from "../download/mod.ts";
import type { Destination } from "./destination/destination.ts";
import type { FileEncoding } from "./mirror_file.ts";
import type { GroupCommit } from "./manifest/group_commit.ts";
import type { RowIndexes } from "./index/row_indexes.ts";
import type { Manifest } from "./manifest/manifest.ts";
import type { MadeOnce } from "./shards/made_once.ts";
import type { StateStore } from "./state/state_store.ts";

/** What all operations of a mirror share. */
export interface MirrorContext {
  /** Where the copies of objects are stored. */
  readonly destination: Destination;
  /** Where the mirror keeps what it knows beside the copies. */
  readonly store: StateStore;
  /** Where files of a mirror that is elsewhere may be kept on this machine, if anywhere. */
  readonly cacheFolder?: string | undefined;
  /** Whether anything is kept there yet. */
  exists(): Promise<boolean>;
  /** Makes the keys, in the live layout. */
  readonly catalog: S3Catalog;
  /** What the mirror knows. */
  readonly manifest: Manifest;
  /** The indexes of the files' rows. */
  readonly indexes: RowIndexes;
  /** Does work on the mirror's files, in other threads where it is large. */
  readonly files: FileThreads;
  /** Records what a sync does. */
  readonly commits: GroupCommit;
  /** The encoding of new files. */
  readonly encoding: FileEncoding;
  /** Whether this is the mirror's writer. */
  readonly isWriter: boolean;
  /** How others that find the mirror in use are told of this process. */
  readonly command: string | undefined;
  /** The part of the mirror that this is about; without one, all of it. */
  readonly shard: Shard | undefined;
  /**
   * Whether a key belongs to this mirror's shard. What is found elsewhere than in the
   * manifest, which knows it itself, is asked for here: in listings, calendars and folders.
   */
  readonly isMine: (key: string) => boolean;
  /** What the shards share, where this is one. */
  readonly shared: MadeOnce | undefined;
  /** The clock. */
  readonly now: () => Date;
  /** Whether the service can be asked. */
  readonly hasDownloader: boolean;
  /**
   * What downloads from the service.
   *
   * @throws {TypeError} If the mirror was opened without a downloader.
   */
  downloader(doing: string): AsyncS3Downloader;
}
