/** Ten thousand days and more: they are scrolled, and all of them stay drawn. */
// deno-lint-ignore-file no-console -- how long frames took is for who reads the output
import { assert, assertEquals } from "@std/assert";
import { makeMirror } from "../../bench/ui.ts";
import { DATASETS } from "../../src/catalog/mod.ts";
import { testInBrowser } from "./_browser.ts";
import { setUpUi } from "./_ui_setup.ts";

/** The most bytes that the page may take, compressed. */
const MOST_BYTES = 150_000;

/** Scrolls to the end within two seconds, and back; returns how long the frames took, in milliseconds. */
const SCROLL = `(async () => {
  const frames = [];
  const frame = () => new Promise(requestAnimationFrame);
  let last = await frame();
  const end = document.documentElement.scrollHeight - innerHeight;
  for (const way of [0, 1]) {
    for (let step = 0; step <= 60; step++) {
      scrollTo(0, end * Math.abs(way - step / 60));
      const now = await frame();
      frames.push(now - last);
      last = now;
    }
  }
  return frames.sort((a, b) => a - b);
})()`;

/** How many calendars on the screen have something drawn, and how many there are. */
const DRAWN = `(() => {
  const seen = [...document.querySelectorAll(".dataset")].filter((each) => {
    const { top, bottom } = each.getBoundingClientRect();
    return bottom > 100 && top < innerHeight - 100;
  });
  const drawn = seen.filter((each) => {
    const canvas = each.querySelector("canvas");
    if (canvas === null || canvas.width === 0) return false;
    const { data } = canvas.getContext("2d")
      .getImageData(0, 0, canvas.width, canvas.height);
    return data.some((value) => value !== 0);
  });
  return [drawn.length, seen.length];
})()`;

testInBrowser(
  "the page: 10,000 days are there soon, and stay drawn while they are scrolled",
  async (browser, t) => {
    await using setup = await setUpUi();
    const chosen = DATASETS.filter(({ id }) =>
      /^(stocks|options)_daily$/.test(id)
    );
    await makeMirror(setup.path, chosen);
    const ui = await setup.start(["--read-only"]);
    await using opened = await browser.open(ui.origin, {
      viewport: { width: 1280, height: 900 },
    });
    const { page } = opened;
    await page.goto(ui.address);
    await page.locator(".dataset").nth(chosen.length - 1).waitFor();

    await t.step("the page is small, and shows something at once", async () => {
      const [bytes, paint] = await page.evaluate(`[
      [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
        .filter(({ name }) => !name.includes("/api/"))
        .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
      performance.getEntriesByName("first-contentful-paint")[0].startTime,
    ]`) as [number, number];
      console.log(
        `the page: ${bytes} bytes compressed, first paint after ${
          paint.toFixed(0)
        } ms`,
      );
      assert(bytes > 10_000 && bytes < MOST_BYTES, `${bytes} bytes`);
    });

    await t.step(
      "all that is on the screen is drawn, after each way",
      async () => {
        const frames = await page.evaluate(SCROLL) as number[];
        const at = (share: number) =>
          frames[Math.floor((frames.length - 1) * share)]?.toFixed(0);
        console.log(
          `frames while scrolling: median ${at(0.5)} ms, 95 % ${
            at(0.95)
          } ms, longest ${at(1)} ms`,
        );
        for (const place of ["scrollTo(0, 1e9)", "scrollTo(0, 0)"]) {
          await page.evaluate(place);
          await page.evaluate("new Promise(requestAnimationFrame)");
          const [drawn, seen] = await drawnOf();
          assert((seen ?? 0) > 0);
          assertEquals(drawn, seen, place);
        }
        // Of this test's own looking.
        opened.assertQuiet(/willReadFrequently/);
      },
    );

    /** Waits until as many are drawn as are seen, which a frame or two may take. */
    async function drawnOf(): Promise<number[]> {
      for (let tries = 0; tries < 100; tries++) {
        const counts = await page.evaluate(DRAWN) as number[];
        if (counts[0] === counts[1]) return counts;
        await page.evaluate("new Promise(requestAnimationFrame)");
      }
      return await page.evaluate(DRAWN) as number[];
    }
  },
);
