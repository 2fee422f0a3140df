import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { startDemoServer } from "../../src/demo/mod.ts";
import { bytesOf, elementOf, signedFetch } from "../support/s3_client.ts";

const BODY = new TextEncoder().encode("0123456789");
const ETAG = "781e5e245d69b566979b86e28d23f2c7";
const OBJECT = {
  body: BODY,
  lastModified: new Date("2024-05-01T10:00:00Z"),
  contentType: "text/plain",
};
const PATH = "/flatfiles/ten.txt";
const NOW = new Date("2024-06-03T12:00:00Z");

function start() {
  return startDemoServer({
    objects: [["ten.txt", OBJECT], ["empty", { body: new Uint8Array() }]],
  });
}

Deno.test("GetObject sends an object with its headers", async () => {
  await using server = start();
  const response = await signedFetch(server, PATH, {
    headers: { "accept-encoding": "gzip" },
  });
  assertEquals(await response.text(), "0123456789");
  assertEquals(response.status, 200);
  const { headers } = response;
  assertEquals(headers.get("etag"), `"${ETAG}"`);
  assertEquals(headers.get("last-modified"), "Wed, 01 May 2024 10:00:00 GMT");
  assertEquals(headers.get("accept-ranges"), "bytes");
  assertEquals(headers.get("content-length"), "10");
  assertEquals(headers.get("content-type"), "text/plain");
  assertEquals(headers.get("content-encoding"), null);
  assertEquals(headers.get("x-flatbed-demo"), "made-up data");
  assertMatch(headers.get("x-amz-request-id") ?? "", /^[0-9A-F]{16}$/);
});

Deno.test("HeadObject sends the same headers without the body", async () => {
  await using server = start();
  const get = await signedFetch(server, PATH);
  await get.body?.cancel();
  const head = await signedFetch(server, PATH, { method: "HEAD" });
  assertEquals(await head.text(), "");
  const pick = ({ headers }: Response) =>
    [...headers].filter(([name]) => !/^(date|x-amz|vary)/.test(name));
  assertEquals(pick(head), pick(get));
});

const RANGES: [range: string, content: string, contentRange: string | null][] =
  [
    ["bytes=0-0", "0", "bytes 0-0/10"],
    ["bytes=2-5", "2345", "bytes 2-5/10"],
    ["bytes=7-", "789", "bytes 7-9/10"],
    ["bytes=8-99", "89", "bytes 8-9/10"],
    ["bytes=-3", "789", "bytes 7-9/10"],
    ["bytes=-99", "0123456789", "bytes 0-9/10"],
    // Not understood, and thus not there.
    ["bytes=5-2", "0123456789", null],
    ["bytes=-", "0123456789", null],
    ["bytes=0-1,3-4", "0123456789", null],
    ["lines=1-2", "0123456789", null],
  ];

for (const [range, content, contentRange] of RANGES) {
  Deno.test(`GetObject answers range ${range}`, async () => {
    await using server = start();
    const response = await signedFetch(server, PATH, { headers: { range } });
    assertEquals(await response.text(), content);
    assertEquals(response.headers.get("content-range"), contentRange);
    assertEquals(response.status, contentRange === null ? 200 : 206);
    assertEquals(
      response.headers.get("content-length"),
      String(content.length),
    );
  });
}

Deno.test("GetObject answers 416 where a range lies outside", async () => {
  await using server = start();
  const cases = [
    ["ten.txt", "bytes=10-", 10],
    ["ten.txt", "bytes=-0", 10],
    ["empty", "bytes=0-", 0],
  ] as const;
  for (const [key, range, size] of cases) {
    const response = await signedFetch(server, `/flatfiles/${key}`, {
      headers: { range },
    });
    const xml = await response.text();
    assertEquals(response.status, 416);
    assertEquals(elementOf(xml, "Code"), "InvalidRange");
    assertEquals(elementOf(xml, "ActualObjectSize"), String(size));
    assertEquals(response.headers.get("content-range"), `bytes */${size}`);
  }
});

