import {
  assert,
  assertEquals,
  assertFalse,
  assertInstanceOf,
  assertLessOrEqual,
  assertMatch,
  assertRejects,
} from "@std/assert";
import { startDemoServer } from "../../src/demo/mod.ts";
import {
  AccessDeniedError,
  CredentialsError,
  NotFoundError,
  ObjectArchivedError,
  ObjectChangedError,
  ServiceError,
  ThrottledError,
  TimedOutError,
  TransferError,
} from "../../src/base/mod.ts";
import { checkCredentials, ResumableBody } from "../../src/store/mod.ts";
import { listingXml, sendError, sendObject } from "../support/answers.ts";
import { md5 } from "../support/hash.ts";
import { makeCertificates } from "../support/certificate.ts";
import { gzip, noise } from "../support/data.ts";
import { type RawHandler, RawServer } from "../support/raw_server.ts";
import {
  listAll,
  readAll,
  TEST_CREDENTIALS,
  TestStore,
} from "../support/store.ts";
import { VirtualClock } from "../support/virtual_clock.ts";

const BODY = noise(1000);

/** A server that answers everything in one way. */
function serve(handler: RawHandler): RawServer {
  return new RawServer(handler);
}

/** Pages of a listing, one after the other. */
function servePages(pages: readonly string[]): RawServer {
  return serve((request, wire) =>
    wire.answer(200, pages[Math.min(request.index, pages.length - 1)])
  );
}

Deno.test("SignedStore.head() says what is known of an object", async () => {
  await using server = serve((request, wire) =>
    sendObject(request, wire, BODY)
  );
  using store = new TestStore(server.url);
  assertEquals(await store.head("bucket", "a/b.csv"), {
    key: "a/b.csv",
    size: 1000,
    etag: md5(BODY),
    lastModified: new Date("2024-01-02T03:04:05Z"),
    isEncrypted: false,
  });
  const [request] = server.requests;
  assertEquals([request?.method, request?.path], ["HEAD", "/bucket/a/b.csv"]);
});

Deno.test("SignedStore.head() throws where the service does not say how large an object is", async () => {
  await using server = serve(async (_, wire) => {
    await wire.head(200, { ETag: '"x"' });
    wire.close();
  });
  using store = new TestStore(server.url);
  await assertRejects(
    () => store.head("bucket", "a"),
    ServiceError,
    "Cannot look up 'a': the service does not say how large it is",
  );
});

Deno.test("SignedStore signs its requests so that Signature V4 is verified, whatever the key holds", async () => {
  const keys = [
    "plain.csv",
    "with space/and+plus.csv",
    "per%cent/%2e%2e/100%25",
    "quotes'\"()!*~$&=;,@:.csv",
    "ünïcode/日本/😀.csv",
    "double//slash/",
    "a/..b/c..",
    "question?mark#hash",
  ];
  const body = new TextEncoder().encode("content");
  await using server = startDemoServer({
    credentials: TEST_CREDENTIALS,
    objects: keys.map((key) => [key, { body }] as const),
  });
  using store = new TestStore(server.url);
  for (const key of keys) {
    const info = await store.head("flatfiles", key);
    assertEquals([info.key, info.size], [key, body.length]);
    const read = await ResumableBody.open(store, "flatfiles", key);
    assertEquals(await readAll(read), body, key);
    const listed = await listAll(store, "flatfiles", key);
    assertEquals(listed.map(({ key }) => key), [key]);
  }
});

Deno.test("SignedStore.get() asks for a part of a certain version", async () => {
  await using server = startDemoServer({
    credentials: TEST_CREDENTIALS,
    objects: [["a.bin", { body: BODY }]],
  });
  using store = new TestStore(server.url);
  const part = await ResumableBody.open(store, "flatfiles", "a.bin", {
    start: 100,
    end: 250,
    etag: md5(BODY),
  });
  assertEquals(part.info.size, 1000);
  assertEquals(await readAll(part), BODY.slice(100, 250));
  const rest = await ResumableBody.open(store, "flatfiles", "a.bin", {
    start: 900,
  });
  assertEquals(await readAll(rest), BODY.slice(900));
  const behind = await ResumableBody.open(store, "flatfiles", "a.bin", {
    start: 900,
    end: 5000,
  });
  assertEquals(await readAll(behind), BODY.slice(900));
  await assertRejects(
    () => store.get("flatfiles", "a.bin", { start: 1, etag: "other" }),
    ObjectChangedError,
    "Cannot download 'a.bin': the object changed while it was read",
  );
});

