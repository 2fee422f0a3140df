/** What a store does that objects can be put into, with the demo service's faults. */
import {
  assertEquals,
  assertInstanceOf,
  assertLessOrEqual,
  assertRejects,
} from "@std/assert";
import { delay } from "@std/async/delay";
import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import { FetchHttpHandler } from "@smithy/fetch-http-handler";
import fc from "fast-check";
import {
  AccessDeniedError,
  ServiceError,
  TransferError,
} from "../../src/base/mod.ts";
import type { Fault } from "../../src/demo/mod.ts";
import type { PutOptions } from "../../src/store/mod.ts";
import {
  MAX_PART_BYTES,
  MAX_PARTS,
  MIN_PART_BYTES,
  partSizeOf,
} from "../../src/store/upload_part_size.ts";
import { noise } from "../support/data.ts";
import { BUCKET, type RecordedServer, startRecorded } from "../support/demo.ts";
import { md5 } from "../support/hash.ts";
import { TEST_CREDENTIALS, TestAwsStore } from "../support/store.ts";
import {
  CONDITION_CASES,
  pieces,
  WRITE_CASES,
} from "../support/store_cases.ts";

const MiB = 1024 * 1024;
const PARTS = { partSize: 5 * MiB, concurrency: 2 };
const body = noise(16 * MiB);

/** The clients that a user may bring. */
const CLIENTS: Readonly<Record<string, () => S3ClientConfig>> = {
  "fetch": () => ({}),
  "the SDK's own handler": () => ({ requestHandler: undefined }),
  "MD5 in place of CRC-32": () => ({
    requestChecksumCalculation: "WHEN_REQUIRED",
  }),
};

/** A handler that sends by fetch, with something around it. */
function around(
  wrap: (
    request: { method: string; body?: unknown; query?: object },
    send: () => Promise<{ response: unknown }>,
  ) => Promise<{ response: unknown }>,
): S3ClientConfig {
  const requestHandler = new FetchHttpHandler();
  const handle = requestHandler.handle.bind(requestHandler);
  requestHandler.handle = (request, options) =>
    wrap(request, () => handle(request, options)) as ReturnType<typeof handle>;
  return { requestHandler };
}

interface Setting {
  faults?: Iterable<Fault>;
  config?: S3ClientConfig;
  /** The idle timeout in seconds. */
  timeout?: number;
  /** How many uploads have not ended afterwards. */
  leftOpen?: number;
}

/** Tests a store that asks a demo service which can be written to. */
function test(
  behaviour: string,
  fn: (store: TestAwsStore, server: RecordedServer) => Promise<void>,
  { faults = [], config, timeout = 5, leftOpen = 0 }: Setting = {},
): void {
  Deno.test(`AwsStore.put() ${behaviour}`, async () => {
    await using server = startRecorded({ writable: true, faults });
    const client = new S3Client({
      endpoint: server.url,
      region: "us-east-1",
      forcePathStyle: true,
      credentials: TEST_CREDENTIALS,
      requestHandler: new FetchHttpHandler(),
      ...config,
    });
    using store = new TestAwsStore(server.url, { client, timeout });
    try {
      await fn(store, server);
      assertEquals(server.openUploads, leftOpen);
    } finally {
      client.destroy();
    }
  });
}

/** The bytes of an object that was put. */
function bytesOf({ objects }: RecordedServer, key: string): Uint8Array {
  const content = objects.get(key)?.body;
  assertInstanceOf(content, Uint8Array);
  return content;
}

for (const [how, makeConfig] of Object.entries(CLIENTS)) {
  // What does not depend on the client is tried with one of them.
  const cases = [...WRITE_CASES, ...CONDITION_CASES]
    .filter(({ behaviour }) => how === "fetch" || /^puts a/.test(behaviour));
  for (const { behaviour, run } of cases) {
    test(
      `with ${how} ${behaviour}`,
      (store) => run(store, { name: BUCKET, seed() {} }),
      { config: makeConfig() },
    );
  }
}

for (
  const [what, fault, sent] of [
    ["a part", { method: "PUT", skip: 1 }, 7],
    ["the beginning", { method: "POST" }, 7],
    ["the completion", { method: "POST", skip: 1 }, 7],
  ] as const
) {
  test(`retries ${what} by itself`, async (store, server) => {
    const errors: string[] = [];
    await store.put(BUCKET, "a", pieces(body), {
      ...PARTS,
      onRetry: ({ name }) => errors.push(name),
    });
    assertEquals(errors, ["ThrottledError"]);
    assertEquals(server.records.length, sent);
    assertEquals(md5(bytesOf(server, "a")), md5(body));
  }, {
    faults: [{
      ...{ kind: "status", status: 503, operation: "write", times: 1 },
      ...fault,
    }],
  });

  test(`deletes the parts where ${what} is refused`, async (store, server) => {
    const error = await assertRejects(
      () => store.put(BUCKET, "a", pieces(body), PARTS),
      AccessDeniedError,
      "Cannot upload 'a': access denied (403 AccessDenied",
    );
    assertEquals(error.key, "a");
    assertEquals(server.objects.has("a"), false);
  }, {
    faults: [{ kind: "status", status: 403, operation: "write", ...fault }],
  });
}

