import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { DemoCredentials } from "./credentials.ts";
import { S3Error } from "./s3_error.ts";
import { decode, encodeRfc3986, type RequestTarget } from "./s3_request.ts";

/** How far a request's date may be from the service's clock, either way. */
const CLOCK_WINDOW_MS = 15 * 60_000;

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256\s+Credential=([^,\s]+)\s*,\s*SignedHeaders=([^,\s]+)\s*,\s*Signature=([0-9a-f]{64})\s*$/;

const AMZ_DATE = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/;

/** What of a request its signature covers. */
export interface SignedRequest {
  /** The HTTP method. */
  readonly method: string;
  /** The path and the query. */
  readonly target: Pick<RequestTarget, "rawPath" | "query">;
  /** The headers, with `host`. */
  readonly headers: Headers;
  /** The body. @default {new Uint8Array()} */
  readonly body?: Uint8Array;
}

/**
 * Verifies a request's AWS Signature Version 4, as its `Authorization` header
 * gives it.
 *
 * Source: "Authenticating Requests (AWS Signature Version 4)" in Amazon S3's API
 * reference.
 *
 * @throws {S3Error} If the request is not signed with these credentials, at this time, as it stands.
 */
export function verifySignature(
  request: SignedRequest,
  credentials: DemoCredentials,
  now: Date,
): void {
  const { headers, target } = request;
  if (
    target.query.some(([name]) => /^x-amz-(signature|algorithm)$/i.test(name))
  ) {
    throw new S3Error(
      501,
      "NotImplemented",
      "The demo service does not take presigned URLs: sign in the Authorization header",
    );
  }
  const authorization = headers.get("authorization");
  if (authorization === null) {
    throw new S3Error(403, "AccessDenied", "Access Denied: not signed");
  }
  if (!authorization.startsWith("AWS4-HMAC-SHA256")) {
    throw new S3Error(
      400,
      "InvalidRequest",
      "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
    );
  }
  const [, credential = "", signedNames = "", signature = ""] =
    AUTHORIZATION.exec(authorization) ?? [];
  const scope = credential.split("/");
  const [terminator, service, region, day] = scope.slice(-4).reverse();
  const accessKeyId = scope.slice(0, -4).join("/");
  if (
    accessKeyId === "" || terminator !== "aws4_request" || service !== "s3" ||
    region === undefined || region === "" || day === undefined
  ) {
    throw malformed(
      "it must be AWS4-HMAC-SHA256 Credential=…/{date}/{region}/s3/aws4_request, SignedHeaders=…, Signature=…",
    );
  }
  if (!isEqual(accessKeyId, credentials.accessKeyId)) {
    throw new S3Error(
      403,
      "InvalidAccessKeyId",
      "The AWS Access Key Id you provided does not exist in our records.",
      { fields: { AWSAccessKeyId: accessKeyId } },
    );
  }

  const names = signedNames.split(";");
  if (!names.includes("host") || !names.includes("x-amz-date")) {
    throw malformed("SignedHeaders must hold host and x-amz-date");
  }
  const unsigned = [...headers.keys()].filter((name) =>
    name.startsWith("x-amz-") && !names.includes(name)
  );
  if (unsigned.length > 0) {
    throw new S3Error(
      403,
      "AccessDenied",
      "There were headers present in the request which were not signed",
      { fields: { HeadersNotSigned: unsigned.join(", ") } },
    );
  }

  const amzDate = headers.get("x-amz-date") ?? "";
  assertTime(amzDate, now);
  if (day !== amzDate.slice(0, 8)) {
    throw malformed(
      `the scope's date ${day} is not the request's ${amzDate.slice(0, 8)}`,
    );
  }

  const payload = headers.get("x-amz-content-sha256");
  if (payload === null) {
    throw new S3Error(
      400,
      "InvalidRequest",
      "Missing required header for this request: x-amz-content-sha256",
    );
  }

  const canonical = canonicalRequest(request, names, payload);
  const expected = createHmac(
    "sha256",
    signingKey(credentials.secretAccessKey, day, region),
  ).update(
    ["AWS4-HMAC-SHA256", amzDate, scope.slice(-4).join("/"), sha256(canonical)]
      .join("\n"),
  ).digest("hex");
  if (!isEqual(signature, expected)) {
    throw new S3Error(
      403,
      "SignatureDoesNotMatch",
      "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
      { fields: { CanonicalRequest: canonical } },
    );
  }
  if (
    payload !== "UNSIGNED-PAYLOAD" && payload !== sha256(request.body ?? "")
  ) {
    throw new S3Error(
      400,
      "XAmzContentSHA256Mismatch",
      "The provided 'x-amz-content-sha256' header does not match what was computed",
    );
  }
}

function assertTime(amzDate: string, now: Date): void {
  const [, year, month, day, hour, minute, second] = AMZ_DATE.exec(amzDate) ??
    [];
  const time = Date.parse(
    `${year}-${month}-${day}T${hour}:${minute}:${second}Z`,
  );
  if (Number.isNaN(time)) {
    throw new S3Error(
      403,
      "AccessDenied",
      "AWS authentication requires a valid x-amz-date header",
    );
  }
  if (Math.abs(time - now.getTime()) > CLOCK_WINDOW_MS) {
    throw new S3Error(
      403,
      "RequestTimeTooSkewed",
      "The difference between the request time and the current time is too large.",
      {
        fields: {
          RequestTime: amzDate,
          ServerTime: now.toISOString().replace(/\.\d+/, ""),
          MaxAllowedSkewMilliseconds: CLOCK_WINDOW_MS,
        },
      },
    );
  }
}

function canonicalRequest(
  { method, target, headers }: SignedRequest,
  names: readonly string[],
  payload: string,
): string {
  const path = target.rawPath.split("/")
    .map((segment) => encodeRfc3986(decode(segment))).join("/");
  const query = target.query
    .map(([name, value]) =>
      [encodeRfc3986(name), encodeRfc3986(value)] as const
    )
    .sort(([nameA, valueA], [nameB, valueB]) =>
      compare(nameA, nameB) || compare(valueA, valueB)
    )
    .map(([name, value]) => `${name}=${value}`).join("&");
  const lines = names.map((name) =>
    `${name}:${(headers.get(name) ?? "").trim().replaceAll(/\s+/g, " ")}\n`
  );
  return [method, path, query, lines.join(""), names.join(";"), payload]
    .join("\n");
}

function signingKey(secret: string, day: string, region: string): Uint8Array {
  let key: string | Uint8Array = `AWS4${secret}`;
  for (const part of [day, region, "s3", "aws4_request"]) {
    key = new Uint8Array(createHmac("sha256", key).update(part).digest());
  }
  return key as Uint8Array;
}

function malformed(what: string): S3Error {
  return new S3Error(
    400,
    "AuthorizationHeaderMalformed",
    `The authorization header is malformed: ${what}`,
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Whether two texts are the same, in a time that does not depend on where they differ. */
function isEqual(a: string, b: string): boolean {
  return timingSafeEqual(
    createHash("sha256").update(a).digest(),
    createHash("sha256").update(b).digest(),
  );
}

function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
