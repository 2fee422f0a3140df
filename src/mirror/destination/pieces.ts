import { type ByteRange, LocalFileError } from "../../base/mod.ts";
import type { FileOptions, ObjectInfo } from "../../download/mod.ts";
import type { CopyOptions, PutCopy, SourceObject } from "./put_copy.ts";

/** The version of an object that pieces are of. */
export type PieceVersion = Pick<ObjectInfo, "etag" | "size">;

/** Options of {@linkcode Pieces.put}. */
export interface PieceOptions extends Pick<FileOptions, "signal"> {
  /** Asked before the first piece is fetched: whether another process has just named the copy. */
  isNamed?: () => Promise<boolean>;
  /** Called with how many bytes of the ranges are stored, those of earlier runs included. */
  onProgress?: (bytes: number) => void;
}

/** What became of the pieces of a copy. */
export interface PiecesState {
  /** The ranges that are stored, whoever has fetched them. */
  stored: ByteRange[];
  /**
   * `collecting` while ranges are missing or nobody has put them together; `claimed` while a
   * process does that, or has ended while it did; `named` once the copy has its name;
   * `none` where there is nothing of that version.
   */
  state: "collecting" | "claimed" | "named" | "none";
}

/** A copy of which pieces are stored. */
export interface PiecedCopy extends PieceVersion {
  /** The copy's path. */
  path: string;
  /** The object's key. */
  key: string;
  /** How many of the object's bytes are stored. */
  stored: number;
}

/** Another process has taken the pieces over, since it has taken this one for dead. */
export class ClaimLostError extends LocalFileError {}

/** The right to put a copy together; disposed of, it is another one's again unless that is done. */
export interface PieceClaim extends AsyncDisposable {
  /**
   * Proves the copy as `Destination.put` does, and gives it its name.
   *
   * @throws {DamagedAtSourceError} As `Destination.put`.
   * @throws {ClaimLostError} If another process does it now.
   * @throws {IntegrityError} If it is not the object: then the pieces were dropped.
   * @throws {FlatbedError} If it cannot be proven; the pieces are kept.
   */
  prove(options: CopyOptions): Promise<PutCopy>;
}

/**
 * Copies that several processes fetch together, perhaps on several machines: each stores
 * its own ranges, and one of them proves the whole and gives it its name.
 */
export interface Pieces {
  /**
   * Fetches what is missing of ranges. Pieces of another version of the object are dropped.
   *
   * @param object The object.
   * @param path The copy's path.
   * @param version The version, as the service has it now.
   * @param ranges The ranges; they begin at multiples of 64 KiB.
   * @returns How many bytes were fetched.
   * @throws {FlatbedError} If they cannot be fetched or stored; what has come is kept.
   */
  put(
    object: SourceObject,
    path: string,
    version: PieceVersion,
    ranges: readonly ByteRange[],
    options: PieceOptions,
  ): Promise<number>;

  /**
   * What is stored of a version, and what becomes of it.
   *
   * @param object The object.
   * @param path The copy's path.
   * @param version The version.
   * @throws {LocalFileError} If that cannot be found out.
   */
  look(
    object: Pick<SourceObject, "bucket" | "key">,
    path: string,
    version: PieceVersion,
  ): Promise<PiecesState>;

  /**
   * Takes a copy all of whose bytes are stored, to put it together. One process at a time
   * has it, as far as that can be known; a second one does no harm.
   *
   * @returns What to do it with; `undefined` if another process does it, or has done it.
   * @throws {LocalFileError} If it cannot be taken.
   */
  claim(
    object: SourceObject,
    path: string,
    version: PieceVersion,
    signal?: AbortSignal,
  ): Promise<PieceClaim | undefined>;

  /**
   * Removes all pieces of a copy: it was put together, or is not wanted any more.
   *
   * @param path The copy's path.
   * @throws {LocalFileError} If they cannot be removed.
   */
  drop(path: string): Promise<void>;

  /** The copies of which pieces are stored. */
  list(): AsyncIterable<PiecedCopy>;
}
