import type { GzipState, Proof } from "../../store/mod.ts";
import type { MirrorFile } from "../mirror_file.ts";

/** What a mirror records of one of its files. */
export interface ManifestEntry extends MirrorFile {
  /** The object's size as stored, in bytes. */
  size: number;
  /** The ETag of the version that was fetched, without quotes. */
  etag: string;
  /** When that version was uploaded, if the service sent it. */
  lastModified: Date | undefined;
  /** The SHA-256 of the file's bytes, in hexadecimal digits. */
  sha256: string;
  /** The file's size in bytes. */
  bytes: number;
  /** The file's modification time. */
  mtime: Date;
  /** When it was fetched or adopted. */
  fetchedAt: Date;
  /** When its bytes were last verified, if they were. */
  verifiedAt: Date | undefined;
  /** Whether it was later found damaged. */
  isDamaged: boolean;
  /** What proved that its bytes are the object's, when it arrived. */
  proof: Proof;
  /**
   * Whether its gzip data is whole. `damaged` means damaged at source; if the mirror
   * decompresses, there is no file then, and `bytes` is 0.
   */
  gzip: GzipState;
  /** What is wrong with its gzip data if it is damaged, to complete the sentence "its gzip data …". */
  gzipFault: string | undefined;
  /** When it was released, if it was: then there is no file, on purpose. */
  releasedAt: Date | undefined;
  /** When it was found that the bucket no longer lists its object, if so. */
  withdrawnAt: Date | undefined;
}

/** An object that is being fetched. */
export interface Arrival extends MirrorFile {
  /** The object's size as stored, in bytes, if it is known in advance. */
  size: number | undefined;
  /** The ETag; empty if it is not known in advance. */
  etag: string;
  /** When it was uploaded, if that is known in advance. */
  lastModified: Date | undefined;
  /** The identity of the file that was there before, if there was one. */
  was: string | undefined;
}
