import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { dirname } from "node:path";
import type { Mirror } from "../../src/mirror/mod.ts";
import { startGateway } from "../../src/web/mod.ts";
import {
  DATES,
  keyOf,
  packed,
  type Setup,
  setUp,
  WEEK,
} from "../mirror/_mirror.ts";
import { md5, sha256 } from "../support/hash.ts";
import { makeCertificates } from "../support/certificate.ts";
import {
  bytesOf,
  elementOf,
  elements,
  presign,
  sign,
} from "../support/s3_client.ts";
import { KEY, type RecordedGateway, startRecordedGateway } from "./_gateway.ts";

const DATE = "2024-01-02";
const PATH = `/flatfiles/${keyOf(DATE)}`;

/** A mirror with four files, a gateway to it, and what made both. */
interface Served extends AsyncDisposable {
  setup: Setup;
  gateway: RecordedGateway;
  mirror: Mirror;
  path(key: string): string;
}

async function serve(
  { decompress, prepare, ...options }:
    & Parameters<typeof setUp>[0]
    & { decompress?: boolean; prepare?: (writer: Mirror) => Promise<unknown> } =
      {},
): Promise<Served> {
  await using cleanup = new AsyncDisposableStack();
  const setup = cleanup.use(await setUp(options));
  {
    await using writer = await setup.open({ decompress });
    await writer.sync(await writer.plan(WEEK));
    await prepare?.(writer);
  }
  const mirror = cleanup.use(await setup.open({ readOnly: true }));
  const gateway = cleanup.use(await startRecordedGateway(mirror));
  const kept = cleanup.move();
  return {
    setup,
    gateway,
    mirror,
    path: (key) => `${setup.folder.path}/${key}`,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** An answer's status, and the code and message of its error. */
async function refusal(
  response: Response,
): Promise<[status: number, code: string, message: string]> {
  const xml = await response.text();
  return [
    response.status,
    elements(xml, "Code")[0] ?? "",
    elements(xml, "Message")[0] ?? "",
  ];
}

async function assertMissing(
  { gateway }: Served,
  path: string,
  why: string,
): Promise<void> {
  const [status, code, message] = await refusal(await gateway.ask(path));
  assertEquals([status, code], [404, "NoSuchKey"], path);
  assertStringIncludes(message, why);
  const head = await gateway.ask(path, { method: "HEAD" });
  assertEquals([head.status, await head.text()], [404, ""]);
}

Deno.test("startGateway() serves files with the keys, ETags and dates of the originals", async () => {
  await using served = await serve();
  const { gateway } = served;
  assertEquals(await gateway.list(), DATES.map((date) => keyOf(date)));
  assertEquals(await gateway.list(""), DATES.map((date) => keyOf(date)));
  assertEquals(gateway.size, 4);
  const body = await packed(DATE);
  const response = await gateway.ask(PATH);
  assertEquals(await bytesOf(response), body);
  assertEquals(response.headers.get("etag"), `"${md5(body)}"`);
  assertEquals(
    response.headers.get("last-modified"),
    "Sat, 06 Jan 2024 00:00:00 GMT",
  );
  assertEquals(response.headers.get("content-type"), "application/gzip");
  const head = await gateway.ask(PATH, { method: "HEAD" });
  assertEquals(head.headers.get("content-length"), String(body.length));
  assertEquals(head.headers.get("etag"), `"${md5(body)}"`);
  assertEquals(gateway.errors, []);
});

Deno.test("startGateway() answers ranges and conditions", async () => {
  await using served = await serve();
  const { gateway } = served;
  const body = await packed(DATE);
  const etag = `"${md5(body)}"`;
  const ask = (headers: Record<string, string>) =>
    gateway.ask(PATH, { headers });
  const size = body.length;
  for (
    const [range, start, end] of [
      ["bytes=0-0", 0, 1],
      ["bytes=10-19", 10, 20],
      ["bytes=100-", 100, size],
      ["bytes=-7", size - 7, size],
      [`bytes=${size - 1}-99999999`, size - 1, size],
    ] as const
  ) {
    const response = await ask({ range });
    assertEquals(response.status, 206);
    assertEquals(
      response.headers.get("content-range"),
      `bytes ${start}-${end - 1}/${size}`,
    );
    assertEquals(await bytesOf(response), body.slice(start, end));
  }
  assertEquals(
    (await refusal(await ask({ range: `bytes=${size}-` }))).slice(0, 2),
    [416, "InvalidRange"],
  );
  const many = `bytes=${
    Array.from({ length: 500 }, (_, i) => `${i}-${i}`).join()
  }`;
  assertEquals(await bytesOf(await ask({ range: many })), body);
  const before = "Fri, 05 Jan 2024 00:00:00 GMT";
  const statuses: [Record<string, string>, number][] = [
    [{ "if-match": etag }, 200],
    [{ "if-match": '"0"' }, 412],
    [{ "if-none-match": etag }, 304],
    [{ "if-none-match": '"0"' }, 200],
    [{ "if-modified-since": before }, 200],
    [{ "if-modified-since": "Sat, 06 Jan 2024 00:00:00 GMT" }, 304],
    [{ "if-unmodified-since": before }, 412],
    [{ range: "bytes=0-0", "if-range": '"0"' }, 200],
  ];
  for (const [headers, status] of statuses) {
    const response = await ask(headers);
    await response.body?.cancel();
    assertEquals([headers, response.status], [headers, status]);
  }
});

Deno.test("startGateway() pages, and folds keys at a delimiter", async () => {
  await using served = await serve();
  const { gateway } = served;
  const ask = async (query: string) =>
    await (await gateway.ask(`/flatfiles?${query}`)).text();
  const found: string[] = [];
  let token = "";
  do {
    const xml = await ask(
      `${token && `continuation-token=${token}&`}list-type=2&max-keys=3`,
    );
    found.push(...elements(xml, "Key"));
    token = elements(xml, "NextContinuationToken")[0] ?? "";
  } while (token !== "");
  assertEquals(found, DATES.map((date) => keyOf(date)));
  const folded = await ask("delimiter=%2F&list-type=2");
  assertEquals(elements(folded, "Prefix").slice(1), ["us_stocks_sip/"]);
  const after = encodeURIComponent(keyOf("2024-01-04"));
  assertEquals(await gateway.list(`list-type=2&start-after=${after}`), [
    keyOf("2024-01-05"),
  ]);
  assertEquals(
    elementOf(await (await gateway.ask("/")).text(), "Name"),
    "flatfiles",
  );
  assertEquals(
    (await gateway.ask("/flatfiles", { method: "HEAD" })).status,
    200,
  );
  const location = await gateway.ask("/flatfiles?location");
  assertStringIncludes(await location.text(), "LocationConstraint");
});

Deno.test("startGateway() refuses to write, and what it does not know", async () => {
  await using served = await serve();
  const { gateway } = served;
  for (const method of ["PUT", "POST", "DELETE"]) {
    const response = await gateway.ask(PATH, { method });
    assertEquals((await refusal(response)).slice(0, 2), [403, "AccessDenied"]);
  }
  const patched = await gateway.ask(PATH, { method: "PATCH" });
  assertEquals((await refusal(patched))[1], "MethodNotAllowed");
  const acl = await gateway.ask(`${PATH}?acl`);
  assertEquals((await refusal(acl)).slice(0, 2), [501, "NotImplemented"]);
  const other = await gateway.ask("/other/key");
  assertEquals((await refusal(other)).slice(0, 2), [404, "NoSuchBucket"]);
  assertEquals(await bytesOf(await gateway.ask(PATH)), await packed(DATE));
});

Deno.test("startGateway() takes each of its keys, and no other", async () => {
  await using setup = await setUp();
  await using mirror = await setup.open();
  await mirror.sync(await mirror.plan(WEEK));
  const second = {
    accessKeyId: "batch",
    secretAccessKey: "another-made-up-one",
  };
  await using gateway = await startRecordedGateway(mirror, {
    keys: [KEY, second],
  });
  for (const key of [KEY, second]) {
    const response = await gateway.ask(PATH, key);
    assertEquals(await bytesOf(response), await packed(DATE));
    const presigned = await fetch(await presign(gateway.url + PATH, key));
    assertEquals(await bytesOf(presigned), await packed(DATE));
  }
  const mixed = { ...KEY, secretAccessKey: second.secretAccessKey };
  assertEquals(
    (await refusal(await gateway.ask(PATH, mixed)))[1],
    "SignatureDoesNotMatch",
  );
  assertEquals(
    (await refusal(await fetch(gateway.url + PATH)))[1],
    "AccessDenied",
  );
  const token = await gateway.ask(PATH, {
    headers: { "x-amz-security-token": "a-token" },
  });
  const [status, code, message] = await refusal(token);
  assertEquals([status, code], [400, "InvalidToken"]);
  assertStringIncludes(message, "Unset the session token");
  await assertRejects(
    () => startGateway({ mirror, keys: [] }),
    RangeError,
    "it needs an access key",
  );
});

Deno.test("startGateway() never serves what the mirror keeps for itself, does not know, or links to", async () => {
  await using served = await serve();
  const { gateway, path } = served;
  await Deno.writeTextFile(path("secret.txt"), "not the mirror's");
  await Deno.writeTextFile(path(`${keyOf(DATE)}.part`), "unfinished");
  for (
    const key of [
      ".flatbed/manifest.sqlite",
      "us_stocks_sip/../.flatbed/manifest.sqlite",
      "us_stocks_sip/%2e%2e/.flatbed/manifest.sqlite",
      "%2e%2e%2f%2e%2e%2fetc/passwd",
      "/etc/passwd",
      `/${keyOf(DATE)}`,
      `./${keyOf(DATE)}`,
      keyOf(DATE).replace("/", "//"),
      `${keyOf(DATE)}%00`,
      `${keyOf(DATE)}.part`,
      "secret.txt",
      "us_stocks_sip",
      "us_stocks_sip/",
    ]
  ) {
    // Not through fetch(), which would take `..` away.
    const target = `/flatfiles/${key}`;
    const response = await rawGet(gateway, target);
    assertEquals([key, /^HTTP\/1.1 (\d+)/.exec(response)?.[1]], [key, "404"]);
  }
  const file = path(keyOf("2024-01-03"));
  const elsewhere = await Deno.makeTempFile();
  await Deno.remove(elsewhere);
  await Deno.rename(file, elsewhere);
  await Deno.symlink(elsewhere, file);
  await assertMissing(
    served,
    `/flatfiles/${keyOf("2024-01-03")}`,
    "leads out of the mirror",
  );
  assertEquals(
    await gateway.list(),
    DATES.filter((date) => date !== "2024-01-03").map((date) => keyOf(date)),
  );
  await Deno.remove(elsewhere);
  // Neither does a folder that leads out.
  const folder = dirname(path(keyOf(DATE)));
  const moved = await Deno.makeTempDir();
  await Deno.remove(moved);
  await Deno.rename(folder, moved);
  await Deno.symlink(moved, folder);
  await assertMissing(served, PATH, "leads out of the mirror");
  await Deno.remove(moved, { recursive: true });
});

/** A signed request whose target is sent as it is. */
async function rawGet(
  gateway: RecordedGateway,
  target: string,
): Promise<string> {
  const canonical = target.split("/").map((part) =>
    encodeURIComponent(decodeURIComponent(part))
  ).join("/");
  const headers = await sign(gateway.url + canonical, KEY);
  using conn = await Deno.connect({
    hostname: "127.0.0.1",
    port: gateway.port,
  });
  const lines = Object.entries({
    host: new URL(gateway.url).host,
    ...headers,
    connection: "close",
  }).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  await conn.write(
    new TextEncoder().encode(`GET ${target} HTTP/1.1\r\n${lines}\r\n`),
  );
  return await new Response(conn.readable).text();
}

Deno.test("startGateway() serves no file that is not as the mirror has noted it, and says why", async () => {
  await using served = await serve({
    async prepare(writer) {
      await writer.release({
        dataTypes: ["stocks_daily"],
        from: "2024-01-05",
        to: "2024-01-05",
        force: true,
      });
    },
  });
  const { gateway, path } = served;
  const [first = "", second = "", third = "", released = ""] = DATES.map((
    date,
  ) => keyOf(date));
  await assertMissing(
    served,
    `/flatfiles/${released}`,
    "has released the file",
  );
  await Deno.remove(path(second));
  await assertMissing(
    served,
    `/flatfiles/${second}`,
    "not in the mirror any more",
  );
  // The same size, and another time that is not of this minute.
  const old = new Date("2024-01-10T00:00:00Z");
  await Deno.utime(path(third), old, old);
  await Deno.remove(path(first));
  await Deno.mkdir(path(first));
  await assertMissing(served, `/flatfiles/${first}`, "not in the mirror");
  await Deno.remove(path(first));
  // Renaming or touching makes it young, which is as if it were just arriving.
  const [status, code] = await refusal(
    await gateway.ask(`/flatfiles/${third}`),
  );
  assertEquals([status, code], [503, "ServiceUnavailable"]);
});

Deno.test("startGateway() serves what is damaged at source as it is", async () => {
  const damaged = (await packed(DATE)).slice(0, -20);
  await using served = await serve({
    objects: [[keyOf(DATE), { body: damaged }]],
  });
  const response = await served.gateway.ask(PATH);
  assertEquals(response.headers.get("etag"), `"${md5(damaged)}"`);
  assertEquals(await bytesOf(response), damaged);
});

Deno.test("startGateway() serves a decompressed mirror's files under their own names and hashes", async () => {
  const damaged = (await packed("2024-01-03")).slice(0, -20);
  await using served = await serve({
    decompress: true,
    objects: [[keyOf("2024-01-03"), { body: damaged }]],
  });
  const { gateway, path } = served;
  const name = keyOf(DATE).replace(/\.gz$/, "");
  const bytes = await Deno.readFile(path(name));
  const response = await gateway.ask(`/flatfiles/${name}`);
  assertEquals(response.headers.get("etag"), `"${sha256(bytes)}"`);
  assertEquals(
    response.headers.get("last-modified"),
    "Sat, 06 Jan 2024 00:00:00 GMT",
  );
  assertEquals(await bytesOf(response), bytes);
  await assertMissing(served, PATH, `The mirror has it as '${name}'`);
  await assertMissing(
    served,
    `/flatfiles/${keyOf("2024-01-03")}`,
    "damaged at its source",
  );
  assertEquals((await gateway.list()).length, 3);
});

Deno.test("startGateway() serves a file whose object has no ETag under its SHA-256", async () => {
  await using served = await serve({
    objects: [[keyOf(DATE), {
      body: await packed(DATE),
      etag: 'odd "tag"\u00fc',
    }]],
  });
  const response = await served.gateway.ask(PATH);
  const etag = response.headers.get("etag");
  const bytes = await bytesOf(response);
  assert(
    etag === `"${sha256(bytes)}"` || etag === `"${md5(bytes)}"`,
    `${etag}`,
  );
});

Deno.test("startGateway() follows a mirror that is written to, and never mixes two versions", async () => {
  await using served = await serve();
  const { gateway, setup } = served;
  await using writer = await setup.open();
  const versions = new Map<string, Uint8Array>();
  for (let round = 0; round < 8; round++) {
    const body = await packed(`2023-02-0${round + 1}`);
    versions.set(`"${md5(body)}"`, body);
    setup.server.objects.set(keyOf(DATE), { body });
    let isSyncing = true;
    const syncing = (async () => {
      await writer.sync(await writer.plan(WEEK));
      isSyncing = false;
    })();
    while (isSyncing) {
      const response = await gateway.ask(PATH);
      const etag = response.headers.get("etag") ?? "";
      const bytes = await bytesOf(response);
      assertEquals(etag, `"${md5(bytes)}"`);
    }
    await syncing;
    const response = await gateway.ask(PATH);
    assertEquals(response.headers.get("etag"), `"${md5(body)}"`);
    assertEquals(await bytesOf(response), body);
  }
  assertEquals(gateway.errors, []);
});

Deno.test("startGateway() serves a new file at once, and lists it soon", async () => {
  await using served = await serve();
  const { gateway, setup } = served;
  const key = keyOf("2024-01-08");
  await assertMissing(served, `/flatfiles/${key}`, "does not exist");
  setup.server.objects.set(key, { body: await packed("2024-01-08") });
  await using writer = await setup.open({
    now: () => new Date("2024-01-10T00:00:00Z"),
  });
  const week = { ...WEEK, to: "2024-01-08" };
  await writer.sync(await writer.plan(week));
  const response = await gateway.ask(`/flatfiles/${key}`);
  assertEquals(await bytesOf(response), await packed("2024-01-08"));
  while (!(await gateway.list()).includes(key)) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
});

Deno.test("startGateway() breaks off where somebody writes into a file that is sent", async () => {
  const body = crypto.getRandomValues(new Uint8Array(65_536));
  const large = new Uint8Array(24 * 1024 * 1024);
  for (let at = 0; at < large.length; at += body.length) large.set(body, at);
  await using served = await serve({
    objects: [[keyOf(DATE), { body: large }]],
  });
  const { gateway, path } = served;
  const response = await gateway.ask(PATH);
  const reader = response.body?.getReader();
  await reader?.read();
  const file = await Deno.open(path(keyOf(DATE)), { write: true });
  await file.write(new Uint8Array(9));
  file.close();
  await Deno.utime(path(keyOf(DATE)), 1, 1);
  await assertRejects(async () => {
    while (!(await reader?.read())?.done);
  });
});

for (const version of ["http1", "http2"] as const) {
  Deno.test(`startGateway() serves over TLS, to ${version}`, async () => {
    await using setup = await setUp();
    await using mirror = await setup.open();
    await mirror.sync(await mirror.plan(WEEK));
    const { certificate, key, authority } = await makeCertificates("localhost");
    await using gateway = await startRecordedGateway(mirror, {
      tls: { cert: certificate, key },
    });
    using client = Deno.createHttpClient({
      caCerts: [authority],
      http1: version === "http1",
      http2: version === "http2",
    });
    const url = `https://localhost:${gateway.port}${PATH}`;
    for (const headers of [await sign(url, KEY), undefined]) {
      const response = await fetch(
        headers === undefined ? await presign(url, KEY) : url,
        { headers, client },
      );
      assertEquals(await bytesOf(response), await packed(DATE));
    }
  });
}

Deno.test("a gateway's records have no signature, and no key that it does not know", async () => {
  await using served = await serve();
  const { gateway } = served;
  await (await gateway.ask(PATH, { headers: { range: "bytes=0-9" } })).text();
  await (await fetch(await presign(gateway.url + PATH, KEY))).arrayBuffer();
  await gateway.list("list-type=2&prefix=us_");
  await (await gateway.ask(PATH, { accessKeyId: "stranger" })).text();
  await gateway.shutdown(1000);
  const text = JSON.stringify(gateway.records);
  for (
    const secret of ["Signature", "X-Amz", "stranger", KEY.secretAccessKey]
  ) {
    assertEquals(text.includes(secret), false, secret);
  }
  assertEquals(
    gateway.records.map((
      { accessKeyId, operation, status, range, prefix, bytesSent, isWhole },
    ) => [
      accessKeyId,
      operation,
      status,
      range,
      prefix,
      isWhole,
      bytesSent > 0,
    ]),
    [
      [KEY.accessKeyId, "GetObject", 206, "bytes=0-9", undefined, true, true],
      [KEY.accessKeyId, "GetObject", 200, undefined, undefined, true, true],
      [KEY.accessKeyId, "ListObjectsV2", 200, undefined, "us_", true, true],
      ["", "", 403, undefined, undefined, true, true],
    ],
  );
});

Deno.test("a gateway that ends lets downloads go on for a while, and then breaks them off", async () => {
  const large = crypto.getRandomValues(new Uint8Array(65_536));
  const body = new Uint8Array(32 * 1024 * 1024);
  for (let at = 0; at < body.length; at += large.length) body.set(large, at);
  for (const isPatient of [true, false]) {
    await using served = await serve({ objects: [[keyOf(DATE), { body }]] });
    const { gateway } = served;
    const response = await gateway.ask(PATH);
    const reader = response.body?.getReader();
    await reader?.read();
    assertEquals(gateway.sending, 1);
    const ending = gateway.shutdown(isPatient ? 60_000 : 0);
    const read = async () => {
      while (!(await reader?.read())?.done);
    };
    if (isPatient) await read();
    else await assertRejects(read);
    assertEquals(await ending, isPatient ? 0 : 1);
    assertEquals(gateway.sending, 0);
    await assertRejects(() => gateway.ask(PATH));
  }
});
