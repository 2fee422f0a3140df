import {
  assert,
  assertEquals,
  assertFalse,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { AsyncS3Downloader, SyncS3Downloader } from "../../src/download/mod.ts";
import type { Credentials } from "../../src/store/mod.ts";
import { RawServer } from "../support/raw_server.ts";
import { TEST_CREDENTIALS } from "../support/store.ts";

type ErrorClass = typeof TypeError | typeof RangeError;

/** A value as an untyped caller could pass it. */
function untyped<T>(value: unknown): T {
  return value as T;
}

const LOOPBACK = { endpointUrl: "http://127.0.0.1:9" };

const BAD_CREDENTIALS: readonly [unknown, ErrorClass][] = [
  [undefined, TypeError],
  [null, TypeError],
  ["key:secret", TypeError],
  [{}, TypeError],
  [{ accessKeyId: "a" }, TypeError],
  [{ secretAccessKey: "b" }, TypeError],
  [{ accessKeyId: 5, secretAccessKey: "b" }, TypeError],
  [{ accessKeyId: "a", secretAccessKey: null }, TypeError],
  [{ accessKeyId: "", secretAccessKey: "s3cret-b" }, RangeError],
  [{ accessKeyId: "a", secretAccessKey: "" }, RangeError],
  [{ accessKeyId: "a", secretAccessKey: " \r\n" }, RangeError],
  [{ accessKeyId: "a", secretAccessKey: "s3cret-b\nc" }, RangeError],
  [{ accessKeyId: "a", secretAccessKey: "s3cret b" }, RangeError],
  [{ accessKeyId: "a", secretAccessKey: "s3cret-ü" }, RangeError],
  [
    { accessKeyId: "a", secretAccessKey: "s3cret-b", sessionToken: 5 },
    TypeError,
  ],
  [
    { accessKeyId: "a", secretAccessKey: "s3cret-b", sessionToken: "" },
    RangeError,
  ],
];

const BAD_COUNTS: readonly [unknown, ErrorClass][] = [
  ["5", TypeError],
  [null, TypeError],
  [{}, TypeError],
  [5n, TypeError],
  [-1, RangeError],
  [1.5, RangeError],
  [NaN, RangeError],
  [Infinity, RangeError],
  [-Infinity, RangeError],
  [2 ** 53, RangeError],
];

const BAD_OPTIONS: readonly [unknown, ErrorClass][] = [
  [null, TypeError],
  ["https://files.polygon.io", TypeError],
  [5, TypeError],
  ...["maxRetries", "maxPoolConnections"].flatMap((name) =>
    BAD_COUNTS.map(([value, Class]): [unknown, ErrorClass] => [
      { [name]: value },
      Class,
    ])
  ),
  [{ maxPoolConnections: 0 }, RangeError],
  ...([
    ["60", TypeError],
    [null, TypeError],
    [0, RangeError],
    [-1, RangeError],
    [NaN, RangeError],
    [Infinity, RangeError],
    [2_147_484, RangeError],
  ] as const).map(([timeout, Class]): [unknown, ErrorClass] => [
    { timeout },
    Class,
  ]),
  [{ region: 1 }, TypeError],
  [{ region: "" }, RangeError],
  [{ region: "eu west 1" }, RangeError],
  [{ allowHttp: "yes" }, TypeError],
  [{ allowHttp: null }, TypeError],
  ...([
    [null, TypeError],
    [5, TypeError],
    [new URL("https://files.polygon.io"), TypeError],
    ["", RangeError],
    ["files.polygon.io", RangeError],
    ["//files.polygon.io", RangeError],
    ["https://", RangeError],
    ["https://[broken", RangeError],
    ["ftp://files.polygon.io", RangeError],
    ["file:///etc", RangeError],
    ["javascript:alert(1)", RangeError],
    ["https://user@files.polygon.io", RangeError],
    ["https://user:pa55word@files.polygon.io", RangeError],
    ["https://user:pa55word@", RangeError],
    ["user:pa55word@files.polygon.io", RangeError],
    ["https://files.polygon.io/?a=b", RangeError],
    ["https://files.polygon.io/#a", RangeError],
    ["http://files.polygon.io", RangeError],
    ["http://10.0.0.1", RangeError],
    ["http://localhost.example", RangeError],
    ["http://sub.localhost", RangeError],
    ["http://127.0.0.1.example", RangeError],
    ["http://0.0.0.0", RangeError],
    ["http://[::2]", RangeError],
  ] as const).map(([endpointUrl, Class]): [unknown, ErrorClass] => [
    { endpointUrl },
    Class,
  ]),
];

const CLASSES = [AsyncS3Downloader, SyncS3Downloader] as const;

/** Asserts that a message is one sentence, without a secret. */
function assertMessage(error: Error): void {
  assert(error.message.startsWith("Cannot "), error.message);
  assertFalse(/[\n\0]/.test(error.message), error.message);
  assertFalse(error.message.endsWith("."), error.message);
  assertFalse(/s3cret|pa55word/.test(Deno.inspect(error)), error.message);
}

for (const Downloader of CLASSES) {
  Deno.test(`${Downloader.name}'s constructor refuses impossible credentials, and does not tell them`, () => {
    for (const [credentials, Class] of BAD_CREDENTIALS) {
      assertMessage(
        assertThrows(
          () => new Downloader(untyped<Credentials>(credentials)),
          Class,
          undefined,
          Deno.inspect(credentials),
        ),
      );
    }
  });

  Deno.test(`${Downloader.name}'s constructor refuses impossible options`, () => {
    for (const [options, Class] of BAD_OPTIONS) {
      const error = assertThrows(
        () => new Downloader(TEST_CREDENTIALS, untyped(options)),
        Class,
        undefined,
        Deno.inspect(options),
      );
      assertEquals(error.constructor, Class, Deno.inspect(options));
      assertMessage(error);
    }
  });

  Deno.test(`${Downloader.name}'s constructor takes options at the ends of their ranges`, async () => {
    for (
      const options of [
        {},
        { maxRetries: 0 },
        { timeout: 0.001 },
        { timeout: 2_147_483 },
        { maxPoolConnections: 1 },
        { endpointUrl: "http://localhost:9000" },
        { endpointUrl: "http://127.1.2.3" },
        { endpointUrl: "http://[::1]:9000/path/" },
        { endpointUrl: "https://minio.example" },
        { endpointUrl: "http://minio.example", allowHttp: true },
        { endpointUrl: undefined, maxRetries: undefined },
      ]
    ) {
      const downloader = new Downloader(TEST_CREDENTIALS, options);
      assertStrictEquals(downloader.constructor, Downloader);
      if (Symbol.asyncDispose in downloader) {
        await downloader[Symbol.asyncDispose]();
      } else {
        downloader.close();
      }
    }
  });
}

Deno.test("AsyncS3Downloader's constructor refuses impossible values of maxConcurrent", () => {
  for (const [maxConcurrent, Class] of [...BAD_COUNTS, [0, RangeError]]) {
    assertMessage(
      assertThrows(
        () =>
          new AsyncS3Downloader(TEST_CREDENTIALS, untyped({ maxConcurrent })),
        untyped<ErrorClass>(Class),
        "maxConcurrent",
      ),
    );
  }
});

const BAD_BUCKETS: readonly [unknown, ErrorClass][] = [
  [undefined, TypeError],
  [null, TypeError],
  [5, TypeError],
  [["flatfiles"], TypeError],
  ["", RangeError],
  [".", RangeError],
  ["..", RangeError],
  ["../etc", RangeError],
  ["a/b", RangeError],
  ["a\\b", RangeError],
  ["a b", RangeError],
  ["a?b", RangeError],
  ["a#b", RangeError],
  ["a%2fb", RangeError],
  ["a\0", RangeError],
  ["a\n", RangeError],
  ["x".repeat(256), RangeError],
];

const HOSTILE: readonly unknown[] = [
  "/absolute",
  "//host/path",
  "a/../b",
  "../a",
  "..",
  ".",
  "./a",
  "a/.",
  "a/..",
  "a\\b",
  "..\\a",
  "a\0b",
  "a\nb",
  "a\rb",
  "a\x7f",
  "\ud800",
  "a".repeat(1025),
  "ü".repeat(513),
];

const BAD_KEYS: readonly [unknown, ErrorClass][] = [
  [undefined, TypeError],
  [null, TypeError],
  [5, TypeError],
  [{}, TypeError],
  [["a"], TypeError],
  ["", RangeError],
  ...HOSTILE.map((key): [unknown, ErrorClass] => [key, RangeError]),
];

const BAD_PREFIXES: readonly [unknown, ErrorClass][] = [
  [undefined, TypeError],
  [null, TypeError],
  [5, TypeError],
  ...HOSTILE.map((key): [unknown, ErrorClass] => [key, RangeError]),
];

const BAD_DOWNLOAD_OPTIONS: readonly [unknown, ErrorClass][] = [
  [null, TypeError],
  [true, TypeError],
  ["decompress", TypeError],
  [{ decompress: "no" }, TypeError],
  [{ decompress: 0 }, TypeError],
  [{ decompress: null }, TypeError],
];

const BAD_ASYNC_OPTIONS: readonly [unknown, ErrorClass][] = [
  ...BAD_DOWNLOAD_OPTIONS,
  [{ signal: {} }, TypeError],
  [{ signal: null }, TypeError],
  [{ signal: new AbortController() }, TypeError],
  [{ signal: { aborted: false } }, TypeError],
  [{ onProgress: null }, TypeError],
  [{ onProgress: "log" }, TypeError],
];

const BAD_PATHS: readonly [unknown, ErrorClass][] = [
  [undefined, TypeError],
  [null, TypeError],
  [5, TypeError],
  [["a"], TypeError],
  ["", RangeError],
  ["a\0b", RangeError],
  [new URL("https://example.com/a"), RangeError],
  [new URL("data:text/plain,a"), RangeError],
];

const BAD_MAX_KEYS = BAD_COUNTS;

/** All calls that are wrong in one argument, with what they throw. */
function* badCalls<T>(
  call: (...args: unknown[]) => T,
  good: readonly unknown[],
  ...bad: (readonly [unknown, ErrorClass][])[]
): Generator<[() => T, ErrorClass, string]> {
  for (const [place, values] of bad.entries()) {
    for (const [value, Class] of values) {
      const args = good.with(place, value);
      const note = `argument ${place}: ${Deno.inspect(value).slice(0, 200)}`;
      yield [() => call(...args), Class, note];
    }
  }
}

/** A file URL whose path cannot be one. */
const ODD_URLS = [
  new URL("file:///a%00b"),
  new URL("file:///a%2Fb"),
  new URL("file:///a%ff"),
  new URL("file://host/a"),
];

Deno.test("AsyncS3Downloader's methods refuse wrong arguments before any request is made", async () => {
  await using server = new RawServer((_, wire) => wire.answer(404));
  await using downloader = new AsyncS3Downloader(TEST_CREDENTIALS, {
    endpointUrl: server.url,
  });
  const d = untyped<Record<string, (...args: unknown[]) => Promise<unknown>>>(
    downloader,
  );
  const method = (name: string) => (...args: unknown[]) =>
    d[name]?.(...args) ?? Promise.reject(new Error(`There is no ${name}`));
  const keyed = [BAD_BUCKETS, BAD_KEYS] as const;
  const keys: readonly [unknown, ErrorClass][] = [
    [undefined, TypeError],
    [null, TypeError],
    ["a", TypeError],
    [new Set(["a"]), TypeError],
    [{ length: 1, 0: "a" }, TypeError],
  ];
  const onFailure: readonly [unknown, ErrorClass][] = [
    ...BAD_ASYNC_OPTIONS,
    [{ onFailure: null }, TypeError],
    [{ onFailure: "log" }, TypeError],
  ];
  const calls = [
    ...badCalls(
      method("downloadOne"),
      ["b", "a", {}],
      ...keyed,
      BAD_ASYNC_OPTIONS,
    ),
    ...badCalls(
      method("downloadBatch"),
      ["b", ["a"], {}],
      BAD_BUCKETS,
      keys,
      onFailure,
    ),
    ...badCalls(
      method("downloadToFile"),
      ["b", "a", "/nonexistent/a", {}],
      ...keyed,
      BAD_PATHS,
      BAD_ASYNC_OPTIONS,
    ),
    ...badCalls(
      method("openStream"),
      ["b", "a", {}],
      ...keyed,
      BAD_ASYNC_OPTIONS,
    ),
    ...badCalls(
      method("listObjects"),
      ["b", "a", 10],
      BAD_BUCKETS,
      BAD_PREFIXES,
      BAD_MAX_KEYS,
    ),
    ...badCalls(method("checkExists"), ["b", "a"], ...keyed),
  ];
  for (const [call, Class, note] of calls) {
    const error = await assertRejects(call, Class, undefined, note);
    assertEquals(error.constructor, Class, note);
    assertMessage(error);
  }
  for (const url of ODD_URLS) {
    await assertRejects(
      () => downloader.downloadToFile("b", "a", url),
      RangeError,
      "localPath",
      url.href,
    );
  }
  for (
    const [call, Class, note] of badCalls(
      (...args) =>
        downloader.iterateObjects(...untyped<[string, string]>(args)),
      ["b", "a", {}],
      BAD_BUCKETS,
      BAD_PREFIXES,
      [[null, TypeError], [{ signal: {} }, TypeError]],
    )
  ) {
    assertMessage(assertThrows(call, Class, undefined, note));
  }
  assertEquals(server.requests.length, 0);
  assertEquals(server.connections, 0);
  assertEquals(downloader.getStatistics().totalDownloads, 0);
});

Deno.test("SyncS3Downloader's methods refuse wrong arguments before any request is made", async () => {
  await using server = new RawServer((_, wire) => wire.answer(404));
  using downloader = new SyncS3Downloader(TEST_CREDENTIALS, {
    endpointUrl: server.url,
  });
  const d = untyped<Record<string, (...args: unknown[]) => unknown>>(
    downloader,
  );
  const method = (name: string) => (...args: unknown[]) => d[name]?.(...args);
  const calls = [
    ...badCalls(
      method("download"),
      ["b", "a", {}],
      BAD_BUCKETS,
      BAD_KEYS,
      BAD_DOWNLOAD_OPTIONS,
    ),
    ...badCalls(
      method("downloadToFile"),
      ["b", "a", "/nonexistent/a", {}],
      BAD_BUCKETS,
      BAD_KEYS,
      BAD_PATHS,
      BAD_DOWNLOAD_OPTIONS,
    ),
    ...badCalls(
      method("listObjects"),
      ["b", "a", 10],
      BAD_BUCKETS,
      BAD_PREFIXES,
      BAD_MAX_KEYS,
    ),
    ...badCalls(method("checkExists"), ["b", "a"], BAD_BUCKETS, BAD_KEYS),
  ];
  for (const [call, Class, note] of calls) {
    const error = assertThrows(call, Class, undefined, note);
    assertEquals(error.constructor, Class, note);
    assertMessage(error);
  }
  for (const url of ODD_URLS) {
    assertThrows(
      () => downloader.downloadToFile("b", "a", url),
      RangeError,
      "localPath",
      url.href,
    );
  }
  assertEquals(server.connections, 0);
});

Deno.test("AsyncS3Downloader and SyncS3Downloader make no request before they are asked to", async () => {
  await using server = new RawServer((_, wire) => wire.answer(404));
  await using downloader = new AsyncS3Downloader(TEST_CREDENTIALS, {
    ...LOOPBACK,
    endpointUrl: server.url,
  });
  using sync = new SyncS3Downloader(TEST_CREDENTIALS, {
    endpointUrl: server.url,
  });
  assertEquals(downloader.getStatistics().totalDownloads, 0);
  assertEquals(sync.getStatistics().totalDownloads, 0);
  assertEquals(server.connections, 0);
});

Deno.test("both downloaders refuse an endpoint whose path ends in the bucket's name, before any request", async () => {
  await using server = new RawServer((_, wire) => wire.answer(404));
  const options = { endpointUrl: `${server.url}/data/flatfiles/` };
  await using downloader = new AsyncS3Downloader(TEST_CREDENTIALS, options);
  using sync = new SyncS3Downloader(TEST_CREDENTIALS, options);
  const wanted =
    `Cannot use '${server.url}/data/flatfiles' as endpointUrl: its path ends with the bucket's name, which is appended anyway; use ${server.url}/data`;
  for (
    const call of [
      () => downloader.downloadOne("flatfiles", "a"),
      () => downloader.getObjectInfo("flatfiles", "a"),
      () => downloader.listObjects("flatfiles", "a"),
    ]
  ) {
    await assertRejects(call, RangeError, wanted);
  }
  assertThrows(() => sync.download("flatfiles", "a"), RangeError, wanted);
  assertEquals(server.requests.length, 0);
  // To another bucket, the same address may be right.
  assertFalse(await downloader.checkExists("other", "a"));
});

Deno.test("AsyncS3Downloader.downloadBatch() gives null for what is no key, and says why", async () => {
  await using server = new RawServer((_, wire) => wire.answer(200, "body"));
  await using downloader = new AsyncS3Downloader(TEST_CREDENTIALS, {
    endpointUrl: server.url,
  });
  const bad = BAD_KEYS.map(([key]) => key);
  const failures: unknown[] = [];
  const results = await downloader.downloadBatch(
    "b",
    untyped(["good", ...bad, "last"]),
    {
      onFailure(key, error) {
        failures.push(key);
        assertMessage(error);
      },
    },
  );
  assertEquals(
    results.map((bytes) => bytes && new TextDecoder().decode(bytes)),
    ["body", ...bad.map(() => null), "body"],
  );
  assertEquals(failures.length, bad.length);
  assertEquals(server.requests.length, 2);
  const { successfulDownloads, failedDownloads } = downloader.getStatistics();
  assertEquals([successfulDownloads, failedDownloads], [2, bad.length]);
});

Deno.test("listObjects() gives no keys for a maxKeys of 0, and asks nobody", async () => {
  await using server = new RawServer((_, wire) => wire.answer(404));
  const options = { endpointUrl: server.url };
  await using downloader = new AsyncS3Downloader(TEST_CREDENTIALS, options);
  using blocking = new SyncS3Downloader(TEST_CREDENTIALS, options);
  assertEquals(await downloader.listObjects("b", "a", 0), []);
  assertEquals(blocking.listObjects("b", "a", 0), []);
  assertEquals(server.requests.length, 0);
});

Deno.test("options with a name that there is not are refused before any request, with the right one", async () => {
  await using server = new RawServer((_, wire) => wire.answer(404));
  const at = { endpointUrl: server.url };
  await using downloader = new AsyncS3Downloader(TEST_CREDENTIALS, at);
  using blocking = new SyncS3Downloader(TEST_CREDENTIALS, at);
  const path = "/nonexistent/a";
  const calls: [
    name: string,
    meant: string,
    call: (options: never) => unknown,
  ][] = [
    ...([
      ["endpoint_url", "endpointUrl"],
      ["endpoint", "endpointUrl"],
      ["max_retries", "maxRetries"],
      ["max_pool_connections", "maxPoolConnections"],
      ["maxBytesPerSecond", "limitRate"],
      ["timeOut", "timeout"],
    ] as const).flatMap(([name, meant]): typeof calls => [
      [name, meant, (o) => new AsyncS3Downloader(TEST_CREDENTIALS, o)],
      [name, meant, (o) => new SyncS3Downloader(TEST_CREDENTIALS, o)],
    ]),
    [
      "max_concurrent",
      "maxConcurrent",
      (o) => new AsyncS3Downloader(TEST_CREDENTIALS, o),
    ],
    [
      "concurrency",
      "maxConcurrent",
      (o) => new AsyncS3Downloader(TEST_CREDENTIALS, o),
    ],
    ["max_bytes", "maxBytes", (o) => downloader.downloadOne("b", "a", o)],
    [
      "on_failure",
      "onFailure",
      (o) => downloader.downloadBatch("b", ["a"], o),
    ],
    [
      "onError",
      "",
      (o) => downloader.downloadBatch("b", ["a"], o),
    ],
    [
      "trust_etag",
      "trustEtag",
      (o) => downloader.downloadToFile("b", "a", path, o),
    ],
    ["decompres", "decompress", (o) => downloader.openStream("b", "a", o)],
    ["abortSignal", "signal", (o) => downloader.iterateObjects("b", "a", o)],
    ["abortSignal", "signal", (o) => downloader.iterateFolder("b", "a", o)],
    ["abortSignal", "signal", (o) => downloader.listObjects("b", "a", 1, o)],
    ["abortSignal", "signal", (o) => downloader.checkExists("b", "a", o)],
    ["abortSignal", "signal", (o) => downloader.getObjectInfo("b", "a", o)],
    // A limit that would not hold, and a signal that could not be heard.
    ["maxBytes", "", (o) => downloader.downloadToFile("b", "a", path, o)],
    ["signal", "", (o) => blocking.download("b", "a", o)],
    ["max_bytes", "maxBytes", (o) => blocking.download("b", "a", o)],
    [
      "deCompress",
      "decompress",
      (o) => blocking.downloadToFile("b", "a", path, o),
    ],
  ];
  for (const [name, meant, call] of calls) {
    const options = untyped<never>({ [name]: undefined });
    const error = await assertRejects(
      async () => await call(options),
      TypeError,
      `Cannot use '${name}' in options: there is no such option; `,
      name,
    );
    assertMessage(error);
    const suggested = / did you mean (.*)\?$/.exec(error.message)?.[1] ?? "";
    assertEquals(suggested, meant, error.message);
  }
  const { accessKeyId } = TEST_CREDENTIALS;
  for (const Downloader of CLASSES) {
    for (
      const [credentials, name] of [
        [{ access_key_id: "a", secret_access_key: "s3cret" }, "accessKeyId"],
        [{ accessKeyId, secretKey: "s3cret" }, "secretAccessKey"],
        [{ ...TEST_CREDENTIALS, aws_session_token: "s3cret" }, "sessionToken"],
      ] as const
    ) {
      const error = assertThrows(
        () => new Downloader(untyped(credentials), at),
        TypeError,
        `in credentials: there is no such option; did you mean ${name}?`,
      );
      assertMessage(error);
    }
  }
  // What the AWS SDK's providers give is taken.
  await using _ = new AsyncS3Downloader(
    untyped({ ...TEST_CREDENTIALS, expiration: new Date(), accountId: "1" }),
    at,
  );
  assertEquals(server.requests.length, 0);
});

Deno.test("options among the credentials are refused, with where they belong", () => {
  const names = ["endpointUrl", "endpoint_url", "region", "max_retries"];
  for (const Downloader of [AsyncS3Downloader, SyncS3Downloader]) {
    for (const name of names) {
      const option = name.replace(/_(.)/, (_, letter) => letter.toUpperCase());
      assertThrows(
        () => new Downloader({ ...TEST_CREDENTIALS, [name]: "x" }),
        TypeError,
        `Cannot use '${name}' in credentials: ${option} is an option and belongs in the second argument`,
      );
    }
  }
});
