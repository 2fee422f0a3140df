import { nextTurn } from "../base/mod.ts";
import { createHmac, timingSafeEqual } from "node:crypto";
import type { ReadableBucket } from "./bucket.ts";
import { S3Error } from "./s3_error.ts";
import { encodeRfc3986 } from "./s3_request.ts";
import { document, element, S3_NAMESPACE } from "./xml.ts";

const LONGEST_PAGE = 1000;
/** No secret: tokens are sealed so that nobody comes to rely on what is in them. */
const TOKEN_KEY = "flatbed-continuation-token";
const SEAL_LENGTH = 16;

/** After how many milliseconds other requests get their turn: an ETag may have to be computed. */
const TURN_MS = 8;

/**
 * Answers ListObjectsV2, or ListObjects where the query does not say
 * `list-type=2`.
 *
 * @throws {S3Error} If a parameter is impossible.
 */
export async function listObjects(
  bucket: ReadableBucket,
  query: ReadonlyMap<string, string>,
): Promise<string> {
  const type = query.get("list-type");
  if (type !== undefined && type !== "2") {
    throw invalid("list-type", type, "Invalid List Type specified in Request");
  }
  const isV2 = type === "2";
  const encoding = query.get("encoding-type");
  if (encoding !== undefined && encoding !== "url") {
    throw invalid(
      "encoding-type",
      encoding,
      "Invalid Encoding Method specified in Request",
    );
  }
  const encode = (text: string) =>
    encoding === undefined
      ? text
      : text.split("/").map(encodeRfc3986).join("/");
  const prefix = query.get("prefix") ?? "";
  const delimiter = query.get("delimiter") ?? "";
  const maxKeys = parseMaxKeys(query.get("max-keys"));
  const token = isV2 ? query.get("continuation-token") : undefined;
  const after = query.get(isV2 ? "start-after" : "marker") ?? "";

  const page = await findPage(bucket, {
    prefix,
    delimiter,
    maxKeys,
    from: token !== undefined
      ? openToken(token)
      : after === ""
      ? ""
      : startAfter(after, prefix, delimiter),
  });

  const content: string[] = [
    element("Name", bucket.name),
    element("Prefix", encode(prefix)),
  ];
  if (!isV2) content.push(element("Marker", encode(after)));
  else if (after !== "") content.push(element("StartAfter", encode(after)));
  if (token !== undefined) content.push(element("ContinuationToken", token));
  if (page.next !== undefined) {
    if (isV2) {
      content.push(element("NextContinuationToken", sealToken(page.next)));
    } else if (delimiter !== "") {
      content.push(element("NextMarker", encode(page.last)));
    }
  }
  if (isV2) {
    content.push(
      element("KeyCount", page.entries.length + page.commonPrefixes.length),
    );
  }
  content.push(element("MaxKeys", maxKeys));
  if (delimiter !== "") content.push(element("Delimiter", encode(delimiter)));
  if (encoding !== undefined) content.push(element("EncodingType", encoding));
  content.push(element("IsTruncated", page.next !== undefined));
  for (const { key, size, etag, lastModified } of page.entries) {
    content.push(
      "<Contents>",
      element("Key", encode(key)),
      element("LastModified", lastModified.toISOString()),
      element("ETag", `"${etag}"`),
      element("Size", size),
      element("StorageClass", "STANDARD"),
      "</Contents>",
    );
  }
  for (const common of page.commonPrefixes) {
    content.push(
      "<CommonPrefixes>",
      element("Prefix", encode(common)),
      "</CommonPrefixes>",
    );
  }
  return document(`ListBucketResult ${S3_NAMESPACE}`, content.join(""));
}

interface PageQuery {
  prefix: string;
  delimiter: string;
  maxKeys: number;
  /** The first key that may be on the page. */
  from: string;
}

interface Page {
  entries: { key: string; size: number; etag: string; lastModified: Date }[];
  commonPrefixes: string[];
  /** The last key or common prefix. */
  last: string;
  /** Where the next page begins. */
  next?: string;
}

