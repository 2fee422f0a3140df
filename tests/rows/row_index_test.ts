import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { gzipSync } from "node:zlib";
import {
  bytesSource,
  IntegrityError,
  type RangeSource,
} from "../../src/base/mod.ts";
import {
  compareTickers,
  decodeRowIndex,
  encodeRowIndex,
  IndexError,
  isSameIndex,
  openIndexed,
  spanSizeOf,
  spansOf,
} from "../../src/rows/mod.ts";
import { joined } from "../support/data.ts";
import {
  type ContentKind,
  indexOf,
  indexRows,
  linesOf,
  makeContent,
  pack,
  PLAIN,
  readSpans,
} from "./_content.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const SORTED: ContentKind = {
  size: 500_000,
  seed: 3,
  order: "sorted",
  columns: "minutes",
  lineEnd: "\n",
  hasMark: false,
  hasLastLineEnd: true,
  oddities: 0,
};
const SMALL_SPANS = { spanSize: 65_536 };

function bytesOf(text: string): Bytes {
  return new TextEncoder().encode(text);
}

function gzip(text: string): Bytes {
  return new Uint8Array(gzipSync(text));
}

/** Notes which ranges are asked for. */
function noting(source: RangeSource): RangeSource & { ranges: number[][] } {
  const ranges: number[][] = [];
  return {
    size: source.size,
    ranges,
    slice(start, end, options) {
      ranges.push([start, end]);
      return source.slice(start, end, options);
    },
  };
}

Deno.test("IndexedFile.read() asks for the stored bytes of its spans alone", async () => {
  const stored = pack(makeContent(SORTED), PLAIN);
  const index = await indexOf(stored, SMALL_SPANS);
  assert(index.spans.length > 4);
  for (const span of index.spans.slice(1, -1)) {
    const source = noting(bytesSource(stored));
    const pieces = openIndexed(source, index).read([span]);
    assertEquals((await Array.fromAsync(pieces)).length, 1);
    const points = index.gzip.checkpoints;
    const [from, to] = [points[span.checkpoint], points[span.checkpoint + 1]];
    assertEquals(source.ranges, [[
      Math.floor((from?.bit ?? 0) / 8),
      Math.ceil((to?.bit ?? Infinity) / 8),
    ]]);
  }
});

Deno.test("IndexedFile.read() reads adjacent spans in one go, and others in the order given", async () => {
  const content = makeContent(SORTED);
  const stored = pack(content, PLAIN);
  const index = await indexOf(stored, SMALL_SPANS);
  const [a, b, c, d] = index.spans;
  assert(a && b && c && d);
  const source = noting(bytesSource(stored));
  const file = openIndexed(source, index);
  const pieces = await Array.fromAsync(
    file.read([a, b, d, c]),
    (bytes) => bytes.slice(),
  );
  assertEquals(source.ranges.length, 3);
  assertEquals(
    joined(...pieces),
    joined(...[a, b, d, c].map(({ start, end }) => content.slice(start, end))),
  );
});

Deno.test("IndexedFile.read() takes one buffer for adjacent spans", async () => {
  const stored = pack(makeContent(SORTED), PLAIN);
  const index = await indexOf(stored, SMALL_SPANS);
  const pieces = openIndexed(bytesSource(stored), index).read(index.spans);
  const buffers = new Set(
    await Array.fromAsync(pieces, ({ buffer }) => buffer),
  );
  assertEquals([index.spans.length > 4, buffers.size], [true, 1]);
});

Deno.test("IndexedFile.read() ends with its signal", async () => {
  const stored = pack(makeContent(SORTED), PLAIN);
  const index = await indexOf(stored, SMALL_SPANS);
  const file = openIndexed(bytesSource(stored), index);
  const signal = AbortSignal.abort(new Error("enough"));
  await assertRejects(
    () => Array.fromAsync(file.read(index.spans, { signal })),
    Error,
    "enough",
  );
});

