import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { S3Error } from "./s3_error.ts";
import { decode, encodeRfc3986, type RequestTarget } from "./s3_request.ts";

/** How far a request's date may be from the service's clock, either way. */
const CLOCK_WINDOW_MS = 15 * 60_000;
/** How long a presigned URL may be valid at most, in seconds: a week. */
const LONGEST_VALIDITY = 604_800;
/** No header of a request that is only read is longer. */
const LONGEST_AUTHORIZATION = 8192;

const SCHEME = "AWS4-HMAC-SHA256";
const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 +Credential=([^,\s]+) *, *SignedHeaders=([^,\s]+) *, *Signature=([0-9a-f]{64}) *$/;

const AMZ_DATE = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/;

/** The two halves of an access key. */
export interface AccessKey {
  /** The public half, which every request names. */
  readonly accessKeyId: string;
  /** The secret half, with which requests are signed. */
  readonly secretAccessKey: string;
}

/** What of a request its signature covers. */
export interface SignedRequest {
  /** The HTTP method. */
  readonly method: string;
  /** The path and the query. */
  readonly target: Pick<RequestTarget, "rawPath" | "query">;
  /** The headers, with `host`. */
  readonly headers: Headers;
  /** The body; it is not compared with its hash where it is not given, because nobody reads it. */
  readonly body?: Uint8Array;
}

/** What a service takes. */
export interface SignatureRules {
  /** The access keys. */
  readonly keys: readonly AccessKey[];
  /** The service's time. */
  readonly now: Date;
  /** Whether a session token may come with a key that has none. @default {false} */
  readonly takesSessionTokens?: boolean;
  /**
   * Whether a request may leave out `x-amz-content-sha256`, as some versions of curl do:
   * then it is signed with the hash of no body. S3 itself refuses it. @default {false}
   */
  readonly takesNoHash?: boolean;
}

/** A signature as a request gives it, in a header or in its query. */
interface GivenSignature {
  readonly credential: string;
  readonly signedNames: readonly string[];
  readonly signature: string;
  readonly amzDate: string;
  readonly payload: string;
  /** How long the request is valid, in seconds, if it is presigned. */
  readonly validity?: number;
}

/**
 * Verifies a request's AWS Signature Version 4, as its `Authorization` header or, in a
 * presigned URL, its query gives it.
 *
 * Source: "Authenticating Requests (AWS Signature Version 4)" in Amazon S3's API
 * reference.
 *
 * @param request The request as it was sent.
 * @param rules The keys and the time.
 * @returns The access key that it is signed with.
 * @throws {S3Error} If it is not signed with one of these keys, at this time, as it stands.
 */
export function verifySignature(
  request: SignedRequest,
  { keys, now, takesSessionTokens = false, takesNoHash = false }:
    SignatureRules,
): AccessKey {
  const { headers, target } = request;
  const given = readSignature(request, takesNoHash);
  const scope = given.credential.split("/");
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
  const key = keys.find((key) => isEqual(accessKeyId, key.accessKeyId));
  if (key === undefined) {
    throw new S3Error(
      403,
      "InvalidAccessKeyId",
      "The AWS Access Key Id you provided does not exist in our records.",
      { fields: { AWSAccessKeyId: accessKeyId } },
    );
  }
  const isPresigned = given.validity !== undefined;
  assertNames(headers, given.signedNames, isPresigned);
  assertTime(given, now);
  if (day !== given.amzDate.slice(0, 8)) {
    throw malformed(
      `the scope's date ${day} is not the request's ${
        given.amzDate.slice(0, 8)
      }`,
    );
  }

  const canonical = canonicalRequest(request, given);
  const expected = createHmac(
    "sha256",
    signingKey(key.secretAccessKey, day, region),
  ).update(
    [SCHEME, given.amzDate, scope.slice(-4).join("/"), sha256(canonical)]
      .join("\n"),
  ).digest("hex");
  if (!isEqual(given.signature, expected)) {
    throw new S3Error(
      403,
      "SignatureDoesNotMatch",
      "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
      // The query of a presigned URL does not belong in logs, not even cut.
      isPresigned ? {} : { fields: { CanonicalRequest: canonical } },
    );
  }
  const token = headers.get("x-amz-security-token") ??
    queryOf(target).get("X-Amz-Security-Token");
  if (token !== undefined && !takesSessionTokens) {
    throw new S3Error(
      400,
      "InvalidToken",
      "The provided token is malformed or otherwise invalid: the keys of this service have none. Unset the session token.",
    );
  }
  if (
    request.body !== undefined && given.payload !== "UNSIGNED-PAYLOAD" &&
    given.payload !== sha256(request.body)
  ) {
    throw new S3Error(
      400,
      "XAmzContentSHA256Mismatch",
      "The provided 'x-amz-content-sha256' header does not match what was computed",
    );
  }
  return key;
}

