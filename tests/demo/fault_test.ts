import { md5 } from "../support/hash.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  type DemoServer,
  type Fault,
  parseFault,
  type RequestRecord,
  startDemoServer,
} from "../../src/demo/mod.ts";
import { bytesOf, elementOf, sign, signedFetch } from "../support/s3_client.ts";

const BODY = crypto.getRandomValues(new Uint8Array(5000));
const PATH = "/flatfiles/object";
const DAY = "/flatfiles/us_stocks_sip/day_aggs_v1/2024/01/2024-01-02.csv.gz";

function start(...faults: Fault[]): DemoServer {
  return startDemoServer({ faults, objects: [["object", { body: BODY }]] });
}

async function statusOf(
  server: DemoServer,
  path = PATH,
  options = {},
): Promise<number> {
  const response = await signedFetch(server, path, options);
  await response.body?.cancel();
  return response.status;
}

/** What arrives of a body before it breaks. */
async function readUntilError(
  response: Response,
): Promise<{ length: number; error: unknown }> {
  let length = 0;
  try {
    for await (const chunk of response.body ?? []) length += chunk.length;
    return { length, error: undefined };
  } catch (error) {
    return { length, error };
  }
}

Deno.test("drop breaks the connection after so many bytes", async () => {
  for (const after of [undefined, 1, 1234, 4999]) {
    await using server = start({ kind: "drop", after, times: 1 });
    const response = await signedFetch(server, PATH);
    assertEquals(response.status, 200);
    assertEquals(response.headers.get("content-length"), "5000");
    const { length, error } = await readUntilError(response);
    assertEquals(length, after ?? 0);
    assertInstanceOf(error, Error);
    assertEquals(await bytesOf(await signedFetch(server, PATH)), BODY);
  }
});

Deno.test("drop breaks a generated file and a listing as well", async () => {
  await using server = start({ kind: "drop", after: 100 });
  for (const path of [DAY, "/flatfiles?delimiter=%2F&list-type=2"]) {
    const { length, error } = await readUntilError(
      await signedFetch(server, path),
    );
    assertEquals(length, 100);
    assertInstanceOf(error, Error);
  }
});

Deno.test("drop resumes with a range, counted from where the range begins", async () => {
  await using server = start({ kind: "drop", after: 1000, times: 2 });
  const first = await readUntilError(await signedFetch(server, PATH));
  const second = await readUntilError(
    await signedFetch(server, PATH, {
      headers: { range: `bytes=${first.length}-` },
    }),
  );
  assertEquals([first.length, second.length], [1000, 1000]);
  const rest = await bytesOf(
    await signedFetch(server, PATH, { headers: { range: "bytes=2000-" } }),
  );
  assertEquals(rest, BODY.slice(2000));
});

Deno.test("stall sends so many bytes and then nothing until the service ends", async () => {
  const server = start({ kind: "stall", after: 1000 });
  const response = await signedFetch(server, PATH);
  const reader = response.body?.getReader();
  let length = 0;
  while (length < 1000) length += (await reader?.read())?.value?.length ?? 0;
  assertEquals(length, 1000);
  const next = assertRejects(async () => await reader?.read());
  await server.shutdown();
  await next;
});

Deno.test("stall ends where the client gives up", async () => {
  const records: RequestRecord[] = [];
  await using server = startDemoServer({
    faults: [{ kind: "stall", after: 1000 }, {
      kind: "stall",
      after: "headers",
      key: "never",
    }],
    objects: [["object", { body: BODY }]],
    onRequest: (record) => records.push(record),
  });
  const giveUp = new AbortController();
  const response = await signedFetch(server, PATH, { signal: giveUp.signal });
  const reader = response.body?.getReader();
  await reader?.read();
  giveUp.abort();
  await assertRejects(async () => await reader?.read());
  await server.shutdown();
  assertEquals(records.map(({ completed }) => completed), [false]);
  assertEquals(records[0]?.fault, "stall");
});