Deno.test("IndexedFile.read() never gives wrong rows of a file that is damaged", async () => {
  const content = makeContent({ ...SORTED, size: 200_000 });
  const stored = pack(content, PLAIN);
  const index = await indexOf(stored, SMALL_SPANS);
  let failures = 0;
  for (let at = 20; at < stored.length - 8; at += 997) {
    const damaged = stored.slice();
    damaged[at] = (damaged[at] ?? 0) ^ 1 << at % 8;
    try {
      const rows = await readSpans(damaged, index);
      assertEquals(rows, content.slice(index.headerEnd));
    } catch (error) {
      assertInstanceOf(error, IntegrityError);
      failures++;
    }
  }
  assert(failures > 10);
});

Deno.test("decodeRowIndex() refuses every damage, with the object's key", async () => {
  const index = await indexOf(
    pack(makeContent({ ...SORTED, size: 100_000 }), PLAIN),
    SMALL_SPANS,
  );
  const bytes = await encodeRowIndex(index);
  const refuse = (damaged: Bytes, words: string) =>
    assertThrows(
      () => decodeRowIndex(damaged, { key: "a.csv.gz" }),
      IndexError,
      words,
    );
  for (let at = 0; at < bytes.length; at += 31) {
    const damaged = bytes.slice();
    damaged[at] = (damaged[at] ?? 0) ^ 4;
    refuse(damaged, "Cannot use the index of 'a.csv.gz'");
    refuse(bytes.slice(0, at), "Cannot use the index of 'a.csv.gz'");
  }
  refuse(bytesOf("no index at all"), "it does not begin as one does");
  refuse(joined(bytes, Uint8Array.of(0)), "CRC-32 mismatch");
});

Deno.test("decodeRowIndex() refuses the index of another object or version", async () => {
  const stored = gzip("ticker,close\nA,1\n");
  const bytes = await encodeRowIndex(await indexOf(stored));
  for (
    const [object, words] of [
      [{ key: "b.csv.gz" }, "it is of 'a.csv.gz'"],
      [{ etag: "f" }, "of another version: expected etag f, got e"],
      [
        { size: 7 },
        `of another version: expected size 7, got ${stored.length}`,
      ],
    ] as const
  ) assertThrows(() => decodeRowIndex(bytes, object), IndexError, words);
  const same = { key: "a.csv.gz", etag: "e", size: stored.length };
  assertEquals(decodeRowIndex(bytes, same).object, same);
});

Deno.test("openIndexed() refuses a file of another size", async () => {
  const stored = gzip("ticker,close\nA,1\n");
  const index = await indexOf(stored);
  assertThrows(
    () => openIndexed(bytesSource(stored.slice(1)), index),
    IndexError,
    "of another version",
  );
});

Deno.test("RowIndexer divides a single long block into spans", async () => {
  const content = makeContent(SORTED);
  const stored = inOneBlock(content);
  const index = await indexOf(stored, SMALL_SPANS);
  assert(index.spans.length > 2);
  for (const { start, end, checkpoint } of index.spans) {
    assertEquals(checkpoint, 0);
    assert(end - start < 5 * SMALL_SPANS.spanSize);
  }
  const last = index.spans.slice(-1);
  assertEquals(
    await readSpans(stored, index, last),
    content.slice(last[0]?.start),
  );
  assertEquals(await readSpans(stored, index), content.slice(index.headerEnd));
});

Deno.test("isSameIndex() tells indexes apart that say something else, and an index does not depend on the pieces that the file came in", async () => {
  const content = makeContent(SORTED);
  for (const stored of [pack(content, PLAIN), inOneBlock(content)]) {
    const index = await indexOf(stored, SMALL_SPANS);
    // What an inflater has read before decides where its pieces end.
    await indexRows(stored.slice(0, 70_001), SMALL_SPANS);
    const other = (await indexRows(stored, SMALL_SPANS, 5_003)).index;
    assert(other !== undefined);
    assert(isSameIndex(index, decodeRowIndex(await encodeRowIndex(other))));
    assert(!isSameIndex(index, { ...index, rows: index.rows + 1 }));
    assert(!isSameIndex(index, { ...index, tickers: undefined }));
  }
  const index = await indexOf(pack(content, PLAIN), SMALL_SPANS);
  const { spans, gzip } = index;
  const differing = [
    { ...index, spans: spans.with(1, { ...spans[1]!, least: "A" }) },
    { ...index, spans: spans.with(1, { ...spans[1]!, crc32: 1 }) },
    {
      ...index,
      gzip: {
        ...gzip,
        checkpoints: gzip.checkpoints.with(1, {
          ...gzip.checkpoints[1]!,
          window: gzip.checkpoints[2]!.window,
        }),
      },
    },
  ];
  for (const other of differing) assert(!isSameIndex(index, other));
});

