import { assertEquals, assertThrows } from "@std/assert";
import {
  parseTarget,
  S3Error,
  verifySignature,
} from "../../src/service/mod.ts";

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
    { keys: [EXAMPLE_CREDENTIALS], now: EXAMPLE_TIME },
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
