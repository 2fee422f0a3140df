import {
  assert,
  assertEquals,
  assertFalse,
  assertLessOrEqual,
} from "@std/assert";
import { MarketCalendar } from "../../src/calendar/mod.ts";
import { DATASETS } from "../../src/catalog/mod.ts";
import { DemoBucket } from "../../src/demo/server/demo_bucket.ts";
import { type DemoServer, startDemoServer } from "../../src/demo/mod.ts";
import { elementOf, elements, signedFetch } from "../support/s3_client.ts";

const NOW = new Date("2024-06-03T12:00:00Z");

function start(objects: [string, string][] = []): DemoServer {
  return startDemoServer({
    now: () => NOW,
    objects: objects.map(([key, text]) => [
      key,
      { body: new TextEncoder().encode(text) },
    ]),
  });
}

async function list(
  server: DemoServer,
  parameters: Record<string, string> = {},
): Promise<string> {
  const query = Object.entries({ "list-type": "2", ...parameters })
    .map(([name, value]) =>
      `${name}=${encodeURIComponent(value).replaceAll("'", "%27")}`
    ).join("&");
  const response = await signedFetch(server, `/flatfiles?${query}`, {
    date: NOW,
  });
  return await response.text();
}

const keysOf = (xml: string) => elements(xml, "Key");
const prefixesOf = (xml: string) => elements(xml, "Prefix").slice(1);

const MINUTE = "us_stocks_sip/minute_aggs_v1/";

Deno.test("ListObjectsV2 pages through more than 1000 keys, all trading days and no other", async () => {
  await using server = start();
  const keys: string[] = [];
  const sizes: number[] = [];
  let token: string | undefined;
  do {
    const xml = await list(server, {
      prefix: MINUTE,
      ...(token === undefined ? {} : { "continuation-token": token }),
    });
    assertEquals(elementOf(xml, "KeyCount"), String(keysOf(xml).length));
    keys.push(...keysOf(xml));
    sizes.push(keysOf(xml).length);
    assertEquals(elements(xml, "ContinuationToken"), token ? [token] : []);
    token = elements(xml, "NextContinuationToken")[0];
    assertEquals(elementOf(xml, "IsTruncated"), String(token !== undefined));
  } while (token !== undefined);
  assertEquals(sizes.slice(0, -1).every((size) => size === 1000), true);
  assertEquals(
    keys.map((key) => key.slice(-17, -7)),
    MarketCalendar.for("XNYS").tradingDays("2003-09-10", "2024-05-31"),
  );
  assertEquals(keys, keys.toSorted());
});

Deno.test("ListObjectsV2 narrows by year, month and part of a name", async () => {
  await using server = start();
  for (
    const [prefix, count] of [
      ["2024/01/", 21],
      ["2024/", 105],
      [
        "2024/01/2024-01-1",
        7,
      ],
      ["2023/12/2023-12-25", 0],
      ["2024/1", 0],
    ] as const
  ) {
    const xml = await list(server, { prefix: MINUTE + prefix });
    assertEquals(keysOf(xml).length, count, prefix);
    assert(keysOf(xml).every((key) => key.startsWith(MINUTE + prefix)));
  }
});

Deno.test("ListObjectsV2 groups by the delimiter", async () => {
  await using server = start();
  const roots = await list(server, { delimiter: "/" });
  assertEquals(prefixesOf(roots), [
    "global_crypto/",
    "global_forex/",
    "us_futures_cbot/",
    "us_futures_cme/",
    "us_futures_comex/",
    "us_futures_nymex/",
    "us_indices/",
    "us_options_opra/",
    "us_stocks_sip/",
  ]);
  assertEquals(keysOf(roots), ["README.txt"]);
  assertEquals(elementOf(roots, "KeyCount"), "10");
  assertEquals(elementOf(roots, "Delimiter"), "/");
  const years = await list(server, { delimiter: "/", prefix: MINUTE });
  assertEquals(
    prefixesOf(years),
    Array.from({ length: 22 }, (_, i) => `${MINUTE}${2003 + i}/`),
  );
  const month = await list(server, {
    delimiter: "/",
    prefix: `${MINUTE}2024/05/`,
  });
  assertEquals([keysOf(month).length, prefixesOf(month)], [22, []]);
  const words = await list(server, {
    delimiter: "aggs",
    prefix: "us_stocks_sip/",
  });
  assertEquals(prefixesOf(words), [
    "us_stocks_sip/day_aggs",
    "us_stocks_sip/minute_aggs",
  ]);
});

Deno.test("ListObjectsV2 pages through common prefixes and keys together", async () => {
  await using server = start();
  const found: string[] = [];
  let token: string | undefined;
  do {
    const xml = await list(server, {
      delimiter: "/",
      "max-keys": "3",
      ...(token === undefined ? {} : { "continuation-token": token }),
    });
    const page = [...keysOf(xml), ...prefixesOf(xml)];
    assertLessOrEqual(page.length, 3);
    found.push(...page);
    token = elements(xml, "NextContinuationToken")[0];
  } while (token !== undefined);
  assertEquals(found.length, 10);
  assertEquals(found, [...new Set(found)].sort());
});

