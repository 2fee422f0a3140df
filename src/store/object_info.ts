/** The properties of an object. */
export interface ObjectInfo {
  /** The object's key. */
  key: string;
  /** The size as stored, in bytes. */
  size: number;
  /** The ETag as the service wrote it, without its quotes; empty where there is none. */
  etag: string;
  /** When the object was last replaced, if the service says so. */
  lastModified: Date | undefined;
  /**
   * Whether it is encrypted with a key of the account's or the caller's own: then its
   * ETag is not an MD5, whatever it looks like. Not set by listings.
   */
  isEncrypted?: boolean;
  /** The metadata that it was stored with, by names in lower case. Set only by looking it up, and only if it has any. */
  metadata?: Readonly<Record<string, string>>;
}

/** An ETag without the quotes that HTTP puts around it. */
export function unquoteEtag(etag: string): string {
  return etag.replace(/^"(.*)"$/, "$1");
}

/** An ETag with the quotes of HTTP. */
export function quoteEtag(etag: string): string {
  return /^(W\/)?"/.test(etag) ? etag : `"${etag}"`;
}

/**
 * Whether two ETags name the same version. A proxy can weaken them (`W/"x"`), and some
 * services write hexadecimal digits in upper case in listings only.
 */
export function sameEtag(a: string, b: string): boolean {
  return a === b || normalizeEtag(a) === normalizeEtag(b);
}

function normalizeEtag(etag: string): string {
  const [, bare = ""] = /^(?:W\/)?"?(.*?)"?$/s.exec(etag.trim()) ?? [];
  // Other ETags can be case-sensitive.
  return /^[0-9a-f]{32,}(-\d+)?$/i.test(bare) ? bare.toLowerCase() : bare;
}
