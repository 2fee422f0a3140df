import type { ByteSource } from "../../base/mod.ts";
import type {
  AsyncS3Downloader,
  DownloadedFile,
  FileOptions,
} from "../../download/mod.ts";

/** What can be told of a copy without reading it. */
export interface CopyInfo {
  /** Its size in bytes: the object's, unless it is decompressed. */
  bytes: number;
  /** When it was last modified. */
  mtime: Date;
  /** Differs from that of any other copy that takes its place. */
  identity: string;
  /** Whether its space becomes free when it is replaced or removed: not if it has another hard link. */
  isSoleLink: boolean;
}

/** A copy that is open for reading, from its first byte to its last. */
export interface CopyReader extends ByteSource, Disposable {
  /** When the copy was last modified, as of opening it. */
  readonly mtime: Date;
}

/** What {@linkcode Destination.list} finds. */
export interface ListedCopy {
  /** Its path in the destination. */
  path: string;
  /** Whether it is a regular file, and no link, pipe or the like. */
  isRegular: boolean;
  /** The path of the copy whose unfinished put it belongs to, going by its name. */
  partOf?: string;
}

/** An object and what it is downloaded with. */
export interface SourceObject {
  downloader: AsyncS3Downloader;
  bucket: string;
  key: string;
}

/** Options of {@linkcode Destination.put}. */
export interface CopyOptions extends
  Pick<
    FileOptions,
    | "decompress"
    | "expectedSize"
    | "trustEtag"
    | "rowIndex"
    | "signal"
    | "onProgress"
  > {}

/** A copy that has just been put. */
export interface PutCopy extends Omit<DownloadedFile, "key" | "path"> {
  /** The SHA-256 of the copy, in hexadecimal digits. */
  sha256: string;
  /** When the copy was last modified. */
  mtime: Date;
}

/** A version of a copy under a second path, where it outlives being replaced. */
export interface KeptCopy {
  /** Its path in the destination. */
  path: string;
  /** Removes the second path, unless it existed before. */
  drop(): Promise<void>;
}

/** How much of an unfinished put is stored, in bytes. */
export interface UnfinishedPut {
  /** Of the object, as it is stored at the service. */
  stored: number;
  /** Of its decompressed content. */
  content: number;
}

/**
 * Where a mirror stores its copies of objects. A path is relative to the destination, is
 * separated by `/`, and is an object's key, without `.gz` if the copy is decompressed.
 * What a mirror knows of its copies (manifest, lock) is not stored through it.
 */
export interface Destination {
  /** How people are told of it: the folder. */
  readonly location: string;

  /**
   * Looks up a copy. Links are followed.
   *
   * @param path The copy's path.
   * @returns What is known of it; `undefined` if no regular file is there.
   * @throws {LocalFileError} If that cannot be found out.
   */
  stat(path: string): Promise<CopyInfo | undefined>;

  /**
   * Opens a copy for reading.
   *
   * @param path The copy's path.
   * @param signal Ends reading.
   * @throws {LocalFileError} If it cannot be read.
   */
  open(path: string, signal?: AbortSignal): Promise<CopyReader>;

  /**
   * Lists what is stored, in the order of paths within each folder, without what the
   * mirror itself keeps in `.flatbed`. Links are listed and not followed.
   *
   * @param folder The folder to list with all below it; all folders by default.
   * @throws {LocalFileError} If it cannot be read.
   */
  list(folder?: string): AsyncIterable<ListedCopy>;

  /**
   * Downloads an object to a path, checks it, and only then replaces what is there. What
   * an interrupted put has stored is resumed by the next one of the same version.
   *
   * @param object What to download.
   * @param path The copy's path.
   * @param options How to download.
   * @throws {DamagedAtSourceError} If it is to be decompressed, and its gzip data is damaged: what is there stays.
   * @throws {FlatbedError} If it cannot be downloaded or written.
   */
  put(
    object: SourceObject,
    path: string,
    options: CopyOptions,
  ): Promise<PutCopy>;

  /**
   * Gives the copy at a path a second path in `.flatbed/replaced/`, named by its SHA-256:
   * ETags may be missing, or be the same for several versions.
   *
   * @param path The copy's path.
   * @param sha256 The SHA-256 of the copy.
   * @param isRequired Whether it is copied if a hard link is not supported.
   * @returns The kept copy; `undefined` if it was not required, and would need a copy.
   * @throws {LocalFileError} If it cannot be kept.
   */
  keep(
    path: string,
    sha256: string,
    isRequired: boolean,
  ): Promise<KeptCopy | undefined>;

  /**
   * Removes a copy; does nothing if there is none.
   *
   * @param path The copy's path.
   * @throws {LocalFileError} If it cannot be removed.
   */
  remove(path: string): Promise<void>;

  /**
   * How much an unfinished put has stored so far, be it interrupted or still running.
   *
   * @param path The copy's path.
   */
  unfinished(path: string): Promise<UnfinishedPut>;

  /**
   * Removes what an interrupted put has left.
   *
   * @param path The copy's path.
   * @throws {LocalFileError} If it cannot be removed.
   */
  discard(path: string): Promise<void>;

  /**
   * Whether another mirror, or another process, is putting a copy right now.
   *
   * @param path The copy's path.
   */
  isBeingPut(path: string): Promise<boolean>;

  /**
   * Makes the names of the copies in a folder durable. A put makes the content durable
   * only: names of one folder are cheaper together.
   *
   * @param folder The folder's path.
   * @throws {LocalFileError} If that fails.
   */
  fsync(folder: string): Promise<void>;

  /** The free space in bytes; `undefined` if it is not known, or has no limit. */
  freeBytes(): Promise<number | undefined>;
}