Deno.test("SignedStore.get() does not take another version, also where the service ignores If-Match", async () => {
  await using server = serve((request, wire) => {
    request.headers.delete("if-match");
    return sendObject(request, wire, BODY, { etag: "new-2" });
  });
  using store = new TestStore(server.url, { maxPoolConnections: 1 });
  for (let time = 0; time < 2; time++) {
    await assertRejects(
      () => store.get("bucket", "a", { start: 10, etag: "old-2" }),
      ObjectChangedError,
    );
  }
});

Deno.test("SignedStore.get() knows a version again however its ETag is written, and asks for it as it was written first", async () => {
  const hash = md5(BODY);
  const spellings = [
    `"${hash}"`,
    `W/"${hash}"`,
    hash.toUpperCase(),
    `W/"${hash.toUpperCase()}"`,
  ];
  for (const first of spellings) {
    const asked: (string | null)[] = [];
    await using server = serve((request, wire) => {
      asked.push(request.headers.get("if-match"));
      const { index } = request;
      request.headers.delete("if-match");
      return sendObject(request, wire, BODY, {
        ...(index < 4 ? { drop: 100 } : {}),
        headers: { ETag: index === 0 ? first : spellings[index % 4] ?? first },
      });
    });
    using store = new TestStore(server.url);
    const body = await ResumableBody.open(store, "bucket", "a");
    assertEquals(await readAll(body), BODY, first);
    const sent = /^(W\/)?"/.test(first) ? first : `"${first}"`;
    assertEquals(asked, [null, sent, sent, sent, sent]);
  }
});

Deno.test("SignedStore.get() asks for objects as they are stored", async () => {
  const packed = await gzip(BODY);
  await using server = serve((request, wire) =>
    sendObject(request, wire, packed, {
      headers: { "Content-Encoding": "gzip" },
    })
  );
  using store = new TestStore(server.url);
  const body = await ResumableBody.open(store, "bucket", "a.csv.gz");
  assertEquals(await readAll(body), packed);
  assertEquals(
    server.requests.map(({ headers }) => headers.get("accept-encoding")),
    ["identity"],
  );
});

Deno.test("SignedStore.get() sends nothing that third-party services stumble over", async () => {
  await using server = serve((request, wire) =>
    sendObject(request, wire, BODY)
  );
  using store = new TestStore(server.url);
  await readAll(await ResumableBody.open(store, "bucket", "a"));
  const [request] = server.requests;
  assertEquals(request?.target, "/bucket/a");
  assertFalse(request?.headers.has("x-amz-checksum-mode"));
  assertMatch(
    request?.headers.get("authorization") ?? "",
    /Credential=TEST-KEY-ID\/\d{8}\/us-east-1\/s3\/aws4_request/,
  );
});

Deno.test("SignedStore.get() takes the whole object where the service does not know ranges", async () => {
  await using server = serve((request, wire) => {
    request.headers.delete("range");
    return sendObject(request, wire, BODY);
  });
  using store = new TestStore(server.url);
  const rest = await ResumableBody.open(store, "bucket", "a", { start: 700 });
  assertEquals(await readAll(rest), BODY.slice(700));
  const part = await ResumableBody.open(store, "bucket", "a", {
    start: 100,
    end: 300,
  });
  assertEquals(await readAll(part), BODY.slice(100, 300));
});

Deno.test("SignedStore.get() refuses a range that was not asked for", async () => {
  for (
    const range of [
      "bytes 5-999/1000",
      "bytes 200-999/1000",
      "bytes */1000",
      "items 100-999/1000",
      "bytes 100-999",
      "",
    ]
  ) {
    await using server = serve((_, wire) =>
      wire.answer(206, BODY.slice(100), { "Content-Range": range, ETag: "x" })
    );
    using store = new TestStore(server.url, { maxPoolConnections: 1 });
    for (let time = 0; time < 2; time++) {
      await assertRejects(
        () => store.get("bucket", "a", { start: 100 }),
        TransferError,
        "the service sent other bytes than asked for",
        range,
      );
    }
  }
});

