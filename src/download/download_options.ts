import type { Abortable } from "../base/mod.ts";

/** The progress of one download. */
export interface DownloadProgress {
  /** The object's key. */
  key: string;
  /** How many of the stored bytes are there, including those of earlier runs. */
  bytes: number;
  /** The object's size as stored, in bytes; `undefined` if the service does not say. */
  size: number | undefined;
}

/** Options of one blocking download. */
export interface SyncDownloadOptions {
  /**
   * Whether to decompress gzip data, which is recognized by its first bytes. An object
   * that is not gzip is left unchanged, or is an error if its key ends with `.gz`.
   *
   * @default {true}
   */
  decompress?: boolean;
}

/** The limit of a download into memory. */
export interface MemoryLimit {
  /**
   * The maximum size of the content in bytes; more is a `TooLargeError`. The content of a
   * gzip file can be a thousand times as large as the file.
   *
   * @default {2147483648}
   */
  maxBytes?: number;
}

/** Options of one blocking download into memory. */
export interface SyncMemoryOptions extends SyncDownloadOptions, MemoryLimit {}

/** Options of one download into memory. */
export interface MemoryOptions extends DownloadOptions, MemoryLimit {}

/** Options of one download. */
export interface DownloadOptions extends SyncDownloadOptions, Abortable {
  /** Called whenever bytes have arrived. */
  onProgress?: ((progress: DownloadProgress) => void) | undefined;
}

/** How thoroughly a file is verified that is not decompressed. */
export interface GzipCheck {
  /**
   * Whether an ETag that is an MD5 is proof enough: the gzip data is not inflated then.
   * Faster, but a file that is damaged at source goes unnoticed.
   *
   * @default {false}
   */
  trustEtag?: boolean | undefined;
}

/** Options of a blocking download to a file. */
export interface SyncFileOptions extends SyncDownloadOptions, GzipCheck {}

/** Options of a download to a file. */
export interface FileOptions extends DownloadOptions, GzipCheck {
  /**
   * Whether to compute the SHA-256 of the file.
   *
   * @default {false}
   */
  sha256?: boolean;
  /** The object's size as stored, in bytes, if known from a listing: saves a request for a large object. */
  expectedSize?: number | undefined;
  /**
   * Whether an object that is damaged at source may replace an existing file that is
   * whole. Otherwise the file stays, and the damaged bytes go to a file beside it whose
   * name ends with `.damaged`.
   *
   * @default {false}
   */
  replaceByDamaged?: boolean;
  /**
   * Whether to make the index of its rows while the gzip data is verified, for the result's
   * `rowIndex`.
   *
   * @default {false}
   */
  rowIndex?: boolean;
}

/** Options of a batch of downloads. */
export interface BatchOptions extends MemoryOptions {
  /** Called for each object that could not be downloaded, with its key and the error. */
  onFailure?: ((key: string, error: Error) => void) | undefined;
}
