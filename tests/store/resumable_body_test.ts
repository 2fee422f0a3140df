import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import {
  IntegrityError,
  ObjectChangedError,
  ServiceError,
  TimedOutError,
  TransferError,
} from "../../src/base/mod.ts";
import { Md5, ResumableBody } from "../../src/store/mod.ts";
import { sendError, sendObject } from "../support/answers.ts";
import { md5 } from "../support/hash.ts";
import { joined, noise, sizeAndSum } from "../support/data.ts";
import { RawServer, type Wire } from "../support/raw_server.ts";
import { readAll, TestStore } from "../support/store.ts";

const BODY = noise(1000);
const OTHER = noise(1000, 2);

/** What was asked for, request by request. */
function asked(server: RawServer): (string | null)[][] {
  return server.requests.map(({ headers }) => [
    headers.get("range"),
    headers.get("if-match"),
  ]);
}

Deno.test("ResumableBody.read() goes on behind the last byte, with the same version", async () => {
  await using server = new RawServer((request, wire) =>
    sendObject(request, wire, BODY, request.index < 2 ? { drop: 300 } : {})
  );
  using store = new TestStore(server.url);
  let retries = 0;
  const body = await ResumableBody.open(store, "bucket", "a", {
    onRetry: () => retries++,
  });
  assertEquals(await readAll(body), BODY);
  assertEquals(body.offset, 1000);
  assertEquals(retries, 2);
  const etag = `"${md5(BODY)}"`;
  assertEquals(asked(server), [
    [null, null],
    ["bytes=300-", etag],
    ["bytes=600-", etag],
  ]);
});

Deno.test("ResumableBody.read() starts its count of tries again whenever bytes have arrived", async () => {
  await using server = new RawServer((request, wire) =>
    sendObject(request, wire, BODY, { drop: 250 })
  );
  using store = new TestStore(server.url, { maxRetries: 1 });
  let retries = 0;
  const body = await ResumableBody.open(store, "bucket", "a", {
    onRetry: () => retries++,
  });
  assertEquals(await readAll(body), BODY);
  assertEquals(retries, 3);
});

Deno.test("ResumableBody.read() gives up when no more bytes arrive", async () => {
  await using server = new RawServer((request, wire) =>
    sendObject(request, wire, BODY, { drop: request.index === 0 ? 500 : 0 })
  );
  using store = new TestStore(server.url, { maxRetries: 2 });
  const body = await ResumableBody.open(store, "bucket", "a");
  await assertRejects(
    () => readAll(body),
    TransferError,
    "Cannot download 'a': ",
  );
  assertEquals(server.requests.length, 3);
});

Deno.test("ResumableBody.read() does not count bytes that come again as progress", async () => {
  await using server = new RawServer((request, wire) => {
    request.headers.delete("range");
    return sendObject(request, wire, BODY, { drop: 400 });
  });
  using store = new TestStore(server.url, { maxRetries: 2 });
  const body = await ResumableBody.open(store, "bucket", "a");
  await assertRejects(() => readAll(body), TransferError);
  assertEquals(server.requests.length, 3);
});

Deno.test("ResumableBody.read() goes on where the service does not know ranges, without mixing", async () => {
  const large = noise(2_000_000); // comes in many pieces
  await using server = new RawServer((request, wire) => {
    request.headers.delete("range");
    return sendObject(
      request,
      wire,
      large,
      request.index === 0 ? { drop: 1_500_001 } : {},
    );
  });
  using store = new TestStore(server.url);
  const body = await ResumableBody.open(store, "bucket", "a");
  assertEquals(sizeAndSum(await readAll(body)), sizeAndSum(large));
  assertEquals(server.requests.length, 2);
});

Deno.test("ResumableBody.read() goes on after silence, and after an answer that can pass", async () => {
  await using server = new RawServer(async (request, wire) => {
    switch (request.index) {
      case 0:
        await wire.head(200, { "Content-Length": 1000, ETag: '"x-2"' });
        await wire.send(BODY.subarray(0, 100));
        return await wire.stall();
      case 1:
        return await sendError(wire, 503, "SlowDown");
    }
    await sendObject(request, wire, BODY, { etag: "x-2" });
  });
  using store = new TestStore(server.url, { maxRetries: 2, timeout: 0.2 });
  const errors: unknown[] = [];
  const body = await ResumableBody.open(store, "bucket", "a", {
    onRetry: (error) => errors.push(error),
  });
  assertEquals(await readAll(body), BODY);
  assertInstanceOf(errors[0], TimedOutError);
  assertEquals(errors.length, 2);
});

