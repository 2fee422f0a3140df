import { nameProxy } from "./connection_failure.ts";
import { HttpFailure } from "./http_failure.ts";
import { findProxy } from "./proxy.ts";

/** An XML declaration and what surrounds it: services send blanks while they are at work. */
const XML_PROLOG = /^\s*(?:<\?xml[^>]*\?>\s*)?/;
/** How far into a document its root is looked for, in characters. */
const MAX_PROLOG_LENGTH = 1000;

/**
 * Checks a success that must be an XML document: it can be an error with status 200, cut
 * short, or a proxy's own page.
 *
 * @param root The name of the document's root element, as a pattern.
 * @param describe Reads the text as an error's.
 * @throws {HttpFailure} If it is not such a document, or not complete.
 */
export function assertDocument(
  request: Request,
  status: number,
  text: string,
  root: string,
  describe: () => HttpFailure,
): void {
  const from = XML_PROLOG.exec(text)?.[0].length ?? 0;
  const start = text.slice(from, from + MAX_PROLOG_LENGTH);
  const what = root === "ListBucketResult"
    ? "listing"
    : root.replace(/\(.*/, "Result");
  // A document type can define entities that grow without bound.
  const name = new RegExp(`<(${root})[\\s>]`).exec(start)?.[1];
  if (name !== undefined && !/<!DOCTYPE/i.test(text)) {
    if (text.trimEnd().endsWith(`</${name}>`)) return;
    throw new HttpFailure({
      kind: "connection",
      cause: new Error(`the ${what} ended early`),
    });
  }
  if (/<Error[\s>]/.test(start)) throw describe();
  throw notS3(status, `the answer is not a ${what}`, request);
}

/**
 * Checks a success that must be an object: it can be a page for people, such as the one
 * that asks to log in.
 *
 * @throws {HttpFailure} If it is a web page.
 */
export function assertNoWebPage(
  request: Request,
  { status, headers }: { status: number; headers: Headers },
): void {
  const isPage = /^(text\/html|application\/xhtml)/i.test(
    headers.get("content-type") ?? "",
  );
  const isObject = headers.has("etag") &&
    !new URL(request.url).pathname.endsWith(".gz");
  if (isPage && !isObject) {
    throw notS3(status, "the answer is a web page, not the object", request);
  }
}

/** The failure of an answer that no S3 service gives. */
export function notS3(
  status: number,
  what: string,
  request?: Request,
): HttpFailure {
  const proxy = request && findProxy(new URL(request.url));
  const between = proxy === undefined
    ? "something between this machine and the service"
    : `${nameProxy(proxy)}, or something else on the way,`;
  return new HttpFailure({
    kind: "not-s3",
    status,
    reason:
      `${what}: ${between} answers in its place, or the endpoint is not an S3 service`,
  });
}
