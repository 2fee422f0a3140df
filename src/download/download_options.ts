/** How far a download is. */
export interface DownloadProgress {
  /** The object's key. */
  key: string;
  /** The bytes that have arrived, as stored, in all runs together. */
  bytes: number;
  /** The object's size as stored, in bytes, where the service says it. */
  size: number | undefined;
}

/** Options of one blocking download. */
export interface SyncDownloadOptions {
  /**
   * Whether gzip data is decompressed. Its first bytes decide: a key that ends with
   * `.gz` and holds none is an error, and other objects are left as they are.
   *
   * @default {true}
   */
  decompress?: boolean;
}

/** The limit of a download into memory. */
export interface MemoryLimit {
  /**
   * How many bytes the content may have; more is a `TooLargeError`. A small
   * gzip file can hold a thousand times its size.
   *
   * @default {2147483648}
   */
  maxBytes?: number;
}

/** Options of one blocking download into memory. */
export interface SyncMemoryOptions extends SyncDownloadOptions, MemoryLimit {}

/** Options of one download into memory. */
export interface MemoryOptions extends DownloadOptions, MemoryLimit {}

/** What every asynchronous call takes. */
export interface Abortable {
  /** Ends the call: it rejects with the signal's reason, and gives up its connection. */
  signal?: AbortSignal | undefined;
}

/** Options of one download. */
export interface DownloadOptions extends SyncDownloadOptions, Abortable {
  /** Called when bytes have arrived. */
  onProgress?: ((progress: DownloadProgress) => void) | undefined;
}

/** How much a file is checked that keeps its gzip data. */
export interface GzipCheck {
  /**
   * Whether gzip data that is kept as it is stored is not inflated where an MD5 proves
   * that it is the service's: that saves the time, and a file that is damaged at source
   * is not noticed.
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
   * Whether the SHA-256 of the file is computed on the way.
   *
   * @default {false}
   */
  sha256?: boolean;
  /** The object's size as stored, in bytes, where a listing has told it: it saves a request for a large one. */
  expectedSize?: number | undefined;
  /**
   * Whether a whole file that lies there already gives way to an object that is damaged
   * at source. Otherwise it stays, and the damaged bytes go to a file beside it, with
   * `.damaged` behind its name.
   *
   * @default {false}
   */
  replaceByDamaged?: boolean;
}

/** Options of a batch of downloads. */
export interface BatchOptions extends MemoryOptions {
  /** Called with each object that could not be downloaded, and why. */
  onFailure?: ((key: string, error: Error) => void) | undefined;
}