Deno.test("RowIndexer keeps rows whole that lie in several members and blocks", async () => {
  const content = makeContent(SORTED);
  for (const packing of [{ member: 65_540 }, { member: 33 }, { flush: 41 }]) {
    const size = packing.member === 33 || packing.flush ? 150_000 : 500_000;
    const part = content.slice(0, size);
    const stored = pack(part, { ...PLAIN, ...packing });
    const index = await indexOf(stored, SMALL_SPANS);
    assert(index.spans.length > 1);
    assert(index.spans.some(({ head }) => head.length > 0));
    assertEquals(await readSpans(stored, index), part.slice(index.headerEnd));
  }
});

Deno.test("RowIndexer takes files without rows", async () => {
  for (
    const [text, header] of [
      ["", ""],
      ["ticker,close", "ticker,close"],
      ["\ufeffticker,close\r\n", "ticker,close\r\n"],
      ["ticker,close\n\n\r\n\n", "ticker,close\n"],
    ] as const
  ) {
    const index = await indexOf(gzip(text));
    assertEquals([index.header, index.rows, index.spans], [header, 0, []]);
    assertEquals(index.contentSize, bytesOf(text).length);
    const bytes = await encodeRowIndex(index);
    assertEquals(decodeRowIndex(bytes).rows, 0);
  }
});

Deno.test("RowIndexer says why there is no index, and checks the rest", async () => {
  const long = "x".repeat(400_000);
  for (
    const [text, obstacle] of [
      ["symbol,close\nA,1\n", "has no column 'ticker'"],
      [`ticker,close\nA,${long}\n`, "has a row of more than 32768 bytes"],
      [
        `ticker,close\n${long.slice(0, 256)},1\n`,
        "has a ticker of more than 255 bytes",
      ],
      [`${long}\n`, "has a header row of more than 32768 bytes"],
    ] as const
  ) {
    for (const isPlain of [false, true]) {
      const found = await indexRows(gzip(text), { isPlain });
      assertEquals(found.obstacle, obstacle);
      assertEquals([found.index, found.damage], [undefined, undefined]);
      const cut = await indexRows(gzip(text).slice(0, -1), { isPlain });
      assertEquals(cut.damage?.fault, "ends early");
    }
  }
  const latin = joined(bytesOf("ticker\n"), Uint8Array.of(0xe9, 10));
  const found = await indexRows(new Uint8Array(gzipSync(latin)));
  assertEquals(found.obstacle, "has a ticker that is not UTF-8");
});

Deno.test("RowIndexer finds damage as Decompressor does, and hands on the content", async () => {
  const content = makeContent({ ...SORTED, size: 100_000 });
  const stored = pack(content, PLAIN);
  const pieces: Bytes[] = [];
  await indexRows(stored, {
    take: (bytes) => void pieces.push(new Uint8Array(bytes)),
  });
  assertEquals(joined(...pieces), content);
  const damaged = stored.slice();
  damaged[damaged.length - 6] = (damaged.at(-6) ?? 0) ^ 1;
  const { damage, index } = await indexRows(damaged);
  assertEquals(damage?.fault, "is damaged: CRC-32 mismatch");
  assertEquals(damage?.key, "a.csv.gz");
  assertEquals(index, undefined);
});

