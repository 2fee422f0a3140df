import type { Abortable, ByteSource } from "../base/mod.ts";
import type { ObjectInfo } from "../store/mod.ts";

/** Options of {@linkcode AsyncS3Downloader.openStored}. */
export interface StoredBytesOptions extends Abortable {
  /** The offset of the first byte. @default {0} */
  start?: number | undefined;
  /** The offset after the last byte; the object's end where it is not given. */
  end?: number | undefined;
  /** The ETag of the version; another version is an error. */
  etag?: string | undefined;
}

/** Stored bytes of an object, from which they are read in order. Dispose of them in the end. */
export interface StoredBytes extends ByteSource, Disposable {
  /** The object, as the answer tells. Its size is `undefined` where the service does not say it. */
  readonly info: Omit<ObjectInfo, "size"> & {
    readonly size: number | undefined;
  };
  /** The offset of the answer's first byte: 0 where the service knows no ranges. */
  readonly startsAt: number;
}
