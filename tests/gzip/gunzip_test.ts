import {
  assert,
  assertEquals,
  assertLessOrEqual,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { GzipFault } from "../../src/gzip/gzip_fault.ts";
import { gunzip } from "../../src/gzip/gunzip.ts";
import { OneMemberGunzip } from "../../src/gzip/one_member_gunzip.ts";
import { decompressSync } from "../../src/gzip/decompress_sync.ts";
import { Decompressor } from "../../src/gzip/decompressor.ts";
import { IntegrityError, pull } from "../../src/base/mod.ts";
import {
  collect,
  csv,
  gzip,
  joined,
  noise,
  randomNumbers,
  sizeAndSum,
} from "../support/data.ts";

const EMPTY = new Uint8Array();
/** Empty members as different compressors write them. */
const EMPTY_FIXED = Uint8Array.of(
  ...[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0],
  ...[0, 0, 0, 0, 0, 0, 0, 0],
);
const EMPTY_STORED = Uint8Array.of(
  ...[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 0, 0, 0xff, 0xff],
  ...[0, 0, 0, 0, 0, 0, 0, 0],
);

/** Pieces that end at the given places. */
async function* cut(
  bytes: Uint8Array,
  places: readonly number[],
): AsyncGenerator<Uint8Array> {
  let from = 0;
  for (const to of [...places, bytes.length]) {
    yield bytes.slice(from, to);
    from = to;
  }
}

/** Pieces of one length, which are overwritten once they have been taken. */
async function* pieces(
  bytes: Uint8Array,
  length: number,
): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(length);
  for (let at = 0; at < bytes.length; at += length) {
    const piece = bytes.subarray(at, at + length);
    buffer.set(piece);
    yield buffer.subarray(0, piece.length);
    buffer.fill(0xee);
  }
}

type Gunzip = typeof gunzip;

/** The ways of doing it. */
const KINDS: Record<string, Gunzip> = { gunzip, decompressSync: whole };

/** As `gunzip()`, but all at once. */
async function* whole(
  source: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<Uint8Array> {
  const copies: Uint8Array[] = [];
  for await (const piece of source) copies.push(piece.slice());
  yield decompressSync(joined(...copies), name, 2 ** 31);
}

/** Makes a test of each kind. */
function test(
  behaviour: string,
  body: (subject: {
    gunzip: Gunzip;
    /** Everything that comes of bytes in pieces of one length. */
    inflate: (bytes: Uint8Array, length?: number) => Promise<Uint8Array>;
  }) => Promise<void>,
): void {
  for (const [name, kind] of Object.entries(KINDS)) {
    if (kind === whole && /small steps/.test(behaviour)) continue;
    Deno.test(`${name}() ${behaviour}`, () =>
      body({
        gunzip: kind,
        inflate: (bytes, length = bytes.length || 1) =>
          collect(kind(pieces(bytes, length), "a.csv.gz")),
      }));
  }
}

/** A gzip member that holds its bytes uncompressed, so that what it looks like inside can be chosen. */
async function storedMember(
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  assert(bytes.length < 65_536);
  const trailer = (await gzip(bytes)).slice(-8);
  const length = bytes.length;
  return joined(
    Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1),
    Uint8Array.of(length, length >> 8, ~length, ~length >> 8),
    bytes,
    trailer,
  );
}

test("decompresses one member, however it is cut", async ({ inflate }) => {
  const content = csv(5000);
  const packed = await gzip(content);
  for (const length of [1, 2, 3, 7, 100, packed.length]) {
    assertEquals(await inflate(packed, length), content, `pieces of ${length}`);
  }
});

test("decompresses many members", async ({ inflate }) => {
  const [a, b, c] = [csv(3000, 1), noise(70_000, 2), csv(10, 3)];
  const packed = joined(await gzip(a), await gzip(b), await gzip(c));
  const content = joined(a, b, c);
  for (const length of [997, 65_536, packed.length]) {
    assertEquals(
      sizeAndSum(await inflate(packed, length)),
      sizeAndSum(content),
    );
  }
});

