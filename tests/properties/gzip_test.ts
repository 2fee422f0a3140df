import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { crc32, deflateRawSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { gunzip } from "../../src/gzip/gunzip.ts";
import { IntegrityError } from "../../src/base/mod.ts";
import { collect, csv, joined, noise } from "../support/data.ts";
import { check } from "./_check.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A gzip member and what it holds. */
interface Member {
  content: Bytes;
  packed: Bytes;
}

/** Content of up to `max` bytes: of the kinds that compress well, badly, and not at all. */
function content(max: number): fc.Arbitrary<Bytes> {
  const size = fc.nat({ max });
  const seed = fc.nat({ max: 999 });
  return fc.oneof(
    fc.constant(new Uint8Array()),
    fc.tuple(size, seed).map(([size, seed]) => csv(size, seed)),
    fc.tuple(size, seed).map(([size, seed]) => noise(size, seed)),
    fc.tuple(size, fc.nat({ max: 255 }))
      .map(([size, byte]) => new Uint8Array(size).fill(byte)),
    fc.uint8Array({ maxLength: Math.min(60, max) })
      .map((bytes) => new Uint8Array(bytes)),
  );
}

/** How a member is compressed, and what its header says besides. */
const packing = fc.record({
  level: fc.integer({ min: 0, max: 9 }),
  memLevel: fc.integer({ min: 1, max: 9 }),
  strategy: fc.integer({ min: 0, max: 4 }),
  isBare: fc.boolean(),
  time: fc.nat({ max: 0xffff_ffff }),
  extra: fc.option(fc.uint8Array({ maxLength: 40 }), { nil: undefined }),
  name: fc.option(fc.string({ maxLength: 20 }), { nil: undefined }),
  comment: fc.option(fc.string({ maxLength: 20 }), { nil: undefined }),
  hasHeaderSum: fc.boolean(),
});

type Packing = typeof packing extends fc.Arbitrary<infer T> ? T : never;

/** Compresses bytes as node:zlib does, or behind a header with all that a header may hold. */
function pack(bytes: Bytes, how: Packing): Bytes {
  const { level, memLevel, strategy } = how;
  const options = { level, memLevel, strategy };
  if (how.isBare) return new Uint8Array(gzipSync(bytes, options));
  const { extra, name, comment, hasHeaderSum } = how;
  const flags = (hasHeaderSum ? 2 : 0) | (extra === undefined ? 0 : 4) |
    (name === undefined ? 0 : 8) | (comment === undefined ? 0 : 16);
  const header = joined(
    Uint8Array.of(0x1f, 0x8b, 8, flags),
    littleEndian(how.time, 4),
    Uint8Array.of(0, 255),
    extra === undefined
      ? new Uint8Array()
      : joined(littleEndian(extra.length, 2), extra),
    zeroEnded(name),
    zeroEnded(comment),
  );
  return joined(
    header,
    hasHeaderSum ? littleEndian(crc32(header) & 0xffff, 2) : new Uint8Array(),
    new Uint8Array(deflateRawSync(bytes, options)),
    littleEndian(crc32(bytes), 4),
    littleEndian(bytes.length, 4),
  );
}

function littleEndian(value: number, bytes: number): Bytes {
  return Uint8Array.from({ length: bytes }, (_, i) => value >>> (8 * i));
}

function zeroEnded(text: string | undefined): Bytes {
  if (text === undefined) return new Uint8Array();
  return new Uint8Array(Buffer.from(`${text.replaceAll("\0", "")}\0`));
}

/** One to four members of up to `max` bytes each. */
function members(max: number): fc.Arbitrary<Member[]> {
  const member = fc.tuple(content(max), packing)
    .map(([content, how]) => ({ content, packed: pack(content, how) }));
  return fc.array(member, { minLength: 1, maxLength: 4 });
}

/** Zeros that may stand behind the last member. */
const padding = fc.oneof(
  { weight: 2, arbitrary: fc.constant(0) },
  fc.nat({ max: 600 }),
).map((zeros) => new Uint8Array(zeros));

/** Places to cut at; two at the same place make an empty chunk. */
const cuts = fc.array(
  fc.oneof(fc.nat(), fc.double({ min: 0, max: 1, noNaN: true })),
  { maxLength: 20 },
);

/** Bytes in chunks, each overwritten once the next one is taken: they belong to the source. */
async function* chunks(
  bytes: Bytes,
  cuts: readonly number[],
): AsyncGenerator<Uint8Array> {
  const places = cuts.map((cut) =>
    cut <= 1 ? Math.floor(cut * bytes.length) : cut % (bytes.length + 1)
  ).sort((a, b) => a - b);
  let from = 0;
  for (const to of [...places, bytes.length]) {
    const chunk = bytes.slice(from, to);
    yield chunk;
    chunk.fill(0xee);
    from = to;
  }
}

function inflate(bytes: Bytes, cuts: readonly number[]): Promise<Bytes> {
  return collect(gunzip(chunks(bytes, cuts), "a.csv.gz"));
}

/** What comes out to the very end, or `undefined` where the damage is noticed. */
async function inflateDamaged(
  bytes: Bytes,
  cuts: readonly number[],
): Promise<Bytes | undefined> {
  try {
    return await inflate(bytes, cuts);
  } catch (error) {
    if (error instanceof IntegrityError) return undefined;
    throw error;
  }
}

/** Compared in one step: an element for each byte would take long to compare. */
function assertSameBytes(actual: Bytes, expected: Bytes, note = ""): void {
  assert(
    Buffer.compare(actual, expected) === 0,
    `${note}: ${actual.length} bytes ${
      Deno.inspect(actual)
    } instead of ${expected.length} ${Deno.inspect(expected)}`,
  );
}

function contentOf(members: readonly Member[]): Bytes {
  return joined(...members.map(({ content }) => content));
}

function packedOf(members: readonly Member[], padding: Bytes): Bytes {
  return joined(...members.map(({ packed }) => packed), padding);
}

Deno.test("gunzip() gives what was compressed, for any members, headers, padding and chunks", async () => {
  await check(
    fc.asyncProperty(
      members(100_000),
      padding,
      cuts,
      async (members, padding, cuts) => {
        assertSameBytes(
          await inflate(packedOf(members, padding), cuts),
          contentOf(members),
        );
      },
    ),
    { numRuns: 150 },
  );
});

Deno.test("gunzip() gives the same for small members in chunks of any size", async () => {
  await check(
    fc.asyncProperty(
      members(200),
      padding,
      fc.integer({ min: 1, max: 40 }),
      async (members, padding, size) => {
        const packed = packedOf(members, padding);
        const places = Array.from(
          { length: Math.floor(packed.length / size) },
          (_, index) => (index + 1) * size / packed.length,
        );
        assertSameBytes(await inflate(packed, places), contentOf(members));
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("gunzip() never comes to the end of data that ends early", async () => {
  await check(
    fc.asyncProperty(
      members(3000),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      fc.nat({ max: 30 }),
      cuts,
      async (members, place, fromEnd, cuts) => {
        const packed = packedOf(members, new Uint8Array());
        // Also just before the end, where the checksums are.
        for (
          const length of [
            Math.floor(place * packed.length),
            Math.max(0, packed.length - 1 - fromEnd),
          ]
        ) {
          const out = await inflateDamaged(packed.slice(0, length), cuts);
          if (out === undefined) continue;
          // Between two members nothing tells that there was another one.
          const count = members.findIndex((_, index) =>
            packedOf(members.slice(0, index), new Uint8Array()).length ===
              length
          );
          assert(count > 0, `it ended after ${length} bytes`);
          assertSameBytes(out, contentOf(members.slice(0, count)));
        }
      },
    ),
    { numRuns: 150 },
  );
});

Deno.test("gunzip() never gives other bytes to the end where a bit is flipped", async () => {
  await check(
    fc.asyncProperty(
      members(400),
      padding,
      fc.array(fc.nat(), { minLength: 1, maxLength: 12 }),
      cuts,
      async (members, padding, places, cuts) => {
        const packed = packedOf(members, padding);
        for (const place of places) {
          const bit = place % (packed.length * 8);
          const damaged = packed.slice();
          damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
          const out = await inflateDamaged(damaged, cuts);
          // Time, system and flags in a header say nothing about the content.
          if (out === undefined) continue;
          assertSameBytes(out, contentOf(members), `bit ${bit}`);
        }
      },
    ),
    { numRuns: 120 },
  );
});

Deno.test("gunzip() refuses any byte but zero behind the last member", async () => {
  const tail = fc.uint8Array({ minLength: 1, maxLength: 40 })
    .filter((bytes) => bytes.some((byte) => byte !== 0));
  await check(
    fc.asyncProperty(
      members(300),
      padding,
      tail,
      cuts,
      async (members, padding, tail, cuts) => {
        const packed = joined(packedOf(members, padding), tail);
        assertEquals(await inflateDamaged(packed, cuts), undefined);
      },
    ),
    { numRuns: 120 },
  );
});

Deno.test("gunzip() is not misled by content or a header that looks like the end of a member and the beginning of the next", async () => {
  const magic = Uint8Array.of(0x1f, 0x8b, 8);
  const pieces = fc.array(
    fc.option(content(40), { nil: undefined }),
    { minLength: 1, maxLength: 6 },
  );
  await check(
    fc.asyncProperty(
      pieces,
      packing,
      fc.nat({ max: 12 }),
      cuts,
      async (pieces, how, zeros, cuts) => {
        // A member ends with the size of its content. Here the content says itself how long it is so far.
        const content = pieces.reduce<Bytes>(
          (before, piece) =>
            piece === undefined
              ? joined(before, littleEndian(before.length + 4, 4), magic)
              : joined(before, piece),
          new Uint8Array(),
        );
        const extra = joined(new Uint8Array(zeros), magic);
        // Without compression, it stands in the member as it is.
        const packed = pack(content, { ...how, level: 0, extra });
        assertSameBytes(await inflate(packed, cuts), content);
      },
    ),
    { numRuns: 100 },
  );
});
