import { assertEquals } from "@std/assert";
import { gunzipSync } from "node:zlib";
import { storeGzip } from "../../src/gzip/mod.ts";
import { collect, noise } from "../support/data.ts";

async function* pieces(
  content: Uint8Array<ArrayBuffer>,
  length: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let at = 0; at < content.length; at += length) {
    yield content.slice(at, at + length);
  }
}

Deno.test("storeGzip() makes gzip data of any content", async () => {
  const content = noise(200_000);
  for (
    const [size, length] of [
      [0, 1],
      [1, 1],
      [65_535, 65_535],
      [65_536, 65_536],
      [200_000, 200_000],
      [200_000, 1000],
    ] as const
  ) {
    const part = content.slice(0, size);
    const stored = await collect(storeGzip(pieces(part, length)));
    assertEquals(new Uint8Array(gunzipSync(stored)), part);
  }
});
