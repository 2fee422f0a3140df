import { assert, assertEquals, assertRejects } from "@std/assert";
import { Buffer } from "node:buffer";
import { constants, deflateRawSync, gzipSync } from "node:zlib";
import { bytesSource, IntegrityError } from "../../src/base/mod.ts";
import {
  crc32,
  exportGzidx,
  type GzipIndex,
  indexGzip,
  readIndexed,
  shiftCrc32,
  SMALLEST_DISTANCE,
} from "../../src/gzip/mod.ts";
import { MemberReader } from "../../src/gzip/member_reader.ts";
import { csv, joined, noise } from "../support/data.ts";

type Bytes = Uint8Array<ArrayBuffer>;

function gzip(content: Bytes, level = 6): Bytes {
  return new Uint8Array(gzipSync(content, { level }));
}

async function read(
  stored: Bytes,
  index: GzipIndex,
  start: number,
  end: number,
  sliceSize?: number,
): Promise<Bytes> {
  const pieces: Bytes[] = [];
  const parts = readIndexed(bytesSource(stored), index, start, end, {
    name: "a.gz",
    ...(sliceSize !== undefined && { sliceSize }),
  });
  for await (const part of parts) pieces.push(new Uint8Array(part));
  return joined(...pieces);
}

const LONG = csv(600_000);
const SAMPLES: Readonly<Record<string, [stored: Bytes, content: Bytes]>> = {
  "a member": [gzip(LONG), LONG],
  "stored blocks": [gzip(LONG, 0), LONG],
  "content that does not compress": [gzip(noise(300_000)), noise(300_000)],
  "members, some of them empty, and padding": [
    joined(
      gzip(new Uint8Array()),
      gzip(LONG.slice(0, 200_001)),
      ...Array.from({ length: 30 }, () => gzip(new Uint8Array())),
      gzip(LONG.slice(200_001)),
      new Uint8Array(100),
    ),
    LONG,
  ],
};

for (const [name, [stored, content]] of Object.entries(SAMPLES)) {
  Deno.test(`readIndexed() reads any part of ${name}`, async () => {
    const index = await indexGzip([stored], "a.gz", SMALLEST_DISTANCE);
    assertEquals(index.size, stored.length);
    assertEquals(index.contentSize, content.length);
    assert(index.checkpoints.length > 2);
    const places = index.checkpoints.flatMap(({ content }) => [
      Math.max(0, content - 1),
      content,
      content + 1,
    ]);
    for (const start of [...places, 12_345]) {
      for (const length of [0, 1, 70_000, Infinity]) {
        const from = Math.min(start, content.length);
        const to = Math.min(from + length, content.length);
        assertEquals(
          await read(stored, index, from, to, 10_000),
          content.slice(from, to),
        );
      }
    }
  });

  Deno.test(`the index of ${name} is the same, however it is cut`, async () => {
    const whole = await indexGzip([stored], "a.gz", SMALLEST_DISTANCE);
    for (const length of [1000, 65_537]) {
      const pieces = function* () {
        for (let at = 0; at < stored.length; at += length) {
          yield stored.subarray(at, at + length);
        }
      };
      assertEquals(await indexGzip(pieces(), "a.gz", SMALLEST_DISTANCE), whole);
    }
  });
}

Deno.test("the windows of an index hold little more than what is used", async () => {
  const stored = gzip(LONG);
  const index = await indexGzip([stored], "a.gz", SMALLEST_DISTANCE);
  const checkpoints = index.checkpoints.slice(1);
  for (const { window, content, isMember } of checkpoints) {
    assertEquals(window.length === 0, isMember);
    const whole = deflateRawSync(LONG.subarray(content - 32_768, content));
    assert(window.length < whole.length * 0.9, `${window.length} bytes`);
  }
});