test(
  "decompresses members that are cut at every place",
  async ({ gunzip }) => {
    const [a, b] = [csv(40, 1), csv(30, 2)];
    const packed = joined(await gzip(a), await gzip(b));
    const content = joined(a, b);
    for (let at = 0; at <= packed.length; at++) {
      assertEquals(
        await collect(gunzip(cut(packed, [at]), "a.gz")),
        content,
        `cut at ${at}`,
      );
    }
  },
);

test(
  "decompresses empty members, alone, first, between and last",
  async ({ inflate }) => {
    const content = csv(50);
    const packed = await gzip(content);
    for (const empty of [await gzip(EMPTY), EMPTY_FIXED, EMPTY_STORED]) {
      for (const length of [1, 1000]) {
        assertEquals(await inflate(empty, length), EMPTY);
        assertEquals(await inflate(joined(empty, empty), length), EMPTY);
        assertEquals(await inflate(joined(empty, packed), length), content);
        assertEquals(await inflate(joined(packed, empty), length), content);
        assertEquals(
          await inflate(joined(packed, empty, empty, packed), length),
          joined(content, content),
        );
      }
    }
  },
);

test("ignores zeros behind the last member", async ({ inflate }) => {
  const content = csv(50);
  const packed = await gzip(content);
  for (const zeros of [1, 2, 7, 8, 9, 511, 100_000]) {
    for (const empty of [EMPTY_FIXED, EMPTY_STORED]) {
      assertEquals(
        await inflate(joined(empty, new Uint8Array(zeros)), 1000),
        EMPTY,
      );
    }
    assertEquals(
      await inflate(joined(packed, new Uint8Array(zeros)), 4096),
      content,
    );
    assertEquals(
      await inflate(joined(packed, packed, new Uint8Array(zeros)), 4096),
      joined(content, content),
    );
  }
});

test(
  "keeps a member's own zeros apart from padding, whatever its size ends with",
  async ({ inflate }) => {
    // The size's last bytes are zeros as well, as many as the size is small.
    for (const size of [1, 255, 256, 257, 65_535, 65_536, 65_537, 0x1000000]) {
      const content = new Uint8Array(size).fill(97);
      const packed = await gzip(content);
      for (const zeros of [0, 1, 5]) {
        const padded = joined(packed, new Uint8Array(zeros));
        for (const length of [padded.length, Math.max(1, packed.length - 2)]) {
          const inflated = await inflate(padded, length);
          assertEquals(inflated.length, size, `${zeros} zeros behind ${size}`);
        }
      }
    }
  },
);

test("throws at whatever else follows", async ({ inflate }) => {
  const packed = await gzip(csv(50));
  for (
    const tail of [
      Uint8Array.of(1),
      Uint8Array.of(0, 0, 0, 1),
      Uint8Array.of(0x1f),
      Uint8Array.of(0x1f, 0x8b),
      Uint8Array.of(0x1f, 0x8b, 0x08),
      Uint8Array.of(0x1f, 0x8b, 0x08, 0, 0),
      joined(packed.slice(0, -1)),
      new TextEncoder().encode("<html>garbage</html>"),
    ]
  ) {
    for (const length of [1, 10_000]) {
      const error = await assertRejects(
        () => inflate(joined(packed, tail), length),
        IntegrityError,
        "Cannot decompress 'a.csv.gz'",
        Deno.inspect(tail),
      );
      assertEquals(error.key, "a.csv.gz");
    }
  }
});

