import { assertEquals } from "@std/assert";
import { coverageHtml } from "../../src/cli/status/coverage_html.ts";
import { eachDay } from "../../src/calendar/mod.ts";
import type { Coverage, DayState } from "../../src/mirror/mod.ts";
import { makeFolder } from "../support/folder.ts";
import { testInBrowser } from "./_browser.ts";

const STATES: readonly DayState[] = [
  ...["present", "released", "damaged", "missing", "accepted"] as const,
  ...["optional", "closed", "not-published", "refused"] as const,
];

/** Coverage that has every state. */
function coverageOf(dataType: Coverage["dataType"]): Coverage {
  const days = Array.from(
    eachDay("2024-01-01", "2024-12-31"),
    (date, at) => ({ date, state: STATES[at % STATES.length] ?? "present" }),
  );
  const of = (wanted: DayState) =>
    days.filter(({ state }) => state === wanted).map(({ date }) => date);
  return {
    dataType,
    from: "2024-01-01",
    to: "2024-12-31",
    first: "2024-01-01",
    last: "2024-12-31",
    files: 1,
    bytes: 1,
    released: 1,
    damagedAtSource: of("damaged").map((date) => ({
      date,
      key: "",
      gzipFault: "<img src=x onerror=alert(1)>",
      hasFile: true,
    })),
    missing: of("missing"),
    accepted: of("accepted"),
    days,
  };
}

testInBrowser(
  "coverageHtml() fits each width, without scripts, and axe finds nothing",
  async (browser) => {
    await using folder = await makeFolder();
    const path = `${folder.path}/coverage.html`;
    await Deno.writeTextFile(
      path,
      coverageHtml([coverageOf("stocks_daily"), coverageOf("crypto_trades")], {
        location: "</title><script>alert(1)</script>",
        madeAt: new Date("2026-01-02T03:04:05Z"),
        version: "1.2.3",
      }),
    );
    for (const colorScheme of ["light", "dark"] as const) {
      for (const width of [360, 1280, 2560]) {
        await using opened = await browser.open("file://", {
          viewport: { width, height: 900 },
          colorScheme,
        });
        const { page } = opened;
        await page.goto(`file://${path}`);
        const isWider = await page.evaluate(
          "document.documentElement.scrollWidth > innerWidth",
        );
        assertEquals(isWider, false, `scrolls at ${width}`);
        if (width < 2560) assertEquals(await opened.faults(), []);
        opened.assertQuiet();
        await page.locator("summary").first().click();
        assertEquals(
          await page.locator("details[open] time").first().textContent(),
          "2024-01-04",
        );
        // A day says what it is, where the pointer is.
        const day = page.locator(".tips path").nth(3);
        const box = await day.boundingBox();
        assertEquals(box !== null, true);
        assertEquals(
          await day.locator("title").textContent(),
          "2024-01-04 missing",
        );
      }
    }
  },
);