Deno.test("HeadObject answers a range with its length", async () => {
  await using server = start();
  const response = await signedFetch(server, PATH, {
    method: "HEAD",
    headers: { range: "bytes=2-5" },
  });
  assertEquals(response.status, 206);
  assertEquals(response.headers.get("content-length"), "4");
});

const CONDITIONS: [headers: Record<string, string>, status: number][] = [
  [{ "if-match": `"${ETAG}"` }, 200],
  [{ "if-match": ETAG }, 200],
  [{ "if-match": `W/"${ETAG}"` }, 200],
  [{ "if-match": `"other", "${ETAG}"` }, 200],
  [{ "if-match": "*" }, 200],
  [{ "if-match": '"other"' }, 412],
  [{ "if-none-match": `"${ETAG}"` }, 304],
  [{ "if-none-match": `W/"${ETAG}"` }, 304],
  [{ "if-none-match": ETAG }, 304],
  [{ "if-none-match": "*" }, 304],
  [{ "if-none-match": '"other"' }, 200],
  [{ "if-modified-since": "Wed, 01 May 2024 10:00:00 GMT" }, 304],
  [{ "if-modified-since": "Wed, 01 May 2024 09:59:59 GMT" }, 200],
  [{ "if-unmodified-since": "Wed, 01 May 2024 10:00:00 GMT" }, 200],
  [{ "if-unmodified-since": "Wed, 01 May 2024 09:59:59 GMT" }, 412],
  [{
    "if-match": ETAG,
    "if-unmodified-since": "Wed, 01 May 2024 09:59:59 GMT",
  }, 200],
  [{
    "if-none-match": "other",
    "if-modified-since": "Wed, 01 May 2024 10:00:00 GMT",
  }, 200],
];

for (const [headers, status] of CONDITIONS) {
  Deno.test(`GetObject answers ${status} to ${JSON.stringify(headers)}`, async () => {
    await using server = start();
    for (const method of ["GET", "HEAD"]) {
      const response = await signedFetch(server, PATH, { method, headers });
      const text = await response.text();
      assertEquals(response.status, status);
      if (method === "HEAD" || status === 304) assertEquals(text, "");
      if (status === 304) {
        assertEquals(response.headers.get("etag"), `"${ETAG}"`);
      }
      if (status === 412 && method === "GET") {
        assertEquals(elementOf(text, "Code"), "PreconditionFailed");
      }
    }
  });
}

Deno.test("GetObject takes a range back where If-Range names another version", async () => {
  await using server = start();
  const cases = [[`"${ETAG}"`, 206], ['"other"', 200], [
    "Wed, 01 May 2024 10:00:00 GMT",
    206,
  ], ["Wed, 01 May 2024 09:00:00 GMT", 200]] as const;
  for (const [ifRange, status] of cases) {
    const response = await signedFetch(server, PATH, {
      headers: { range: "bytes=0-1", "if-range": ifRange },
    });
    await response.body?.cancel();
    assertEquals(response.status, status);
  }
});

Deno.test("GetObject sends an object that is stored encoded as it is stored", async () => {
  const body = new Uint8Array([0x1f, 0x8b, 8, 0]);
  await using server = startDemoServer({
    objects: [["encoded", { body, contentEncoding: "gzip" }]],
  });
  const head = await signedFetch(server, "/flatfiles/encoded", {
    method: "HEAD",
  });
  assertEquals(head.headers.get("content-encoding"), "gzip");
  assertEquals(head.headers.get("content-length"), "4");
});

