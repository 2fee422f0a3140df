import { assert, assertEquals, assertMatch } from "@std/assert";
import { eachDay } from "../../src/calendar/mod.ts";
import { DATASETS, getFileDay } from "../../src/catalog/mod.ts";
import { coverageHtml } from "../../src/cli/status/coverage_html.ts";
import type { Coverage, CoverageDay } from "../../src/mirror/mod.ts";

const PAGE = {
  location: `/data/<script>alert("1")</script>'&\u202e`,
  madeAt: new Date("2026-01-02T03:04:05Z"),
  version: "1.2.3",
};

/** Coverage in which every 100th day is missing, and the one after it damaged. */
function coverageOf(
  dataType: Coverage["dataType"],
  from: string,
  to: string,
): Coverage {
  const days = Array.from(eachDay(from, to), (date, at): CoverageDay => ({
    date,
    state: getFileDay(dataType, date) === "none"
      ? "closed"
      : at % 100 === 1
      ? "missing"
      : at % 100 === 2
      ? "damaged"
      : "present",
    ...(at % 100 === 3 && { bytes: 2_000_000, parquetBytes: 1_000_000 }),
  }));
  const of = (wanted: string) =>
    days.filter(({ state }) => state === wanted).map(({ date }) => date);
  const files = of("present").length;
  return {
    dataType,
    from,
    to,
    first: from,
    last: to,
    files,
    bytes: files * 1_000_000,
    released: 0,
    damagedAtSource: of("damaged").map((date) => ({
      date,
      key: "",
      gzipFault: "has <b>a fault</b>",
      hasFile: true,
    })),
    missing: of("missing"),
    accepted: [],
    days,
  };
}

Deno.test("coverageHtml() is one file without scripts and requests, and says what coverage does", () => {
  const html = coverageHtml([
    coverageOf("stocks_daily", "2024-01-01", "2024-12-31"),
  ], PAGE);
  // Nothing in it runs, loads, or leads anywhere else.
  assertEquals(html.match(/<(script|link|img|iframe|object|form)\b/g), null);
  assertEquals(html.match(/https?:|\bsrc=|@import|\son\w+=/g), null);
  const targets = [...html.matchAll(/(?:href="|url\()([^")]*)/g)]
    .map(([, target = ""]) => target);
  assert(targets.length > 10 && targets.every((each) => each.startsWith("#")));
  assertMatch(html, /Content-Security-Policy" content="default-src 'none';/);
  // What comes from outside is text.
  assertMatch(
    html,
    /<bdi>\/data\/&lt;script&gt;alert\(&quot;1&quot;\)&lt;\/script&gt;&apos;&amp;\u202e<\/bdi>/,
  );
  assertMatch(html, /<bdi>has &lt;b&gt;a fault&lt;\/b&gt;<\/bdi>/);
  // For people and for programs.
  assertMatch(
    html,
    /<time datetime="2026-01-02T03:04:05.000Z">2026-01-02 03:04 UTC<\/time>/,
  );
  assertMatch(
    html,
    /1 dataset, 246 files, 246 MB, 3 missing days\. As of .*, by Flatbed 1\.2\.3\./,
  );
  assertMatch(
    html,
    /<summary>3 missing days<\/summary><ul class="dates"><li><time>2024-01-02<\/time><\/li><li><time>2024-04-11</,
  );
  assertEquals(
    html.match(/<title>2024-\d\d-\d\d present<\/title>/g)?.length,
    243,
  );
  assertMatch(html, /<title>2024-01-03 damaged at source<\/title>/);
  assertMatch(html, /<title>2024-01-04 Parquet, 2\.0+ MB<\/title>/);
});

Deno.test("coverageHtml() of an empty mirror says how to fill it", () => {
  assertMatch(
    coverageHtml([], PAGE),
    /The mirror is empty\. <code>flatbed sync/,
  );
});

Deno.test("coverageHtml() draws 33 datasets and 23 years in less than 4 MB", () => {
  const all = DATASETS.map(({ id }) =>
    coverageOf(id, "2003-09-10", "2026-01-02")
  );
  const html = coverageHtml(all, PAGE);
  assert(html.length < 4e6, `${html.length} bytes`);
  assertEquals(html.match(/<section /g)?.length, 33);
  assertEquals(html.match(/<title>2010-05: /g)?.length, 33);
});