Deno.test("stall can hold back the whole answer", async () => {
  const server = start({ kind: "stall", after: "headers" });
  const answer = signedFetch(server, PATH);
  const broken = assertRejects(() => answer);
  const quick = await fetch(server.url); // unsigned: no fault concerns it
  await quick.body?.cancel();
  assertEquals(quick.status, 403);
  await server.shutdown();
  await broken;
});

const STATUSES: [status: number, code: string][] = [
  [503, "SlowDown"],
  [500, "InternalError"],
  [429, "TooManyRequests"],
  [408, "RequestTimeout"],
  [502, "BadGateway"],
  [504, "GatewayTimeout"],
];

for (const [status, code] of STATUSES) {
  Deno.test(`status answers ${status} ${code} so many times`, async () => {
    await using server = start({ kind: "status", status, times: 2 });
    for (let i = 0; i < 2; i++) {
      const response = await signedFetch(server, PATH);
      assertEquals(response.status, status);
      assertEquals(response.headers.get("retry-after"), null);
      assertEquals(elementOf(await response.text(), "Code"), code);
    }
    assertEquals(await statusOf(server), 200);
  });
}

Deno.test("status takes a code and Retry-After", async () => {
  await using server = start({
    kind: "status",
    status: 503,
    code: "ServiceUnavailable",
    retryAfter: 2,
  });
  const response = await signedFetch(server, PATH);
  assertEquals(response.headers.get("retry-after"), "2");
  assertEquals(
    elementOf(await response.text(), "Code"),
    "ServiceUnavailable",
  );
});

Deno.test("wrong-length announces more than it sends", async () => {
  await using server = start({ kind: "wrong-length", by: 7, times: 1 });
  const response = await signedFetch(server, PATH);
  assertEquals(response.headers.get("content-length"), "5007");
  const { length, error } = await readUntilError(response);
  assertEquals(length, 5000);
  assertInstanceOf(error, Error);
});

Deno.test("truncate sends a whole answer with less in it", async () => {
  await using server = start({ kind: "truncate", after: 100 });
  const response = await signedFetch(server, PATH);
  assertEquals(response.headers.get("content-length"), "100");
  assertEquals(await bytesOf(response), BODY.slice(0, 100));
  const part = await signedFetch(server, PATH, {
    headers: { range: "bytes=10-1009" },
  });
  assertEquals(part.headers.get("content-range"), "bytes 10-1009/5000");
  assertEquals(await bytesOf(part), BODY.slice(10, 110));
});

Deno.test("flip-bit changes one bit of the object, wherever a range begins", async () => {
  await using server = start({ kind: "flip-bit", at: 1500 });
  const bytes = await bytesOf(await signedFetch(server, PATH));
  const differing = [...bytes.keys()].filter((i) => bytes[i] !== BODY[i]);
  assertEquals(differing, [1500]);
  assertEquals((bytes[1500] ?? 0) ^ (BODY[1500] ?? 0), 1);
  const part = await bytesOf(
    await signedFetch(server, PATH, { headers: { range: "bytes=1000-1999" } }),
  );
  assertEquals(part, bytes.slice(1000, 2000));
  const other = await bytesOf(
    await signedFetch(server, PATH, { headers: { range: "bytes=2000-" } }),
  );
  assertEquals(other, BODY.slice(2000));
});

Deno.test("flip-bit takes the middle where it is not told", async () => {
  await using server = start({ kind: "flip-bit" });
  const bytes = await bytesOf(await signedFetch(server, PATH));
  assertNotEquals(bytes[2500], BODY[2500]);
});

