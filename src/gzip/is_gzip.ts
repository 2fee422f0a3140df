import { GzipError } from "./gzip_error.ts";

/**
 * Whether an object that begins so is gzip data.
 *
 * @throws {IntegrityError} If its key says so, and it is none.
 */
export function isGzip(first: Uint8Array, key: string): boolean {
  if (first[0] === 0x1f && first[1] === 0x8b) return true;
  if (key.endsWith(".gz")) {
    throw first.length === 0
      ? new GzipError(key, "is empty", {
        message: "the object is empty, which is not gzip",
      })
      : new GzipError(key, "does not begin as gzip does", {
        message: "the object is not gzip",
      });
  }
  return false;
}