/** Reads where a request says how it is signed: exactly one place. */
function readSignature(
  { headers, target }: SignedRequest,
  takesNoHash: boolean,
): GivenSignature {
  const authorization = headers.get("authorization");
  const query = queryOf(target);
  const isPresigned = query.has("X-Amz-Signature") ||
    query.has("X-Amz-Algorithm");
  if (isPresigned && authorization !== null) {
    throw new S3Error(
      400,
      "InvalidArgument",
      "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter or the Authorization header should be specified",
    );
  }
  if (isPresigned) return readPresigned(headers, target, query);
  if (authorization === null) {
    if (query.has("Signature") && query.has("AWSAccessKeyId")) {
      throw unsupported("for a presigned URL set signature_version to s3v4");
    }
    throw new S3Error(403, "AccessDenied", "Access Denied: not signed");
  }
  if (!/^AWS4-HMAC-SHA256(\s|$)/.test(authorization)) throw unsupported();
  const [, credential = "", names = "", signature = ""] =
    authorization.length > LONGEST_AUTHORIZATION
      ? []
      : AUTHORIZATION.exec(authorization) ?? [];
  const payload = headers.get("x-amz-content-sha256") ??
    (takesNoHash ? sha256("") : null);
  if (credential !== "" && payload === null) {
    throw new S3Error(
      400,
      "InvalidRequest",
      "Missing required header for this request: x-amz-content-sha256",
    );
  }
  return {
    credential,
    signedNames: names.split(";"),
    signature,
    amzDate: headers.get("x-amz-date") ?? "",
    payload: payload ?? "",
  };
}

function readPresigned(
  headers: Headers,
  target: SignedRequest["target"],
  query: ReadonlyMap<string, string>,
): GivenSignature {
  const refuse = (message: string) =>
    new S3Error(400, "AuthorizationQueryParametersError", message);
  const names = target.query.map(([name]) => name);
  for (
    const name of [
      ...["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date"],
      ...["X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature"],
    ]
  ) {
    if (names.filter((given) => given === name).length !== 1) {
      throw refuse(
        `Query-string authentication version 4 requires ${name}, once`,
      );
    }
  }
  const read = (name: string) => query.get(name) ?? "";
  if (read("X-Amz-Algorithm") !== SCHEME) throw unsupported();
  const expires = read("X-Amz-Expires");
  const validity = Number(expires);
  if (
    !/^\d{1,9}$/.test(expires) || validity < 1 || validity > LONGEST_VALIDITY
  ) {
    throw refuse(
      `X-Amz-Expires must be a number of seconds from 1 to ${LONGEST_VALIDITY}`,
    );
  }
  if (!/^[0-9a-f]{64}$/.test(read("X-Amz-Signature"))) {
    throw refuse("X-Amz-Signature must be 64 hexadecimal digits");
  }
  return {
    credential: read("X-Amz-Credential"),
    signedNames: read("X-Amz-SignedHeaders").split(";"),
    signature: read("X-Amz-Signature"),
    amzDate: read("X-Amz-Date"),
    payload: headers.get("x-amz-content-sha256") ?? "UNSIGNED-PAYLOAD",
    validity,
  };
}

function queryOf({ query }: SignedRequest["target"]): Map<string, string> {
  return new Map(query);
}

/** Asserts that the headers are signed which change what a request means. */
function assertNames(
  headers: Headers,
  names: readonly string[],
  isPresigned: boolean,
): void {
  if (
    !names.includes("host") || !isPresigned && !names.includes("x-amz-date")
  ) {
    throw malformed(
      `SignedHeaders must hold host${isPresigned ? "" : " and x-amz-date"}`,
    );
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
}

function assertTime(
  { amzDate, validity }: Pick<GivenSignature, "amzDate" | "validity">,
  now: Date,
): void {
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
  const age = now.getTime() - time;
  if (validity !== undefined && age > validity * 1000) {
    throw new S3Error(403, "AccessDenied", "Request has expired", {
      fields: {
        "X-Amz-Expires": validity,
        Expires: new Date(time + validity * 1000).toISOString(),
        ServerTime: now.toISOString(),
      },
    });
  }
  if (
    -age > CLOCK_WINDOW_MS || validity === undefined && age > CLOCK_WINDOW_MS
  ) {
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
  { signedNames, payload }: Pick<GivenSignature, "signedNames" | "payload">,
): string {
  const path = target.rawPath.split("/")
    .map((segment) => encodeRfc3986(decode(segment))).join("/");
  const query = target.query
    .filter(([name]) => name !== "X-Amz-Signature")
    .map(([name, value]) =>
      [encodeRfc3986(name), encodeRfc3986(value)] as const
    )
    .sort(([nameA, valueA], [nameB, valueB]) =>
      compare(nameA, nameB) || compare(valueA, valueB)
    )
    .map(([name, value]) => `${name}=${value}`).join("&");
  const lines = signedNames.map((name) =>
    `${name}:${valueOf(headers, name).trim().replaceAll(/\s+/g, " ")}\n`
  );
  return [method, path, query, lines.join(""), signedNames.join(";"), payload]
    .join("\n");
}

/** A header's value; empty where there is none, or its name is none. */
function valueOf(headers: Headers, name: string): string {
  try {
    return headers.get(name) ?? "";
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw malformed("SignedHeaders holds what is no header's name");
  }
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

function unsupported(how = ""): S3Error {
  return new S3Error(
    400,
    "InvalidRequest",
    `The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256${
      how && `: ${how}`
    }.`,
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