Deno.test("SignedStore.get() gives its connection back when the answer's headers make no sense", async () => {
  await using server = serve((request, wire) =>
    sendObject(request, wire, BODY, {
      headers: request.index < 2 ? { "Last-Modified": "yesterday" } : {},
    })
  );
  using store = new TestStore(server.url, { maxPoolConnections: 1 });
  for (let time = 0; time < 2; time++) {
    const response = await store.get("bucket", "a").catch((error) => error);
    if (response instanceof Error) assertInstanceOf(response, ServiceError);
    else response.body.cancel();
  }
  const body = await ResumableBody.open(store, "bucket", "a");
  assertEquals(await readAll(body), BODY);
});

Deno.test("SignedStore.listPages() has all 5,000 objects of a prefix, page after page", async () => {
  const keys = Array.from(
    { length: 5000 },
    (_, index) => `many/${String(index).padStart(5, "0")}`,
  );
  await using server = startDemoServer({
    credentials: TEST_CREDENTIALS,
    objects: [...keys, "other/1"].map((key) =>
      [key, { body: BODY.subarray(0, 10) }] as const
    ),
  });
  using store = new TestStore(server.url);
  const listed = await listAll(store, "flatfiles", "many/");
  assertEquals(listed.map(({ key }) => key), keys);
  assertEquals(listed[4999]?.size, 10);
  assertEquals(listed[4999]?.etag, md5(BODY.subarray(0, 10)));
  assertInstanceOf(listed[4999]?.lastModified, Date);
});

Deno.test("SignedStore.listPages() asks for no more pages than it is read", async () => {
  await using server = serve((request, wire) =>
    wire.answer(
      200,
      listingXml(
        [`${request.index}a`, `${request.index}b`],
        `token-${request.index}`,
      ),
    )
  );
  using store = new TestStore(server.url);
  const keys: string[] = [];
  for await (const page of store.listPages("bucket", "")) {
    keys.push(...page.objects.map(({ key }) => key));
    if (keys.length > 2) break;
  }
  assertEquals(keys, ["0a", "0b", "1a", "1b"]);
  assertEquals(server.requests.length, 2);
});

Deno.test("SignedStore.listPages() reads keys as they are", async () => {
  const keys = [
    "a/ b ",
    "0123",
    "1e3",
    "true",
    "a&b<c>d",
    "&amp;",
    "ünï/😀",
    " ",
  ];
  await using server = servePages([listingXml(keys)]);
  using store = new TestStore(server.url);
  const listed = await listAll(store, "bucket", "");
  assertEquals(listed.map(({ key }) => key), keys);
});

Deno.test("SignedStore.listPages() reads an empty listing", async () => {
  await using server = servePages([listingXml([])]);
  using store = new TestStore(server.url);
  assertEquals(await listAll(store, "bucket", "a"), []);
});

Deno.test("SignedStore.listPages() refuses pages that would never end, or that leave out the rest", async () => {
  const cases: readonly (readonly [pages: string[], message: string])[] = [
    [
      [listingXml(["a"], "same"), listingXml(["b"], "same")],
      "the service repeats a continuation token",
    ],
    [
      [
        listingXml(["a"], "one"),
        listingXml(["b"], "two"),
        listingXml(["c"], "one"),
      ],
      "the service repeats a continuation token",
    ],
    [
      [listingXml(["a"], "x").replace(/<Next.*<\/Next\w+>/, "")],
      "the service says that there is more, and not how to ask for it",
    ],
    [
      [listingXml(["a"], "")],
      "the service says that there is more, and not how to ask for it",
    ],
  ];
  for (const [pages, message] of cases) {
    await using server = servePages(pages);
    using store = new TestStore(server.url);
    await assertRejects(
      () => listAll(store, "bucket", "pre"),
      ServiceError,
      `Cannot list 'pre': ${message}`,
    );
    assertEquals(server.requests.length, pages.length);
  }
});