Deno.test("spansOf() finds exact tickers and those that begin with a text", async () => {
  const content = makeContent(SORTED);
  const stored = pack(content, PLAIN);
  const index = await indexOf(stored, SMALL_SPANS);
  const all = index.spans.length;
  for (
    const [ranges, most] of [
      [[{ prefix: "ZZZZ", isExact: true }], 2],
      [[{ prefix: "zz", isExact: false }], 0],
      [[{ prefix: "O:", isExact: false }], all - 1],
      [[{ prefix: "", isExact: false }], all],
      [[], 0],
      [[
        { prefix: "O:SPY", isExact: false },
        { prefix: "O:SPY240610P00536000", isExact: true },
        { prefix: "A", isExact: true },
      ], all - 1],
    ] as const
  ) {
    const spans = spansOf(index, ranges);
    assert(spans.length <= most, `${JSON.stringify(ranges)} ${spans.length}`);
    const rows = await readSpans(stored, index, spans);
    for (const { prefix, isExact } of ranges) {
      if (!isExact) continue;
      assertEquals(linesOf(rows, prefix), linesOf(content, prefix));
    }
  }
  assertEquals(spansOf(index, [{ prefix: "", isExact: false }]), [
    ...index.spans,
  ]);
});

Deno.test("compareTickers() has the order of bytes", () => {
  const tickers = ["", "A", "A.", "AA", "B", "a", "é", "\uffee", "😀"];
  for (const [i, a] of tickers.entries()) {
    for (const [j, b] of tickers.entries()) {
      assertEquals(Math.sign(compareTickers(a, b)), Math.sign(i - j));
    }
  }
});

/** Gzip data of one block of fixed codes, without matches. */
function inOneBlock(content: Bytes): Bytes {
  const bytes: number[] = [];
  let [bits, have] = [0, 0];
  const put = (value: number, count: number) => {
    bits |= value << have;
    for (have += count; have >= 8; have -= 8) {
      bytes.push(bits & 255);
      bits >>>= 8;
    }
  };
  const reversed = (value: number, count: number) => {
    let result = 0;
    for (let i = 0; i < count; i++) result |= (value >> i & 1) << count - 1 - i;
    return result;
  };
  put(1, 1);
  put(1, 2);
  for (const byte of content) {
    if (byte < 144) put(reversed(0x30 + byte, 8), 8);
    else put(reversed(0x190 + byte - 144, 9), 9);
  }
  put(0, 7);
  put(0, 8);
  return joined(
    Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3),
    Uint8Array.from(bytes),
    new Uint8Array(gzipSync(content).subarray(-8)),
  );
}

Deno.test("spanSizeOf() grows with the file", () => {
  const MiB = 1024 * 1024;
  for (
    const [size, span] of [
      [0, 2],
      [25e6, 2],
      [250e6, 4],
      [3.5e9, 4],
      [10e9, 8],
      [50e9, 32],
      [172e9, 64],
    ] as const
  ) assertEquals(spanSizeOf(size), span * MiB);
});

Deno.test("RowIndexer takes no other number for the time where long fields stand behind it", async () => {
  const other = "1712306654999999999";
  const usual = "1712306654208705342";
  for (
    const [header, first, row] of [
      [
        "ticker,other,timestamp,long",
        `T,${other},${usual},1`,
        `T,${other},1712306654,${"x".repeat(21)}`,
      ],
      [
        "ticker,other,timestamp,a,b,c",
        `T,${other},${usual},1,2,3`,
        `T,${other},1712306654,${"x".repeat(47)},2,3`,
      ],
    ] as const
  ) {
    const index = await indexOf(gzip(`${header}\n${first}\n${row}\n`));
    assertEquals(index.spans[0]?.times, {
      least: 1712306654000000000n,
      greatest: BigInt(usual),
    });
  }
});

Deno.test("RowIndexer knows nothing of what an indexer before it has left off in the middle of", async () => {
  const content = (ticker: string, times: readonly string[]) =>
    new TextEncoder().encode(
      ["ticker,window_start", ...times.map((time) => `${ticker},${time}`), ""]
        .join("\n"),
    );
  const stored = pack(content("A", ["1712306654208705342"]), PLAIN);
  const { tickers } = await indexOf(stored);
  for (const time of ["1712306659999999999", "1712300000000000000"]) {
    const other = pack(content("B", [time, time, time]), PLAIN);
    const { damage } = await indexRows(other.subarray(0, -4));
    assert(damage !== undefined);
    assertEquals((await indexOf(stored)).tickers, tickers);
  }
});
