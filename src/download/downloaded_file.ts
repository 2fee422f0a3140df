import type { GzipState, Proof } from "../store/mod.ts";

/** A file that has been downloaded. */
export interface DownloadedFile {
  /** The object's key, as passed. */
  key: string;
  /**
   * The file's path, as passed; with `.damaged` appended if the object is damaged at
   * source and a whole file keeps its place.
   */
  path: string;
  /** The file's size in bytes. */
  bytes: number;
  /** The object's size as stored, in bytes. */
  size: number;
  /** The object's ETag, without quotes. */
  etag: string;
  /** When the object was last replaced; `undefined` if the service does not say. */
  lastModified: Date | undefined;
  /** How many stored bytes were already there from an interrupted download. */
  resumedFrom: number;
  /** The SHA-256 of the file in hexadecimal digits, if requested. */
  sha256?: string;
  /** What proves that the bytes are the object's. */
  proof: Proof;
  /**
   * Whether its gzip data is whole. If it is `damaged`, the bytes are exactly those that
   * the service stores: downloading again cannot help until upstream replaces the object.
   */
  gzip: GzipState;
  /** What is wrong with its gzip data, to complete a sentence such as "its gzip data …". */
  gzipFault?: string;
  /**
   * The index of its rows, as `decodeRowIndex()` of `./rows` reads it, if it was requested and
   * can be made: the service tells the size, the gzip data is whole and was inflated, and
   * it has a column `ticker`.
   */
  rowIndex?: Uint8Array<ArrayBuffer>;
}
