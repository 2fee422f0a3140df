import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  parseTarget,
  type ReadableBucket,
  routeRead,
  S3Error,
  verifySignature,
} from "../../src/service/mod.ts";
import { presign, sign } from "../support/s3_client.ts";

const KEY = {
  accessKeyId: "flatbed",
  secretAccessKey: "made-up-secret-of-a-test",
};
const NOW = new Date("2024-06-03T12:00:00Z");
const URL_OF_TESTS = "http://host/flatfiles/a/b.csv.gz";

/** The code that a request is refused with; `undefined` if it is taken. */
function refusal(url: string, headers: Record<string, string>) {
  try {
    verifySignature({
      method: "GET",
      target: parseTarget(url),
      headers: new Headers({ host: "host", ...headers }),
    }, { keys: [KEY], now: NOW });
  } catch (error) {
    assert(error instanceof S3Error, `${error}`);
    assert(!error.toXml("/", "0").includes(KEY.secretAccessKey));
    return error.code;
  }
}

const headerText = fc.string({ maxLength: 300, unit: "binary-ascii" })
  .map((text) => text.replaceAll(/[\0\r\n]/g, ""));

Deno.test("verifySignature() refuses whatever is in an Authorization header", () => {
  fc.assert(fc.property(headerText, headerText, (authorization, date) => {
    for (
      const start of ["", "AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256 Credential="]
    ) {
      const headers = {
        authorization: start + authorization,
        "x-amz-date": date,
        "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
      };
      assert(refusal(URL_OF_TESTS, headers) !== undefined);
    }
  }));
});

Deno.test("verifySignature() refuses a signature with any character changed, in a header or a URL", async () => {
  const signed = await sign(URL_OF_TESTS, { ...KEY, date: NOW });
  assertEquals(refusal(URL_OF_TESTS, signed), undefined);
  const { authorization = "" } = signed;
  const start = authorization.indexOf("Credential=") + 11;
  const url = await presign(URL_OF_TESTS, { ...KEY, date: NOW });
  assertEquals(refusal(url, {}), undefined);
  const change = (text: string, at: number, by: number) => {
    const code = (text.charCodeAt(at) - 0x21 + by) % 0x5e + 0x21;
    return text.slice(0, at) + String.fromCharCode(code) + text.slice(at + 1);
  };
  const by = fc.integer({ min: 1, max: 0x5d });
  fc.assert(fc.property(
    fc.integer({ min: start, max: authorization.length - 1 }),
    by,
    (at, by) => {
      const changed = change(authorization, at, by);
      const headers = { ...signed, authorization: changed };
      assert(refusal(URL_OF_TESTS, headers) !== undefined, changed);
    },
  ));
  fc.assert(fc.property(
    fc.integer({ min: "http://host/".length, max: url.length - 1 }),
    by,
    (at, by) => {
      let changed = change(url, at, by);
      // Both spellings of a character mean the same, and an added `&` nothing.
      const same = (url: string) => {
        try {
          return JSON.stringify([
            parseTarget(url).rawPath,
            parseTarget(url).query,
          ]);
        } catch {
          return "";
        }
      };
      if (same(changed) === same(url)) changed = `${url}&x`;
      try {
        assert(refusal(changed, {}) !== undefined, changed);
      } catch (error) {
        if (!(error instanceof S3Error)) throw error; // parseTarget() refuses it
      }
    },
  ));
});

Deno.test("routeRead() answers any listing's query, or says what is wrong with it", async () => {
  const keys = ["a", "a/b", "a/b/c", "b//", "parquet/x", "z\u{fffd}"];
  const bucket: ReadableBucket = {
    name: "flatfiles",
    keysFrom: (from, prefix) =>
      keys.filter((key) => key >= from && key.startsWith(prefix)),
    describe: () => ({ size: 1, etag: "e", lastModified: NOW }),
    find: () => undefined,
  };
  const names = fc.constantFrom(
    ...["continuation-token", "delimiter", "encoding-type", "list-type"],
    ...["marker", "max-keys", "prefix", "start-after", "x", "location"],
  );
  const values = fc.oneof(
    fc.string({ maxLength: 20, unit: "binary" }),
    fc.constantFrom("2", "url", "/", "a", "\uffff", "-1", "0", "1", "1e9"),
  );
  await fc.assert(fc.asyncProperty(
    fc.array(fc.tuple(names, values), { maxLength: 6 }),
    async (pairs) => {
      const query = pairs.map(([name, value]) =>
        `${name}=${encodeURIComponent(value.toWellFormed())}`
      ).join("&");
      const target = parseTarget(`http://host/flatfiles?${query}`);
      try {
        const { answer } = routeRead(
          { method: "GET", target, headers: new Headers() },
          bucket,
        );
        const { status, bytes } = await answer();
        assertEquals(status, 200);
        assert(bytes !== undefined);
      } catch (error) {
        assert(error instanceof S3Error, `${error}`);
      }
    },
  ));
});
