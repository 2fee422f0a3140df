import { md5 } from "./hash.ts";
import type { RawRequest, Wire } from "./raw_server.ts";

/** The headers of an answer with an object's bytes from `start` on, before `end`. */
export function objectHeaders(
  body: Uint8Array,
  start = 0,
  etag: string = md5(body),
  end: number = body.length,
): Record<string, string | number> {
  return {
    "Content-Length": end - start,
    "ETag": `"${etag}"`,
    "Last-Modified": "Tue, 02 Jan 2024 03:04:05 GMT",
    ...(end - start < body.length
      ? { "Content-Range": `bytes ${start}-${end - 1}/${body.length}` }
      : {}),
  };
}

/** The first byte that a request asks for. */
export function rangeStart(request: RawRequest): number {
  return Number(
    /^bytes=(\d+)-/.exec(request.headers.get("range") ?? "")?.[1] ?? 0,
  );
}

/** The byte behind the last one that a request asks for. */
export function rangeEnd(request: RawRequest, body: Uint8Array): number {
  const last = /^bytes=\d+-(\d+)$/.exec(request.headers.get("range") ?? "")
    ?.[1];
  return last === undefined
    ? body.length
    : Math.min(body.length, Number(last) + 1);
}

/** Options of {@linkcode sendObject}. */
export interface SendOptions {
  /** The ETag; the MD5 where it is not given. */
  etag?: string;
  /** How many bytes are sent before the connection ends. */
  drop?: number;
  /** Headers in the place of the usual ones. */
  headers?: Record<string, string | number>;
}

/** Answers as S3 does, with `Range` and `If-Match`, up to a point. */
export async function sendObject(
  request: RawRequest,
  wire: Wire,
  body: Uint8Array,
  { etag = md5(body), drop, headers = {} }: SendOptions = {},
): Promise<void> {
  const wanted = request.headers.get("if-match");
  if (wanted !== null && wanted !== `"${etag}"`) {
    return await sendError(wire, 412, "PreconditionFailed");
  }
  const start = rangeStart(request);
  if (start > 0 && start >= body.length) {
    return await sendError(wire, 416, "InvalidRange");
  }
  const end = rangeEnd(request, body);
  await wire.head(end - start < body.length ? 206 : 200, {
    ...objectHeaders(body, start, etag, end),
    ...headers,
  });
  if (request.method === "HEAD") return;
  await wire.send(
    body.subarray(
      start,
      drop === undefined ? end : Math.min(end, start + drop),
    ),
  );
  if (drop !== undefined) wire.close();
}

/** Answers with S3's XML for an error. */
export function sendError(
  wire: Wire,
  status: number,
  code: string,
  headers: Record<string, string | number> = {},
  message = `It is ${code}`,
): Promise<void> {
  return wire.answer(
    status,
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`,
    { "Content-Type": "application/xml", ...headers },
  );
}

/** The XML of one page of a listing. */
export function listingXml(
  keys: readonly string[],
  nextToken?: string,
): string {
  const contents = keys.map((key) =>
    `<Contents><Key>${
      escapeXml(key)
    }</Key><LastModified>2024-01-02T03:04:05.000Z</LastModified>` +
    `<ETag>&quot;${
      "a".repeat(32)
    }&quot;</ETag><Size>${key.length}</Size></Contents>`
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n` +
    `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">` +
    `<IsTruncated>${nextToken !== undefined}</IsTruncated>` +
    (nextToken === undefined
      ? ""
      : `<NextContinuationToken>${nextToken}</NextContinuationToken>`) +
    `${contents.join("")}</ListBucketResult>`;
}

/** Answers a listing of keys, page after page; the token is the place of the next key. */
export async function sendListing(
  request: RawRequest,
  wire: Wire,
  keys: readonly string[],
): Promise<void> {
  const prefix = request.query.get("prefix") ?? "";
  const all = keys.filter((key) => key.startsWith(prefix));
  const from = Number(request.query.get("continuation-token") ?? 0);
  const to = from + Math.min(Number(request.query.get("max-keys")), 1000);
  await wire.answer(
    200,
    listingXml(all.slice(from, to), to < all.length ? `${to}` : undefined),
    { "Content-Type": "application/xml" },
  );
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
