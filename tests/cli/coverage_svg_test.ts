import { assert, assertEquals, assertMatch } from "@std/assert";
import { eachDay } from "../../src/calendar/mod.ts";
import { coverageSvg } from "../../src/cli/status/coverage_svg.ts";
import type { Coverage, DayState } from "../../src/mirror/mod.ts";

/** Coverage of years in which every third day has another state. */
function coverageOf(from: string, to: string): Coverage {
  const states: DayState[] = ["present", "missing", "closed"];
  const days = Array.from(eachDay(from, to), (date, index) => ({
    date,
    state: states[index % 3] ?? "present",
  }));
  return {
    dataType: "stocks_daily",
    from,
    to,
    first: from,
    last: to,
    files: 0,
    bytes: 0,
    missing: [],
    days,
  } as unknown as Coverage;
}

Deno.test("coverageSvg() draws a square with its date for each day", () => {
  const picture = coverageSvg([coverageOf("2024-01-01", "2024-01-31")]);
  assertEquals(
    picture.match(/<path d="[^"]*"><title>2024-01-\d\d \w[^<]*<\/title>/g)
      ?.length,
    31,
  );
  // The second row of the first column, to see and to point at.
  assertMatch(picture, /<path stroke="url\(#days-missing\)" d="m4.5 11v9/);
  assertMatch(
    picture,
    /<path d="m4.5 11v9"><title>2024-01-02 missing<\/title>/,
  );
});

Deno.test("coverageSvg() draws 120,000 days in less than 2 MB, each at its place", () => {
  const all = Array.from(
    { length: 33 },
    () => coverageOf("2014-01-01", "2023-12-31"),
  );
  const picture = coverageSvg(all);
  assert(picture.length < 2e6, `${picture.length} bytes`);
  const [, drawn = ""] =
    /<path stroke="url\(#days-missing\)" d="([^"]*)"/.exec(picture) ?? [];
  const moves = [...drawn.matchAll(/m(-?[\d.]+) ?(-?[\d.]+)v9/g)];
  const days = all[0]?.days.filter(({ date, state }) =>
    date.startsWith("2014") && state === "missing"
  );
  assertEquals(moves.length, days?.length);
  // The second of January 2014 was a Thursday, in the first week.
  assertEquals(moves[0]?.slice(1), ["4.5", "33"]);
  // The fifth of January was the Sunday of the same column, three rows below.
  assertEquals(moves[1]?.slice(1), ["0", "24"]);
  // Every day is in a month's tooltip.
  assertEquals(
    picture.match(/<title>2014-01: 11 present, 10 missing, 10 no trading</g)
      ?.length,
    33,
  );
});
