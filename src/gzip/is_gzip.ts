import { GzipError } from "./gzip_error.ts";

/**
 * Whether data is gzip, by its first two bytes.
 *
 * @throws {GzipError} If it is not, and its name ends with `.gz`.
 */
export function isGzip(first: Uint8Array, name: string): boolean {
  if (first[0] === 0x1f && first[1] === 0x8b) return true;
  if (name.endsWith(".gz")) {
    throw first.length === 0
      ? new GzipError(name, "is empty", {
        message: "the object is empty, which is not gzip",
      })
      : new GzipError(name, "does not begin with the gzip magic bytes", {
        message: "the object is not gzip",
      });
  }
  return false;
}