test(
  "throws when a file ends early, wherever it does",
  async ({ inflate }) => {
    for (const content of [csv(200), EMPTY, Uint8Array.of(0, 0, 0)]) {
      const packed = joined(await gzip(csv(20)), await gzip(content));
      const first = (await gzip(csv(20))).length;
      for (let length = 2; length < packed.length; length++) {
        if (length === first) continue; // there the second member has not begun
        await assertRejects(
          () => inflate(packed.slice(0, length)),
          IntegrityError,
          undefined,
          `the first ${length} of ${packed.length} bytes`,
        );
      }
    }
  },
);

test(
  "does not take zeros for the rest of a file that ends early",
  async ({ inflate }) => {
    const packed = await gzip(csv(200));
    for (let length = 2; length < packed.length - 3; length++) {
      await assertRejects(
        () => inflate(joined(packed.slice(0, length), new Uint8Array(300))),
        IntegrityError,
        undefined,
        `the first ${length} of ${packed.length} bytes, and zeros`,
      );
    }
  },
);

test(
  "never gives out wrong content where a bit is flipped",
  async ({ inflate }) => {
    const content = csv(120);
    const packed = await gzip(content);
    let unnoticed = 0;
    for (let bit = 8 * 2; bit < packed.length * 8; bit++) {
      const damaged = packed.slice();
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      // Some bits of the header say nothing about the content: time, system, flags.
      const result = await inflate(damaged).catch((error) => error);
      if (!(result instanceof IntegrityError)) {
        assertEquals(result, content, `bit ${bit}`);
        if (bit >= 80) unnoticed++;
      }
    }
    // Deflate fills its last byte, and the one before a stored block, with bits of no meaning.
    assertLessOrEqual(unnoticed, 14);
  },
);

test(
  "is not misled by magic bytes within a member",
  async ({ inflate }) => {
    const magic = [0x1f, 0x8b, 0x08];
    const content = joined(
      Uint8Array.of(...magic, 0, 0, 0, 0, ...magic, ...magic),
      csv(100),
      EMPTY_FIXED,
      Uint8Array.of(0x1f, 0x8b),
    );
    const packed = await storedMember(content);
    for (const length of [1, 5, packed.length]) {
      assertEquals(await inflate(packed, length), content);
      assertEquals(
        await inflate(joined(packed, packed), length),
        joined(content, content),
      );
    }
  },
);

test(
  "decompresses members with a file name, a comment and extra fields",
  async ({ inflate }) => {
    const content = csv(100);
    const plain = await gzip(content);
    const named = joined(
      Uint8Array.of(0x1f, 0x8b, 8, 0b11100, 1, 2, 3, 4, 0, 3),
      Uint8Array.of(5, 0, 0x1f, 0x8b, 8, 0, 0), // extra: 5 bytes
      new TextEncoder().encode("name.csv\0comment\0"),
      plain.slice(10),
    );
    for (const length of [1, named.length]) {
      assertEquals(
        await inflate(joined(named, named), length),
        joined(content, content),
      );
    }
  },
);

test("decompresses a bomb in small steps", async ({ gunzip }) => {
  const zeros = new Uint8Array(100 * 1024 * 1024);
  const packed = await gzip(zeros);
  let total = 0;
  let largest = 0;
  for await (const chunk of gunzip(pieces(packed, packed.length), "a.gz")) {
    total += chunk.length;
    largest = Math.max(largest, chunk.length);
  }
  assertEquals(total, zeros.length);
  assert(largest < zeros.length / 2, `a step of ${largest} bytes`);
});

test("lets go of its source when the reader stops", async ({ gunzip }) => {
  const packed = await gzip(noise(300_000));
  let isReleased = false;
  async function* source() {
    try {
      yield* pieces(packed, 1000);
    } finally {
      isReleased = true;
    }
  }
  for await (const chunk of gunzip(source(), "a.gz")) {
    assert(chunk.length > 0);
    break;
  }
  assert(isReleased);
});

test("passes on what the source fails with", async ({ gunzip }) => {
  const packed = await gzip(noise(3000));
  const failure = new Error("The source failed");
  async function* source() {
    yield packed.slice(0, 1000);
    throw failure;
  }
  const error = await assertRejects(() => collect(gunzip(source(), "a.gz")));
  assertEquals(error, failure);
});

