/**
 * Answers of a service, or of something in its place, that are no object.
 *
 * @module
 */

import {
  AccessDeniedError,
  CredentialsError,
  NotFoundError,
  ObjectChangedError,
  ServiceError,
  ThrottledError,
} from "../../src/base/mod.ts";
import { sendError } from "../support/answers.ts";
import { type Answer, type Fault, STREAMED, testFault } from "./_meet.ts";

const PORTAL = {
  is: ServiceError,
  code: "service",
  says: "the answer is a web page, not the object",
} as const;
const CHANGED = {
  is: ObjectChangedError,
  code: "object-changed",
  says: "the object changed while it was read",
} as const;

/** Answers with an error's status and code. */
function refuse(
  status: number,
  code: string,
  headers?: Record<string, string>,
): Answer {
  return (_, wire) => sendError(wire, status, code, headers);
}

const FAULTS: readonly Fault[] = [
  ...([
    [400, "RequestTimeout", ServiceError, "service", "answered 400"],
    [408, "Timeout", ServiceError, "service", "answered 408"],
    [429, "TooManyRequests", ThrottledError, "throttled", "slow down (429"],
    [500, "InternalError", ServiceError, "service", "answered 500"],
    [502, "BadGateway", ServiceError, "service", "answered 502"],
    [503, "SlowDown", ThrottledError, "throttled", "slow down (503"],
    [504, "GatewayTimeout", ServiceError, "service", "answered 504"],
  ] as const).map(([status, code, is, errorCode, says]): Fault => ({
    what: `${status} ${code}`,
    answer: refuse(status, code),
    once: "the bytes",
    always: { is, code: errorCode, says },
    ways: code === "RequestTimeout" ? STREAMED : undefined,
  })),
  ...[
    ["in seconds", "0"],
    ["as a date that has passed", "Mon, 01 Jan 2024 00:00:00 GMT"],
    ["that makes no sense", "soon"],
    ["that is negative", "-5"],
  ].map(([what, value = ""]): Fault => ({
    what: `503 with a Retry-After ${what}`,
    answer: refuse(503, "SlowDown", { "Retry-After": value }),
    once: "the bytes",
    always: { is: ThrottledError, code: "throttled", says: "slow down" },
  })),
  {
    what: "301 to another region",
    answer: refuse(301, "PermanentRedirect", {
      "x-amz-bucket-region": "eu-west-1",
    }),
    always: {
      is: ServiceError,
      code: "service",
      says: "the bucket 'flatfiles' is in the region 'eu-west-1'",
    },
  },
  {
    what: "400 because of another region",
    answer: (_, wire) =>
      wire.answer(
        400,
        "<Error><Code>AuthorizationHeaderMalformed</Code><Message>no</Message><Region>eu-west-1</Region></Error>",
        { "x-amz-bucket-region": "eu-west-1" },
      ),
    always: {
      is: ServiceError,
      code: "service",
      says: "is in the region 'eu-west-1'",
    },
    ways: STREAMED, // the answer to a HEAD request tells no code
  },
  ...([
    ["behind", -17 * 60_000, "17 minutes ahead of"],
    ["ahead", 3 * 3600_000, "3 hours behind"],
    ["years ahead", 800 * 86400_000, "800 days behind"],
  ] as const).map(([where, ahead, says]): Fault => ({
    what: `a service whose clock is ${where}`,
    answer: (request, wire) =>
      refuse(
        request.method === "HEAD" ? 403 : 400,
        "RequestTimeTooSkewed",
        { Date: new Date(Date.now() + ahead).toUTCString() },
      )(request, wire, 0),
    always: {
      is: CredentialsError,
      code: "credentials",
      says: `this machine's clock is wrong: it is ${says} the service's`,
    },
  })),
  {
    what: "a clock that the body alone tells of",
    answer: (_, wire) =>
      wire.answer(
        403,
        `<Error><Code>RequestTimeTooSkewed</Code><ServerTime>${
          new Date(Date.now() + 3600_000).toISOString()
        }</ServerTime></Error>`,
      ),
    always: {
      is: CredentialsError,
      code: "credentials",
      says: "it is 60 minutes behind the service's",
    },
    ways: STREAMED,
  },
  ...([
    [401, "Unauthorized", CredentialsError, "credentials", "refused the cred"],
    [
      403,
      "AccessDenied",
      AccessDeniedError,
      "access-denied",
      "the plan may not include it",
    ],
    [
      403,
      "InvalidAccessKeyId",
      CredentialsError,
      "credentials",
      "does not know the access key id",
    ],
    [
      403,
      "SignatureDoesNotMatch",
      CredentialsError,
      "credentials",
      "the secret access key is not the one",
    ],
    [403, "ExpiredToken", CredentialsError, "credentials", "has expired"],
    [404, "NoSuchKey", NotFoundError, "not-found", "there is no such object"],
    [404, "NoSuchBucket", NotFoundError, "not-found", "there is no bucket"],
    [501, "NotImplemented", ServiceError, "service", "501 NotImplemented"],
  ] as const).map(([status, code, is, errorCode, says]): Fault => ({
    what: `${status} ${code}`,
    answer: refuse(status, code),
    always: { is, code: errorCode, says },
    ways: STREAMED, // the answer to a HEAD request tells no code
  })),
  {
    what: "412 at once",
    answer: refuse(412, "PreconditionFailed"),
    always: CHANGED,
  },
  {
    what: "416 at once",
    answer: refuse(416, "InvalidRange"),
    always: { is: ServiceError, code: "service", says: "answered 416" },
  },
  {
    what: "an HTML page with status 200",
    answer: (_, wire) =>
      wire.answer(200, "<!DOCTYPE html><title>Please log in</title>", {
        "Content-Type": "text/html; charset=utf-8",
      }),
    always: PORTAL,
  },
  {
    what: "an HTML page with status 200 and an ETag",
    answer: (_, wire) =>
      wire.answer(200, "<!DOCTYPE html><title>Please log in</title>", {
        "Content-Type": "text/html",
        ETag: '"5e1f"',
      }),
    always: PORTAL,
  },
  {
    what: "an HTML page with status 511",
    answer: (_, wire) =>
      wire.answer(511, "<!DOCTYPE html><title>Please log in</title>", {
        "Content-Type": "text/html",
      }),
    always: { is: ServiceError, code: "service", says: "answered 511" },
  },
  {
    what: "an error whose XML makes no sense",
    answer: (_, wire) => wire.answer(400, "<Error><Code>A<Code><<<&&;"),
    always: { is: ServiceError, code: "service", says: "answered 400" },
  },
  {
    what: "an error of 10 MB",
    answer: async (_, wire) => {
      await wire.head(400, { "Content-Length": 10_000_000 });
      const chunk = "<Error>".repeat(10_000);
      for (let i = 0; i < 150 && !wire.isClosed; i++) await wire.send(chunk);
      wire.close();
    },
    always: { is: ServiceError, code: "service", says: "answered 400" },
    ways: STREAMED,
  },
  {
    what: "an error whose words would move the cursor",
    answer: (_, wire) =>
      wire.answer(
        400,
        "<Error><Code>Bad</Code><Message>a\x1b[2Jb\u202ec\nd</Message></Error>",
      ),
    always: { is: ServiceError, code: "service", says: "a\ufffd[2Jb\ufffdc d" },
    ways: STREAMED,
  },
];

FAULTS.forEach(testFault);