/** Ends when a body that really is silent, and is read from now on, has timed out. */
async function silenceIsOver(timeout: number): Promise<void> {
  await using server = new RawServer(async (_, wire) => {
    await wire.head(200, { "Content-Length": 2, ETag: '"x-2"' });
    await wire.stall();
  });
  using store = new TestStore(server.url, { maxRetries: 0, timeout });
  const body = await ResumableBody.open(store, "bucket", "a");
  await assertRejects(() => body.read(), TimedOutError);
}

Deno.test("ResumableBody.read() goes on beyond the timeout as long as bytes arrive", async () => {
  const length = 1_000_000;
  let wanted = Promise.withResolvers<void>();
  let isOver = false;
  await using server = new RawServer(async (_, wire) => {
    await wire.head(200, { "Content-Length": length, ETag: '"x-2"' });
    for (let sent = 0; sent < length && !isOver; sent++) {
      await wanted.promise;
      wanted = Promise.withResolvers();
      await wire.send(new Uint8Array(isOver ? length - sent : 1));
    }
  });
  using store = new TestStore(server.url, { maxRetries: 0, timeout: 1 });
  const body = await ResumableBody.open(store, "bucket", "a");
  const silence = silenceIsOver(1).then(() => isOver = true);
  let count = 0;
  for (
    let piece: Uint8Array | null = new Uint8Array();
    piece !== null;
    wanted.resolve(), piece = await body.read()
  ) count += piece.length;
  await silence;
  assertEquals(count, length);
  assertEquals(server.requests.length, 1);
});

Deno.test("ResumableBody.read() does not take a slow reader for silence", async () => {
  const large = noise(4_000_000);
  await using server = new RawServer((request, wire) =>
    sendObject(request, wire, large)
  );
  using store = new TestStore(server.url, { maxRetries: 0, timeout: 1 });
  const body = await ResumableBody.open(store, "bucket", "a");
  const first = (await body.read())?.length ?? 0;
  await silenceIsOver(1);
  const rest = await readAll(body);
  assertEquals(first + rest.length, large.length);
  assertEquals(server.requests.length, 1);
});

Deno.test("ResumableBody.read() throws when the object changed, and never mixes versions", async () => {
  for (
    const answer of [
      // A service that knows If-Match, one that does not, and one without ranges.
      (headers: Headers) => headers,
      (headers: Headers) => headers.delete("if-match"),
      (headers: Headers) => {
        headers.delete("if-match");
        headers.delete("range");
      },
    ]
  ) {
    await using server = new RawServer((request, wire) => {
      answer(request.headers);
      return request.index === 0
        ? sendObject(request, wire, BODY, { drop: 500, etag: "one-2" })
        : sendObject(request, wire, OTHER, { etag: "two-2" });
    });
    using store = new TestStore(server.url);
    const body = await ResumableBody.open(store, "bucket", "a");
    await assertRejects(
      () => readAll(body),
      ObjectChangedError,
      "Cannot download 'a': the object changed while it was read",
    );
    assertEquals(body.offset, 500);
    assertEquals(server.requests.length, 2);
  }
});

/** Answers without an ETag, and ends the connection after so many bytes. */
async function sendUnnamed(
  wire: Wire,
  body: Uint8Array,
  drop = body.length,
): Promise<void> {
  await wire.head(200, { "Content-Length": body.length });
  await wire.send(body.subarray(0, drop));
  if (drop < body.length) wire.close();
}

Deno.test("ResumableBody.read() reads an object without an ETag again from its first byte, and goes on behind the last", async () => {
  await using server = new RawServer((request, wire) =>
    sendUnnamed(wire, BODY, [300, 200, 700][request.index])
  );
  using store = new TestStore(server.url, { maxRetries: 2 });
  const body = await ResumableBody.open(store, "bucket", "a");
  assertEquals(await readAll(body), BODY);
  assertEquals(asked(server), Array(4).fill([null, null]));
});

