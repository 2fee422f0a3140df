import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { GzipFault } from "../../src/gzip/gzip_fault.ts";
import { Inflater } from "../../src/gzip/inflater.ts";
import { csv, joined, noise } from "../support/data.ts";
import { check } from "./_check.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** What data has become, how much of it was used, or what is wrong with it. */
type Outcome =
  | { content: Bytes; used: number }
  | { fault: string }
  | "ends early";

/** Inflates data that is written in pieces of at most `length` bytes. */
function inflate(data: Uint8Array, length = Infinity): Outcome {
  using inflater = Inflater.take();
  const pieces: Bytes[] = [];
  let at = 0;
  try {
    while (!inflater.hasEnded) {
      if (at === data.length) return "ends early";
      at += inflater.write(data.subarray(at, at + length));
      for (
        let out = inflater.read();
        out.length > 0;
        out = inflater.read()
      ) pieces.push(new Uint8Array(out));
    }
  } catch (error) {
    assertInstanceOf(error, GzipFault);
    return { fault: error.message };
  }
  return { content: whole(pieces), used: at - inflater.unread };
}

/** All pieces in one, however many there are. */
function whole(pieces: readonly Bytes[]): Bytes {
  const size = pieces.reduce((sum, { length }) => sum + length, 0);
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** How zlib's messages begin, for all but data that ends early. */
const IS_FAULT = /^(invalid|too many) /;

function isFault(outcome: Outcome, fault: string): boolean {
  return typeof outcome === "object" && "fault" in outcome &&
    outcome.fault.endsWith(fault);
}

/** The same by zlib. */
function inflateByZlib(data: Uint8Array): Outcome {
  try {
    const { buffer, engine } = inflateRawSync(data, {
      info: true,
    }) as unknown as { buffer: Uint8Array; engine: { bytesWritten: number } };
    return { content: new Uint8Array(buffer), used: engine.bytesWritten };
  } catch (error) {
    assertInstanceOf(error, Error);
    return IS_FAULT.test(error.message)
      ? { fault: `is damaged: ${error.message}` }
      : "ends early";
  }
}

/** Content of all the kinds that take different ways through the inflater. */
const content: fc.Arbitrary<Bytes> = fc.record({
  kind: fc.constantFrom("csv", "noise", "one byte", "few bytes", "period"),
  size: fc.oneof(fc.nat({ max: 3000 }), fc.nat({ max: 400_000 })),
  seed: fc.nat({ max: 255 }),
}).map(({ kind, size, seed }) => {
  if (kind === "csv") return csv(size, seed);
  const random = noise(size, seed);
  switch (kind) {
    case "noise":
      return random;
    case "one byte":
      return random.fill(seed);
    case "few bytes":
      return random.map((byte) => byte < 200 ? seed : byte & 7);
    default: // matches of each distance
      return random.map((_, index) => index % (seed + 1));
  }
});

const packing = fc.record({
  level: fc.integer({ min: 0, max: 9 }),
  memLevel: fc.integer({ min: 1, max: 9 }),
  strategy: fc.integer({ min: 0, max: 4 }),
  windowBits: fc.integer({ min: 9, max: 15 }),
});

const pieceLength = fc.oneof(
  fc.integer({ min: 1, max: 20 }),
  fc.integer({ min: 1, max: 200_000 }),
);

Deno.test("Inflater gives back what zlib has deflated, and leaves what follows", async () => {
  await check(
    fc.property(
      content,
      packing,
      pieceLength,
      fc.uint8Array({ maxLength: 20 }),
      (bytes, how, length, rest) => {
        const data = deflateRawSync(bytes, how);
        const outcome = inflate(joined(data, rest), length);
        assert(typeof outcome === "object" && "content" in outcome);
        assertEquals(outcome.used, data.length);
        assertEquals(outcome.content.length, bytes.length);
        assert(outcome.content.every((byte, index) => byte === bytes[index]));
      },
    ),
  );
});

Deno.test("Inflater agrees with zlib about damaged data, and says what is wrong", async () => {
  const faults = new Set<string>();
  const flips = fc.array(
    fc.tuple(fc.nat({ max: 150 }), fc.nat({ max: 7 })),
    { minLength: 1, maxLength: 3 },
  );
  await check(
    fc.property(
      content.map((bytes) => bytes.subarray(0, 20_000)),
      packing,
      pieceLength,
      flips,
      (bytes, how, length, flips) => {
        const data = new Uint8Array(deflateRawSync(bytes, how));
        for (const [at, bit] of flips) {
          const place = at % data.length;
          data[place] = (data[place] ?? 0) ^ (1 << bit);
        }
        const outcome = inflate(data, length);
        const byZlib = inflateByZlib(data);
        // A block whose code lengths have no code at all: zlib reads on, as if each bit
        // were a length of 0, until it misses the code of the block's end.
        if (isFault(outcome, "invalid code lengths set")) {
          assert(byZlib === "ends early" || "fault" in byZlib);
        } else assertEquals(outcome, byZlib);
        if (typeof outcome === "object" && "fault" in outcome) {
          faults.add(outcome.fault);
        }
      },
    ),
    { numRuns: 500 },
  );
  assert(faults.size >= 5, [...faults].join("; "));
});

Deno.test("Inflater knows each kind of damage", () => {
  // Bits as RFC 1951 counts them: those of a number from its lowest one on.
  const cases: [string, Bytes][] = [
    ["invalid block type", bits([1, 1], [3, 2])],
    [
      "invalid stored block lengths",
      Uint8Array.of(1, 5, 0, 5, 0, 0, 0, 0, 0, 0),
    ],
    [
      "too many length or distance symbols",
      bits([1, 1], [2, 2], [31, 5], [0, 5], [0, 4], [0, 40]),
    ],
    [
      "invalid code lengths set",
      bits([1, 1], [2, 2], [0, 5], [0, 5], [0, 4], [1, 3], [0, 80]),
    ],
    // The code lengths 16 and 17 have one bit each: the first one repeats nothing.
    [
      "invalid bit length repeat",
      bits([1, 1], [2, 2], [0, 5], [0, 5], [0, 4], [1, 3], [1, 3], [0, 80]),
    ],
    // All lengths are 0.
    [
      "invalid code -- missing end-of-block",
      bits(
        ...[[1, 1], [2, 2], [0, 5], [0, 5], [0, 4]] as const,
        ...[[0, 3], [0, 3], [1, 3], [1, 3]] as const, // 18 and 0
        ...[[1, 1], [127, 7], [1, 1], [109, 7], [0, 80]] as const,
      ),
    ],
    // Fixed codes: the length 286 is none, and the distances 30 and 31 are none.
    ["invalid literal/length code", bits([1, 1], [1, 2], [0b01100011, 8])],
    [
      "invalid distance code",
      bits([1, 1], [1, 2], [0b1000000, 7], [0b01111, 5], [0, 64]),
    ],
    [
      "invalid distance too far back",
      bits([1, 1], [1, 2], [0b1000000, 7], [0, 5], [0, 64]),
    ],
  ];
  for (const [words, data] of cases) {
    assertEquals(inflate(data), { fault: `is damaged: ${words}` });
    assertEquals(inflateByZlib(data), { fault: `is damaged: ${words}` });
  }
});

/** Numbers of so many bits each, the lowest bit first. */
function bits(...numbers: readonly (readonly [number, number])[]): Bytes {
  const all = numbers.flatMap(([value, count]) =>
    Array.from({ length: count }, (_, bit) => Math.floor(value / 2 ** bit) % 2)
  );
  return Uint8Array.from(
    { length: Math.ceil(all.length / 8) },
    (_, byte) =>
      all.slice(8 * byte, 8 * byte + 8)
        .reduce((sum, bit, place) => sum + bit * 2 ** place, 0),
  );
}

Deno.test("Inflaters that are taken at the same time do not disturb each other", () => {
  const contents = Array.from(
    { length: 20 },
    (_, index) => csv(300_000, index),
  );
  const datas = contents.map((bytes) => new Uint8Array(deflateRawSync(bytes)));
  const inflaters = datas.map(() => Inflater.take());
  const sizes = datas.map(() => 0);
  for (let at = 0; at < 200_000; at += 1000) {
    inflaters.forEach((inflater, index) => {
      const data = datas[index]?.subarray(at, at + 1000);
      if (data === undefined || data.length === 0) return;
      inflater.write(data);
      for (
        let out = inflater.read();
        out.length > 0;
        out = inflater.read()
      ) {
        const from = sizes[index] ?? 0;
        const wanted = contents[index]?.subarray(from, from + out.length);
        assert(out.every((byte, place) => byte === wanted?.[place]));
        sizes[index] = from + out.length;
      }
    });
  }
  for (const inflater of inflaters) inflater[Symbol.dispose]();
  assertEquals(sizes, contents.map(({ length }) => length));
});