Deno.test("ListObjectsV2 clips max-keys to 1000 and answers 0 with nothing", async () => {
  await using server = start();
  const many = await list(server, { prefix: MINUTE, "max-keys": "5000" });
  assertEquals(elementOf(many, "MaxKeys"), "1000");
  assertEquals(keysOf(many).length, 1000);
  const none = await list(server, { "max-keys": "0" });
  assertEquals(elementOf(none, "IsTruncated"), "false");
  assertEquals(elementOf(none, "KeyCount"), "0");
});

Deno.test("ListObjectsV2 is not truncated where the last page is just full", async () => {
  await using server = start();
  const xml = await list(server, {
    prefix: `${MINUTE}2024/01/`,
    "max-keys": "21",
  });
  assertEquals(elementOf(xml, "IsTruncated"), "false");
});

Deno.test("ListObjectsV2 starts after a key, there or not", async () => {
  await using server = start();
  const prefix = `${MINUTE}2024/01/`;
  const after = async (key: string, more = {}) =>
    keysOf(await list(server, { prefix, "start-after": key, ...more }))
      .map((found) => found.slice(-17, -7));
  assertEquals(
    (await after(`${prefix}2024-01-29.csv.gz`)).slice(0, 1),
    ["2024-01-30"],
  );
  assertEquals((await after(`${prefix}2024-01-28`))[0], "2024-01-29");
  assertEquals((await after("A")).length, 21);
  assertEquals(await after("zzz"), []);
  const years = await list(server, {
    prefix: MINUTE,
    delimiter: "/",
    "start-after": `${MINUTE}2023/`,
  });
  assertEquals(prefixesOf(years), [`${MINUTE}2024/`]);
  assertEquals(elementOf(years, "StartAfter"), `${MINUTE}2023/`);
});

Deno.test("ListObjectsV2 refuses impossible parameters", async () => {
  await using server = start();
  for (
    const parameters of [
      { "max-keys": "-1" },
      { "max-keys": "1.5" },
      { "max-keys": "many" },
      { "max-keys": "99999999999" },
      { "continuation-token": "made-up" },
      { "continuation-token": "" },
      { "encoding-type": "base64" },
      { "list-type": "3" },
    ] as Record<string, string>[]
  ) {
    const xml = await list(server, parameters);
    assertEquals(
      elementOf(xml, "Code"),
      "InvalidArgument",
      JSON.stringify(parameters),
    );
  }
});

Deno.test("ListObjectsV2 encodes keys where it is asked to", async () => {
  await using server = start([["odd/a b&<c>+ü\u0001.txt", "x"]]);
  const plain = await list(server, { prefix: "odd/" });
  assertEquals(keysOf(plain), ["odd/a b&<c>+ü&#x1;.txt"]);
  const encoded = await list(server, {
    prefix: "odd/a b",
    "encoding-type": "url",
  });
  assertEquals(keysOf(encoded), ["odd/a%20b%26%3Cc%3E%2B%C3%BC%01.txt"]);
  assertEquals(elementOf(encoded, "Prefix"), "odd/a%20b");
  assertEquals(elementOf(encoded, "EncodingType"), "url");
});

Deno.test("ListObjectsV2 answers under the name of the options root that is asked for", async () => {
  await using server = start();
  const names = async (root: string, more = {}) =>
    await list(server, { prefix: `${root}/day_aggs_v1/2024/01/`, ...more });
  const documented = await names("us_options");
  const live = await names("us_options_opra");
  assertEquals(
    keysOf(documented),
    keysOf(live).map((key) => key.replace("us_options_opra", "us_options")),
  );
  assertEquals(elements(documented, "ETag"), elements(live, "ETag"));
  const after = await names("us_options", {
    "start-after": "us_options/day_aggs_v1/2024/01/2024-01-30.csv.gz",
  });
  assertEquals(keysOf(after), [
    "us_options/day_aggs_v1/2024/01/2024-01-31.csv.gz",
  ]);
  const folders = await list(server, { prefix: "us_options/", delimiter: "/" });
  assertEquals(prefixesOf(folders)[0], "us_options/day_aggs_v1/");
  const both = await list(server, { prefix: "us_options", delimiter: "/" });
  assertEquals(prefixesOf(both), ["us_options_opra/"]);
});

Deno.test("ListObjects pages by marker", async () => {
  await using server = start();
  const get = async (query: string) =>
    await (await signedFetch(server, `/flatfiles/?${query}`, { date: NOW }))
      .text();
  const first = await get("delimiter=%2F&max-keys=4&prefix=us_");
  assertEquals(elementOf(first, "Marker"), "");
  const marker = elementOf(first, "NextMarker");
  assertEquals(marker, "us_futures_nymex/");
  const second = await get(
    `delimiter=%2F&marker=${encodeURIComponent(marker)}&prefix=us_`,
  );
  assertEquals(prefixesOf(second), [
    "us_indices/",
    "us_options_opra/",
    "us_stocks_sip/",
  ]);
  assertEquals(elements(second, "KeyCount"), []);
});

