import {
  AccessDeniedError,
  BucketRefusedError,
  CredentialsError,
  type FlatbedError,
  type FlatbedErrorOptions,
  NoSpaceError,
  NotFoundError,
  ObjectArchivedError,
  ObjectChangedError,
  quote,
  ServiceError,
  ThrottledError,
  TimedOutError,
  TransferError,
} from "../base/mod.ts";
import {
  describeConnection,
  describeProxyPassword,
  nameProxy,
} from "./connection_failure.ts";
import {
  HttpFailure,
  type HttpFailureDetails,
  isThrottle,
} from "./http_failure.ts";
import { credentialProblem } from "./service_code.ts";

/** The purpose of a request, which begins its error's message: `Cannot download 'a'`. */
export interface RequestPurpose {
  verb:
    | "download"
    | "look up"
    | "list"
    | "reach"
    | "upload"
    | "remove"
    | "copy";
  /** The bucket's name. */
  bucket: string;
  /** The key, or the prefix of a listing. */
  key: string;
  /** Whether the bucket is one of the user's own, and not the service's. */
  isOwn?: boolean | undefined;
}

/** The typed error for a failed request. */
export function toRequestError(
  failure: HttpFailure,
  purpose: RequestPurpose,
): FlatbedError {
  const { details } = failure;
  const key = purpose.key === "" ? undefined : purpose.key;
  const name = purpose.isOwn
    ? `s3://${purpose.bucket}/${purpose.key}`
    : purpose.key || purpose.bucket;
  const cannot = `Cannot ${purpose.verb} ${quote(name)}`;
  switch (details.kind) {
    case "connection": {
      const { message, canPass, status } = describeConnection(details);
      const options = { key, cause: details.cause, status };
      return canPass
        ? new TransferError(`${cannot}: ${message}`, options)
        : new ServiceError(`${cannot}: ${message}`, options);
    }
    case "timed-out":
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
  { verb, bucket, isOwn = false }: RequestPurpose,
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
      Math.abs(details.clockAhead ?? 0) > MAX_SKEW_MS;
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
  if (isOwn) {
    const isFull = status === 507 ||
      FULL_CODES.includes(details.shownCode ?? "");
    if (isFull) {
      return new NoSpaceError(
        `${cannot}: the bucket is full (${said})`,
        options,
      );
    }
    if (status === 403 && code !== "InvalidObjectState") {
      return new BucketRefusedError(
        `${cannot}: access denied (${said}): the credentials for the bucket may not do that`,
        options,
      );
    }
    if (code === "NoSuchBucket") {
      return new BucketRefusedError(
        `${cannot}: there is no bucket ${quote(bucket)}: make it first`,
        options,
      );
    }
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
  if (code === "BadDigest" || code === "XAmzContentSHA256Mismatch") {
    return new TransferError(
      `${cannot}: the bytes arrived damaged (${said})`,
      options,
    );
  }
  if (code === "NoSuchUpload") {
    return new NotFoundError(
      `${cannot}: the upload was completed or aborted already (${said})`,
      options,
    );
  }
  const isWriting = verb === "upload" || verb === "copy" || verb === "remove";
  if (isWriting && status === 403) {
    return new AccessDeniedError(`${cannot}: access denied (${said})`, options);
  }
  if (verb === "upload" && status === 412) {
    return new ObjectChangedError(
      `${cannot}: there is an object with this key already`,
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

/** The codes of a bucket, a disk or a quota that is full. */
const FULL_CODES: readonly string[] = [
  "XMinioStorageFull",
  "XMinioAdminBucketQuotaExceeded",
  "InsufficientStorage",
  "InsufficientStorageSpace",
  "QuotaExceeded",
  "BucketQuotaExceeded",
  "StorageFull",
  "NoSpaceLeft",
];

/** Services refuse requests whose date differs more from theirs, in milliseconds. */
const MAX_SKEW_MS = 15 * 60_000;

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
