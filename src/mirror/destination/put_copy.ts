import type {
  AsyncS3Downloader,
  DownloadedFile,
  FileOptions,
} from "../../download/mod.ts";
import type { CopyInfo } from "./copy_info.ts";

/** An object and what it is downloaded with. */
export interface SourceObject {
  downloader: AsyncS3Downloader;
  bucket: string;
  key: string;
}

/** Options of `Destination.put`. */
export interface CopyOptions extends
  Pick<
    FileOptions,
    | "decompress"
    | "expectedSize"
    | "trustEtag"
    | "rowIndex"
    | "signal"
    | "onProgress"
  > {
  /**
   * What is there now, as `Destination.stat` told, or `null` where nothing is:
   * where the destination can, it replaces nothing else. Looked up unless given.
   */
  there?: CopyInfo | null;
}

/** A copy that has just been put. */
export interface PutCopy extends Omit<DownloadedFile, "key" | "path"> {
  /** The SHA-256 of the copy, in hexadecimal digits. */
  sha256: string;
  /** When the copy was last modified. */
  mtime: Date;
}
