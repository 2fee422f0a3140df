import { quote, ServiceError } from "../base/mod.ts";
import { type ObjectInfo, unquoteEtag } from "./object_info.ts";
import { readXmlFields, type XmlFields } from "./xml_fields.ts";

/** One page of a listing. */
export interface ListPage {
  /** The objects, in the order of their keys. */
  objects: ObjectInfo[];
  /** The common prefixes of keys, up to the delimiter. */
  folders: string[];
  /** The continuation token of the next page; `undefined` on the last one. */
  nextToken: string | undefined;
}

/**
 * Reads a `ListBucketResult`.
 *
 * @param text The XML of the answer.
 * @param listed The prefix or bucket, for errors.
 * @returns The page, with its keys decoded.
 * @throws {ServiceError} If an entry is impossible, or the page is truncated without a token for the next one.
 * @throws {Error} If it is not well-formed XML, or no listing.
 */
export function readListing(text: string, listed: string): ListPage {
  const { name, root: result, entries } = readXmlFields(text, [
    "Contents",
    "CommonPrefixes",
  ]);
  if (name !== "ListBucketResult") {
    throw new Error(`it is <${name}>, not a listing`);
  }
  const { Contents = [], CommonPrefixes = [] } = entries;
  const nextToken = result.get("NextContinuationToken");
  // Only "false" is the end: a listing is never cut short silently.
  const truncated = (result.get("IsTruncated") ?? "").trim().toLowerCase();
  const saysNoMore = truncated === "false" || truncated === "0";
  if (!nextToken && !saysNoMore && truncated !== "") {
    throw new ServiceError(
      `Cannot list ${
        quote(listed)
      }: the service says that there is more, and not how to ask for it`,
      { key: listed },
    );
  }
  const isEncoded = result.get("EncodingType") === "url";
  const decode = (name: string) =>
    isEncoded ? decodeURIComponent(name.replaceAll("+", " ")) : name;
  return {
    objects: Contents.map((fields) => readObject(fields, decode, listed)),
    folders: CommonPrefixes.map((fields) => {
      const prefix = fields.get("Prefix");
      if (prefix) return decode(prefix);
      throw new ServiceError(
        `Cannot list ${quote(listed)}: the listing has a folder without a name`,
        { key: listed },
      );
    }),
    nextToken: saysNoMore || !nextToken ? undefined : nextToken,
  };
}

/** An entry of a listing, checked: a service can write anything into it. */
function readObject(
  fields: XmlFields,
  decode: (name: string) => string,
  listed: string,
): ObjectInfo {
  const name = fields.get("Key");
  const key = name && decode(name);
  const written = fields.get("Size")?.trim();
  const size = /^\d+$/.test(written ?? "") ? Number(written) : undefined;
  if (!key || size === undefined || !Number.isSafeInteger(size)) {
    throw new ServiceError(
      `Cannot list ${quote(listed)}: the listing names the object ${
        quote(key ?? "")
      } with a size of ${quote(written ?? "")} bytes`,
      { key: listed },
    );
  }
  return {
    key,
    size,
    etag: unquoteEtag(fields.get("ETag") ?? ""),
    lastModified: readDate(fields.get("LastModified") ?? "", key, listed),
  };
}

function readDate(
  written: string,
  key: string,
  listed: string,
): Date | undefined {
  if (written === "") return undefined;
  const date = new Date(written);
  if (!isNaN(date.getTime())) return date;
  throw new ServiceError(
    `Cannot list ${quote(listed)}: the listing says that ${
      quote(key)
    } was changed at ${quote(written)}, which is no time`,
    { key: listed },
  );
}
