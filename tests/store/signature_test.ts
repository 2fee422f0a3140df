import { assertEquals } from "@std/assert";
import { createHash, createHmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import fc from "fast-check";
import { type Signable, Signer, toQuery } from "../../src/store/signature.ts";
import { check } from "../properties/_check.ts";
import { TEST_CREDENTIALS } from "../support/store.ts";

/** What the AWS SDK's signer makes of a request. */
async function signedBySdk(
  { method, host, path, query, headers }: Signable,
  credentials: { accessKeyId: string; secretAccessKey: string },
  region: string,
  now: Date,
): Promise<Record<string, string>> {
  const signer = new SignatureV4({
    service: "s3",
    region,
    credentials,
    sha256: Sha256,
    uriEscapePath: false,
  });
  const signed = await signer.sign({
    method,
    protocol: "https:",
    hostname: host,
    path,
    query,
    headers: {
      ...headers,
      host,
      "x-amz-content-sha256": createHash("sha256").digest("hex"),
    },
  }, { signingDate: now });
  return signed.headers;
}

class Sha256 {
  readonly #hash: { update(data: Uint8Array): unknown; digest(): Uint8Array };

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined
      ? createHash("sha256")
      : createHmac("sha256", bytesOf(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytesOf(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(this.#hash.digest()));
  }

  reset(): void {}
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === "string") return new TextEncoder().encode(data);
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}

const text = fc.string({ unit: "grapheme", maxLength: 20 });
const token = fc.stringMatching(/^[A-Za-z0-9+/=]{1,40}$/);
const request = fc.record<Signable>({
  method: fc.constantFrom("GET", "HEAD"),
  host: fc.constantFrom("files.polygon.io", "127.0.0.1:9000", "[::1]:81"),
  path: fc.array(text).map((names) =>
    `/${names.map((name) => encodeURIComponent(name)).join("/")}`
  ),
  query: fc.dictionary(
    fc.constantFrom("prefix", "max-keys", "list-type", "continuation-token"),
    text,
    { noNullPrototype: true },
  ),
  headers: fc.record({
    range: fc.constantFrom("bytes=0-0", "bytes=17-", " bytes=1-2 "),
    "if-match": fc.constantFrom('"abc"', '"x-2"'),
  }, { requiredKeys: [] }),
});

Deno.test("Signer.sign() signs as the AWS SDK does", async () => {
  await check(fc.asyncProperty(
    request,
    fc.record({
      accessKeyId: token,
      secretAccessKey: token,
      sessionToken: token,
    }, { requiredKeys: ["accessKeyId", "secretAccessKey"] }),
    fc.constantFrom("us-east-1", "eu-central-1"),
    fc.date({
      min: new Date("2000-01-01"),
      max: new Date("2099-12-31"),
      noInvalidDate: true,
    }),
    async (request, credentials, region, now) => {
      assertEquals(
        new Signer(credentials, region).sign(request, now),
        await signedBySdk(request, credentials, region, now),
      );
    },
  ));
});

Deno.test("Signer.sign() goes on into the next day", () => {
  const signer = new Signer(TEST_CREDENTIALS, "us-east-1");
  const plain: Signable = {
    method: "GET",
    host: "localhost",
    path: "/bucket/key",
    query: {},
    headers: {},
  };
  for (const time of ["2024-01-01T23:59:59Z", "2024-01-02T00:00:00Z"]) {
    const now = new Date(time);
    assertEquals(
      signer.sign(plain, now),
      new Signer(TEST_CREDENTIALS, "us-east-1").sign(plain, now),
    );
  }
});

Deno.test("toQuery() escapes what a signature wants escaped, in order", () => {
  assertEquals(
    toQuery({ prefix: "a b/ü!'()*~", "list-type": "2" }),
    "list-type=2&prefix=a%20b%2F%C3%BC%21%27%28%29%2A~",
  );
});
