import type { S3Catalog } from "../catalog/mod.ts";
import type { AsyncS3Downloader, FileThreads } from "../download/mod.ts";
import type { Destination } from "./destination/destination.ts";
import type { FileEncoding } from "./mirror_file.ts";
import type { GroupCommit } from "./manifest/group_commit.ts";
import type { RowIndexes } from "./index/row_indexes.ts";
import type { Manifest } from "./manifest/manifest.ts";

/** What all operations of a mirror share. */
export interface MirrorContext {
  /** The mirror's folder, without a slash at the end. */
  readonly folder: string;
  /** Where the copies of objects are stored. */
  readonly destination: Destination;
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
