import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  type ByteRange,
  countBytes,
  missingRanges,
  unionRanges,
} from "../../src/base/mod.ts";

const range = fc.tuple(fc.nat({ max: 30 }), fc.nat({ max: 10 }))
  .map(([start, length]) => ({ start, end: start + length }));
const ranges = fc.array(range, { maxLength: 6 });

/** The offsets of the bytes of ranges. */
function bytesOf(ranges: readonly ByteRange[]): Set<number> {
  return new Set(
    ranges.flatMap(({ start, end }) =>
      Array.from({ length: end - start }, (_, index) => start + index)
    ),
  );
}

Deno.test("unionRanges() has the same bytes, each once, in order", () => {
  fc.assert(fc.property(ranges, (some) => {
    const union = unionRanges(some);
    assertEquals(bytesOf(union), new Set([...bytesOf(some)].sort(byValue)));
    assertEquals(countBytes(union), bytesOf(some).size);
    union.forEach(({ start }, index) => {
      const before = union[index - 1];
      if (before !== undefined && before.end >= start) {
        throw new Error("they touch");
      }
    });
  }));
});

Deno.test("missingRanges() has the bytes that are wanted and not there", () => {
  fc.assert(fc.property(ranges, ranges, (wanted, there) => {
    const missing = missingRanges(wanted, there);
    assertEquals(
      [...bytesOf(missing)],
      [...bytesOf(wanted).difference(bytesOf(there))].sort(byValue),
    );
    assertEquals(countBytes(missing), bytesOf(missing).size);
  }));
});

function byValue(a: number, b: number): number {
  return a - b;
}
