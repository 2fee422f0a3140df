import { existsSync } from "node:fs";
import { passOn } from "../base/mod.ts";
import { openFileReader } from "../files/mod.ts";
import { Decompressor } from "../gzip/mod.ts";
import { Md5, type ObjectInfo, provingMd5 } from "../store/mod.ts";

/** How a file compares with an object. */
export interface Comparison {
  /**
   * `same` if it is the object, as far as can be told; `damaged` if it is the object and
   * its gzip data is damaged; `other` if it is something else, or absent.
   */
  state: "same" | "damaged" | "other";
  /** What is wrong with its gzip data, to complete the sentence "its gzip data …". */
  gzipFault?: string;
}

/** Options of {@linkcode compareFile}. */
export interface CompareOptions {
  /** Whether the file is decompressed. */
  decompress: boolean;
  /** Whether a matching MD5 is proof enough, so that the gzip data is not inflated. */
  trustEtag: boolean;
  signal: AbortSignal;
}

const OTHER: Comparison = { state: "other" };
const LINE_FEED = 10;

/**
 * Compares a file that no manifest knows with an object: by size, by MD5 if the ETag is
 * one and otherwise by time, and by its gzip data. A decompressed file cannot be compared:
 * it must not be older, not be empty, and end with a line feed.
 *
 * @param path The file's path.
 * @param ask Requests the object's metadata; called only if there is a file.
 * @param options How to compare.
 * @returns How it compares.
 */
export async function compareFile(
  path: string,
  ask: () => Promise<ObjectInfo>,
  { decompress, trustEtag, signal }: CompareOptions,
): Promise<Comparison> {
  // Asking first is cheaper than an error.
  if (!existsSync(path)) return OTHER;
  let file: Deno.FileInfo;
  try {
    file = await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return OTHER; // writing the file will fail with the reason
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
  using md5 = proving === undefined ? undefined : new Md5();
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
  // Without an MD5, the damage may have happened here.
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