Deno.test("SignedStore.listPages() goes on where a token comes with anything but the end, and refuses what says neither", async () => {
  const first = listingXml(["a"], "next");
  const tagged = (said: string) =>
    first.replace(/<IsTruncated>.*<\/IsTruncated>/, said);
  const spell = (said: string) => tagged(`<IsTruncated>${said}</IsTruncated>`);
  const goesOn = [
    ...["true", "True", "TRUE", " true\n", "1", "yes", ""].map(spell),
    tagged(""),
    tagged("<isTruncated>true</isTruncated>"),
    tagged("<IsTruncated>true</IsTruncated><IsTruncated>true</IsTruncated>"),
  ];
  for (const page of goesOn) {
    await using server = servePages([page, listingXml(["b"])]);
    using store = new TestStore(server.url);
    const listed = await listAll(store, "bucket", "");
    assertEquals(listed.map(({ key }) => key), ["a", "b"], page);
    assertEquals(
      server.requests.map(({ query }) => query.get("continuation-token")),
      [null, "next"],
    );
  }
  const withoutToken = (page: string) => page.replace(/<Next.*<\/Next\w+>/, "");
  for (const said of ["false", "False", " false ", "0"]) {
    for (const page of [spell(said), withoutToken(spell(said))]) {
      await using server = servePages([page]);
      using store = new TestStore(server.url);
      const listed = await listAll(store, "bucket", "");
      assertEquals(listed.map(({ key }) => key), ["a"], page);
    }
  }
  for (const said of ["True", "1", "yes"]) {
    await using server = servePages([withoutToken(spell(said))]);
    using store = new TestStore(server.url);
    await assertRejects(
      () => listAll(store, "bucket", ""),
      ServiceError,
      "the service says that there is more, and not how to ask for it",
      said,
    );
  }
});

Deno.test("SignedStore.listPages() does not take a part of a page for the whole", async () => {
  const page = listingXml(["a", "b", "c"]);
  for (const end of ["<Key>b", "<Contents><Key>c</Key>", "</ListBucket"]) {
    const cut = page.slice(0, page.indexOf(end) + end.length);
    await using server = serve(async (_, wire) => {
      await wire.head(200, { Connection: "close" });
      await wire.send(cut);
      wire.close();
    });
    using store = new TestStore(server.url);
    await assertRejects(
      () => listAll(store, "bucket", ""),
      TransferError,
      "Cannot list 'bucket'",
      cut,
    );
    assertEquals(server.requests.length, 2, "it can pass, and is tried again");
  }
});

Deno.test("SignedStore.listPages() says so when the answer is not a listing", async () => {
  for (
    const page of [
      "<!DOCTYPE html><html><body>Please log in</body></html>",
      "<html>hello</html>",
      "{}",
      "",
      `<!DOCTYPE x [<!ENTITY a "b">]>${listingXml(["a"])}`,
    ]
  ) {
    await using server = servePages([page]);
    using store = new TestStore(server.url);
    const error = await assertRejects(
      () => listAll(store, "bucket", "pre"),
      ServiceError,
      "Cannot list 'pre': the answer is not a listing",
      page,
    );
    assertEquals(error.status, 200);
    assertEquals(server.requests.length, 1);
  }
});

Deno.test("SignedStore.listPages() takes an error with status 200 for an error", async () => {
  const page = (code: string) =>
    `<?xml version="1.0"?><Error><Code>${code}</Code><Message>No</Message></Error>`;
  for (
    const [code, Class, requests] of [
      ["InternalError", ServiceError, 2],
      ["SlowDown", ThrottledError, 2],
      ["NoSuchBucket", NotFoundError, 1],
      ["InvalidAccessKeyId", CredentialsError, 1],
    ] as const
  ) {
    await using server = servePages([page(code)]);
    using store = new TestStore(server.url);
    const error = await assertRejects(
      () => listAll(store, "bucket", ""),
      Class,
    );
    assertEquals(error.serviceCode, code);
    assertEquals(server.requests.length, requests, code);
  }
});