Deno.test("GetObject streams an object that is read on demand", async () => {
  const reads: [number, number][] = [];
  await using server = startDemoServer({
    objects: [["large", {
      etag: "own-etag",
      body: {
        size: 5_000_000_000,
        async *read(start, end) {
          reads.push([start, end]);
          await Promise.resolve();
          yield new Uint8Array(end - start).fill(7);
        },
      },
    }], ["web", {
      body: {
        size: 3,
        read: () => ReadableStream.from([new Uint8Array([1, 2, 3])]),
      },
    }]],
  });
  const part = await bytesOf(
    await signedFetch(server, "/flatfiles/large", {
      headers: { range: "bytes=4999999990-" },
    }),
  );
  assertEquals(part, new Uint8Array(10).fill(7));
  assertEquals(reads, [[4_999_999_990, 5_000_000_000]]);
  const head = await signedFetch(server, "/flatfiles/large", {
    method: "HEAD",
  });
  assertEquals(head.headers.get("content-length"), "5000000000");
  assertEquals(head.headers.get("etag"), '"own-etag"');
  const web = await bytesOf(await signedFetch(server, "/flatfiles/web"));
  assertEquals(web, new Uint8Array([1, 2, 3]));
});

Deno.test("errors name what was asked for, and HEAD has them without a body", async () => {
  const key = "no <such> & 'key'";
  await using server = start();
  const path = `/flatfiles/${encodeURIComponent(key).replaceAll("'", "%27")}`;
  const get = await signedFetch(server, path);
  const xml = await get.text();
  assertEquals(get.status, 404);
  assertEquals(get.headers.get("content-type"), "application/xml");
  assertEquals(elementOf(xml, "Code"), "NoSuchKey");
  assertEquals(elementOf(xml, "Key"), key);
  assertEquals(
    elementOf(xml, "RequestId"),
    get.headers.get("x-amz-request-id"),
  );
  assertStringIncludes(xml, "no &lt;such&gt; &amp; &apos;key&apos;");
  const head = await signedFetch(server, path, { method: "HEAD" });
  assertEquals([head.status, await head.text()], [404, ""]);
});

Deno.test("only GET and HEAD are allowed", async () => {
  await using server = start();
  for (const method of ["PUT", "POST", "DELETE", "PATCH", "OPTIONS"]) {
    const response = await signedFetch(server, PATH, { method });
    const xml = await response.text();
    assertEquals(response.status, 405);
    assertEquals(elementOf(xml, "Code"), "MethodNotAllowed");
    assertEquals(response.headers.get("allow"), "GET, HEAD");
  }
});

Deno.test("parameters that would change the answer are refused", async () => {
  await using server = start();
  for (const query of ["versionId=1", "partNumber=1", "acl"]) {
    const response = await signedFetch(server, `${PATH}?${query}`);
    assertEquals(response.status, 501);
    assertEquals(elementOf(await response.text(), "Code"), "NotImplemented");
  }
});

Deno.test("a flat file is there from 11:00 in New York on the day after", async () => {
  let now = new Date("2024-06-04T14:59:59Z");
  await using server = startDemoServer({ now: () => now });
  const head = (date: string) =>
    signedFetch(
      server,
      `/flatfiles/us_stocks_sip/day_aggs_v1/2024/06/${date}.csv.gz`,
      { method: "HEAD", date: now },
    );
  assertEquals((await head("2024-06-03")).status, 404);
  now = new Date("2024-06-04T15:00:00Z");
  const response = await head("2024-06-03");
  assertEquals(response.status, 200);
  const modified = Date.parse(response.headers.get("last-modified") ?? "");
  assert(modified < now.getTime() && modified >= now.getTime() - 3_600_000);
  assertEquals((await head("2024-06-04")).status, 404);
  assertEquals((await head("2024-06-01")).status, 404, "a Saturday");
});

Deno.test("a flat file of options is there under both names of its root", async () => {
  await using server = startDemoServer({ now: () => NOW });
  const etags = [];
  for (const root of ["us_options", "us_options_opra"]) {
    const response = await signedFetch(
      server,
      `/flatfiles/${root}/day_aggs_v1/2024/01/2024-01-02.csv.gz`,
      { date: NOW, method: "HEAD" },
    );
    assertEquals(response.status, 200);
    etags.push(response.headers.get("etag"));
  }
  assertEquals(etags[0], etags[1]);
});