Deno.test("ResumableBody.read() does not go on with an object without an ETag whose first bytes are others now", async () => {
  for (const at of [0, 499]) {
    const other = BODY.slice();
    other[at] = (other[at] ?? 0) ^ 1;
    await using server = new RawServer((request, wire) =>
      request.index === 0
        ? sendUnnamed(wire, BODY, 500)
        : sendUnnamed(wire, other)
    );
    using store = new TestStore(server.url);
    const body = await ResumableBody.open(store, "bucket", "a");
    await assertRejects(
      () => readAll(body),
      ObjectChangedError,
      "Cannot download 'a': the object changed while it was read: its first 500 B are others now, and without an ETag the earlier version cannot be asked for",
    );
    assertEquals(body.offset, 500);
    assertEquals(server.requests.length, 2);
  }
});

Deno.test("ResumableBody.park() gives the connection to others, and the next read goes on behind the last byte", async () => {
  const large = noise(400_000); // comes in several pieces
  for (
    const [etag, headers] of [
      [md5(large), {}],
      ["x-2", {}],
      ["", {}],
    ] as const
  ) {
    await using server = new RawServer((request, wire) =>
      etag === ""
        ? sendUnnamed(wire, large)
        : sendObject(request, wire, large, { etag, headers })
    );
    using store = new TestStore(server.url, {
      maxPoolConnections: 1,
      maxRetries: 0,
    });
    const body = await ResumableBody.open(store, "bucket", "a");
    body.park();
    const pieces: Uint8Array[] = [];
    for (
      let piece = await body.read();
      piece !== null;
      piece = await body.read()
    ) {
      pieces.push(piece.slice());
      body.park();
      // It would wait for ever.
      await store.head("bucket", "a").catch(() => {});
    }
    assertEquals(sizeAndSum(joined(...pieces)), sizeAndSum(large), etag);
    assertEquals(await body.read(), null);
  }
});

Deno.test("ResumableBody.park() behind the last byte needs no other request", async () => {
  await using server = new RawServer((request, wire) =>
    sendObject(request, wire, BODY)
  );
  using store = new TestStore(server.url);
  const body = await ResumableBody.open(store, "bucket", "a");
  while (body.offset < BODY.length) await body.read();
  body.park();
  assertEquals(await body.read(), null);
  assertEquals(server.requests.length, 1);
});

Deno.test("ResumableBody.park() behind the last byte of an object of unknown size finds its end", async () => {
  await using server = new RawServer(async (request, wire) => {
    if (request.index > 0) return await sendObject(request, wire, BODY);
    await wire.head(200, {
      "Transfer-Encoding": "chunked",
      ETag: `"${md5(BODY)}"`,
    });
    await wire.send(`${BODY.length.toString(16)}\r\n`);
    await wire.send(BODY);
    await wire.stall();
  });
  using store = new TestStore(server.url);
  const body = await ResumableBody.open(store, "bucket", "a");
  while (body.offset < BODY.length) await body.read();
  body.park();
  assertEquals(await body.read(), null);
  assertEquals(asked(server).at(1), ["bytes=999-", `"${md5(BODY)}"`]);
});

for (
  const [when, isCut] of [["is cancelled", false], ["fails", true]] as const
) {
  Deno.test(`ResumableBody frees the MD5 when it ${when}`, async () => {
    const large = noise(1_500_000);
    await using server = new RawServer((request, wire) =>
      sendObject(request, wire, large, isCut ? { drop: 1_000_000 } : {})
    );
    using store = new TestStore(server.url, { maxRetries: 0 });
    const { prototype } = Md5;
    const release = prototype[Symbol.dispose];
    let released = 0;
    prototype[Symbol.dispose] = function (this: Md5) {
      released++;
      release.call(this);
    };
    try {
      const body = await ResumableBody.open(store, "bucket", "a");
      await body.read();
      if (isCut) await assertRejects(() => readAll(body), TransferError);
      else body.cancel();
    } finally {
      prototype[Symbol.dispose] = release;
    }
    assertEquals(released, 1);
  });
}

Deno.test("ResumableBody.read() reads objects whose size the service does not say, and goes on with them", async () => {
  const chunked = async (
    wire: { send(data: string | Uint8Array): Promise<void> },
    bytes: Uint8Array,
  ) => {
    await wire.send(`${bytes.length.toString(16)}\r\n`);
    await wire.send(bytes);
    await wire.send("\r\n");
  };
  const headers = { "Transfer-Encoding": "chunked", ETag: `"${md5(BODY)}"` };
  for (const isBroken of [false, true]) {
    await using server = new RawServer(async (request, wire) => {
      if (request.index > 0) return await sendObject(request, wire, BODY);
      await wire.head(200, headers);
      await chunked(wire, BODY.subarray(0, 400));
      if (isBroken) return wire.close();
      await chunked(wire, BODY.subarray(400));
      await wire.send("0\r\n\r\n");
    });
    using store = new TestStore(server.url);
    const body = await ResumableBody.open(store, "bucket", "a");
    assertEquals(body.info.size, undefined);
    assertEquals(await readAll(body), BODY);
  }
});

