import { assertEquals } from "@std/assert";
import type { GzipPosition } from "../../src/gzip/mod.ts";
import { GzipVerifier } from "../../src/gzip/gzip_verifier.ts";
import { csv, gzip, joined, noise } from "../support/data.ts";

/** Members with many blocks, with one block, and with nothing in them. */
const WHOLE = joined(
  await gzip(csv(900_000)),
  await gzip(csv(300)),
  await gzip(new Uint8Array()),
  await gzip(noise(300_000)),
);

/** What is wrong with data, and the positions at which its pieces ended. */
async function verify(
  data: Uint8Array,
  from?: GzipPosition,
): Promise<{ fault: string | undefined; positions: GzipPosition[] }> {
  const positions: GzipPosition[] = [];
  using verifier = new GzipVerifier("a.gz", {
    from,
    onPiece(reader) {
      const position = reader.position();
      if (position !== undefined) positions.push(position);
    },
  });
  for (let at = 0; at < data.length; at += 10_000) {
    await verifier.write(data.subarray(at, at + 10_000));
  }
  await verifier.end();
  return { fault: verifier.damage?.fault, positions };
}

Deno.test("GzipVerifier goes on from any position, with the same verdict", async () => {
  const { fault, positions } = await verify(WHOLE);
  assertEquals(fault, undefined);
  assertEquals(positions.length > 8, true);
  assertEquals(new Set(positions.map(({ isMember }) => isMember)).size, 2);
  const damaged = WHOLE.slice();
  const trailer = damaged.length - 8; // the last member's CRC-32
  damaged[trailer] = (damaged[trailer] ?? 0) ^ 1;
  for (const position of positions) {
    const start = Math.floor(position.bit / 8);
    if (start >= WHOLE.length) continue;
    assertEquals(
      (await verify(WHOLE.subarray(start), position)).fault,
      undefined,
    );
    assertEquals(
      (await verify(damaged.subarray(start), position)).fault,
      "is damaged: CRC-32 mismatch",
    );
    assertEquals(
      (await verify(WHOLE.subarray(start, -1), position)).fault,
      "ends early",
    );
  }
});

Deno.test("GzipVerifier tells that what a position was of is other data", async () => {
  const { positions: [first] } = await verify(await gzip(csv(900_000)));
  const wrong = first && { ...first, crc32: first.crc32 ^ 1 };
  const data = await gzip(csv(900_000));
  const start = Math.floor((first?.bit ?? 0) / 8);
  assertEquals(
    (await verify(data.subarray(start), wrong)).fault,
    "is damaged: CRC-32 mismatch",
  );
});