async function findPage(
  bucket: ReadableBucket,
  { prefix, delimiter, maxKeys, from }: PageQuery,
): Promise<Page> {
  const page: Page = { entries: [], commonPrefixes: [], last: "" };
  if (maxKeys === 0) return page;
  let count = 0;
  let turn = performance.now();
  let keys = iterate(bucket.keysFrom(from, prefix));
  for (;;) {
    const { value: key, done } = keys.next();
    if (done) return page;
    if (count === maxKeys) {
      page.next = key;
      return page;
    }
    const common = commonPrefixOf(key, prefix, delimiter);
    if (common !== undefined) {
      page.commonPrefixes.push(common);
      page.last = common;
      keys = iterate(bucket.keysFrom(behind(common), prefix));
    } else {
      const object = bucket.describe(key);
      if (object === undefined) continue;
      const { size, etag, lastModified } = object;
      page.entries.push({ key, size, etag, lastModified });
      page.last = key;
    }
    count++;
    if (performance.now() - turn > TURN_MS) {
      await nextTurn();
      turn = performance.now();
    }
  }
}

function iterate<T>(items: Iterable<T>): Iterator<T, undefined> {
  return items[Symbol.iterator]();
}

function commonPrefixOf(
  key: string,
  prefix: string,
  delimiter: string,
): string | undefined {
  if (delimiter === "") return undefined;
  const place = key.indexOf(delimiter, prefix.length);
  return place === -1 ? undefined : key.slice(0, place + delimiter.length);
}

/** The first key behind a given one, or behind all those in its common prefix where it names one. */
function startAfter(key: string, prefix: string, delimiter: string): string {
  const common = key.startsWith(prefix)
    ? commonPrefixOf(key, prefix, delimiter)
    : undefined;
  return common === key ? behind(common) : `${key}\0`;
}

/** The first text that comes after all those that begin with `prefix`. */
function behind(prefix: string): string {
  const last = prefix.length - 1;
  return prefix.slice(0, last) +
    String.fromCharCode(prefix.charCodeAt(last) + 1);
}

function parseMaxKeys(text: string | undefined): number {
  if (text === undefined || text === "") return LONGEST_PAGE;
  const number = Number(text);
  if (!/^[+-]?\d+$/.test(text) || number > 0x7fff_ffff) {
    throw invalid(
      "max-keys",
      text,
      "Provided max-keys not an integer or within integer range",
    );
  }
  if (number < 0) {
    throw invalid(
      "maxKeys",
      text,
      "Argument maxKeys must be an integer between 0 and 2147483647",
    );
  }
  return Math.min(number, LONGEST_PAGE);
}

function seal(text: string): string {
  return createHmac("sha256", TOKEN_KEY).update(text).digest("base64url")
    .slice(0, SEAL_LENGTH);
}

/** A place in the bucket as a token that clients cannot make themselves. */
function sealToken(key: string): string {
  const text = new TextEncoder().encode(key).toBase64({
    alphabet: "base64url",
    omitPadding: true,
  });
  return seal(text) + text;
}

function openToken(token: string): string {
  const text = token.slice(SEAL_LENGTH);
  const encoder = new TextEncoder();
  const given = encoder.encode(token.slice(0, SEAL_LENGTH));
  const expected = encoder.encode(seal(text));
  if (
    given.length !== expected.length || !timingSafeEqual(given, expected)
  ) {
    throw invalid(
      "continuation-token",
      token,
      "The continuation token provided is incorrect",
    );
  }
  return new TextDecoder().decode(
    Uint8Array.fromBase64(text, { alphabet: "base64url" }),
  );
}

function invalid(name: string, value: string, message: string): S3Error {
  return new S3Error(400, "InvalidArgument", message, {
    fields: { ArgumentName: name, ArgumentValue: value },
  });
}
