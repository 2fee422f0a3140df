import { assertEquals } from "@std/assert";
import { startDemoServer } from "../../src/demo/mod.ts";
import {
  elementOf,
  signedFetch,
  type SignedFetchOptions,
} from "../support/s3_client.ts";

const KEY = "/flatfiles/us_stocks_sip/day_aggs_v1/2024/01/2024-01-02.csv.gz";

const MINUTE_MS = 60_000;
const NOW = new Date("2024-06-03T12:00:00Z");

const REFUSALS: Record<
  string,
  { options: SignedFetchOptions; status: number; code: string }
> = {
  "another secret": {
    options: { secretAccessKey: "another" },
    status: 403,
    code: "SignatureDoesNotMatch",
  },
  "an unknown access key": {
    options: { accessKeyId: "somebody" },
    status: 403,
    code: "InvalidAccessKeyId",
  },
  "a date more than 15 minutes ago": {
    options: { date: new Date(NOW.getTime() - 15 * MINUTE_MS - 1000) },
    status: 403,
    code: "RequestTimeTooSkewed",
  },
  "a date more than 15 minutes ahead": {
    options: { date: new Date(NOW.getTime() + 15 * MINUTE_MS + 1000) },
    status: 403,
    code: "RequestTimeTooSkewed",
  },
  "a signature of another path": {
    options: { sendInstead: KEY.replace("01-02", "01-03") },
    status: 403,
    code: "SignatureDoesNotMatch",
  },
  "a signature of another query": {
    options: { sendInstead: `${KEY}?x-id=GetObject` },
    status: 403,
    code: "SignatureDoesNotMatch",
  },
  "another service in the scope": {
    options: { service: "sts" },
    status: 400,
    code: "AuthorizationHeaderMalformed",
  },
  "a host that is not signed": {
    options: { leaveUnsigned: "host" },
    status: 400,
    code: "AuthorizationHeaderMalformed",
  },
  "a content hash that is not signed": {
    options: { leaveUnsigned: "x-amz-content-sha256" },
    status: 403,
    code: "AccessDenied",
  },
  "the hash of another body": {
    options: { headers: { "x-amz-content-sha256": "0".repeat(64) } },
    status: 400,
    code: "XAmzContentSHA256Mismatch",
  },
};

for (const [what, { options, status, code }] of Object.entries(REFUSALS)) {
  Deno.test(`startDemoServer() refuses ${what}`, async () => {
    await using server = startDemoServer({ now: () => NOW });
    const response = await signedFetch(server, KEY, { date: NOW, ...options });
    const xml = await response.text();
    assertEquals([response.status, elementOf(xml, "Code")], [status, code]);
    if (code === "RequestTimeTooSkewed") {
      assertEquals(elementOf(xml, "ServerTime"), "2024-06-03T12:00:00Z");
    }
  });
}

Deno.test("startDemoServer() accepts dates within 15 minutes, and any region", async () => {
  await using server = startDemoServer({ now: () => NOW });
  for (const minutes of [-15, 0, 15]) {
    const response = await signedFetch(server, KEY, {
      date: new Date(NOW.getTime() + minutes * MINUTE_MS),
      region: "eu-central-1",
    });
    assertEquals(response.status, 200);
    await response.body?.cancel();
  }
});

Deno.test("startDemoServer() accepts an unsigned payload", async () => {
  await using server = startDemoServer();
  const response = await signedFetch(server, KEY, {
    method: "HEAD",
    headers: { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" },
  });
  assertEquals(response.status, 200);
});

Deno.test("startDemoServer() refuses requests without a signature, whatever they ask for", async () => {
  await using server = startDemoServer();
  for (const path of ["/", "/flatfiles", "/flatfiles?list-type=2", KEY]) {
    const response = await fetch(server.url + path);
    assertEquals(response.status, 403);
    assertEquals(elementOf(await response.text(), "Code"), "AccessDenied");
  }
});

Deno.test("startDemoServer() refuses other schemes with a reason", async () => {
  await using server = startDemoServer();
  const basic = await fetch(server.url + KEY, {
    headers: { authorization: "Basic Zm9vOmJhcg==" },
  });
  assertEquals(basic.status, 400);
  assertEquals(elementOf(await basic.text(), "Code"), "InvalidRequest");
  const broken = await fetch(server.url + KEY, {
    headers: { authorization: "AWS4-HMAC-SHA256 Credential=x" },
  });
  assertEquals(broken.status, 400);
  assertEquals(
    elementOf(await broken.text(), "Code"),
    "AuthorizationHeaderMalformed",
  );
});

Deno.test("startDemoServer() takes credentials of its own", async () => {
  const credentials = { accessKeyId: "other", secretAccessKey: "made-up" };
  await using server = startDemoServer({ credentials });
  const mine = await signedFetch(server, KEY, { method: "HEAD" });
  const other = await signedFetch(server, KEY, {
    method: "HEAD",
    ...credentials,
  });
  assertEquals([mine.status, other.status], [403, 200]);
});

Deno.test("startDemoServer() verifies keys with blanks, plus signs and other letters", async () => {
  const body = new TextEncoder().encode("content");
  const keys = ["a b+c/~ü(1)'*!.txt", "a//b", "100%/=&?#.txt"];
  await using server = startDemoServer({
    objects: keys.map((key) => [key, { body }]),
  });
  for (const key of keys) {
    const path = key.split("/").map((part) =>
      encodeURIComponent(part).replaceAll(
        /[!'()*]/g,
        (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
      )
    ).join("/");
    const response = await signedFetch(server, `/flatfiles/${path}`);
    assertEquals(await response.text(), "content");
  }
});
