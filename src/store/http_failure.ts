import {
  AccessDeniedError,
  CredentialsError,
  type FlatbedError,
  type FlatbedErrorOptions,
  NotFoundError,
  ObjectArchivedError,
  ObjectChangedError,
  plainText,
  quote,
  ServiceError,
  ThrottledError,
  TimedOutError,
  TransferError,
} from "../base/mod.ts";
import { MAX_RETRY_AFTER } from "./backoff.ts";
import {
  type ConnectionFailure,
  describeConnection,
  describeProxyPassword,
  nameProxy,
} from "./connection_failure.ts";
import { findProxy, type Proxy } from "./proxy.ts";
import {
  credentialProblem,
  isKnownCode,
  isOutageCode,
  isOutageStatus,
  type KnownCode,
} from "./service_code.ts";

/** What went wrong with one request, before it is known what the request was for. */
export class HttpFailure extends Error {
  override name = "HttpFailure";
  /** Makes a failure from its details. */
  constructor(readonly details: HttpFailureDetails) {
    super(details.kind);
  }
}

/** The ways in which one request can go wrong. */
export type HttpFailureDetails =
  | ({ kind: "connection" } & ConnectionFailure)
  | { kind: "silence"; seconds: number; proxy?: Proxy | undefined }
  | { kind: "not-s3"; status: number; reason: string }
  /** An AWS SDK client could not make the request. */
  | { kind: "client"; reason: string; isCredentials: boolean }
  | {
    kind: "status";
    status: number;
    /** The proxy that the answer came through. */
    proxy?: Proxy | undefined;
    /** The service's code, where it is one that something depends on. */
    code?: KnownCode | undefined;
    /** The service's code, whichever it is, to be shown. */
    shownCode?: string | undefined;
    /** Which storage class the object is in, where the service says it. */
    storageClass?: string | undefined;
    /** The service's message, where the body is S3's XML. */
    message?: string | undefined;
    /** In milliseconds. */
    retryAfter?: number | undefined;
    /** How far the service's clock is ahead of this machine's, in milliseconds. */
    clockAhead?: number | undefined;
    /** Where a redirect leads to. */
    location?: string | undefined;
    /** The region that the bucket is in, where the service says that it is another one. */
    region?: string | undefined;
  };

/** What a request was for; it begins the message, as in `Cannot download 'a'`. */
export interface RequestPurpose {
  /** What could not be done. */
  verb: "download" | "look up" | "list" | "reach";
  /** The bucket's name. */
  bucket: string;
  /** The key, or the prefix of a listing. */
  key: string;
}

