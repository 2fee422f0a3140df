import type { Answer } from "./answer.ts";
import { S3Error } from "./s3_error.ts";
import type { StoredObject } from "./stored_object.ts";

/**
 * Answers GetObject and HeadObject: conditions first, then the range.
 *
 * @throws {S3Error} If a condition does not hold or the range lies outside.
 */
export function getObject(object: StoredObject, request: Headers): Answer {
  const headers = new Headers({
    ...object.headers,
    "accept-ranges": "bytes",
    "content-type": object.contentType,
    etag: `"${object.etag}"`,
    "last-modified": object.lastModified.toUTCString(),
  });
  if (object.contentEncoding !== undefined) {
    headers.set("content-encoding", object.contentEncoding);
  }
  if (!isMet(object, request)) {
    headers.delete("content-type");
    headers.delete("content-encoding");
    return { status: 304, headers, size: 0, start: 0 };
  }
  const range = isRangeMeant(object, request)
    ? parseRange(request.get("range"), object.size)
    : undefined;
  const { start, end } = range ?? { start: 0, end: object.size };
  if (range !== undefined) {
    headers.set("content-range", `bytes ${start}-${end - 1}/${object.size}`);
  }
  return {
    status: range === undefined ? 200 : 206,
    headers,
    size: end - start,
    start,
    read: () => object.read(start, end),
  };
}

/** Whether the object is to be sent; `false` where the caller has it already. */
function isMet(object: StoredObject, request: Headers): boolean {
  const { etag, lastModified } = object;
  const ifMatch = request.get("if-match");
  const unmodified = parseTime(request.get("if-unmodified-since"));
  if (
    ifMatch !== null
      ? !matchesEtag(ifMatch, etag)
      : unmodified !== undefined && lastModified.getTime() > unmodified
  ) {
    throw new S3Error(
      412,
      "PreconditionFailed",
      "At least one of the pre-conditions you specified did not hold",
      {
        fields: {
          Condition: ifMatch !== null ? "If-Match" : "If-Unmodified-Since",
        },
      },
    );
  }
  const ifNoneMatch = request.get("if-none-match");
  if (ifNoneMatch !== null) return !matchesEtag(ifNoneMatch, etag);
  const modified = parseTime(request.get("if-modified-since"));
  return modified === undefined || lastModified.getTime() > modified;
}

/** Whether one of a list of ETags is this one, weak or not, with or without quotes. */
function matchesEtag(list: string, etag: string): boolean {
  return list.split(",").map((entry) => entry.trim()).some((entry) =>
    entry === "*" || entry.replace(/^W\//, "").replaceAll('"', "") === etag
  );
}

/** Whether the `Range` header counts: `If-Range` takes it back where the object has changed. */
function isRangeMeant(object: StoredObject, request: Headers): boolean {
  const ifRange = request.get("if-range");
  if (ifRange === null) return true;
  const time = parseTime(ifRange);
  return time === undefined
    ? matchesEtag(ifRange, object.etag)
    : object.lastModified.getTime() <= time;
}

function parseTime(text: string | null): number | undefined {
  if (text === null || !text.endsWith("GMT")) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}

/** One range of bytes; what is not understood, several ranges included, counts as none. */
function parseRange(
  text: string | null,
  size: number,
): { start: number; end: number } | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(text?.trim() ?? "");
  if (match === null) return undefined;
  const [, first = "", last = ""] = match;
  if (first === "" && last === "") return undefined;
  if (first !== "" && last !== "" && Number(last) < Number(first)) {
    return undefined;
  }
  const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === ""
    ? size
    : Math.min(size, Number(last) + 1);
  if (start >= end) {
    throw new S3Error(
      416,
      "InvalidRange",
      "The requested range is not satisfiable",
      {
        fields: { RangeRequested: text ?? "", ActualObjectSize: size },
        headers: { "content-range": `bytes */${size}` },
      },
    );
  }
  return { start, end };
}
