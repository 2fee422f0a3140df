import { createHash } from "node:crypto";

/** The SHA-256 of bytes or a text, in hexadecimal digits. */
export function sha256(data: Uint8Array | string): string {
  return createHash("sha256").update(data).digest("hex");
}

/** The MD5 of bytes, which is the ETag of an object that was uploaded in one part. */
export function md5(data: Uint8Array): string {
  return createHash("md5").update(data).digest("hex");
}
