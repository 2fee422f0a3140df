import type { ByteSource, RangeSource } from "../../base/mod.ts";
import type { ObjectInfo } from "../../store/mod.ts";
import type { Pieces } from "./pieces.ts";
import type { CopyInfo } from "./copy_info.ts";
import type { CopyOptions, PutCopy, SourceObject } from "./put_copy.ts";

export type { CopyInfo, CopyOptions, PutCopy, SourceObject };

/** A copy that is open for reading, from its first byte to its last. */
export interface CopyReader extends ByteSource, Disposable {
  /** When the copy was last modified, as of opening it. */
  readonly mtime: Date;
}

/** A copy that is open for reading parts of it; it stays the same copy, also where another one takes its place. */
export interface CopyRanges extends RangeSource, Disposable {}

/** Looks copies up, as {@linkcode Destination.stat} does. */
export type CopyLookup = Pick<Destination, "stat">;

/** What {@linkcode Destination.list} finds. */
export interface ListedCopy {
  /** Its path in the destination. */
  path: string;
  /** Whether it is a regular file, and no link, pipe or the like. */
  isRegular: boolean;
  /** The path of the copy whose unfinished put it belongs to, going by its name. */
  partOf?: string;
}

/** Options of {@linkcode Destination.take}. */
export interface TakeOptions {
  /** The SHA-256 of the file, in hexadecimal digits. */
  sha256: string;
  signal?: AbortSignal | undefined;
}

/** What is known of a copy without reading it. */
export interface KnownCopy
  extends Pick<PutCopy, "bytes" | "sha256" | "proof" | "gzip" | "mtime"> {}

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
  /** How people are told of it: the folder, or `s3://bucket/prefix`. */
  readonly location: string;

  /** The folder of this machine that the copies are in; `undefined` where they are elsewhere. */
  readonly folder: string | undefined;

  /**
   * Looks up a copy. Links are followed.
   *
   * @param path The copy's path.
   * @returns What is known of it; `undefined` if no regular file is there.
   * @throws {LocalFileError} If that cannot be found out.
   */
  stat(path: string): Promise<CopyInfo | undefined>;

  /**
   * Prepares to look up many copies below a folder: where each lookup would be a request,
   * they are listed instead, and what is found is as of this call.
   *
   * @param folder The folder's path.
   * @param signal Ends the listing.
   * @throws {FlatbedError} If that cannot be found out.
   */
  lookUp(folder: string, signal?: AbortSignal): Promise<CopyLookup>;

  /**
   * What was stored with a copy of an object's stored bytes when it was put, where that is
   * of this very version: then it need not be read to be known.
   *
   * @param path The copy's path.
   * @param object The version.
   * @param signal Ends the question.
   * @returns What is known; `undefined` where it must be read.
   * @throws {FlatbedError} If that cannot be found out.
   */
  known?(
    path: string,
    object: Pick<ObjectInfo, "size" | "etag">,
    signal?: AbortSignal,
  ): Promise<KnownCopy | undefined>;

  /**
   * Whether a put finds out by itself that there is a copy where there should be none, before
   * it costs anything: then nobody need look beforehand. It fails with an
   * {@linkcode ObjectChangedError} then, and what is there stays.
   *
   * @param size The object's size in bytes, if it is known.
   * @param signal Ends the question.
   * @throws {FlatbedError} If that cannot be found out.
   */
  noticesCopies?(
    size: number | undefined,
    signal?: AbortSignal,
  ): Promise<boolean>;

  /**
   * Opens a copy for reading.
   *
   * @param path The copy's path.
   * @param signal Ends reading.
   * @throws {LocalFileError} If it cannot be read.
   */
  open(path: string, signal?: AbortSignal): Promise<CopyReader>;

  /**
   * Opens a copy for reading parts of it.
   *
   * @param path The copy's path.
   * @param signal Ends reading.
   * @throws {LocalFileError} If it cannot be read.
   */
  openRanges(path: string, signal?: AbortSignal): Promise<CopyRanges>;

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
   * Takes a file of this machine, which was checked, as a copy: it appears whole or not at
   * all, and the file is gone or may be removed. Its name is durable then.
   *
   * @param file The file's path on this machine.
   * @param path The copy's path.
   * @param options The SHA-256 of the file, in hexadecimal digits, and what ends it.
   * @returns What is known of the copy.
   * @throws {FlatbedError} If it cannot be read or written.
   */
  take(file: string, path: string, options: TakeOptions): Promise<CopyInfo>;

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

  /** Puts copies together of pieces that several processes fetch; `undefined` where it cannot. */
  readonly pieces?: Pieces;

  /** The free space in bytes; `undefined` if it is not known, or has no limit. */
  freeBytes(): Promise<number | undefined>;
}