Deno.test("SignedStore turns every answer that is no success into its error, and tells retries from the rest", async () => {
  const cases = [
    [400, "InvalidRequest", ServiceError, 1],
    [400, "RequestTimeout", ServiceError, 2],
    [400, "AuthorizationHeaderMalformed", CredentialsError, 1],
    [400, "ExpiredToken", CredentialsError, 1],
    [401, "Unauthorized", CredentialsError, 1],
    [403, "AccessDenied", AccessDeniedError, 1],
    [403, "InvalidObjectState", ObjectArchivedError, 1],
    [403, "InvalidAccessKeyId", CredentialsError, 1],
    [403, "SignatureDoesNotMatch", CredentialsError, 1],
    [403, "RequestTimeTooSkewed", CredentialsError, 1],
    [404, "NoSuchKey", NotFoundError, 1],
    [404, "NoSuchBucket", NotFoundError, 1],
    [408, "Timeout", ServiceError, 2],
    [412, "PreconditionFailed", ObjectChangedError, 1],
    [416, "InvalidRange", ServiceError, 1],
    [429, "TooManyRequests", ThrottledError, 2],
    [500, "InternalError", ServiceError, 2],
    [501, "NotImplemented", ServiceError, 1],
    [502, "BadGateway", ServiceError, 2],
    [503, "SlowDown", ThrottledError, 2],
    [503, "ServiceUnavailable", ThrottledError, 2],
    [504, "GatewayTimeout", ServiceError, 2],
  ] as const;
  await Promise.all(cases.map(async ([status, code, Class, requests]) => {
    await using server = serve((_, wire) => sendError(wire, status, code));
    for (
      const [verb, ask] of [
        [
          "download",
          (store: TestStore) => ResumableBody.open(store, "bucket", "some/key"),
        ],
        ["list", (store: TestStore) => listAll(store, "bucket", "some/key")],
      ] as const
    ) {
      using store = new TestStore(server.url);
      const call = () => ask(store);
      server.requests.length = 0;
      const error = await assertRejects(call, Class, undefined, code);
      assert(error.message.startsWith(`Cannot ${verb} 'some/key': `));
      assertFalse(error.message.endsWith("."));
      assertEquals(
        [error.key, error.status, error.serviceCode],
        ["some/key", status, code],
      );
      assertEquals(server.requests.length, requests, `${status} ${code}`);
    }
  }));
});

Deno.test("SignedStore says that an object is archived, and in which storage class", async () => {
  await using server = serve((request, wire) =>
    request.method === "HEAD" ? wire.head(403, { "Content-Length": 0 }) : wire
      .answer(
        403,
        "<Error><Code>InvalidObjectState</Code><Message>The operation is not valid for the object's storage class</Message><StorageClass>GLACIER</StorageClass></Error>",
      )
  );
  using store = new TestStore(server.url);
  for (
    const [verb, call] of [
      ["download", () => store.get("bucket", "a")],
      ["look up", () => store.head("bucket", "a")],
    ] as const
  ) {
    const error = await assertRejects(
      call,
      ObjectArchivedError,
      `Cannot ${verb} 'a': the object is archived (GLACIER): it cannot be read before it is restored`,
    );
    assertEquals([error.code, error.serviceCode], [
      "object-archived",
      "InvalidObjectState",
    ]);
  }
});

Deno.test("SignedStore tells errors by the service's code, whatever the key id is", async () => {
  const cases = [
    [403, "InvalidAccessKeyId", CredentialsError],
    [403, "SignatureDoesNotMatch", CredentialsError],
    [403, "RequestTimeTooSkewed", CredentialsError],
    [403, "InvalidObjectState", ObjectArchivedError],
    [404, "NoSuchKey", NotFoundError],
    [400, "SlowDown", ThrottledError],
  ] as const;
  for (const accessKeyId of ["Key", "a", "Id", "S", "e"]) {
    for (const [status, code, Class] of cases) {
      await using server = serve((_, wire) => sendError(wire, status, code));
      using store = new TestStore(server.url, {
        credentials: checkCredentials({ ...TEST_CREDENTIALS, accessKeyId }),
      });
      const error = await assertRejects(() => store.get("bucket", "a"), Class);
      assertEquals(error.serviceCode, code);
    }
  }
});