test(
  "sends only the parts that an upload does not have yet",
  async (store, server) => {
    let uploadId: string | undefined;
    const onBegin = (id: string) => uploadId = id;
    const options = { ...PARTS, concurrency: 1 };
    await assertRejects(
      () =>
        store.put(BUCKET, "a", pieces(body), {
          ...options,
          resume: { onBegin },
        }),
      AccessDeniedError,
    );
    assertEquals(server.openUploads, 1);
    const changed = body.slice();
    changed[6 * MiB] = (changed[6 * MiB] ?? 0) ^ 1;
    server.faults.clear();
    server.records.length = 0;
    await store.put(BUCKET, "a", pieces(changed), {
      ...options,
      resume: { uploadId },
    });
    assertEquals(md5(bytesOf(server, "a")), md5(changed));
    // The first part is the same, the second one is another, the rest was not sent.
    assertEquals(
      server.records.filter(({ operation }) => operation === "UploadPart")
        .map(({ query }) => query.partNumber),
      ["2", "3", "4"],
    );
  },
  { faults: [{ kind: "status", status: 403, method: "PUT", skip: 2 }] },
);

test("ends with the content's error while parts are sent", async (store) => {
  const failure = new Error("the source broke");
  const error = await assertRejects(() =>
    store.put(
      BUCKET,
      "a",
      (async function* () {
        yield* pieces(body.subarray(0, 6 * MiB));
        throw failure;
      })(),
      PARTS,
    )
  );
  assertEquals(error, failure);
}, {
  faults: [{ kind: "stall", after: "headers", method: "PUT" }],
  timeout: 60,
});

test(
  "ends at once where one part is refused and another one stalls",
  async (store) => {
    await assertRejects(
      () => store.put(BUCKET, "a", pieces(body), PARTS),
      AccessDeniedError,
    );
  },
  {
    faults: [
      { kind: "stall", after: "headers", method: "PUT", times: 1 },
      { kind: "status", status: 403, method: "PUT" },
    ],
    timeout: 60,
  },
);

test("retries a small object", async (store, server) => {
  await store.put(BUCKET, "a", pieces(noise(1000)));
  assertEquals(server.records.map(({ status }) => status), [500, 200]);
}, { faults: [{ kind: "status", status: 500, operation: "write", times: 1 }] });

test("reports an upload whose parts it could not delete", async (store) => {
  const abandoned: unknown[] = [];
  await assertRejects(
    () =>
      store.put(BUCKET, "a", pieces(body), {
        ...PARTS,
        onAbandon: (id, reason) => abandoned.push(typeof id, reason),
      }),
    AccessDeniedError,
  );
  assertEquals(abandoned.length, 2);
  assertEquals(abandoned[0], "string");
  assertInstanceOf(abandoned[1], ServiceError);
}, {
  faults: [
    { kind: "status", status: 403, method: "PUT" },
    { kind: "status", status: 400, method: "DELETE" },
  ],
  leftOpen: 1,
});

{
  let uploadedBytes = 0;
  let atOnce = 0;
  let mostAtOnce = 0;
  test("holds no more than the parts that are sent at once", async (store) => {
    let read = 0;
    let mostHeld = 0;
    const content = noise(40 * MiB);
    await store.put(
      BUCKET,
      "a",
      (async function* () {
        for await (const piece of pieces(content)) {
          read += piece.length;
          mostHeld = Math.max(mostHeld, read - uploadedBytes);
          yield piece;
        }
      })(),
      { partSize: 5 * MiB, concurrency: 3 },
    );
    assertEquals(mostAtOnce, 3);
    assertLessOrEqual(mostHeld, 3 * 5 * MiB + 100_003);
  }, {
    config: around(async ({ method, body }, send) => {
      if (method !== "PUT") return await send();
      mostAtOnce = Math.max(mostAtOnce, ++atOnce);
      const answer = await send();
      atOnce--;
      uploadedBytes += (body as Uint8Array).length;
      return answer;
    }),
  });
}

for (const isSmall of [true, false]) {
  const what = isSmall ? "the object" : "a part";
  const reason = new Error("enough");
  const stop = new AbortController();
  test(
    `ends with the signal's reason while ${what} is sent`,
    async (store, server) => {
      const content = isSmall ? noise(1000) : body;
      const error = await assertRejects(() =>
        store.put(BUCKET, "a", pieces(content), {
          ...PARTS,
          signal: stop.signal,
        })
      );
      assertEquals(error, reason);
      assertEquals(server.objects.has("a"), false);
    },
    {
      faults: [{ kind: "stall", after: "headers", method: "PUT" }],
      config: around(({ method }, send) => {
        const answer = send();
        if (method === "PUT") stop.abort(reason);
        return answer;
      }),
    },
  );
}

