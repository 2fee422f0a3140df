import { assert, assertEquals, assertMatch } from "@std/assert";
import { formatBytes } from "../../src/base/format_bytes.ts";
import {
  formatCount,
  formatDuration,
  formatInstant,
  formatTable,
  shorten,
  wrap,
} from "../../src/cli/format.ts";
import { monthLine } from "../../src/cli/status/coverage_picture.ts";
import { barLine, labelOf } from "../../src/cli/progress.ts";

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

Deno.test("barLine() has its columns at the same places whatever they show, and fits every width", () => {
  for (let width = 6; width <= 200; width++) {
    const ends = new Set<number>();
    for (const share of [0, 0.5, 1, 2, NaN]) {
      for (const speed of [0, 12.3e6, 999e9]) {
        for (const left of [undefined, 0, 5_500, 359_999_000]) {
          const name = share === 1
            ? "stocks_daily 2024-01-02"
            : "futures_comex_session 2024-01-02";
          const line = barLine({ name, share, speed, left }, width);
          assert(line.length < width, `${line.length} of ${width}: ${line}`);
          ends.add(line.indexOf("%"));
        }
      }
    }
    assertEquals(ends.size, 1, `at ${width}`);
  }
});

Deno.test("barLine() cuts nothing from 60 columns on", () => {
  for (const width of [60, 80, 120]) {
    for (
      const name of [
        "futures_comex_session 2024-01-02",
        "12,345 of 12,345 files, 18.4 GB",
      ]
    ) {
      const line = barLine(
        { name, share: 0.5, speed: 12.3e6, left: 83_000 },
        width,
      );
      assert(line.startsWith(`${name} `), line);
      assertMatch(line, /█░+ {2}50% 12\.3 MB\/s( +1:23 min left)?$/);
      assertEquals(line.endsWith("left"), width >= 80, line);
    }
  }
});

Deno.test("labelOf() is what tells a file from the others", () => {
  assertEquals(
    labelOf("us_options_opra/day_aggs_v1/2024/01/2024-01-02.csv.gz"),
    "options_daily 2024-01-02",
  );
  assertEquals(labelOf("other/key"), "other/key");
});

Deno.test("formatInstant() is the time here and in New York", () => {
  const time = new Date("2024-01-03T16:00:00Z");
  assertEquals(
    formatInstant(time, "Europe/Berlin"),
    "2024-01-03 17:00 Europe/Berlin (11:00 in New York)",
  );
  assertEquals(
    formatInstant(time, "Asia/Tokyo"),
    "2024-01-04 01:00 Asia/Tokyo (2024-01-03 11:00 in New York)",
  );
  assertEquals(
    formatInstant(time, "America/New_York"),
    "2024-01-03 11:00 in New York",
  );
});

Deno.test("wrap() breaks lines between words, and indents all but the first", () => {
  assertEquals(wrap("one two three", 9, 2), "one two\n  three");
  assertEquals(wrap("one two three", Infinity, 2), "one two three");
  assertEquals(
    wrap("\x1b[1mone\x1b[22m two three", 9, 2),
    "\x1b[1mone\x1b[22m two\n  three",
  );
  assertEquals(wrap("aaaaaaaaaaaaaaaa b", 9, 2), "aaaaaaaaaaaaaaaa\n  b");
});

Deno.test("monthLine() has each month above the week in which it begins", () => {
  const wide = monthLine(80);
  assertEquals(wide.indexOf("Jan"), 5);
  assertEquals(wide.indexOf("Jul"), 5 + Math.floor(181 / 7));
  assertEquals(wide.trim().split(/ +/).length, 12);
  assertEquals(monthLine(40).replaceAll(" ", ""), "JFMAMJJASOND");
});
