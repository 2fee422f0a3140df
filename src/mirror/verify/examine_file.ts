import { createHash } from "node:crypto";
import { passOn } from "../../base/mod.ts";
import { canInflate, Decompressor } from "../../gzip/mod.ts";
import {
  type IndexedObject,
  type RowIndex,
  RowIndexer,
} from "../../rows/mod.ts";
import type { Destination } from "../destination/destination.ts";

/** The result of reading a file. */
export interface Examination {
  /** The SHA-256 of its bytes, in hexadecimal digits. */
  sha256: string;
  /** The MD5 of its bytes, if it was requested. */
  md5: string | undefined;
  /** Its size in bytes. */
  bytes: number;
  /** When it was last modified, before it was read. */
  mtime: Date;
  /** What is wrong with its gzip data, if that was requested, to complete the sentence "its gzip data …". */
  gzipFault: string | undefined;
  /** The index of its rows, if that was requested and it can have one. */
  index: RowIndex | undefined;
}

/** What to compute in addition to the SHA-256. */
export interface ExamineOptions {
  md5?: boolean;
  gzip?: boolean;
  /** The object whose index to make; inflates as well. */
  indexed?: IndexedObject | undefined;
  signal?: AbortSignal | undefined;
}

/** Reads a file once, from its first byte to its last. */
export async function examineFile(
  destination: Destination,
  path: string,
  options: ExamineOptions = {},
): Promise<Examination> {
  using file = await destination.open(path, options.signal);
  const sha256 = createHash("sha256");
  const md5 = options.md5 ? createHash("md5") : undefined;
  using indexer = options.indexed && canInflate
    ? new RowIndexer(options.indexed)
    : undefined;
  using content = indexer ??
    (options.gzip ? new Decompressor(path) : undefined);
  let bytes = 0;
  await passOn(file, [
    (chunk) => {
      bytes += chunk.length;
      sha256.update(chunk);
      md5?.update(chunk);
      return content?.write(chunk);
    },
  ]);
  await content?.end();
  return {
    sha256: sha256.digest("hex"),
    md5: md5?.digest("hex"),
    bytes,
    mtime: file.mtime,
    gzipFault: content?.damage?.fault,
    index: indexer?.index,
  };
}
