import { parseXML } from "@aws-sdk/xml-builder";
import { quote } from "./arguments.ts";
import { ServiceError } from "./errors.ts";
import { type ObjectInfo, unquoteEtag } from "./object_info.ts";

/** One page of a listing. */
export interface ListPage {
  /** The objects, in the order of their keys. */
  objects: ObjectInfo[];
  /** What to ask with for the next page; `undefined` on the last one. */
  nextToken: string | undefined;
}

/**
 * Reads a `ListBucketResult` with the AWS SDK's XML reader. The SDK's command for it
 * takes five times as long, and longer to be loaded than a sync with nothing to do.
 *
 * @param listed The prefix or bucket that was asked for, for errors.
 * @throws {ServiceError} If it says what no listing can.
 * @throws {Error} If it is no XML.
 */
export function readListing(text: string, listed: string): ListPage {
  const result = fieldsOf(parseXML(text).ListBucketResult);
  const nextToken = textOf(result.NextContinuationToken);
  const isTruncated = textOf(result.IsTruncated) === "true";
  if (isTruncated && !nextToken) {
    throw new ServiceError(
      `Cannot list ${
        quote(listed)
      }: the service says that there is more, and not how to ask for it`,
      { key: listed },
    );
  }
  const contents = result.Contents ?? [];
  return {
    objects: (Array.isArray(contents) ? contents : [contents]).map((object) =>
      readObject(fieldsOf(object), listed)
    ),
    nextToken: isTruncated ? nextToken : undefined,
  };
}

/** One entry of a listing; a service can write anything into it. */
function readObject(
  fields: Record<string, unknown>,
  listed: string,
): ObjectInfo {
  const key = textOf(fields.Key);
  const written = textOf(fields.Size)?.trim();
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
    etag: unquoteEtag(textOf(fields.ETag) ?? ""),
    lastModified: readDate(textOf(fields.LastModified), key, listed),
  };
}

function readDate(
  written: string | undefined,
  key: string,
  listed: string,
): Date | undefined {
  if (written === undefined || written === "") return undefined;
  const date = new Date(written);
  if (!isNaN(date.getTime())) return date;
  throw new ServiceError(
    `Cannot list ${quote(listed)}: the listing says that ${
      quote(key)
    } was changed at ${quote(written)}, which is no time`,
    { key: listed },
  );
}

/** An element's children by name; none where it holds a text only. */
function fieldsOf(element: unknown): Record<string, unknown> {
  return typeof element === "object" && element !== null
    ? element as Record<string, unknown>
    : {};
}

function textOf(element: unknown): string | undefined {
  return typeof element === "string" ? element : undefined;
}
