import { assert, assertEquals } from "@std/assert";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { decodeRowIndex, encodeRowIndex, spansOf } from "../../src/rows/mod.ts";
import { parseTime } from "../../src/rows/plain_scanner.ts";
import {
  type ContentKind,
  indexOf,
  linesOf,
  makeContent,
  pack,
  type Packing,
  readSpans,
} from "../rows/_content.ts";
import { check } from "./_check.ts";

const kinds: fc.Arbitrary<ContentKind> = fc.record({
  size: fc.oneof(fc.nat({ max: 2000 }), fc.nat({ max: 400_000 })),
  seed: fc.nat(),
  order: fc.constantFrom("sorted", "runs", "shuffled"),
  columns: fc.constantFrom(
    "minutes",
    "trades",
    "quotes",
    "tickers behind",
    "no times",
  ),
  lineEnd: fc.constantFrom("\n", "\r\n"),
  hasMark: fc.boolean(),
  hasLastLineEnd: fc.boolean(),
  oddities: fc.constantFrom(0, 0, 1, 50),
});

const packings: fc.Arbitrary<Packing> = fc.record({
  level: fc.integer({ min: 0, max: 9 }),
  memLevel: fc.integer({ min: 1, max: 9 }),
  strategy: fc.integer({ min: 0, max: 4 }),
  flush: fc.oneof(fc.constant(0), fc.integer({ min: 500, max: 100_000 })),
  member: fc.oneof(
    fc.constant(0),
    fc.integer({ min: 100, max: 700 }),
    fc.integer({ min: 700, max: 200_000 }),
  ),
  hasEmptyMembers: fc.boolean(),
  padding: fc.nat({ max: 20 }),
});

/** The fields of a row: a comma has as many quotes behind it as to be outside of them. */
function fieldsOf(line: string): string[] {
  return line.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/);
}

const TICKERS = ["A", "AAPL", "T7", "O:SPY240610P00536000", "é", "none"];

Deno.test("an index has what the content has, and gives back each ticker's rows", async () => {
  let spansInAll = 0;
  await check(
    fc.asyncProperty(kinds, packings, async (kind, packing) => {
      const content = makeContent(kind);
      const stored = pack(content, packing);
      const index = await indexOf(stored, { spanSize: 65_536 });
      const rows = content.subarray(index.headerEnd);
      spansInAll += index.spans.length;

      // The model finds the same.
      const model = await indexOf(stored, { spanSize: 65_536, isPlain: true });
      if (kind.oddities === 0) {
        assertEquals({ ...index, gzip: null }, { ...model, gzip: null });
      }

      // All spans are all rows.
      assertEquals(index.contentSize, content.length);
      const whole = await readSpans(stored, index);
      assert(
        whole.every((byte, at) => byte === rows[at]),
        "the content of all spans",
      );
      assertEquals(
        new TextDecoder().decode(rows.subarray(whole.length)).trim(),
        "",
      );

      // Each span has what it says.
      const names = index.header.trim().split(",");
      const time = names.indexOf(index.timeColumn ?? "");
      for (const span of index.spans) {
        const bytes = content.subarray(span.start, span.end);
        assertEquals(span.crc32, crc32(bytes));
        const lines = new TextDecoder().decode(bytes).split("\n")
          .map((line) => line.replace(/\r$/, "")).filter((line) => line !== "");
        assertEquals(span.rows, lines.length);
        const column = names.indexOf("ticker");
        const tickers = lines.map((line) =>
          (column === 0 ? line.split(",") : fieldsOf(line))[column] ?? ""
        );
        assertEquals(
          [span.first, span.last],
          [tickers[0], tickers.at(-1)],
        );
        const sorted = tickers.toSorted((a, b) =>
          new TextDecoder("latin1").decode(new TextEncoder().encode(a)) <
              new TextDecoder("latin1").decode(new TextEncoder().encode(b))
            ? -1
            : a === b
            ? 0
            : 1
        );
        assertEquals(
          [span.least, span.greatest],
          [sorted[0], sorted.at(-1)],
        );
        assertEquals(
          span.isSorted,
          tickers.every((ticker, at) => ticker === sorted[at]),
        );
        const times = lines.map(fieldsOf)
          .filter((fields) => fields.length === names.length && time !== -1)
          .map((fields) => parseTime(fields[time] ?? ""))
          .filter((time) => time !== undefined)
          .sort((a, b) => a < b ? -1 : a > b ? 1 : 0);
        const [least, greatest] = [times[0], times.at(-1)];
        assert(
          least === undefined || greatest === undefined || span.times &&
              span.times.least <= least && span.times.greatest >= greatest,
          `times ${least} to ${greatest}`,
        );
        if (kind.oddities === 0) {
          assertEquals(
            [span.times?.least, span.times?.greatest],
            [least, greatest],
          );
        }
      }

      // Each ticker's rows are where the index says.
      if (kind.columns !== "tickers behind") {
        for (const ticker of TICKERS) {
          const spans = spansOf(index, [{ prefix: ticker, isExact: true }]);
          const expected = linesOf(rows, ticker);
          const found = linesOf(await readSpans(stored, index, spans), ticker);
          assertEquals(found, expected);
          const summary = index.tickers?.find((all) => all.ticker === ticker);
          assertEquals(summary?.rows ?? 0, expected.length);
        }
        const spans = spansOf(index, [{ prefix: "O:SPY", isExact: false }]);
        const isOurs = (line: string) => line.startsWith("O:SPY");
        const text = new TextDecoder().decode(
          await readSpans(stored, index, spans),
        );
        assertEquals(
          text.split("\n").filter(isOurs),
          new TextDecoder().decode(rows).split("\n").filter(isOurs),
        );
      }

      // It is the same when it has been written and read.
      const decoded = decodeRowIndex(await encodeRowIndex(index), index.object);
      assertEquals({ ...decoded, tickers: decoded.tickers }, index);
    }),
    { numRuns: 40 },
  );
  assert(spansInAll > 40, `${spansInAll} spans`);
});
