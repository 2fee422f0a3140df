import { plainText } from "../base/mod.ts";
import { HttpFailure } from "./http_failure.ts";
import { parseRetryAfter } from "./parse_retry_after.ts";
import { findProxy } from "./proxy.ts";
import { isKnownCode } from "./service_code.ts";

/** Reads an answer that is not a success, without the secrets of the request. */
export function readFailure(
  request: Request,
  response: Pick<Response, "status" | "headers">,
  body: string,
): HttpFailure {
  const { status, headers } = response;
  // Some services repeat what was sent to them.
  const said = (text: string | null | undefined) =>
    text ? withoutSecrets(plainText(text), request) : undefined;
  const code = readTag(body, "Code");
  // A key id such as "Key" is a part of some codes: known ones are not masked.
  const isKnown = isKnownCode(code);
  return new HttpFailure({
    kind: "status",
    status,
    proxy: status === 407 || status >= 500
      ? findProxy(new URL(request.url))
      : undefined,
    code: isKnown ? code : undefined,
    shownCode: isKnown ? code : said(code),
    storageClass: said(readTag(body, "StorageClass")),
    message: said(readTag(body, "Message")),
    retryAfter: parseRetryAfter(headers.get("retry-after")),
    clockAhead: readClock(
      headers.get("date") ?? readTag(body, "ServerTime") ?? null,
    ),
    location: said(headers.get("location")),
    region: said(headers.get("x-amz-bucket-region") ?? readTag(body, "Region")),
  });
}

function readTag(xml: string, tag: string): string | undefined {
  return new RegExp(`<${tag}>([^<]{1,300})</${tag}>`).exec(xml)?.[1]
    ?.replaceAll(
      /&(?:#(\d{1,6})|(lt|gt|quot|apos|amp));/g,
      (_, number, name: keyof typeof ENTITIES) =>
        name ? ENTITIES[name] : String.fromCodePoint(Number(number)),
    );
}

const ENTITIES = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" } as const;

/** A text with the request's credentials and signature masked, and pieces of them. */
function withoutSecrets(text: string, { headers }: Request): string {
  const authorization = headers.get("authorization") ?? "";
  const keyId = /Credential=([^/]+)/.exec(authorization)?.[1] ?? "";
  const token = headers.get("x-amz-security-token") ?? "";
  const signature = authorization.slice(-64);
  return [keyId, token, encodeURIComponent(token)]
    .filter((secret) => secret !== "")
    .reduce((text, secret) => text.replaceAll(secret, "…"), text)
    .replaceAll(/(?<=Signature=)[^\s,&]+|[0-9a-f]{64}/gi, "…")
    .replaceAll(
      /[0-9a-f]{8,}/g,
      (piece) => signature.includes(piece) ? "…" : piece,
    );
}

function readClock(date: string | null): number | undefined {
  const ahead = date === null ? NaN : Date.parse(date) - Date.now();
  return Number.isNaN(ahead) ? undefined : ahead;
}
