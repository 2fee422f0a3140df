import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { gzipSync } from "node:zlib";
import { bytesSource } from "../../src/gzip/mod.ts";
import {
  openIndexed,
  type RowBatch,
  type RowFilter,
  RowIndexer,
  RowSelector,
} from "../../src/rows/mod.ts";
import { check } from "../properties/_check.ts";
import { collect, joined } from "../support/data.ts";

async function* bytesOf(
  batches: AsyncIterable<RowBatch>,
): AsyncGenerator<Uint8Array> {
  for await (const { bytes } of batches) yield bytes;
}

async function textOf(batches: AsyncIterable<RowBatch>): Promise<string> {
  return new TextDecoder().decode(await collect(bytesOf(batches)));
}

/** Rows by the index, the same read through, and how many bytes the first needed. */
async function bothWays(
  stored: Uint8Array<ArrayBuffer>,
  text: string,
  filter: RowFilter,
): Promise<{ indexed: string; plain: string; bytesRead: number }> {
  using indexer = new RowIndexer({ key: "day.csv.gz", etag: "1" }, {
    spanSize: 65_536,
  });
  await indexer.write(stored);
  await indexer.end();
  assert(indexer.index !== undefined, indexer.obstacle);
  const source = bytesSource(stored);
  let bytesRead = 0;
  const file = openIndexed({
    size: source.size,
    slice: (start, end) => {
      bytesRead += end - start;
      return source.slice(start, end);
    },
  }, indexer.index);
  const selector = new RowSelector(filter);
  const select = async (isNear: boolean) => {
    const options = { sliceSize: 4096, isNear };
    return await textOf(selector.selectIndexed(file, "day.csv.gz", options));
  };
  const ways = {
    indexed: await select(false),
    plain: await textOf(
      selector.select(new Blob([text]).stream(), "day.csv.gz"),
    ),
    bytesRead,
  };
  assert(await select(true) === ways.indexed);
  return ways;
}

const TICKERS = [
  ...["A", "AA", "AAPL", "AMpB", "NA", "O:SPY240610P00536000", "TRUE"],
  ...["O:SPY1240610P00536000", "O:SPYG240610P00536000", "X:BTC-USD", "\u00c9"],
];

Deno.test("RowSelector.selectIndexed() gives the rows of the whole content, whatever their order", async () => {
  const day = fc.record({
    seed: fc.nat({ max: 1000 }),
    order: fc.constantFrom("sorted", "runs", "shuffled"),
    rows: fc.integer({ min: 0, max: 9000 }),
    lineEnd: fc.constantFrom("\n", "\r\n"),
    isCut: fc.boolean(),
    level: fc.integer({ min: 0, max: 9 }),
    members: fc.integer({ min: 1, max: 4 }),
  });
  const filter: fc.Arbitrary<RowFilter> = fc.oneof(
    fc.uniqueArray(fc.constantFrom(...TICKERS, "NONE"), { minLength: 1 })
      .map((tickers) => ({ tickers })),
    fc.constantFrom<RowFilter>(
      { underlying: "SPY" },
      { underlying: "SPY", adjusted: true },
      { patterns: ["A*"] },
      { patterns: ["*A"], tickers: ["X:BTC-USD"] },
      {},
      {
        tickers: ["NA"],
        between: { from: "09:30", to: "16:00", zone: "UTC" },
      },
      ...[["14:50", "15:10"], ["15:10", "14:50"], ["03:00", "04:00"]]
        .map(([from = "", to = ""]) => ({
          between: { from, to, zone: "UTC" },
        })),
    ),
  );
  await check(
    fc.asyncProperty(day, filter, async (day, filter) => {
      const { seed, order, rows, lineEnd, isCut, level, members } = day;
      const lines = Array.from({ length: rows }, (_, index) => {
        const ticker = TICKERS[(index * 7 + seed) % TICKERS.length];
        const conditions = index % 3 === 0 ? '"12,37"' : index % 5;
        const odd = (index * 31 + seed) % 97;
        const time = odd === 0
          ? ""
          : odd === 1
          ? "-68400000000000"
          : odd === 2
          ? `17040${34000 + index}.5`
          : `17040${34000 + index}000000000`;
        return `${ticker},${conditions},${time},${index * 7919 % 1_000_003}${
          odd === 3 ? `,${time}` : odd === 4 ? ',"1,2"' : ""
        }`;
      });
      if (order === "sorted") lines.sort();
      const half = rows >> 1;
      const ordered = order === "runs"
        ? [...lines.slice(0, half).sort(), ...lines.slice(half).sort()]
        : lines;
      const text = ["ticker,conditions,sip_timestamp,size", ...ordered]
        .join(lineEnd) + (isCut ? "" : lineEnd);
      const bytes = new TextEncoder().encode(text);
      const part = Math.ceil(bytes.length / members);
      const stored = joined(
        ...Array.from(
          { length: members },
          (_, index) =>
            gzipSync(bytes.subarray(part * index, part * (index + 1)), {
              level,
            }),
        ),
      );
      const { indexed, plain } = await bothWays(stored, text, filter);
      assert(indexed === plain);
    }),
    { numRuns: 60 },
  );
});

