import { assertEquals } from "@std/assert";
import { startDemoServer } from "../../src/demo/mod.ts";
import {
  elementOf,
  presign,
  type PresignOptions,
  sign,
} from "../support/s3_client.ts";

const PATH = "/flatfiles/README.txt";
const NOW = new Date("2024-06-03T12:00:00Z");
const at = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);

const TAKEN: Record<string, PresignOptions> = {
  "from now on": { date: NOW },
  "in its last second": { date: at(-60) },
  "a week old": { date: at(-604_800), expires: 604_800 },
  "a quarter of an hour ahead": { date: at(900) },
};

Deno.test("verifySignature() takes presigned URLs as long as they are valid", async () => {
  await using server = startDemoServer({ now: () => NOW });
  for (const [what, options] of Object.entries(TAKEN)) {
    const response = await fetch(await presign(server.url + PATH, options));
    await response.body?.cancel();
    assertEquals([what, response.status], [what, 200]);
  }
});

const REFUSED: Record<string, [PresignOptions, number, string]> = {
  "that has expired": [{ date: at(-61) }, 403, "AccessDenied"],
  "that is too far ahead": [{ date: at(901) }, 403, "RequestTimeTooSkewed"],
  "for no time": [
    { date: NOW, expires: 0 },
    400,
    "AuthorizationQueryParametersError",
  ],
  "for more than a week": [
    { date: NOW, expires: 604_801 },
    400,
    "AuthorizationQueryParametersError",
  ],
  "for a number that is none": [
    { date: NOW, expires: "1e3" },
    400,
    "AuthorizationQueryParametersError",
  ],
  "with another secret": [
    { date: NOW, secretAccessKey: "another" },
    403,
    "SignatureDoesNotMatch",
  ],
  "of another key": [
    { date: NOW, accessKeyId: "somebody" },
    403,
    "InvalidAccessKeyId",
  ],
};

for (const [what, [options, status, code]] of Object.entries(REFUSED)) {
  Deno.test(`verifySignature() refuses a presigned URL ${what}`, async () => {
    await using server = startDemoServer({ now: () => NOW });
    const response = await fetch(await presign(server.url + PATH, options));
    const xml = await response.text();
    assertEquals([response.status, elementOf(xml, "Code")], [status, code]);
  });
}

Deno.test("verifySignature() refuses a presigned URL that was altered, or lacks a part", async () => {
  await using server = startDemoServer({ now: () => NOW });
  const url = await presign(server.url + PATH, { date: NOW });
  const tries: [string, string][] = [
    [url.replace("README.txt", "README.md"), "SignatureDoesNotMatch"],
    [url.replace("Expires=60", "Expires=6000"), "SignatureDoesNotMatch"],
    [`${url}&response-content-type=text/html`, "SignatureDoesNotMatch"],
    [`${url}&X-Amz-Expires=9`, "AuthorizationQueryParametersError"],
    [url.replace("X-Amz-Date", "X-Date"), "AuthorizationQueryParametersError"],
    [url.replace("=host", "="), "AuthorizationHeaderMalformed"],
  ];
  for (const [altered, code] of tries) {
    const response = await fetch(altered);
    assertEquals(elementOf(await response.text(), "Code"), code, altered);
  }
});

Deno.test("verifySignature() refuses two signatures of one request", async () => {
  await using server = startDemoServer({ now: () => NOW });
  const url = await presign(server.url + PATH, { date: NOW });
  const headers = await sign(server.url + PATH, { date: NOW });
  const response = await fetch(url, { headers });
  assertEquals(response.status, 400);
  assertEquals(elementOf(await response.text(), "Code"), "InvalidArgument");
});

Deno.test("a presigned URL sets headers of the answer", async () => {
  await using server = startDemoServer({ now: () => NOW });
  const disposition = 'attachment; filename="a.txt"';
  const ask = async (parameters: Record<string, string>) => {
    const url = await presign(server.url + PATH, { date: NOW, parameters });
    const response = await fetch(url);
    await response.body?.cancel();
    return response;
  };
  const { headers } = await ask({
    "response-content-disposition": disposition,
  });
  assertEquals(headers.get("content-disposition"), disposition);
  const { status } = await ask({ "response-content-type": "a\r\nb: c" });
  assertEquals(status, 400);
});