test(
  "agrees with what was compressed, for random members, padding and cuts",
  async ({ gunzip }) => {
    const seed = Math.floor(Math.random() * 2 ** 32);
    const random = randomNumbers(seed);
    const below = (limit: number) => Math.floor(random() * limit);
    for (let round = 0; round < 60; round++) {
      const contents: Uint8Array<ArrayBuffer>[] = [];
      const members: Uint8Array<ArrayBuffer>[] = [];
      for (let left = 1 + below(5); left > 0; left--) {
        const size = below(4) === 0 ? 0 : below(10 ** (1 + below(5)));
        const kind = below(3);
        const content = kind === 0
          ? noise(size, below(1000))
          : kind === 1
          ? csv(size, below(1000))
          : new Uint8Array(size);
        contents.push(content);
        members.push(
          size < 65_536 && below(4) === 0
            ? await storedMember(content)
            : await gzip(content),
        );
      }
      const padding = below(2) === 0 ? below(40) : 0;
      const packed = joined(...members, new Uint8Array(padding));
      const cuts = Array.from({ length: below(12) }, () => below(packed.length))
        .sort((a, b) => a - b);
      const note =
        `seed ${seed}, round ${round}: ${members.length} members, cut at ${cuts}`;
      const whole = await collect(gunzip(cut(packed, cuts), "a.gz")).catch(
        (cause) => {
          throw new Error(note, { cause });
        },
      );
      assertEquals(sizeAndSum(whole), sizeAndSum(joined(...contents)), note);

      const end = 2 + below(packed.length - padding - 2);
      const boundaries = members.map((_, index) =>
        joined(...members.slice(0, index)).length
      );
      // What follows the last boundary may be nothing but zeros: padding.
      if (boundaries.includes(end)) continue;
      await assertRejects(
        () => collect(gunzip(cut(packed.slice(0, end), []), "a.gz")),
        IntegrityError,
        undefined,
        `${note}, ended after ${end} bytes`,
      );
    }
  },
);

Deno.test("Decompressor looks at the content, not at the key alone", async () => {
  const content = csv(50);
  const packed = await gzip(content);
  const read = async (bytes: Uint8Array, key: string) => {
    const taken: Uint8Array[] = [];
    using decompressor = new Decompressor(
      key,
      (piece) => void taken.push(piece.slice()),
    );
    for await (const piece of cut(bytes, [1])) await decompressor.write(piece);
    await decompressor.end();
    const { isGzip, damage } = decompressor;
    return { isGzip, damage, bytes: joined(...taken) };
  };
  const damage = undefined;
  for (const key of ["a.csv.gz", "a.csv", "a"]) {
    const expected = { isGzip: true, damage, bytes: content };
    assertEquals(await read(packed, key), expected);
  }
  for (const bytes of [content, EMPTY, Uint8Array.of(0x1f)]) {
    const expected = { isGzip: false, damage, bytes };
    assertEquals(await read(bytes, "a.csv"), expected);
  }
  const messageOf = async (bytes: Uint8Array) =>
    (await read(bytes, "a.csv.gz")).damage?.message;
  const start = "Cannot decompress 'a.csv.gz': ";
  assertEquals(await messageOf(content), `${start}the object is not gzip`);
  assertEquals(
    await messageOf(Uint8Array.of(0x1f)),
    `${start}the object is not gzip`,
  );
  assertEquals(
    await messageOf(EMPTY),
    `${start}the object is empty, which is not gzip`,
  );
});

