import { assert, assertEquals } from "@std/assert";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatTable,
  shorten,
} from "../../src/cli/format.ts";
import { bar } from "../../src/cli/progress.ts";

Deno.test("formatBytes() uses three digits and decimal units", () => {
  const cases: [number, string][] = [
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.00 kB"],
    [12_345, "12.3 kB"],
    [999_600, "1.00 MB"],
    [170e9, "170 GB"],
    [20e12, "20.0 TB"],
  ];
  for (const [bytes, text] of cases) assertEquals(formatBytes(bytes), text);
});

Deno.test("formatDuration() goes from tenths of seconds to hours", () => {
  const cases: [number, string][] = [
    [0, "0.0 s"],
    [1234, "1.2 s"],
    [59_400, "59 s"],
    [61_000, "1:01 min"],
    [3_725_000, "1:02 h"],
  ];
  for (const [ms, text] of cases) assertEquals(formatDuration(ms), text);
});

Deno.test("formatCount() knows one from many", () => {
  assertEquals(formatCount(1, "file"), "1 file");
  assertEquals(formatCount(1234, "file"), "1,234 files");
  for (const count of [0, 12, 999, 1000, 12_345, 123_456, 1_234_567]) {
    assertEquals(
      formatCount(count, "file"),
      `${count.toLocaleString("en-US")} files`,
    );
  }
});

Deno.test("shorten() keeps both ends within the width", () => {
  assertEquals(shorten("short", 10), "short");
  const short = shorten(
    "us_stocks_sip/day_aggs_v1/2024/01/2024-01-02.csv.gz",
    30,
  );
  assertEquals(short.length, 30);
  assert(short.startsWith("us_") && short.endsWith("2024-01-02.csv.gz"));
});

Deno.test("formatTable() puts columns below each other", () => {
  assertEquals(formatTable([["a", "1"], ["bbb", "22"]], [1]), [
    "a     1",
    "bbb  22",
  ]);
});

Deno.test("bar() fits every width", () => {
  for (let width = 10; width <= 200; width++) {
    for (const share of [0, 0.5, 1, 2, NaN]) {
      const line = bar(
        "us_stocks_sip/day_aggs_v1/2024/01/2024-01-02.csv.gz",
        share,
        "12.3 MB/s, 5.5 s left",
        width,
      );
      assert(line.length < width, `${line.length} of ${width}: ${line}`);
    }
  }
});
