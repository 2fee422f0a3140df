import { assert, assertEquals, assertFalse } from "@std/assert";
import {
  type IndexedPart,
  type IndexPart,
  joinParts,
  partsOfIndex,
  type RowIndex,
  RowIndexer,
} from "../../src/rows/mod.ts";
import { randomNumbers } from "../support/data.ts";
import {
  type ContentKind,
  indexOf,
  makeContent,
  pack,
  type Packing,
  PLAIN,
} from "./_content.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const SMALL_SPANS = { spanSize: 65_536 };
const KIND: ContentKind = {
  size: 900_000,
  seed: 5,
  order: "sorted",
  columns: "minutes",
  lineEnd: "\n",
  hasMark: false,
  hasLastLineEnd: true,
  oddities: 0,
};

async function indexPart(
  stored: Bytes,
  part: IndexPart,
  length: number,
): Promise<IndexedPart | undefined> {
  const size = stored.length;
  using indexer = new RowIndexer({ key: "a.csv.gz", etag: "e", size }, {
    ...SMALL_SPANS,
    part,
  });
  let at = Math.floor((part.from?.checkpoint.bit ?? 0) / 8);
  for (; at < size && !indexer.isDone; at += length) {
    await indexer.write(stored.subarray(at, at + length));
  }
  return await indexer.endPart();
}

/** The index that is made of an object in parts, which an index of it tells. */
async function inParts(
  stored: Bytes,
  index: RowIndex,
  count: number,
  length = 65_536,
): Promise<RowIndex | undefined> {
  const parts = partsOfIndex(index, count);
  assertEquals(parts[0]?.from, undefined);
  const found: IndexedPart[] = [];
  for (const part of parts) {
    const one = await indexPart(stored, part, length);
    if (one === undefined) return undefined;
    found.push(one);
  }
  return joinParts(index.object, parts, found);
}

Deno.test("joinParts() makes the index that reading through makes, of any content and any gzip data", async () => {
  const random = randomNumbers(14);
  const pick = <T>(...values: readonly T[]): T =>
    values[Math.floor(random() * values.length)] as T;
  let divided = 0;
  for (let seed = 0; seed < 40; seed++) {
    const kind: ContentKind = {
      size: pick(300_000, 900_000),
      seed,
      order: pick("sorted", "runs", "shuffled"),
      columns: pick("minutes", "trades", "tickers behind", "no times"),
      lineEnd: pick("\n", "\r\n"),
      hasMark: pick(true, false),
      hasLastLineEnd: pick(true, false),
      oddities: pick(0, 20),
    };
    const packing: Packing = {
      level: pick(0, 1, 6),
      memLevel: pick(1, 8),
      strategy: pick(0, 2),
      flush: pick(0, 0, 30_000),
      member: pick(0, 90_000, 300_000),
      hasEmptyMembers: pick(true, false),
      padding: pick(0, 1000),
    };
    const stored = pack(makeContent(kind), packing);
    const index = await indexOf(stored, SMALL_SPANS);
    const count = 2 + Math.floor(random() * 7);
    divided += Number(partsOfIndex(index, count).length > 1);
    const made = await inParts(stored, index, count, pick(100, 5000, 65_536));
    assertEquals(made, index, JSON.stringify({ kind, packing, count }));
  }
  assert(divided > 30, `${divided}`);
});

Deno.test("joinParts() finds out where a member of several parts is not whole", async () => {
  const content = makeContent(KIND);
  const stored = pack(content, PLAIN);
  const index = await indexOf(stored, SMALL_SPANS);
  assert(partsOfIndex(index, 4).length === 4);
  assertEquals(await inParts(stored, index, 4), index);
  const size = stored.length;
  const damages: Readonly<Record<string, [at: number, bit: number]>> = {
    "the CRC-32": [size - 8, 1],
    "the ISIZE": [size - 4, 1],
    "the middle": [size >> 1, 16],
    "the beginning": [0, 1],
  };
  for (const [what, [at, bit]] of Object.entries(damages)) {
    const damaged = stored.slice();
    damaged[at] = (damaged[at] ?? 0) ^ bit;
    assertEquals(await inParts(damaged, index, 4), undefined, what);
  }
  const others = {
    "cut": stored.subarray(0, -3),
    "something behind it": new Uint8Array([...stored, 1]),
  };
  for (const [what, bytes] of Object.entries(others)) {
    assertEquals(await inParts(bytes.slice(), index, 4), undefined, what);
  }
});

Deno.test("joinParts() finds out that stored bytes of a block were changed", async () => {
  // Nothing but the CRC-32 of the whole member tells.
  const stored = pack(makeContent(KIND), { ...PLAIN, level: 0 });
  const index = await indexOf(stored, SMALL_SPANS);
  for (const at of [50_000, 400_000, stored.length - 5000]) {
    const damaged = stored.slice();
    damaged[at] = (damaged[at] ?? 0) ^ 1;
    const made = await inParts(damaged, index, 3);
    assertEquals(made, undefined, `${at}`);
  }
});

Deno.test("joinParts() does not take over what a wrong index says", async () => {
  const stored = pack(makeContent(KIND), PLAIN);
  const index = await indexOf(stored, SMALL_SPANS);
  const [, second] = partsOfIndex(index, 2);
  const start = second?.from?.number ?? 0;
  const changed = (
    change: (checkpoint: RowIndex["gzip"]["checkpoints"][number]) => object,
  ): RowIndex => ({
    ...index,
    gzip: {
      ...index.gzip,
      checkpoints: index.gzip.checkpoints.map((checkpoint, number) =>
        number === start ? { ...checkpoint, ...change(checkpoint) } : checkpoint
      ),
    },
  });
  const wrong: Readonly<Record<string, RowIndex>> = {
    bit: changed(({ bit }) => ({ bit: bit + 1 })),
    content: changed(({ content }) => ({ content: content + 1 })),
    head: {
      ...index,
      spans: index.spans.map((span) =>
        span.checkpoint === start
          ? { ...span, head: Uint8Array.of(65, ...span.head) }
          : span
      ),
    },
  };
  for (const [what, wrongIndex] of Object.entries(wrong)) {
    assertEquals(await inParts(stored, wrongIndex, 2), undefined, what);
  }
  // What is not needed to read it is made again, and not taken over.
  const lying = {
    ...index,
    spans: index.spans.map((span) => ({ ...span, least: "A", crc32: 1 })),
    tickers: [],
  };
  assertEquals(await inParts(stored, lying, 2), index);
  // A window with other bytes, or with more of them than are used.
  const window = index.gzip.checkpoints[start - 1]?.window ?? new Uint8Array();
  const other = await inParts(stored, changed(() => ({ window })), 2);
  assertFalse(
    other !== undefined &&
      other.gzip.checkpoints[start]?.window.toString() === window.toString(),
  );
});
