import {
  assert,
  assertEquals,
  assertGreater,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  GetObjectCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from "@aws-sdk/client-s3";
import { FetchHttpHandler } from "@smithy/fetch-http-handler";
import {
  DEMO_CREDENTIALS,
  demoFileText,
  type DemoServerOptions,
  type RequestRecord,
  startDemoServer,
} from "../../src/demo/mod.ts";
import { bytesOf, gunzip, signedFetch } from "../support/s3_client.ts";

const KEY = "us_stocks_sip/day_aggs_v1/2024/01/2024-01-02.csv.gz";

Deno.test("startDemoServer() says where it is", async () => {
  await using server = startDemoServer();
  assertEquals(server.url, `http://127.0.0.1:${server.port}`);
  assertGreater(server.port, 0);
  assertEquals(server.bucket, "flatfiles");
  assertEquals(server.credentials, DEMO_CREDENTIALS);
});

Deno.test("startDemoServer() serves a bucket of another name", async () => {
  await using server = startDemoServer({
    bucket: "other",
    hostname: "localhost",
  });
  assertEquals(
    (await signedFetch(server, "/other", { method: "HEAD" })).status,
    200,
  );
  assertEquals(
    (await signedFetch(server, "/flatfiles", { method: "HEAD" })).status,
    404,
  );
});

Deno.test("startDemoServer() stays on this machine unless it is told otherwise", async () => {
  for (
    const hostname of [
      "0.0.0.0",
      "::",
      "192.168.0.1",
      "example.com",
      "127.evil.com",
    ]
  ) {
    const error = assertThrows(() => startDemoServer({ hostname }), RangeError);
    assertStringIncludes(error.message, "allowRemote");
  }
  await using server = startDemoServer({
    hostname: "0.0.0.0",
    allowRemote: true,
  });
  assertGreater(server.port, 0);
});

Deno.test("startDemoServer() refuses impossible options", () => {
  const cases: [DemoServerOptions, typeof TypeError | typeof RangeError][] = [
    [{ port: -1 }, RangeError],
    [{ port: 70_000 }, RangeError],
    [{ port: NaN }, RangeError],
    [{ scale: 0 }, RangeError],
    [{ scale: NaN }, RangeError],
    [{ scale: Infinity }, RangeError],
    [{ bucket: "../x" }, RangeError],
    [{ hostname: "" }, RangeError],
    [{ credentials: { accessKeyId: "", secretAccessKey: "x" } }, RangeError],
    [{ objects: [["", { body: new Uint8Array() }]] }, RangeError],
  ];
  for (const [options, type] of cases) {
    assertThrows(() => startDemoServer(options), type);
  }
});

Deno.test("startDemoServer() records each request", async () => {
  const records: RequestRecord[] = [];
  const server = startDemoServer({
    onRequest: (record) => records.push(record),
  });
  await bytesOf(
    await signedFetch(server, `/flatfiles/${KEY}`, {
      headers: { range: "bytes=0-99" },
    }),
  );
  await (await signedFetch(server, "/flatfiles?list-type=2&max-keys=1")).text();
  await (await fetch(`${server.url}/flatfiles/nothing`)).text();
  await server.shutdown();
  assertEquals(
    records.map(({ method, operation, key, range, status, errorCode }) => [
      method,
      operation,
      key,
      range,
      status,
      errorCode,
    ]),
    [
      ["GET", "GetObject", KEY, "bytes=0-99", 206, undefined],
      ["GET", "ListObjectsV2", "", undefined, 200, undefined],
      ["GET", undefined, "nothing", undefined, 403, "AccessDenied"],
    ],
  );
  assertEquals(records[0]?.bytesSent, 100);
  assertEquals(records[1]?.query, { "list-type": "2", "max-keys": "1" });
  assert(records.every(({ completed }) => completed));
});

Deno.test("DemoServer.shutdown() ends at once in the middle of a large file", async () => {
  const server = startDemoServer({ scale: 1000 });
  const response = await signedFetch(
    server,
    "/flatfiles/us_stocks_sip/quotes_v1/2024/01/2024-01-02.csv.gz",
  );
  const reader = response.body?.getReader();
  await reader?.read();
  const broken = assertRejects(async () => {
    while (!(await reader?.read())?.done);
  });
  await server.shutdown();
  await server.shutdown();
  await broken;
  await assertRejects(() => fetch(server.url));
});

Deno.test("the AWS SDK lists and reads the bucket", async () => {
  await using server = startDemoServer();
  const client = new S3Client({
    endpoint: server.url,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: server.credentials,
    requestHandler: new FetchHttpHandler(),
    maxAttempts: 1,
  });
  const keys: string[] = [];
  for await (
    const page of paginateListObjectsV2({ client, pageSize: 8 }, {
      Bucket: server.bucket,
      Prefix: "us_options/day_aggs_v1/2024/01/",
    })
  ) {
    for (const { Key = "" } of page.Contents ?? []) keys.push(Key);
  }
  assertEquals(keys.length, 21);
  const [key = ""] = keys;
  const input = { Bucket: server.bucket, Key: key };
  const head = await client.send(new HeadObjectCommand(input));
  const get = await client.send(new GetObjectCommand(input));
  const bytes = new Uint8Array(await get.Body?.transformToByteArray() ?? []);
  assertEquals(bytes.length, head.ContentLength);
  assertEquals(
    new TextDecoder().decode(await gunzip(bytes)),
    await new Response(demoFileText(key)).text(),
  );
  const missing = await assertRejects(
    () => client.send(new GetObjectCommand({ ...input, Key: "nothing" })),
    Error,
  );
  assertEquals(missing.name, "NoSuchKey");
  client.destroy();
});
