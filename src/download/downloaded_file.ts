import type { GzipState, Proof } from "../store/mod.ts";

/** A file that has been downloaded. */
export interface DownloadedFile {
  /** The object's key, as it was asked for. */
  key: string;
  /**
   * The file's path, as it was asked for; with `.damaged` behind it where the object is
   * damaged at source, and a whole file lies at that path.
   */
  path: string;
  /** The file's size in bytes. */
  bytes: number;
  /** The object's size as stored, in bytes. */
  size: number;
  /** The object's ETag, without quotes. */
  etag: string;
  /** When the object was last replaced, where the service says it. */
  lastModified: Date | undefined;
  /** How many of the stored bytes an earlier run had left, which were not fetched again. */
  resumedFrom: number;
  /** The SHA-256 of the file's bytes in hexadecimal digits, where it was asked for. */
  sha256?: string;
  /** What proves that the bytes are the object's. */
  proof: Proof;
  /**
   * Whether its gzip data is whole. Where it is `damaged`, the bytes are exactly the
   * service's, and downloading it again cannot help until upstream replaces them.
   */
  gzip: GzipState;
  /** What is wrong with its gzip data, as the end of a sentence that begins with it. */
  gzipFault?: string;
}