Deno.test("changed-etag puts another version in an object's place, once", async () => {
  for (const path of [PATH, DAY]) {
    await using server = start({ kind: "changed-etag", skip: 1 });
    const first = await signedFetch(server, path);
    const etag = first.headers.get("etag") ?? "";
    const before = await bytesOf(first);
    const refused = await signedFetch(server, path, {
      headers: { "if-match": etag, range: "bytes=10-" },
    });
    assertEquals(refused.status, 412);
    await refused.body?.cancel();
    const second = await signedFetch(server, path);
    const after = await bytesOf(second);
    assertNotEquals(second.headers.get("etag"), etag);
    assertNotEquals(after, before);
    const third = await signedFetch(server, path, { method: "HEAD" });
    assertEquals(third.headers.get("etag"), second.headers.get("etag"));
    assert(
      Date.parse(third.headers.get("last-modified") ?? "") >=
        Date.parse(first.headers.get("last-modified") ?? ""),
    );
    const list = await (await signedFetch(
      server,
      `/flatfiles?list-type=2&prefix=${encodeURIComponent(path.slice(11))}`,
    )).text();
    assertEquals(elementOf(list, "ETag"), second.headers.get("etag"));
  }
});

Deno.test("changed-etag changes an object that is read on demand", async () => {
  await using server = startDemoServer({
    faults: [{ kind: "changed-etag", times: 2 }],
    objects: [["web", {
      body: {
        size: 3,
        read: (start, end) =>
          ReadableStream.from([new Uint8Array([1, 2, 3]).slice(start, end)]),
      },
    }]],
  });
  const first = await signedFetch(server, "/flatfiles/web");
  const second = await signedFetch(server, "/flatfiles/web");
  assertNotEquals(first.headers.get("etag"), second.headers.get("etag"));
  const [one, two] = [await bytesOf(first), await bytesOf(second)];
  assertEquals([...two.slice(0, 3)], [1, 2, 3]);
  assertEquals(two.slice(0, one.length), one);
  const part = await signedFetch(server, "/flatfiles/web", {
    headers: { range: "bytes=2-4" },
  });
  assertEquals(await bytesOf(part), two.slice(2, 5));
});

Deno.test("drop and then changed-etag is an object that changes while it is read", async () => {
  await using server = start(
    { kind: "changed-etag", skip: 1 },
    { kind: "drop", after: 10, times: 1 },
  );
  const first = await signedFetch(server, PATH);
  const etag = first.headers.get("etag") ?? "";
  assertEquals((await readUntilError(first)).length, 10);
  assertEquals(
    await statusOf(server, PATH, { headers: { "if-match": etag } }),
    412,
  );
});

Deno.test("forbidden refuses GET and HEAD, and lists all the same", async () => {
  await using server = start({
    kind: "forbidden",
    key: "us_options/",
    before: "2024-01-03",
  });
  const path = (root: string, date: string) =>
    `/flatfiles/${root}/day_aggs_v1/2024/01/${date}.csv.gz`;
  for (const root of ["us_options", "us_options_opra"]) {
    const refused = await signedFetch(server, path(root, "2024-01-02"));
    assertEquals(refused.status, 403);
    assertEquals(elementOf(await refused.text(), "Code"), "AccessDenied");
    assertEquals(
      await statusOf(server, path(root, "2024-01-02"), { method: "HEAD" }),
      403,
    );
    assertEquals(await statusOf(server, path(root, "2024-01-03")), 200);
  }
  assertEquals(await statusOf(server, DAY), 200);
  assertEquals(
    await statusOf(
      server,
      "/flatfiles?list-type=2&max-keys=1&prefix=us_options%2F",
    ),
    200,
  );
});

Deno.test("forbidden without a date concerns every object of a prefix", async () => {
  await using server = start({ kind: "forbidden", key: "obj" });
  assertEquals(await statusOf(server), 403);
  assertEquals(await statusOf(server, "/flatfiles/README.txt"), 200);
  assertEquals(await statusOf(server, "/flatfiles", { method: "HEAD" }), 200);
});

