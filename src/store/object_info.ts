/** What is known of an object without reading it. */
export interface ObjectInfo {
  /** The object's key. */
  key: string;
  /** The size as stored, in bytes. */
  size: number;
  /** The ETag, without its quotes; empty where the service sends none. */
  etag: string;
  /** When the object was last replaced, where the service says it. */
  lastModified: Date | undefined;
}

/** An ETag without the quotes that HTTP puts around it. */
export function unquoteEtag(etag: string): string {
  return etag.replace(/^"(.*)"$/, "$1");
}

/** An ETag as HTTP writes it. */
export function quoteEtag(etag: string): string {
  return /^(W\/)?"/.test(etag) ? etag : `"${etag}"`;
}

/** Whether an ETag is the MD5 of the object's bytes, as it is after an upload in one part. */
export function isMd5Etag(etag: string): boolean {
  return /^[0-9a-f]{32}$/i.test(etag);
}
