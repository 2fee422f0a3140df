import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import {
  DATASETS,
  getFileDates,
  isOfShard,
  parseShard,
  S3Catalog,
  shardOf,
} from "../../src/catalog/mod.ts";
import { eachDay } from "../../src/calendar/mod.ts";

const catalog = new S3Catalog("flatfiles", { layout: "live" });

/** How many of some keys each shard has. */
function countsOf(keys: readonly string[], count: number): number[] {
  const counts = new Array<number>(count).fill(0);
  for (const key of keys) {
    const at = shardOf(key, count) - 1;
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return counts;
}

function spread(counts: readonly number[]): number {
  return Math.max(...counts) - Math.min(...counts);
}

Deno.test("parseShard() reads i/n, and says what it expects of all else", () => {
  assertEquals(parseShard("1/1"), { index: 1, count: 1 });
  assertEquals(parseShard("256/256"), { index: 256, count: 256 });
  for (
    const text of [
      "0/8",
      "9/8",
      "3",
      "3/",
      "/8",
      "3/0",
      "-1/8",
      "1.5/8",
      " 1/8",
    ]
  ) {
    assertThrows(
      () => parseShard(text),
      RangeError,
      "expected i/n with 1 ≤ i ≤ n, such as 3/8",
    );
  }
  assertThrows(() => parseShard("1/1000001"), RangeError);
  assertThrows(() => parseShard(3 as unknown as string), TypeError);
});

Deno.test("shardOf() is the same in every version, and in both layouts", () => {
  // These are written down: copies lie where the first version put them.
  const day = "2024/01/2024-01-02.csv.gz";
  const days = [
    `us_stocks_sip/minute_aggs_v1/${day}`,
    `us_options_opra/quotes_v1/${day}`,
    `global_crypto/trades_v1/2024/01/2024-01-06.csv.gz`,
    "global_crypto/trades_v1/2024/01/2024-01-07.csv.gz",
    "new_asset/quotes_v2/1969/12/1969-12-29.csv.gz",
    "readme.txt",
  ];
  assertEquals(
    [8, 40, 256].map((count) => days.map((key) => shardOf(key, count))),
    [[4, 8, 6, 7, 2, 8], [28, 8, 30, 31, 2, 32], [
      236,
      112,
      190,
      191,
      122,
      128,
    ]],
  );
  assertEquals(
    shardOf(`us_options/quotes_v1/${day}`, 256),
    shardOf(`us_options_opra/quotes_v1/${day}`, 256),
  );
});

Deno.test("isOfShard() gives each key to one shard, and without a shard to everybody", () => {
  const keys = DATASETS.flatMap(({ id }) =>
    catalog.getDateRangeKeys(id, "2025-01-02", "2025-02-03")
  );
  for (const count of [1, 7, 40]) {
    for (const key of [...keys, "readme.txt"]) {
      const owners = Array.from({ length: count }, (_, at) => at + 1)
        .filter((index) => isOfShard(key, { index, count }));
      assertEquals(owners, [shardOf(key, count)]);
    }
  }
  assert(isOfShard("readme.txt", undefined));
  assertThrows(
    () => isOfShard("readme.txt", { index: 3, count: 2 }),
    RangeError,
  );
  assertThrows(
    () => isOfShard("readme.txt", { index: 1, count: 0 }),
    RangeError,
  );
  assertFalse(isOfShard("readme.txt", {
    index: shardOf("readme.txt", 2) % 2 + 1,
    count: 2,
  }));
});

Deno.test("shardOf() deals the weekdays of any range so that no shard has more than one more", () => {
  const all = [...eachDay("2019-11-04", "2024-03-31")];
  for (const count of [2, 5, 7, 8, 40, 256]) {
    const ranges = [[0, 9], [3, 33], [100, 465], [17, 1517]] as const;
    for (const [from, to] of ranges) {
      const weekdays = all.slice(from, to).filter((date) =>
        ![0, 6].includes(new Date(date).getUTCDay())
      );
      for (const { id } of DATASETS) {
        const keys = weekdays.map((date) => catalog.getKey(id, date));
        const counts = countsOf(keys, count);
        assert(spread(counts) <= 1, `${id} ${count}: ${counts}`);
      }
    }
  }
});

Deno.test("shardOf() deals weekends by themselves: a dataset that has all days differs by two at most", () => {
  for (const count of [2, 7, 8, 40]) {
    const keys = getFileDates("crypto_trades", "2022-01-01", "2024-05-05")
      .map((date) => catalog.getKey("crypto_trades", date));
    assert(spread(countsOf(keys, count)) <= 2);
  }
});

Deno.test("shardOf() begins each dataset with another shard", () => {
  const first = new Set(
    DATASETS.map(({ id }) => shardOf(catalog.getKey(id, "2024-01-02"), 256)),
  );
  assert(first.size > 25, `${first.size}`);
});

Deno.test("shardOf() spreads the bytes of all datasets evenly, although a day of option quotes is as large as thousands of others", () => {
  const last = Date.parse("2026-11-25");
  const files = DATASETS.flatMap(
    ({ id, firstDate, typicalCompressedBytesPerDay: [, most] }) =>
      getFileDates(id, firstDate, "2026-11-25").map((date) => {
        const years = (last - Date.parse(date)) / (365.25 * 86_400_000);
        // So much do they grow in a year; bench/shards.ts says why.
        const growth = id === "options_quotes" ? 0.9 : 0.25;
        return {
          key: catalog.getKey(id, date),
          size: most * Math.exp(-growth * years),
        };
      }),
  );
  // A hash of each key would give 1.1, 1.5 and 2.7.
  for (const [count, most] of [[8, 1.03], [40, 1.1], [256, 1.4]] as const) {
    const sums = new Float64Array(count);
    for (const { key, size } of files) {
      const at = shardOf(key, count) - 1;
      sums[at] = (sums[at] ?? 0) + size;
    }
    const mean = files.reduce((sum, { size }) => sum + size, 0) / count;
    const spread = Math.max(...sums) / mean;
    assert(spread < most, `${count}: ${spread}`);
  }
});
