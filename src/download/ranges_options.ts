import type { Abortable, ByteRange } from "../base/mod.ts";
import type { FileOptions } from "./download_options.ts";

/** Writes the bytes of one range, from its position on. */
export interface RangeSinkWriter extends Disposable {
  /** Takes more bytes; when it resolves, they may be overwritten. */
  write(bytes: Uint8Array): Promise<void>;
  /** Resolves when the system has all bytes. */
  flush(): Promise<void>;
}

/** Where ranges of an object are written to, in any order. */
export interface RangeSink {
  /**
   * Begins to write a range.
   *
   * @param position The offset of its first byte.
   * @param onWritten To be called with the number of bytes that the system has taken.
   */
  openRange(
    position: number,
    onWritten: (bytes: number) => void,
  ): Promise<RangeSinkWriter>;
  /**
   * Makes what was written durable. Called on the way, and at the end.
   *
   * @param written Returns the ranges that the system has taken.
   */
  save(written: () => readonly ByteRange[]): Promise<void>;
}

/** Options of a download of ranges. */
export interface RangesOptions extends Abortable {
  /** Called with the number of bytes that this call has written. */
  onProgress?: ((bytes: number) => void) | undefined;
}

/** A file that was put together of ranges, and is to be proven. */
export interface CollectedFile {
  /** Its path, without the ending `.part`. */
  base: string;
  /** The ETag of the object's version, without quotes. */
  etag: string;
  /** The object's size as stored, in bytes. */
  size: number;
  /**
   * The SHA-256 of what was collected before, and whose gzip data was damaged: the same
   * bytes twice are those that the service stores.
   */
  damaged?: readonly string[];
}

/** Options of proving a file that was put together of ranges. */
export interface CollectedOptions extends Omit<FileOptions, "expectedSize"> {}
