/**
 * What can happen to a connection, before, in and after the headers and in the body.
 *
 * @module
 */

import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  IntegrityError,
  TimedOutError,
  TransferError,
} from "../../src/base/mod.ts";
import {
  objectHeaders,
  rangeEnd,
  rangeStart,
  sendObject,
} from "../support/answers.ts";
import { md5 } from "../support/hash.ts";
import { BUCKET, openDownloader } from "../support/demo.ts";
import type { RawRequest } from "../support/raw_server.ts";
import { type Answer, BODY, type Fault, STREAMED, testFault } from "./_meet.ts";

const GONE = {
  is: TransferError,
  code: "transfer",
  says: "connection",
} as const;
const SILENT = {
  is: TimedOutError,
  code: "timed-out",
  says: "no byte arrived for 1 second",
} as const;
const slow = { timeout: 1 };

/** Breaks the connection after so many bytes of the body, and leaves HEAD requests alone. */
function breakAfter(bytes: number): Answer {
  return (request, wire) =>
    request.method === "HEAD"
      ? sendObject(request, wire, BODY)
      : sendObject(request, wire, BODY, { drop: bytes });
}

/** Sends an object's bytes with headers of its own, and closes. */
function sendWith(
  headers: (request: RawRequest, body: Uint8Array) => Record<
    string,
    string | number
  >,
  body: Uint8Array = BODY,
): Answer {
  return async (request, wire) => {
    const [start, end] = [rangeStart(request), rangeEnd(request, body)];
    await wire.head(
      end - start < body.length ? 206 : 200,
      headers(request, body),
    );
    if (request.method !== "HEAD") await wire.send(body.subarray(start, end));
    wire.close();
  };
}

const FAULTS: readonly Fault[] = [
  {
    what: "a reset before the headers",
    answer: (_, wire) => wire.close(),
    once: "the bytes",
    always: GONE,
  },
  {
    what: "a reset in the headers",
    answer: async (_, wire) => {
      await wire.send("HTTP/1.1 200 OK\r\nContent-Len");
      wire.close();
    },
    once: "the bytes",
    always: GONE,
  },
  {
    what: "an answer that is not HTTP",
    answer: async (_, wire) => {
      await wire.send("220 mail.example ESMTP\r\n\r\n");
      wire.close();
    },
    once: "the bytes",
    always: GONE,
  },
  {
    what: "headers without end",
    answer: async (_, wire) => {
      await wire.send("HTTP/1.1 200 OK\r\n");
      const line = `X-Filler: ${"x".repeat(8000)}\r\n`;
      for (let i = 0; i < 500 && !wire.isClosed; i++) await wire.send(line);
      wire.close();
    },
    once: "the bytes",
    always: GONE,
  },
  {
    what: "a reset after the first byte",
    answer: (request, wire, n) =>
      breakAfter(n < 20 ? 1 : 1e6)(request, wire, n),
    always: "the bytes", // each try brings one byte more
  },
  {
    what: "a reset one byte before the end",
    answer: breakAfter(BODY.length - 1),
    once: "the bytes",
    always: "the bytes",
  },
  {
    what: "a reset in the middle of the body",
    answer: breakAfter(50_000),
    once: "the bytes",
    always: "the bytes", // each try goes on where the last one stopped
  },
  {
    what: "a body that is shorter than its Content-Length",
    answer: async (request, wire) => {
      if (request.method === "HEAD") return sendObject(request, wire, BODY);
      const [start, end] = [rangeStart(request), rangeEnd(request, BODY)];
      await wire.head(
        end - start < BODY.length ? 206 : 200,
        objectHeaders(BODY, start, md5(BODY), end),
      );
      await wire.send(
        BODY.subarray(start, start + Math.ceil((end - start) / 2)),
      );
      wire.close();
    },
    once: "the bytes",
    always: "the bytes",
  },
  {
    what: "a body that is longer than its Content-Length",
    answer: async (request, wire) => {
      await sendObject(request, wire, BODY);
      await wire.send("and more");
    },
    once: "the bytes",
    always: "the bytes", // what is beyond is none of the answer
  },
  {
    what: "a body without Content-Length",
    answer: sendWith((request, body) => {
      const { "Content-Length": _, ...headers } = objectHeaders(
        body,
        rangeStart(request),
        md5(body),
        rangeEnd(request, body),
      );
      return headers;
    }),
    always: "the bytes",
    ways: STREAMED,
  },
  {
    what: "a body in chunks that break off",
    answer: async (request, wire, n) => {
      const start = rangeStart(request);
      if (n > 0) return await sendObject(request, wire, BODY);
      const { "Content-Length": _, ...headers } = objectHeaders(BODY, start);
      await wire.head(200, { ...headers, "Transfer-Encoding": "chunked" });
      await wire.send(`${(30_000).toString(16)}\r\n`);
      await wire.send(BODY.subarray(start, start + 10_000));
      wire.close();
    },
    always: "the bytes",
    ways: STREAMED,
  },
  {
    what: "a body without Content-Length that ends early",
    answer: async (_, wire) => {
      await wire.head(200, { ETag: `"${md5(BODY)}"` });
      await wire.send(BODY.subarray(0, -1));
      wire.close();
    },
    always: { is: IntegrityError, code: "integrity", says: "the MD5 of" },
    ways: ["downloadOne() as stored", "downloadToFile() as stored"],
  },
  {
    what: "a body without Content-Length and MD5 that ends early",
    answer: async (_, wire) => {
      await wire.head(200, { ETag: `"${"a".repeat(32)}-2"` });
      await wire.send(BODY.subarray(0, -1));
      wire.close();
    },
    always: { is: IntegrityError, code: "integrity", says: "ends early" },
    ways: [
      "downloadOne()",
      "openStream()",
      "downloadToFile()",
      "downloadToFile() as stored",
    ],
  },
  {
    what: "silence before the headers",
    answer: (_, wire) => wire.stall(),
    once: "the bytes",
    always: SILENT,
    options: slow,
  },
  {
    what: "silence in the headers",
    answer: async (_, wire) => {
      await wire.send("HTTP/1.1 200 OK\r\nContent-Le");
      await wire.stall();
    },
    once: "the bytes",
    always: SILENT,
    options: slow,
  },
  {
    what: "silence in the body",
    answer: async (request, wire) => {
      if (request.method === "HEAD") return sendObject(request, wire, BODY);
      const [start, end] = [rangeStart(request), rangeEnd(request, BODY)];
      await wire.head(
        end - start < BODY.length ? 206 : 200,
        objectHeaders(BODY, start, md5(BODY), end),
      );
      await wire.stall();
    },
    once: "the bytes",
    always: SILENT,
    options: slow,
  },
];

FAULTS.forEach(testFault);

Deno.test("a download meets an address where nobody answers", async () => {
  const free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = free.addr;
  free.close();
  for (
    const [endpointUrl, says] of [
      [`http://127.0.0.1:${port}`, `nothing answers at '127.0.0.1:${port}'`],
      // A name that can never be given away, by RFC 2606.
      ["http://flatbed.invalid", "there is no host 'flatbed.invalid'"],
    ]
  ) {
    await using downloader = openDownloader(endpointUrl ?? "", {
      allowHttp: true,
    });
    for (
      const call of [
        () => downloader.downloadOne(BUCKET, "a"),
        () => downloader.checkExists(BUCKET, "a"),
        () => downloader.listObjects(BUCKET, "a"),
      ]
    ) {
      const error = await assertRejects(call, TransferError, says);
      assertStringIncludes(error.message, ": check the endpoint");
      assertEquals([error.code, error.key], ["transfer", "a"]);
    }
  }
});