Deno.test("faults concern requests by key, method and operation", async () => {
  const list = "/flatfiles?list-type=2&max-keys=1&prefix=us_stocks_sip%2F";
  const probe = async (fault: Partial<Fault>) => {
    await using server = start(
      { kind: "status", status: 500, ...fault } as Fault,
    );
    return [
      await statusOf(server),
      await statusOf(server, PATH, { method: "HEAD" }),
      await statusOf(server, list),
    ];
  };
  assertEquals(await probe({}), [500, 500, 500]);
  assertEquals(await probe({ method: "GET" }), [500, 200, 500]);
  assertEquals(await probe({ method: "HEAD" }), [200, 500, 200]);
  assertEquals(await probe({ operation: "get" }), [500, 200, 200]);
  assertEquals(await probe({ operation: "head" }), [200, 500, 200]);
  assertEquals(await probe({ operation: "list" }), [200, 200, 500]);
  assertEquals(await probe({ key: "obj" }), [500, 500, 200]);
  assertEquals(await probe({ key: "us_stocks" }), [200, 200, 500]);
  assertEquals(await probe({ skip: 1, times: 1 }), [200, 500, 200]);
});

Deno.test("the fault plan changes while the service runs", async () => {
  await using server = start();
  assertEquals(await statusOf(server), 200);
  server.faults.add({ kind: "status", status: 500 });
  server.faults.add({ kind: "status", status: 503 });
  assertEquals(server.faults.size, 2);
  assertEquals(await statusOf(server), 500, "the first one counts");
  server.faults.clear();
  assertEquals(await statusOf(server), 200);
});

Deno.test("a spent fault leaves the next one its turn", async () => {
  await using server = start(
    { kind: "status", status: 500, times: 1 },
    { kind: "status", status: 503, times: 1 },
  );
  assertEquals(
    [await statusOf(server), await statusOf(server), await statusOf(server)],
    [500, 503, 200],
  );
});

Deno.test("an unsigned request does not use up a fault", async () => {
  await using server = start({ kind: "status", status: 500, times: 1 });
  const response = await fetch(server.url + PATH);
  await response.body?.cancel();
  assertEquals(await statusOf(server), 500);
});

const TEXTS: [text: string, fault: Fault][] = [
  ["drop", { kind: "drop" }],
  ["drop,after=1000,key=us_stocks_sip/,times=2", {
    kind: "drop",
    after: 1000,
    key: "us_stocks_sip/",
    times: 2,
  }],
  ["status=503,retry-after=1,times=3", {
    kind: "status",
    status: 503,
    retryAfter: 1,
    times: 3,
  }],
  ["status,status=500,code=Own", { kind: "status", status: 500, code: "Own" }],
  ["forbidden,before=2022-01-01", { kind: "forbidden", before: "2022-01-01" }],
  ["stall, after=headers, operation=list", {
    kind: "stall",
    after: "headers",
    operation: "list",
  }],
  ["flip-bit,at=12,method=GET", { kind: "flip-bit", at: 12, method: "GET" }],
  ["wrong-length,by=3,skip=1", { kind: "wrong-length", by: 3, skip: 1 }],
  ["changed-etag,key=2024", { kind: "changed-etag", key: "2024" }],
];

Deno.test("parseFault() reads what a command line gives", () => {
  for (const [text, fault] of TEXTS) assertEquals(parseFault(text), fault);
});

Deno.test("parseFault() refuses nonsense", () => {
  for (
    const text of [
      "",
      "explode",
      "toString",
      "drop=5",
      "drop,after",
      "drop,after=",
      "drop,=5",
      "drop,after=-1",
      "drop,after=1.5",
      "drop,after=headers",
      "drop,after=99999999999999999999",
      "drop,after=1,after=2",
      "drop,kind=stall",
      "drop,size=5",
      "status",
      "status=200",
      "status=abc",
      "status=503,retry-after=soon",
      "forbidden,before=2024-02-30",
      "forbidden,times=0",
      "stall,operation=put",
      "stall,method=PATCH",
    ]
  ) {
    const error = assertThrows(() => parseFault(text), RangeError);
    assertStringIncludes(error.message, "Cannot", text);
  }
  assertThrows(() => parseFault(5 as unknown as string), TypeError);
});