Deno.test("RowSelector.selectIndexed() reads little of a sorted file", async () => {
  const lines = Array.from(
    { length: 100_000 },
    (_, index) =>
      `T${String(index >> 6).padStart(5, "0")},${index * 7919 % 1_000_003}`,
  );
  const text = `ticker,size\n${lines.join("\n")}\n`;
  const stored = new Uint8Array(gzipSync(text));
  for (
    const filter of [
      { tickers: ["T00700"] },
      { patterns: ["T007?0"] },
      { patterns: ["T0070*"] },
    ]
  ) {
    const { indexed, plain, bytesRead } = await bothWays(stored, text, filter);
    assert(plain.length > 0);
    assertEquals(indexed, plain);
    assert(bytesRead < stored.length / 3, `${bytesRead} of ${stored.length}`);
  }
  const none = await bothWays(stored, text, { tickers: ["T0070"] });
  assertEquals([none.indexed, none.bytesRead], ["", 0]);
});

Deno.test("RowSelector.selectIndexed() reads the list of tickers only where that saves something", async () => {
  const lines = Array.from(
    { length: 40_000 },
    (_, index) => `T${String(index >> 8).padStart(5, "0")},${index * 7919}`,
  );
  const stored = new Uint8Array(
    gzipSync(`ticker,size\n${lines.join("\n")}\n`),
  );
  using indexer = new RowIndexer({ key: "day.csv.gz", etag: "1" }, {
    spanSize: 65_536,
  });
  await indexer.write(stored);
  await indexer.end();
  const { index } = indexer;
  assert(index !== undefined && index.spans.length > 3, indexer.obstacle);
  const listsFor = (ticker: string, isNear: boolean): number => {
    let lists = 0;
    const counted = {
      ...index,
      get tickers() {
        lists++;
        return index.tickers;
      },
    };
    new RowSelector({ tickers: [ticker] }).wantedSpans(counted, isNear);
    return Math.min(lists, 1);
  };
  const [span] = index.spans;
  assert(span !== undefined);
  const inside = "T00001"; // neither the first nor the last of a span
  assert(span.first < inside && inside < span.last);
  assertEquals(listsFor(span.last, false), 0);
  assertEquals(listsFor(inside, false), 1);
  assertEquals(listsFor(inside, true), 0);
});

Deno.test("RowSelector.selectIndexed() leaves out what lies at other times of day", async () => {
  const rows = Array.from(
    { length: 20_000 },
    (_, index) => `SPY,${index},${1704205800000 + index * 1000}000000`,
  );
  const text = ["ticker,price,sip_timestamp", ...rows, ""].join("\n");
  const stored = new Uint8Array(gzipSync(text));
  const between = { from: "10:30", to: "10:40", zone: "America/New_York" };
  const { indexed, plain, bytesRead } = await bothWays(stored, text, {
    tickers: ["SPY"],
    between,
  });
  assertEquals(indexed, plain);
  assertEquals(indexed.trim().split("\n").length, 600);
  assert(bytesRead < stored.length / 2, `${bytesRead} of ${stored.length}`);
  const night = { from: "02:00", to: "03:00", zone: "America/New_York" };
  assertEquals(
    (await bothWays(stored, text, { between: night })).bytesRead,
    0,
  );
});
