/** Each view in a browser: who looks, at which width, in which colours, with which keys. */
import { assert, assertEquals } from "@std/assert";
import type { TestPage } from "./_browser.ts";
import { testInBrowser } from "./_browser.ts";
import { DAYS, setUpUi } from "./_ui_setup.ts";

/** The views, and what is there once each has all it shows. */
const VIEWS = [
  ["#/coverage", "h3:text('stocks_daily')"],
  ["#/now", "h1, h2"],
  ["#/do", "h1, h2"],
  ["#/day/stocks_minute/2024-01-03?ticker=AAPL", "canvas"],
] as const;

/** What has the focus, and whether one sees that it has. */
const STOP = `(() => {
  const { activeElement: at, body } = document;
  if (at === body || at === null) return "";
  // The view has its focus again when its own address is known.
  if (at.id === "main") return "main";
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(at);
  const isSeen = outlineStyle !== "none" && outlineWidth !== "0px" || boxShadow !== "none";
  const all = [...document.querySelectorAll("*")].indexOf(at);
  return (isSeen ? "" : "unseen ") + at.tagName + " " + all + " " +
    (at.ariaLabel ?? at.textContent ?? "").slice(0, 40);
})()`;

/** How many things move, for longer than one sees. */
const MOVING = `document.getAnimations().filter(({ effect }) =>
  effect.getComputedTiming().duration > 10).length`;

/** Asserts that the page does not scroll sideways. */
async function assertFits({ page }: TestPage, what: string): Promise<void> {
  const [wide, room] = await page.evaluate(
    "[document.documentElement.scrollWidth, innerWidth]",
  ) as [number, number];
  assert(wide <= room, `${what} is ${wide} px wide in ${room} px`);
}

testInBrowser(
  "the page: each view fits, is accessible, and can be used by the keyboard",
  async (browser, t) => {
    await using setup = await setUpUi();
    await setup.fill(DAYS);
    const ui = await setup.start();

    await using opened = await browser.open(ui.origin);
    const { page } = opened;
    await page.goto(ui.address);
    await page.waitForURL(`${ui.origin}/`);
    for (const [hash, there] of VIEWS) {
      await t.step(`${hash} at each width, light and dark`, async () => {
        for (const width of [360, 1280, 2560]) {
          await page.setViewportSize({ width, height: 800 });
          await page.goto(`${ui.origin}/${hash}`);
          await page.locator(there).first().waitFor();
          await assertFits(opened, hash);
          for (const colorScheme of ["light", "dark"] as const) {
            if (width === 2560) continue;
            await page.emulateMedia({ colorScheme });
            assertEquals(await opened.faults(), [], `${width} ${colorScheme}`);
          }
        }
        opened.assertQuiet();
      });
    }

    await t.step(
      "each view can be reached and left by the keyboard alone",
      async () => {
        await page.setViewportSize({ width: 1280, height: 800 });
        await page.goto("about:blank");
        await page.goto(`${ui.origin}/`);
        await page.locator(".dataset").first().waitFor();
        await page.keyboard.press("Tab");
        assertEquals(
          await page.evaluate("document.activeElement.textContent"),
          "Skip to the content",
        );
        for (const name of ["Now", "Do", "Day", "Coverage"]) {
          await page.locator("nav").getByRole("link", { name, exact: true })
            .focus();
          await page.keyboard.press("Enter");
          await page.waitForURL(new RegExp(`#/${name.toLowerCase()}`));
          // A screen reader, and the keyboard, go on where the view begins.
          await page.locator("main:focus").waitFor();
          // Every stop of the way is seen, and none holds the keyboard.
          const stops = new Set<string>();
          for (let at = 0; at < 30; at++) {
            await page.keyboard.press("Tab");
            const stop = await page.evaluate(STOP) as string;
            if (stop === "main") continue;
            if (stop === "" || stops.has(stop)) break;
            stops.add(stop);
            assert(!stop.startsWith("unseen"), `${name}: ${stop}`);
          }
          assert(stops.size > 0, `${name} has ${[...stops]}`);
        }
        opened.assertQuiet();
      },
    );

    await t.step("nothing moves for those who want it so", async () => {
      await page.emulateMedia({ reducedMotion: "reduce" });
      for (const [hash] of VIEWS) {
        await page.goto(`${ui.origin}/${hash}`);
        await page.locator("main :is(h1, h2)").first().waitFor();
        assertEquals(await page.evaluate(MOVING), 0, hash);
      }
    });
  },
);