Deno.test("SignedStore shows no code that holds a secret", async () => {
  const { accessKeyId } = TEST_CREDENTIALS;
  await using server = serve((_, wire) =>
    sendError(wire, 400, `Bad${accessKeyId}`)
  );
  using store = new TestStore(server.url);
  const error = await assertRejects(
    () => store.get("bucket", "a"),
    ServiceError,
    "the service answered 400 Bad…",
  );
  assertEquals(error.serviceCode, "Bad…");
});

Deno.test("SignedStore.head() tells errors by the status alone", async () => {
  const cases = [
    [401, CredentialsError],
    [403, AccessDeniedError],
    [404, NotFoundError],
    [503, ThrottledError],
    [400, ServiceError],
  ] as const;
  for (const [status, Class] of cases) {
    await using server = serve((_, wire) => wire.head(status));
    using store = new TestStore(server.url, { maxRetries: 0, timeout: 0.2 });
    const error = await assertRejects(() => store.head("bucket", "a"), Class);
    assertEquals([error.key, error.status], ["a", status]);
  }
});

Deno.test("SignedStore does not follow redirects, and says where they lead", async () => {
  await using server = serve((_, wire) =>
    wire.answer(307, "", { Location: "https://elsewhere.example/x?token=y" })
  );
  using store = new TestStore(server.url);
  for (
    const call of [
      () => store.head("bucket", "a"),
      () => store.get("bucket", "a"),
      () => listAll(store, "bucket", "a"),
    ]
  ) {
    server.requests.length = 0;
    await assertRejects(
      call,
      ServiceError,
      "a redirect to 'https://elsewhere.example/x' (307)",
    );
    assertEquals(server.requests.length, 1);
  }
});

Deno.test("SignedStore says how wrong this machine's clock is", async () => {
  const date = new Date(Date.now() + 30 * 60_000).toUTCString();
  await using server = serve((_, wire) =>
    sendError(wire, 403, "RequestTimeTooSkewed", { Date: date })
  );
  using store = new TestStore(server.url);
  await assertRejects(
    () => store.get("bucket", "a"),
    CredentialsError,
    "this machine's clock is wrong: it is 30 minutes behind the service's",
  );
});

Deno.test("SignedStore believes no size that is beyond all numbers", async () => {
  await using server = serve((_, wire) =>
    wire.head(200, { "Content-Length": "99999999999999999999", ETag: '"a"' })
  );
  using store = new TestStore(server.url, { maxRetries: 0 });
  await assertRejects(() => store.head("bucket", "a"));
});

Deno.test("SignedStore signs for the region that it is told", async () => {
  await using server = serve((request, wire) =>
    sendObject(request, wire, BODY)
  );
  for (const region of [undefined, "eu-west-1"]) {
    using store = new TestStore(server.url, region ? { region } : {});
    await store.head("bucket", "a");
    assertMatch(
      server.requests.at(-1)?.headers.get("authorization") ?? "",
      new RegExp(`/\\d{8}/${region ?? "us-east-1"}/s3/aws4_request,`),
    );
  }
});

Deno.test("SignedStore asks for one byte where a HEAD request is refused without a reason, until it is known", async () => {
  let code = "SlowDown"; // says nothing of who asks
  await using server = serve((request, wire) =>
    request.method === "HEAD"
      ? wire.head(403, { "Content-Length": 0 })
      : sendError(wire, 403, code)
  );
  using store = new TestStore(server.url);
  const asked = () =>
    server.requests.splice(0).map(({ method, headers }) =>
      `${method} ${headers.get("range")}`
    );
  await assertRejects(() => store.head("bucket", "a"), AccessDeniedError);
  assertEquals(asked(), ["HEAD null", "GET bytes=0-0"]);
  code = "SignatureDoesNotMatch";
  await assertRejects(() => store.head("bucket", "a"), CredentialsError);
  assertEquals(asked(), ["HEAD null", "GET bytes=0-0"]);
  code = "AccessDenied";
  await assertRejects(() => store.head("bucket", "a"), AccessDeniedError);
  assertEquals(asked(), ["HEAD null", "GET bytes=0-0"]);
  // The service has told that it knows who asks.
  await assertRejects(() => store.head("bucket", "a"), AccessDeniedError);
  assertEquals(asked(), ["HEAD null"]);
});

