import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { startDemoServer } from "../../src/demo/mod.ts";
import { S3Error } from "../../src/demo/server/s3_error.ts";
import { parseTarget } from "../../src/demo/server/s3_request.ts";
import { verifySignature } from "../../src/demo/server/signature.ts";
import { elementOf, signedFetch, type SignedFetchOptions } from "./_client.ts";

const KEY = "/flatfiles/us_stocks_sip/day_aggs_v1/2024/01/2024-01-02.csv.gz";

// Source: "Examples: Signature Calculations" in Amazon S3's API reference.
const EXAMPLE_CREDENTIALS = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};
const EXAMPLE_TIME = new Date("2013-05-24T00:00:00Z");
interface Example {
  path: string;
  names: string;
  headers: Record<string, string>;
  signature: string;
}
const EXAMPLES: Example[] = [
  {
    path: "/test.txt",
    names: "host;range;x-amz-content-sha256;x-amz-date",
    headers: { range: "bytes=0-9" },
    signature:
      "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
  },
  {
    path: "/?lifecycle",
    names: "host;x-amz-content-sha256;x-amz-date",
    headers: {},
    signature:
      "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
  },
  {
    path: "/?max-keys=2&prefix=J",
    names: "host;x-amz-content-sha256;x-amz-date",
    headers: {},
    signature:
      "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
  },
];

function verifyExample(
  { path, names, headers, signature }: Example,
): void {
  const host = "examplebucket.s3.amazonaws.com";
  verifySignature(
    {
      method: "GET",
      target: parseTarget(`https://${host}${path}`),
      headers: new Headers({
        host,
        "x-amz-content-sha256":
          "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "x-amz-date": "20130524T000000Z",
        authorization:
          `AWS4-HMAC-SHA256 Credential=${EXAMPLE_CREDENTIALS.accessKeyId}/20130524/us-east-1/s3/aws4_request,SignedHeaders=${names},Signature=${signature}`,
        ...headers,
      }),
    },
    EXAMPLE_CREDENTIALS,
    EXAMPLE_TIME,
  );
}

for (const example of EXAMPLES) {
  Deno.test(`verifySignature() accepts Amazon's published example of ${example.path}`, () => {
    verifyExample(example);
    const error = assertThrows(
      () => verifyExample({ ...example, path: `${example.path}x` }),
      S3Error,
    );
    assertEquals(error.code, "SignatureDoesNotMatch");
  });
}

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

Deno.test("startDemoServer() refuses presigned URLs and other schemes with a reason", async () => {
  await using server = startDemoServer();
  const presigned = await fetch(
    `${server.url}${KEY}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0`,
  );
  assertEquals(presigned.status, 501);
  assertStringIncludes(await presigned.text(), "presigned");
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
