import { type ObjectInfo, unquoteEtag } from "./object_info.ts";

/** The size of a body by its headers, in bytes. */
export function readLength(headers: Headers): number | undefined {
  const length = headers.get("content-length");
  const size = /^\d+$/.test(length ?? "") ? Number(length) : undefined;
  return Number.isSafeInteger(size) ? size : undefined;
}

/** The version of an object by the headers, and whether it is encrypted with a key of its own. */
export function readVersion(
  headers: Headers,
): Omit<ObjectInfo, "key" | "size"> & { isEncrypted: boolean } {
  const lastModified = new Date(headers.get("last-modified") ?? NaN);
  return {
    etag: unquoteEtag(headers.get("etag") ?? ""),
    lastModified: isNaN(lastModified.getTime()) ? undefined : lastModified,
    isEncrypted:
      headers.has("x-amz-server-side-encryption-customer-algorithm") ||
      headers.get("x-amz-server-side-encryption")?.startsWith("aws:kms") ===
        true,
  };
}

/** The metadata that an object was stored with; nothing where it has none. */
export function readMetadata(headers: Headers): Pick<ObjectInfo, "metadata"> {
  const entries = [...headers].filter(([name]) =>
    name.startsWith(METADATA_PREFIX)
  ).map(([name, value]) => [name.slice(METADATA_PREFIX.length), value]);
  return entries.length === 0 ? {} : { metadata: Object.fromEntries(entries) };
}

/** What the names of such headers begin with. */
const METADATA_PREFIX = "x-amz-meta-";

/** Reads a `Content-Range` header. */
export function parseContentRange(
  value: string | undefined,
): { start: number; size: number | undefined } | undefined {
  const match = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(value ?? "");
  if (match === null) return undefined;
  const [, start, , size] = match;
  return {
    start: Number(start),
    size: size === "*" ? undefined : Number(size),
  };
}