Deno.test("readIndexed() refuses what its index is not of", async () => {
  const stored = gzip(LONG);
  const index = await indexGzip([stored], "a.gz", SMALLEST_DISTANCE);
  await assertRejects(
    () => read(stored.slice(1), index, 0, 10),
    IntegrityError,
    `is not what its index is of: expected ${stored.length} bytes`,
  );
  await assertRejects(
    () => read(stored, index, 0, LONG.length + 1),
    RangeError,
    `it has ${LONG.length} bytes`,
  );
  const short = bytesSource(stored);
  const cut = {
    size: short.size,
    slice: async (start: number, end: number) =>
      (await short.slice(start, end)).subarray(1),
  };
  await assertRejects(
    () => Array.fromAsync(readIndexed(cut, index, 0, 10, { name: "a.gz" })),
    IntegrityError,
    "ends early",
  );
});

Deno.test("indexGzip() refuses data that is damaged", async () => {
  const stored = gzip(LONG);
  await assertRejects(
    () => indexGzip([stored.slice(0, -1)], "a.gz"),
    IntegrityError,
    "ends early",
  );
});

Deno.test("exportGzidx() writes what indexed_gzip reads", async () => {
  const content = LONG;
  const named = new Uint8Array(Buffer.concat([
    Uint8Array.of(0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3),
    new TextEncoder().encode("day.csv\0"),
    gzip(content).subarray(10),
  ]));
  const stored = joined(named, gzip(csv(300_000, 9)));
  const index = await indexGzip([stored], "a.gz", SMALLEST_DISTANCE);
  const file = joined(...exportGzidx(index));
  const view = new DataView(file.buffer);
  assertEquals(new TextDecoder().decode(file.subarray(0, 5)), "GZIDX");
  assertEquals([view.getUint8(5), view.getUint8(6)], [1, 0]);
  assertEquals(view.getBigUint64(7, true), BigInt(stored.length));
  assertEquals(view.getBigUint64(15, true), BigInt(index.contentSize));
  assertEquals(view.getUint32(27, true), 32_768);
  const count = view.getUint32(31, true);
  assert(count > 4);
  let window = 35 + 18 * count;
  for (let point = 0; point < count; point++) {
    const at = 35 + 18 * point;
    const offset = Number(view.getBigUint64(at, true));
    const place = Number(view.getBigUint64(at + 8, true));
    const bits = view.getUint8(at + 16);
    const hasWindow = view.getUint8(at + 17) === 1;
    assertEquals(hasWindow, point > 0);
    // The first one is behind the member's header, with its name.
    if (point === 0) assertEquals([offset, place, bits], [18, 0, 0]);
    using reader = new MemberReader({
      checkpoint: {
        bit: offset * 8 - bits,
        content: place,
        isMember: false,
        window: hasWindow
          ? file.slice(window, window += 32_768)
          : new Uint8Array(),
      },
    });
    reader.write(stored.subarray(Math.floor((offset * 8 - bits) / 8)));
    const out = new Uint8Array(reader.read() ?? []);
    assert(out.length > 1000);
    const whole = joined(content, csv(300_000, 9));
    assertEquals(out, whole.slice(place, place + out.length));
  }
  assertEquals(window, file.length);
});

Deno.test("shiftCrc32() puts checksums together and takes them apart", () => {
  for (
    const [length, behind] of [[0, 5], [7, 0], [1000, 777], [
      1,
      300_000,
    ]] as const
  ) {
    const [a, b] = [noise(length, 1), noise(behind, 2)];
    const whole = crc32(joined(a, b));
    assertEquals((shiftCrc32(crc32(a), b.length) ^ crc32(b)) >>> 0, whole);
    assertEquals(
      shiftCrc32((whole ^ crc32(b)) >>> 0, -b.length),
      crc32(a),
    );
  }
  // Also far beyond 32 bits: back and forth is where it was.
  const far = 5 * 2 ** 40 + 3;
  assertEquals(shiftCrc32(shiftCrc32(0x12345678, far), -far), 0x12345678);
});

Deno.test("a block that is longer than the distance gives no checkpoint within", async () => {
  const content = new Uint8Array(3_000_000).fill(65);
  const stored = new Uint8Array(
    gzipSync(content, { strategy: constants.Z_FIXED }),
  );
  const index = await indexGzip([stored], "a.gz", SMALLEST_DISTANCE);
  assert(index.checkpoints.length <= 2);
  assertEquals(
    await read(stored, index, 2_999_990, 3_000_000),
    content.slice(0, 10),
  );
});
