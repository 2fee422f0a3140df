import type { GzipState, Proof } from "../../store/mod.ts";
import type { MirrorFile } from "../mirror_file.ts";

/** What a mirror knows of one of its files. */
export interface ManifestEntry extends MirrorFile {
  /** The object's size as stored, in bytes. */
  size: number;
  /** The ETag of the version that was fetched, without quotes. */
  etag: string;
  /** When that version was uploaded, where the service said it. */
  lastModified: Date | undefined;
  /** The SHA-256 of the file's bytes, in hexadecimal digits. */
  sha256: string;
  /** The file's size in bytes. */
  bytes: number;
  /** When the file was last changed on the disk. */
  mtime: Date;
  /** When it was fetched, or found by a rebuild. */
  fetchedAt: Date;
  /** When its bytes were last read and compared, where that was done. */
  verifiedAt: Date | undefined;
  /** Whether it was found damaged since. */
  isDamaged: boolean;
  /** What proved on arrival that its bytes are the object's. */
  proof: Proof;
  /**
   * Whether its gzip data is whole. Where it is `damaged`, the object is damaged at
   * source; decompressed, such a file has no content: then none is there, and `bytes`
   * is 0.
   */
  gzip: GzipState;
  /** What is wrong with its gzip data where it is damaged, as the end of a sentence that begins with it. */
  gzipFault: string | undefined;
  /** When its space was given back, where it was: then no file is there, on purpose. */
  releasedAt: Date | undefined;
  /** When it was found that the bucket does not list its object any more, where that is so. */
  withdrawnAt: Date | undefined;
}

/** An object that is being fetched. */
export interface Arrival extends MirrorFile {
  /** The object's size as stored, in bytes, where it is known beforehand. */
  size: number | undefined;
  /** The ETag; empty where it is not known beforehand. */
  etag: string;
  /** When it was uploaded, where it is known beforehand. */
  lastModified: Date | undefined;
  /** What identifies the file that lay there before, where there was one. */
  was: string | undefined;
}