/** Reads the body of an answer that is not a success. */
export function describeResponse(
  request: Request,
  response: Pick<Response, "status" | "headers">,
  body: string,
): HttpFailure {
  const { status, headers } = response;
  // Some services repeat what they were sent.
  const said = (text: string | null | undefined) =>
    text ? withoutSecrets(plainText(text), request) : undefined;
  const code = readTag(body, "Code");
  // A key id such as "Key" is a part of some codes: those that are known stay whole.
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

/** A text without the request's credentials and signature, nor pieces of it. */
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

/** A `Retry-After` header, in seconds or as a date, in milliseconds from now and within bounds. */
export function parseRetryAfter(
  value: string | null,
  now: number = Date.now(),
): number | undefined {
  if (value === null || value.trim() === "") return undefined;
  const seconds = Number(value);
  const ms = Number.isNaN(seconds) ? Date.parse(value) - now : seconds * 1000;
  if (Number.isNaN(ms)) return undefined;
  return Math.min(Math.max(ms, 0), MAX_RETRY_AFTER);
}

function readClock(date: string | null): number | undefined {
  const ahead = date === null ? NaN : Date.parse(date) - Date.now();
  return Number.isNaN(ahead) ? undefined : ahead;
}

/** Whether the service asks to slow down. */
export function isThrottle({ details }: HttpFailure): boolean {
  return details.kind === "status" &&
    (details.code === "SlowDown" || details.status === 429 ||
      details.status === 503);
}

/** Whether the service is throttling or in trouble: it can pass, and meets other requests too. */
export function isOutage({ details }: HttpFailure): boolean {
  return details.kind === "status" &&
    (isOutageStatus(details.status) || isOutageCode(details.code));
}

/** The typed error for a failed request. */
export function toError(
  failure: HttpFailure,
  purpose: RequestPurpose,
): FlatbedError {
  const { details } = failure;
  const key = purpose.key === "" ? undefined : purpose.key;
  const cannot = `Cannot ${purpose.verb} ${
    quote(purpose.key === "" ? purpose.bucket : purpose.key)
  }`;
  switch (details.kind) {
    case "connection": {
      const { message, canPass, status } = describeConnection(details);
      const options = { key, cause: details.cause, status };
      return canPass
        ? new TransferError(`${cannot}: ${message}`, options)
        : new ServiceError(`${cannot}: ${message}`, options);
    }
    case "silence":
      return new TimedOutError(
        `${cannot}: no byte arrived for ${details.seconds} second${
          details.seconds === 1 ? "" : "s"
        }${details.proxy ? ` through ${nameProxy(details.proxy)}` : ""}`,
        { key },
      );
    case "client":
      return details.isCredentials
        ? new CredentialsError(
          `${cannot}: the AWS SDK finds no credentials: ${details.reason}`,
          { key },
        )
        : new ServiceError(`${cannot}: ${details.reason}`, { key });
    case "not-s3":
      return new ServiceError(`${cannot}: ${details.reason}`, {
        key,
        status: details.status,
      });
    case "status": {
      const { status, shownCode, retryAfter } = details;
      const options = { key, status, serviceCode: shownCode, retryAfter };
      return fromStatus(details, cannot, purpose, options);
    }
  }
}

function fromStatus(
  details: Extract<HttpFailureDetails, { kind: "status" }>,
  cannot: string,
  { bucket }: RequestPurpose,
  options: FlatbedErrorOptions,
): FlatbedError {
  const { status, code } = details;
  const said = [status, details.shownCode, details.message]
    .filter((part) => part).join(" ");
  if (status === 407) {
    return new ServiceError(
      `${cannot}: ${describeProxyPassword(details.proxy)}`,
      options,
    );
  }
  // The answer to a HEAD request has no code.
  const isSkewed = code === "RequestTimeTooSkewed" ||
    details.shownCode === undefined && status === 403 &&
      Math.abs(details.clockAhead ?? 0) > MAX_SKEW;
  if (isSkewed) {
    return new CredentialsError(
      `${cannot}: this machine's clock is wrong${skew(details.clockAhead)}`,
      options,
    );
  }
  const { region } = details;
  const isRedirect = status >= 300 && status < 400;
  if (
    region !== undefined &&
    (isRedirect || code === "AuthorizationHeaderMalformed")
  ) {
    return new ServiceError(
      `${cannot}: the bucket ${quote(bucket)} is in the region ${
        quote(region)
      } (${said}): set region to that, or check the endpoint`,
      options,
    );
  }
  const credentials = credentialProblem(code);
  if (credentials !== undefined) {
    return new CredentialsError(`${cannot}: ${credentials}`, options);
  }
  if (status === 401) {
    return new CredentialsError(
      `${cannot}: the service refused the credentials (${said})`,
      options,
    );
  }
  if (code === "NoSuchBucket") {
    return new NotFoundError(
      `${cannot}: there is no bucket ${quote(bucket)}`,
      options,
    );
  }
  if (code === "InvalidObjectState") {
    const { storageClass } = details;
    const where = storageClass === undefined ? "" : ` (${storageClass})`;
    return new ObjectArchivedError(
      `${cannot}: the object is archived${where}: it cannot be read before it is restored`,
      options,
    );
  }
  if (isThrottle(new HttpFailure(details))) {
    return new ThrottledError(
      `${cannot}: the service asks to slow down (${said})`,
      options,
    );
  }
  switch (status) {
    case 403:
      return new AccessDeniedError(
        `${cannot}: access denied (${said}): the plan may not include it or reach back so far, or it is not published yet`,
        options,
      );
    case 404:
      return new NotFoundError(
        `${cannot}: there is no such object in bucket ${quote(bucket)}`,
        options,
      );
    case 412:
      return new ObjectChangedError(
        `${cannot}: the object changed while it was read`,
        options,
      );
  }
  if (isRedirect) {
    const to = details.location === undefined
      ? ""
      : ` to ${quote(withoutQuery(details.location))}`;
    return new ServiceError(
      `${cannot}: the service answered with a redirect${to} (${said}), which is not followed: check the endpoint`,
      options,
    );
  }
  // Without S3's own words, it may be the proxy that answers.
  const by = details.proxy === undefined || code !== undefined
    ? "the service"
    : `the service, or ${nameProxy(details.proxy)},`;
  return new ServiceError(`${cannot}: ${by} answered ${said}`, options);
}

/** The service refuses what is dated further away than this from its own time, in milliseconds. */
const MAX_SKEW = 15 * 60_000;

function skew(clockAhead: number | undefined): string {
  if (clockAhead === undefined || Math.abs(clockAhead) < 60_000) return "";
  return `: it is ${describeDuration(Math.abs(clockAhead))} ${
    clockAhead > 0 ? "behind" : "ahead of"
  } the service's`;
}

function describeDuration(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  const [count, unit] = minutes < 120
    ? [minutes, "minute"]
    : minutes < 48 * 60
    ? [Math.round(minutes / 60), "hour"]
    : [Math.round(minutes / 60 / 24), "day"];
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

function withoutQuery(location: string): string {
  return location.split("?", 1)[0] ?? "";
}