test(
  "ends with the signal's reason while the content stalls",
  async (store, server) => {
    const reason = new Error("enough");
    const stop = new AbortController();
    const error = await assertRejects(() =>
      store.put(
        BUCKET,
        "a",
        (async function* () {
          yield* pieces(body);
          queueMicrotask(() => stop.abort(reason));
          await new Promise<never>(() => {});
        })(),
        { ...PARTS, signal: stop.signal },
      )
    );
    assertEquals(error, reason);
    assertEquals(server.objects.has("a"), false);
  },
);

for (const isSmall of [true, false]) {
  const content = isSmall ? noise(1000) : body;
  const what = isSmall ? "an object" : "a part";

  let isDamaged = false;
  test(`sends ${what} again that arrived damaged`, async (store, server) => {
    const errors: unknown[] = [];
    await store.put(BUCKET, "a", pieces(content), {
      ...PARTS,
      onRetry: (error) => errors.push(error),
    });
    assertEquals(errors.length, 1);
    assertInstanceOf(errors[0], TransferError);
    assertEquals(md5(bytesOf(server, "a")), md5(content));
  }, {
    config: around((request, send) => {
      if (request.method === "PUT" && !isDamaged) {
        isDamaged = true;
        request.body = (request.body as Uint8Array).slice().fill(0, 0, 100);
      }
      return send();
    }),
  });

  let isLost = false;
  test(
    `takes ${
      isSmall ? "an object" : "a completion"
    } whose answer was lost for done`,
    async (store, server) => {
      const { etag } = await store.put(BUCKET, "a", pieces(content), {
        ...PARTS,
        ifAbsent: true,
      });
      assertEquals(etag, (await store.head(BUCKET, "a")).etag);
      assertEquals(md5(bytesOf(server, "a")), md5(content));
    },
    {
      config: around(async ({ method, query }, send) => {
        const answer = await send();
        const makesObject = isSmall
          ? method === "PUT"
          : method === "POST" && Object.hasOwn(query ?? {}, "uploadId");
        if (!makesObject || isLost) return answer;
        isLost = true;
        throw new TypeError("the connection was reset");
      }),
    },
  );
}

test("allows a part the time that its bytes take", async (store, server) => {
  await store.put(BUCKET, "a", pieces(body), PARTS);
  assertEquals(md5(bytesOf(server, "a")), md5(body));
}, {
  timeout: 1,
  config: around(async ({ method }, send) => {
    // Longer than the timeout, far shorter than 5 MiB may take.
    if (method === "PUT") await delay(1500);
    return await send();
  }),
});

test(
  "refuses options that make no sense, before any request",
  async (store, server) => {
    const refused: [PutOptions, typeof TypeError | typeof RangeError][] = [
      [{ partSize: 5 * MiB - 1 }, RangeError],
      [{ partSize: 5 * 1024 * MiB + 1 }, RangeError],
      [{ concurrency: 0 }, RangeError],
      [{ size: -1 }, RangeError],
      [{ metadata: { a: "ä" } }, RangeError],
      [{ metadata: { "a b": "c" } }, RangeError],
      [{ metadata: { a: "b".repeat(2048) } }, RangeError],
      [{ partsize: 1 } as PutOptions, TypeError],
    ];
    for (const [options, Class] of refused) {
      await assertRejects(
        () => store.put(BUCKET, "a", pieces(body), options),
        Class,
      );
    }
    assertEquals(server.records, []);
  },
);

Deno.test("partSizeOf() fits every object into S3's bounds", () => {
  fc.assert(fc.property(
    fc.integer({ min: MIN_PART_BYTES, max: 100 * MIN_PART_BYTES }),
    fc.integer({ min: 1, max: MAX_PARTS * MAX_PART_BYTES }),
    (partSize, size) => {
      const known = partSizeOf(1, partSize, size);
      assertLessOrEqual(Math.ceil(size / known), MAX_PARTS);
      assertLessOrEqual(known, MAX_PART_BYTES);
      assertLessOrEqual(partSize, known);
      assertEquals(partSizeOf(MAX_PARTS, partSize, size), known);
    },
  ));
  let sum = 0;
  for (let number = 1; number <= MAX_PARTS; number++) {
    const size = partSizeOf(number, MIN_PART_BYTES);
    assertLessOrEqual(size, MAX_PART_BYTES);
    assertLessOrEqual(MIN_PART_BYTES, size);
    sum += size;
  }
  assertLessOrEqual(5 * 1024 ** 4, sum); // 5 TiB, of unknown size
  assertEquals(partSizeOf(900, MIN_PART_BYTES), MIN_PART_BYTES);
});
