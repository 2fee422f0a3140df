import { existsSync } from "node:fs";
import { passOn } from "../base/mod.ts";
import { openFileReader } from "../files/mod.ts";
import { Decompressor } from "../gzip/mod.ts";
import { Md5, type ObjectInfo, provingMd5 } from "../store/mod.ts";

/** How a file compares with an object. */
export interface Comparison {
  /**
   * `same` where it is the object, as far as can be told; `damaged` where it is the
   * object, and its gzip data is not whole; `other` where it is something else, or absent.
   */
  state: "same" | "damaged" | "other";
  /** What is wrong with its gzip data, as the end of a sentence that begins with it. */
  gzipFault?: string;
}

/** Options of {@linkcode compareFile}. */
export interface CompareOptions {
  /** Whether the file holds the content of gzip data. */
  decompress: boolean;
  /** Whether gzip data is not inflated where its MD5 is right. */
  trustEtag: boolean;
  signal: AbortSignal;
}

const OTHER: Comparison = { state: "other" };
const LINE_FEED = 10;

/**
 * Compares a file that no manifest knows with an object: by its size, by its MD5 where
 * the ETag is one, else by its time, and by its gzip data. Content cannot be compared:
 * it must be no older, have bytes, and end with a line feed.
 *
 * @param path The file's path.
 * @param ask Asks for the object; called only where there is a file.
 */
export async function compareFile(
  path: string,
  ask: () => Promise<ObjectInfo>,
  { decompress, trustEtag, signal }: CompareOptions,
): Promise<Comparison> {
  // A promise's error costs more than the rest of a small file's way here.
  if (!existsSync(path)) return OTHER;
  let file: Deno.FileInfo;
  try {
    file = await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return OTHER; // whatever is wrong, writing will tell
  }
  if (!file.isFile) return OTHER;
  const object = await ask();
  const { lastModified } = object;
  const isSince = file.mtime !== null && lastModified !== undefined &&
    file.mtime >= lastModified;
  const isContent = decompress && object.key.endsWith(".gz");
  if (isContent) {
    if (!isSince || file.size === 0) return OTHER;
    return await lastByte(path, file.size) === LINE_FEED
      ? { state: "same" }
      : OTHER;
  }
  if (file.size !== object.size) return OTHER;
  const proving = provingMd5(object);
  const md5 = proving === undefined ? undefined : new Md5();
  if (md5 === undefined && !isSince) return OTHER;
  using content = object.key.endsWith(".gz") && !(trustEtag && md5)
    ? new Decompressor(object.key)
    : undefined;
  using reader = await openFileReader(path, signal);
  await passOn(reader, [
    (bytes) => md5?.update(bytes),
    (bytes) => content?.write(bytes),
  ]);
  await content?.end();
  const gzipFault = content?.damage?.fault;
  if (md5?.digest() !== proving) return OTHER;
  if (gzipFault === undefined) return { state: "same" };
  // Without an MD5, the bytes may have been damaged here.
  return proving === undefined ? OTHER : { state: "damaged", gzipFault };
}

async function lastByte(
  path: string,
  size: number,
): Promise<number | undefined> {
  using file = await Deno.open(path);
  await file.seek(size - 1, Deno.SeekMode.Start);
  const byte = new Uint8Array(1);
  await file.read(byte);
  return byte[0];
}