Deno.test("ListObjectsV2 says of each object what HeadObject says", async () => {
  await using server = start();
  for (
    const prefix of [
      "us_stocks_sip/day_aggs_v1/2024/01/2024-01-02",
      "us_stocks_sip/trades_v1/2024/01/2024-01-02",
      "README.txt",
    ]
  ) {
    const xml = await list(server, { prefix });
    const head = await signedFetch(
      server,
      `/flatfiles/${elementOf(xml, "Key")}`,
      { method: "HEAD", date: NOW },
    );
    assertEquals(head.headers.get("etag"), elementOf(xml, "ETag"));
    assertEquals(head.headers.get("content-length"), elementOf(xml, "Size"));
    assertEquals(
      Date.parse(head.headers.get("last-modified") ?? ""),
      Date.parse(elementOf(xml, "LastModified")),
    );
  }
});

Deno.test("every dataset is listed from its first date to the last one published", async () => {
  await using server = start();
  for (const { prefix, calendar, firstDate } of DATASETS) {
    const days = MarketCalendar.for(calendar);
    const first = await list(server, { prefix: `${prefix}/`, "max-keys": "1" });
    assertEquals(
      keysOf(first)[0]?.slice(-17, -7),
      days.tradingDays(firstDate, "2024-01-01")[0],
    );
    const last = await list(server, { prefix: `${prefix}/2024/0` });
    assertEquals(
      keysOf(last).at(-1)?.slice(-17, -7),
      days.tradingDays("2024-05-01", "2024-06-01").at(-1),
    );
  }
});

Deno.test("objects that are added, replaced, deleted and restored show in listings", async () => {
  const prefix = `${MINUTE}2024/01/`;
  await using server = start([
    [`${prefix}0.txt`, "a"],
    [`${prefix}2024-01-03.csv.gz`, "replaced"],
    [`${prefix}2024-01-06.csv.gz`, "a Saturday"],
    [`${prefix}z.txt`, "b"],
  ]);
  const names = async () =>
    keysOf(await list(server, { prefix })).map((key) =>
      key.slice(prefix.length)
    );
  assertEquals((await names()).length, 24);
  assertEquals((await names())[0], "0.txt");
  assertEquals((await names()).at(-1), "z.txt");
  assert((await names()).includes("2024-01-06.csv.gz"));
  const replaced = await signedFetch(
    server,
    `/flatfiles/${prefix}2024-01-03.csv.gz`,
    { date: NOW },
  );
  assertEquals(await replaced.text(), "replaced");

  assert(server.objects.delete(`${prefix}2024-01-02.csv.gz`));
  assertFalse((await names()).includes("2024-01-02.csv.gz"));
  const gone = await signedFetch(
    server,
    `/flatfiles/${prefix}2024-01-02.csv.gz`,
    { method: "HEAD", date: NOW },
  );
  assertEquals(gone.status, 404);
  server.objects.restore(`${prefix}2024-01-02.csv.gz`);
  server.objects.restore(`${prefix}2024-01-03.csv.gz`);
  assertEquals((await names()).slice(0, 3), [
    "0.txt",
    "2024-01-02.csv.gz",
    "2024-01-03.csv.gz",
  ]);
  server.objects.set("us_options/own.txt", { body: new Uint8Array(3) });
  assertEquals(
    keysOf(await list(server, { prefix: "us_options_opra/o" })),
    ["us_options_opra/own.txt"],
  );
});

Deno.test("ListBuckets, HeadBucket and GetBucketLocation answer", async () => {
  await using server = start();
  const get = (path: string, method = "GET") =>
    signedFetch(server, path, { method, date: NOW });
  assertEquals(elementOf(await (await get("/")).text(), "Name"), "flatfiles");
  assertEquals((await get("/flatfiles", "HEAD")).status, 200);
  assertEquals((await get("/other", "HEAD")).status, 404);
  const other = await (await get("/other?list-type=2")).text();
  assertEquals(elementOf(other, "Code"), "NoSuchBucket");
  const location = await (await get("/flatfiles?location")).text();
  assert(location.includes("<LocationConstraint"));
  const policy = await get("/flatfiles?policy");
  assertEquals(policy.status, 501);
  await policy.body?.cancel();
});

Deno.test("DemoBucket.keysFrom() begins anywhere", () => {
  const bucket = new DemoBucket({ scale: 1 }, () => NOW, []);
  const [key] = bucket.keysFrom(`${MINUTE}2024/05/2024-05-3`, MINUTE);
  assertEquals(key, `${MINUTE}2024/05/2024-05-30.csv.gz`);
  const [first] = bucket.keysFrom("us_stocks_sip/minute_aggs_v1", "us_");
  assertEquals(first, `${MINUTE}2003/09/2003-09-10.csv.gz`);
  const [next] = bucket.keysFrom(`${MINUTE}2024/06/`, "");
  assertEquals(next, "us_stocks_sip/quotes_v1/2003/09/2003-09-10.csv.gz");
  assertEquals([...bucket.keysFrom("", "us_stocks_sip/other/")], []);
  assertEquals([...bucket.keysFrom("zzz", "")], []);
});
