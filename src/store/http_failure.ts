import type { ConnectionFailure } from "./connection_failure.ts";
import type { Proxy } from "./proxy.ts";
import {
  isOutageCode,
  isOutageStatus,
  type KnownCode,
} from "./service_code.ts";

/** The failure of one request, before the purpose of the request is known. */
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
  | { kind: "timed-out"; seconds: number; proxy?: Proxy | undefined }
  | { kind: "not-s3"; status: number; reason: string }
  /** An AWS SDK client could not make the request. */
  | { kind: "client"; reason: string; isCredentials: boolean }
  | {
    kind: "status";
    status: number;
    /** The proxy that the answer came through. */
    proxy?: Proxy | undefined;
    /** The service's code, where it is one that is handled. */
    code?: KnownCode | undefined;
    /** The service's code, whichever it is, for the message. */
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

/** Whether the service throttles. */
export function isThrottle({ details }: HttpFailure): boolean {
  return details.kind === "status" &&
    (details.code === "SlowDown" || details.status === 429 ||
      details.status === 503);
}

/** Whether the service throttles or has an outage: transient, and common to all requests. */
export function isOutage({ details }: HttpFailure): boolean {
  return details.kind === "status" &&
    (isOutageStatus(details.status) || isOutageCode(details.code));
}