Deno.test("SignedStore reads a service's words with their entities", async () => {
  await using server = serve((_, wire) =>
    wire.answer(
      400,
      "<Error><Code>Bad</Code><Message>it&#39;s &#34;x&#34; &lt;y&gt; &amp;lt; &#27;[2J</Message></Error>",
    )
  );
  using store = new TestStore(server.url);
  await assertRejects(
    () => store.get("bucket", "a"),
    ServiceError,
    `400 Bad it's "x" <y> &lt; \ufffd[2J`,
  );
});

Deno.test("SignedStore tries again when the connection breaks before the headers", async () => {
  await using server = serve((request, wire) =>
    request.index === 0 ? wire.close() : sendObject(request, wire, BODY)
  );
  using store = new TestStore(server.url);
  const told: unknown[] = [];
  const body = await ResumableBody.open(store, "bucket", "a", {
    onRetry: (error) => told.push(error),
  });
  assertEquals(await readAll(body), BODY);
  assertEquals(server.requests.length, 2);
  assertInstanceOf(told[0], TransferError);
});

Deno.test("SignedStore gives up on connections that are refused, and on answers that are not HTTP", async () => {
  let url: string;
  {
    await using server = serve(() => {});
    url = server.url;
  }
  using refused = new TestStore(url);
  const error = await assertRejects(
    () => refused.head("bucket", "a"),
    TransferError,
    "Cannot look up 'a': the connection failed: ",
  );
  assertFalse(error.message.includes("http:"), error.message);

  await using server = serve(async (_, wire) => {
    await wire.send("SSH-2.0-OpenSSH_9.6\r\n\r\n");
    wire.close();
  });
  using store = new TestStore(server.url);
  await assertRejects(() => store.head("bucket", "a"), TransferError);
  assertEquals(server.requests.length, 2);
});

Deno.test("SignedStore waits after a connection that fails, and not after a certificate that is refused", async () => {
  let port: number;
  {
    await using server = serve(() => {});
    port = server.port;
  }
  const { certificate, key } = await makeCertificates("localhost");
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, cert: certificate, key, onListen() {} },
    () => new Response(),
  );
  for (
    const [url, Class, waits] of [
      [`http://127.0.0.1:${port}`, TransferError, 2],
      [`https://localhost:${server.addr.port}`, ServiceError, 0],
    ] as const
  ) {
    const clock = new VirtualClock();
    using store = new TestStore(url, { clock });
    for (let time = 0; time < 2; time++) {
      await assertRejects(() => store.head("bucket", "a"), Class);
    }
    // Its own wait, and then the pause that is left for the next call.
    assertEquals(clock.waits.length, waits, url);
  }
});

Deno.test("SignedStore waits for as long as Retry-After says", async () => {
  await using server = serve((request, wire) =>
    request.index === 0
      ? sendError(wire, 503, "SlowDown", { "Retry-After": 40 })
      : sendObject(request, wire, BODY)
  );
  const clock = new VirtualClock();
  using store = new TestStore(server.url, { clock });
  await store.head("bucket", "a");
  assertLessOrEqual(40_000, clock.now());
  // The others wait with it, and are not let go all at once.
  assertLessOrEqual(clock.now(), 80_000);
});

Deno.test("SignedStore takes silence before the headers for a failure", async () => {
  await using server = serve((_, wire) => wire.stall());
  using store = new TestStore(server.url, { timeout: 0.2 });
  for (
    const [verb, call] of [
      ["look up", () => store.head("bucket", "a")],
      ["download", () => ResumableBody.open(store, "bucket", "a")],
      ["list", () => listAll(store, "bucket", "a")],
    ] as const
  ) {
    server.requests.length = 0;
    await assertRejects(
      call,
      TimedOutError,
      `Cannot ${verb} 'a': no byte arrived for 0.2 seconds`,
    );
    assertEquals(server.requests.length, 2);
  }
});