Deno.test("Decompressor notes damage and ignores what follows it, and passes on what its taker fails with", async () => {
  const packed = await gzip(noise(300_000));
  let taken = 0;
  using decompressor = new Decompressor(
    "a.gz",
    (piece) => void (taken += piece.length),
  );
  await decompressor.write(packed.subarray(0, 100_000));
  const before = taken;
  await decompressor.end();
  assertEquals(decompressor.damage?.fault, "ends early");
  await decompressor.write(packed.subarray(100_000));
  await decompressor.end();
  assertEquals([taken, decompressor.damage?.fault], [before, "ends early"]);

  const failure = new TypeError("The disk is gone");
  using failing = new Decompressor("a.gz", () => Promise.reject(failure));
  assertEquals(await assertRejects(() => failing.write(packed)), failure);
});

/** What `gunzip()` does without WebAssembly. */
function gunzipOneMember(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  return pull(async (take) => {
    using gunzip = new OneMemberGunzip(take);
    for await (const data of source) await gunzip.write(data);
    await gunzip.end();
  });
}

Deno.test("OneMemberGunzip decompresses a member, and throws at everything else", async () => {
  const content = csv(5000);
  const packed = await gzip(content);
  const take = (bytes: Uint8Array) =>
    collect(gunzipOneMember(pieces(bytes, 1000)));
  assertEquals(await take(packed), content);
  assertEquals(await take(await gzip(EMPTY)), EMPTY);
  for (
    const damaged of [
      packed.slice(0, -1),
      packed.slice(0, 500),
      joined(packed, packed),
      joined(packed, new Uint8Array(3)),
      packed.with(-3, (packed.at(-3) ?? 0) ^ 1),
    ]
  ) {
    const error = await assertRejects(() => take(damaged), GzipFault);
    assertStringIncludes(error.message, "requires WebAssembly");
  }
});

Deno.test("gunzip(), decompressSync() and OneMemberGunzip judge a long header alike, in any pieces", async () => {
  const content = csv(20_000);
  const text = new Uint8Array(1024 * 1024).fill(97);
  const behind = (await gzip(content)).slice(10);
  const header = (flag: number, ...fields: Uint8Array[]) =>
    joined(Uint8Array.of(0x1f, 0x8b, 8, flag, 0, 0, 0, 0, 0, 3), ...fields);
  const end = Uint8Array.of(0);
  const extra = joined(Uint8Array.of(0xff, 0xff), new Uint8Array(65_535));
  for (
    const [flag, ...fields] of [
      [0b00100, extra],
      [0b01000, text, end],
      [0b10000, text, end],
      [0b11100, extra, text, end, text, text, end],
    ] as const
  ) {
    const data = joined(header(flag, ...fields), behind);
    const cutOff = header(flag, ...fields).slice(0, -1);
    assertEquals(decompressSync(data, "a", Infinity), content);
    assertThrows(() => decompressSync(cutOff, "a", Infinity), IntegrityError);
    for (const length of [4096, 1024 * 1024, data.length]) {
      assertEquals(await collect(gunzip(pieces(data, length), "a")), content);
      assertEquals(
        await collect(gunzipOneMember(pieces(data, length))),
        content,
      );
      await assertRejects(
        () => collect(gunzip(pieces(cutOff, length), "a")),
        IntegrityError,
        "ends early",
      );
      await assertRejects(
        () => collect(gunzipOneMember(pieces(cutOff, length))),
        GzipFault,
      );
    }
  }
});

Deno.test("OneMemberGunzip passes on what the source fails with, and lets go of it", async () => {
  const packed = await gzip(noise(300_000));
  const failure = new TypeError("The source failed");
  async function* failing() {
    yield packed.slice(0, 1000);
    throw failure;
  }
  assertEquals(
    await assertRejects(() => collect(gunzipOneMember(failing()))),
    failure,
  );
  const released = Promise.withResolvers<void>();
  async function* source() {
    try {
      yield* pieces(packed, 1000);
    } finally {
      released.resolve();
    }
  }
  for await (const chunk of gunzipOneMember(source())) {
    assert(chunk.length > 0);
    break;
  }
  await released.promise;
});