Deno.test("startDemoServer() refuses faults that make no sense", () => {
  const faults = [{ kind: "drop", after: -1 }] as Fault[];
  assertThrows(() => startDemoServer({ faults }), RangeError);
  assertThrows(
    () => startDemoServer({ faults: [null as unknown as Fault] }),
    TypeError,
  );
});

Deno.test("drop breaks the connection itself", async () => {
  await using server = start({ kind: "drop", after: 1000 });
  const headers = await sign(server.url + PATH);
  using connection = await Deno.connect({
    hostname: "127.0.0.1",
    port: server.port,
  });
  const lines = Object.entries(headers).map(([name, value]) =>
    `${name}: ${value}\r\n`
  );
  await connection.write(new TextEncoder().encode(
    `GET ${PATH} HTTP/1.1\r\nhost: 127.0.0.1:${server.port}\r\n${
      lines.join("")
    }\r\n`,
  ));
  const received: number[] = [];
  const buffer = new Uint8Array(65_536);
  for (;;) {
    // The service closes it, although the client asked it to stay open.
    const count = await connection.read(buffer);
    if (count === null) break;
    received.push(...buffer.subarray(0, count));
  }
  const text = new TextDecoder("latin1").decode(new Uint8Array(received));
  assertEquals(received.length - (text.indexOf("\r\n\r\n") + 4), 1000);
});

Deno.test("damaged-source is in the bucket itself: every answer agrees, and the ETag is the MD5", async () => {
  await using plain = start();
  const whole = await bytesOf(await signedFetch(plain, DAY));
  const cases = {
    cut: whole.subarray(0, whole.length >> 1),
    empty: new Uint8Array(),
    newline: new Uint8Array([...whole, 10]),
    checksum: whole.with(-8, (whole.at(-8) ?? 0) ^ 1),
  } as const;
  for (const [how, expected] of Object.entries(cases)) {
    await using server = start(parseFault(`damaged-source,how=${how}`));
    const response = await signedFetch(server, DAY);
    const etag = response.headers.get("etag");
    assertEquals(await bytesOf(response), expected);
    assertEquals(etag, `"${md5(expected)}"`);
    const listing = await (await signedFetch(
      server,
      `/flatfiles?list-type=2&prefix=${
        encodeURIComponent("us_stocks_sip/day_aggs_v1/2024/01/2024-01-02")
      }`,
    )).text();
    assertEquals(elementOf(listing, "Size"), String(expected.length));
    assertEquals(elementOf(listing, "ETag").replaceAll("&quot;", '"'), etag);
  }
});

Deno.test("encrypted makes an ETag that looks like an MD5 and is none, and says so in GET and HEAD", async () => {
  for (
    const [how, name] of [
      ["aws:kms", "x-amz-server-side-encryption"],
      ["customer", "x-amz-server-side-encryption-customer-algorithm"],
    ] as const
  ) {
    await using server = start({ kind: "encrypted", how });
    for (const method of ["GET", "HEAD"]) {
      const response = await signedFetch(server, PATH, { method });
      const etag = response.headers.get("etag") ?? "";
      assertMatch(etag, /^"[0-9a-f]{32}"$/);
      assertNotEquals(
        etag,
        `"${md5(BODY)}"`,
      );
      assert(response.headers.has(name));
      await response.body?.cancel();
    }
    assertEquals(await bytesOf(await signedFetch(server, PATH)), BODY);
  }
});

Deno.test("faults of objects take no field of requests", () => {
  for (const text of ["encrypted,times=1", "damaged-source,skip=1"]) {
    assertThrows(() => parseFault(text), RangeError, "it does not take");
  }
  assertThrows(
    () => parseFault("damaged-source,how=badly"),
    RangeError,
    "Cannot use how of fault 'damaged-source': expected cut, empty, newline, checksum",
  );
});