Deno.test("SignedStore takes silence at connect for a failure", async () => {
  // The connection is accepted, and the TLS handshake never answered.
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  assert(listener.addr.transport === "tcp");
  using store = new TestStore(`https://127.0.0.1:${listener.addr.port}`, {
    timeout: 0.2,
    maxRetries: 0,
  });
  const error = assertRejects(() => store.head("bucket", "a"), TimedOutError);
  const conn = await listener.accept();
  await error;
  conn.close();
});

Deno.test("SignedStore takes silence in the body of a listing for a failure", async () => {
  const page = listingXml(["a"]);
  await using server = serve(async (request, wire) => {
    if (request.index > 0) return await wire.answer(200, page);
    await wire.head(200, { "Content-Length": page.length });
    await wire.send(page.slice(0, 100));
    await wire.stall();
  });
  using store = new TestStore(server.url, { timeout: 0.2 });
  const listed = await listAll(store, "bucket", "");
  assertEquals(listed.map(({ key }) => key), ["a"]);
  assertEquals(server.requests.length, 2);
});

Deno.test("SignedStore ends everything with the signal's reason, in every phase", async () => {
  const controllers: AbortController[] = [];
  const arrived = () => controllers.at(-1)?.abort(reason);
  const reason = new Error("enough");
  const handlers: readonly RawHandler[] = [
    async (_, wire) => {
      arrived();
      await wire.stall();
    },
    async (_, wire) => {
      await wire.head(200, { "Content-Length": 1000, ETag: '"x"' });
      arrived();
      await wire.stall();
    },
    async (_, wire) => {
      await sendError(wire, 503, "SlowDown", { "Retry-After": 60 });
      arrived();
    },
  ];
  for (const handler of handlers) {
    await using server = serve(handler);
    using store = new TestStore(server.url, { maxPoolConnections: 1 });
    for (
      const call of [
        (signal: AbortSignal) => store.head("bucket", "a", { signal }),
        async (signal: AbortSignal) =>
          await readAll(
            await ResumableBody.open(store, "bucket", "a", { signal }),
          ),
        (signal: AbortSignal) => listAll(store, "bucket", "", { signal }),
      ]
    ) {
      const controller = new AbortController();
      controllers.push(controller);
      const outcome = await call(controller.signal).catch((error) => error);
      // A HEAD's answer may be there before the signal.
      if (outcome instanceof Error) assertEquals(outcome, reason);
    }
  }
});

Deno.test("SignedStore gives its connection back when it is aborted with the answer at hand", async () => {
  await using server = serve((request, wire) =>
    sendObject(request, wire, BODY)
  );
  using store = new TestStore(server.url, { maxPoolConnections: 1 });
  const controller = new AbortController();
  const { body } = await store.get("bucket", "a", {
    signal: controller.signal,
  });
  controller.abort();
  assertEquals((await store.head("bucket", "a")).size, 1000);
  body.cancel();
});

Deno.test("SignedStore has no more than maxPoolConnections requests, and connections, at once", async () => {
  let underWay = 0;
  let most = 0;
  const gate = Promise.withResolvers<void>();
  await using server = serve(async (request, wire) => {
    most = Math.max(most, ++underWay);
    if (underWay === 3) gate.resolve();
    await gate.promise;
    await wire.head(200, { "Content-Length": BODY.length, ETag: '"x"' });
    await wire.send(BODY.subarray(0, 500));
    await new Promise((resolve) => setTimeout(resolve));
    underWay--;
    await wire.send(BODY.subarray(500));
    assert(request.method === "GET");
  });
  using store = new TestStore(server.url, { maxPoolConnections: 3 });
  const bodies = await Promise.all(
    Array.from(
      { length: 30 },
      async (_, index) =>
        await readAll(await ResumableBody.open(store, "bucket", `${index}`)),
    ),
  );
  assertEquals(bodies, Array(30).fill(BODY));
  assertEquals(most, 3);
  assertLessOrEqual(server.mostOpen, 3);
});
