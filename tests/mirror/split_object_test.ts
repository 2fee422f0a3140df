import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { shardOf } from "../../src/catalog/mod.ts";
import { splitObject } from "../../src/mirror/split/split_object.ts";
import { keyOf } from "./_mirror.ts";

const KEY = keyOf("2024-01-02");
const PAGE = 64 * 1024;

Deno.test("splitObject() deals pieces of the size evenly to the shards, beginning with the key's own", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2 ** 40 }),
      fc.integer({ min: 1, max: 2 ** 36 }),
      fc.integer({ min: 1, max: 300 }),
      (size, split, count) => {
        const pieces = splitObject(KEY, size, split, count);
        if (size <= split) return assertEquals(pieces, []);
        assert(pieces.length <= 10_000);
        let at = 0, shard = shardOf(KEY, count);
        const stride = Math.max(1, Math.floor(count / pieces.length));
        const counts = new Map<number, number>();
        for (const piece of pieces) {
          assertEquals([piece.start, piece.shard], [at, shard]);
          assert(piece.end > at && piece.start % PAGE === 0);
          at = piece.end;
          counts.set(shard, (counts.get(shard) ?? 0) + 1);
          shard = (shard - 1 + stride) % count + 1;
        }
        // None has two while another one that gets any has none.
        const most = Math.max(...counts.values());
        assert(most <= Math.ceil(pieces.length / count));
        assertEquals(at, size);
      },
    ),
  );
});

Deno.test("splitObject() deals the pieces of days that follow one another to different shards", () => {
  const counts = new Map<number, number>();
  for (const date of ["2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05"]) {
    for (const { shard } of splitObject(keyOf(date), 170e9, 10e9, 256)) {
      counts.set(shard, (counts.get(shard) ?? 0) + 1);
    }
  }
  assertEquals(Math.max(...counts.values()), 1);
});

Deno.test("splitObject() of the same object and size is the same for any number of shards, but for whose they are", () => {
  const bounds = (count: number) =>
    splitObject(KEY, 172e9, 10e9, count)
      .map(({ start, end }) => [start, end]);
  assertEquals(bounds(3), bounds(40));
  assertEquals(bounds(3).length, 18);
});