Deno.test("ResumableBody.read() checks the MD5 where the ETag is one", async () => {
  const send = (etag: string, headers: Record<string, string> = {}) =>
    new RawServer((request, wire) =>
      sendObject(request, wire, BODY, { etag, headers })
    );
  const wrong = md5(OTHER);
  {
    await using server = send(wrong);
    using store = new TestStore(server.url);
    const body = await ResumableBody.open(store, "bucket", "a");
    await assertRejects(
      () => readAll(body),
      IntegrityError,
      `Cannot download 'a': the MD5 of the bytes that arrived is ${
        md5(BODY)
      }, and the ETag says ${wrong}`,
    );
    assertEquals(server.requests.length, 1);
  }
  for (
    const [etag, headers] of [
      [md5(BODY).toUpperCase(), {}],
      [`${wrong}-2`, {}], // uploaded in parts
      [wrong, { "x-amz-server-side-encryption": "aws:kms" }],
      [
        wrong,
        { "x-amz-server-side-encryption-customer-algorithm": "AES256" },
      ],
    ] as const
  ) {
    await using server = send(etag, headers);
    using store = new TestStore(server.url);
    const body = await ResumableBody.open(store, "bucket", "a");
    assertEquals(await readAll(body), BODY, etag);
  }
});

Deno.test("ResumableBody.read() checks the MD5 across a break", async () => {
  const damaged = BODY.slice();
  damaged[900] = (damaged[900] ?? 0) ^ 1;
  await using server = new RawServer((request, wire) =>
    request.index === 0
      ? sendObject(request, wire, BODY, { drop: 500 })
      : sendObject(request, wire, damaged, { etag: md5(BODY) })
  );
  using store = new TestStore(server.url);
  const body = await ResumableBody.open(store, "bucket", "a");
  await assertRejects(() => readAll(body), IntegrityError, "MD5");
});

Deno.test("ResumableBody.read() notices a body that is longer than the object", async () => {
  await using server = new RawServer((request, wire) =>
    request.index === 0
      ? sendObject(request, wire, BODY, { drop: 500, etag: "x-2" })
      : wire.answer(206, OTHER.subarray(0, 600), {
        "Content-Range": "bytes 500-999/1000",
        ETag: '"x-2"',
      })
  );
  using store = new TestStore(server.url);
  const body = await ResumableBody.open(store, "bucket", "a");
  await assertRejects(
    () => readAll(body),
    IntegrityError,
    "Cannot download 'a': 1.10 kB arrived instead of 1.00 kB",
  );
});

Deno.test("ResumableBody.read() reads an empty object", async () => {
  await using server = new RawServer((request, wire) =>
    sendObject(request, wire, new Uint8Array())
  );
  using store = new TestStore(server.url, { maxPoolConnections: 1 });
  for (let time = 0; time < 2; time++) {
    const body = await ResumableBody.open(store, "bucket", "a");
    assertEquals([await body.read(), body.info.size], [null, 0]);
  }
});

Deno.test("ResumableBody.open() never tries again what cannot pass", async () => {
  for (const status of [400, 401, 403, 404, 412]) {
    await using server = new RawServer((_, wire) => wire.answer(status));
    using store = new TestStore(server.url, { maxRetries: 5 });
    await assertRejects(() => ResumableBody.open(store, "bucket", "a"));
    assertEquals(server.requests.length, 1, `${status}`);
  }
});

Deno.test("ResumableBody.read() throws what a resumed request is refused with", async () => {
  await using server = new RawServer((request, wire) =>
    request.index === 0
      ? sendObject(request, wire, BODY, { drop: 500 })
      : sendError(wire, 400, "InvalidRequest")
  );
  using store = new TestStore(server.url);
  const body = await ResumableBody.open(store, "bucket", "a");
  await assertRejects(() => readAll(body), ServiceError, "400 InvalidRequest");
  assertEquals(server.requests.length, 2);
});
