/** What is known of an object without reading it. */
export interface ObjectInfo {
  /** The object's key. */
  key: string;
  /** The size as stored, in bytes. */
  size: number;
  /** The ETag as the service wrote it, without its quotes; empty where there is none. */
  etag: string;
  /** When the object was last replaced, where the service says it. */
  lastModified: Date | undefined;
  /**
   * Whether it is encrypted with a key of the account's or the caller's own: then its
   * ETag is no MD5, whatever it looks like. Only asking for the object itself tells it; a
   * listing does not.
   */
  isEncrypted?: boolean;
  /** The metadata that it was stored with, by names in lower case. Only looking it up tells it, and only where it has any. */
  metadata?: Readonly<Record<string, string>>;
}

/** An ETag without the quotes that HTTP puts around it. */
export function unquoteEtag(etag: string): string {
  return etag.replace(/^"(.*)"$/, "$1");
}

/** An ETag as HTTP writes it. */
export function quoteEtag(etag: string): string {
  return /^(W\/)?"/.test(etag) ? etag : `"${etag}"`;
}

/**
 * Whether two ETags name one version, however they are written: a proxy weakens them
 * (`W/"x"`), some services write hexadecimal digits in upper case in listings only.
 */
export function sameEtag(a: string, b: string): boolean {
  return a === b || normalizeEtag(a) === normalizeEtag(b);
}

function normalizeEtag(etag: string): string {
  const [, bare = ""] = /^(?:W\/)?"?(.*?)"?$/s.exec(etag.trim()) ?? [];
  // Others may tell upper from lower case.
  return /^[0-9a-f]{32,}(-\d+)?$/i.test(bare) ? bare.toLowerCase() : bare;
}
