/**
 * Ranges that are not what was asked for, and objects that are replaced meanwhile.
 *
 * @module
 */

import {
  IntegrityError,
  ObjectChangedError,
  TransferError,
} from "../../src/base/mod.ts";
import {
  objectHeaders,
  rangeEnd,
  rangeStart,
  sendObject,
} from "../support/answers.ts";
import { md5 } from "../support/hash.ts";
import {
  type Answer,
  BODY,
  type Fault,
  OTHER_BODY,
  REPEATABLE,
  testFault,
} from "./_meet.ts";

const CHANGED = {
  is: ObjectChangedError,
  code: "object-changed",
  says: "the object changed while it was read",
} as const;

const FAULTS: readonly Fault[] = [
  {
    what: "ranges that are answered with 200 and the whole body",
    answer: async (request, wire) => {
      await wire.head(200, objectHeaders(BODY));
      if (request.method !== "HEAD") await wire.send(BODY);
    },
    always: "the bytes",
  },
  {
    what: "ranges that are ignored, and break",
    answer: async (request, wire, n) => {
      await wire.head(200, objectHeaders(BODY));
      if (request.method === "HEAD") return;
      await wire.send(n < 2 ? BODY.subarray(0, 60_000 + n) : BODY);
      if (n < 2) wire.close();
    },
    always: "the bytes",
  },
  {
    what: "a Content-Range that nobody asked for",
    answer: async (request, wire) => {
      await wire.head(206, {
        ...objectHeaders(BODY),
        "Content-Range": `bytes 5-${BODY.length + 4}/${BODY.length + 5}`,
      });
      if (request.method !== "HEAD") await wire.send(BODY);
    },
    always: {
      is: TransferError,
      code: "transfer",
      says: "the service sent other bytes than asked for (bytes 5-",
    },
  },
  ...[
    [
      "begins one byte later",
      (start: number, end: number) =>
        `bytes ${start + 1}-${end}/${BODY.length}`,
    ],
    ["is none", () => "lines 1-2/3"],
    ["is not there", () => undefined],
  ].map(([what, range]): Fault => ({
    what: `a Content-Range that ${what}`,
    answer: async (request, wire) => {
      if (request.method === "HEAD") return sendObject(request, wire, BODY);
      const [start, end] = [rangeStart(request), rangeEnd(request, BODY)];
      const { "Content-Range": _, ...headers } = objectHeaders(
        BODY,
        start,
        md5(BODY),
        end,
      );
      const value = (range as (a: number, b: number) => string | undefined)(
        start,
        end,
      );
      await wire.head(
        206,
        value === undefined ? headers : { ...headers, "Content-Range": value },
      );
      await wire.send(BODY.subarray(start, end));
    },
    always: {
      is: TransferError,
      code: "transfer",
      says: "the service sent other bytes than asked for",
    },
    ways: ["downloadToFile() in ranges"],
  })),
  {
    what: "ranges that are shorter than asked for",
    answer: async (request, wire) => {
      if (request.method === "HEAD") return sendObject(request, wire, BODY);
      const start = rangeStart(request);
      const end = Math.min(start + 9000, rangeEnd(request, BODY));
      await wire.head(206, objectHeaders(BODY, start, md5(BODY), end));
      await wire.send(BODY.subarray(start, end));
    },
    always: "the bytes", // the rest is asked for
  },
  {
    what: "a range of other bytes than its Content-Range says",
    answer: async (request, wire) => {
      if (request.method === "HEAD") return sendObject(request, wire, BODY);
      const [start, end] = [rangeStart(request), rangeEnd(request, BODY)];
      await wire.head(206, objectHeaders(BODY, start, md5(BODY), end));
      await wire.send(BODY.subarray(start, end).map((byte) => ~byte));
    },
    always: { is: IntegrityError, code: "integrity", says: "the MD5 of" },
    ways: ["downloadToFile() in ranges"],
  },
  ...[
    ["after the first bytes", false],
    ["where If-Match is ignored", true],
  ].flatMap(([what, isIgnored]): Fault[] => {
    const answer: Answer = (request, wire, n) => {
      if (isIgnored) request.headers.delete("if-match");
      return n === 0
        ? sendObject(request, wire, BODY, { drop: 30_000 })
        : sendObject(request, wire, OTHER_BODY);
    };
    return [{
      what: `an object that is replaced ${what}`,
      answer,
      always: "the new bytes",
      ways: REPEATABLE,
    }, {
      what: `an object that is replaced ${what}, as a stream`,
      answer,
      always: CHANGED, // the first bytes are given out already
      ways: ["openStream()"],
    }];
  }),
  {
    what: "an object that is replaced all the time",
    answer: (request, wire, n) =>
      sendObject(request, wire, BODY, {
        etag: `${n}`.padStart(32, "0") + "-2",
        ...(request.method === "HEAD" ? {} : { drop: 2000 }),
      }),
    always: CHANGED,
  },
];

FAULTS.forEach(testFault);
