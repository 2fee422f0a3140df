/** The Coverage view in a browser: its squares, keys, filters, and a mirror that changes. */
import { assert, assertEquals } from "@std/assert";
import { Mirror } from "../../src/mirror/mod.ts";
import { testInBrowser } from "./_browser.ts";
import { DAYS, setUpUi } from "./_ui_setup.ts";

testInBrowser(
  "the Coverage view: days by pointer and keyboard, filters, and changes of the mirror",
  async (browser, t) => {
    await using setup = await setUpUi();
    await setup.fill(DAYS);
    const ui = await setup.start();
    await using opened = await browser.open(ui.origin, {
      viewport: { width: 1280, height: 900 },
    });
    const { page } = opened;
    await page.goto(ui.address);
    const card = page.getByRole("region", { name: "stocks_daily" });
    const panel = page.locator(".day-panel");
    await card.locator("canvas").waitFor();
    // The datasets come one by one.
    await page.getByRole("region", { name: "stocks_minute" }).waitFor();

    await t.step(
      "a newcomer sees what there is, and what is missing",
      async () => {
        const totals = await page.locator(".coverage-totals").innerText();
        assert(/datasets\s+2\b/.test(totals), totals);
        assert(/files\s+18\b/.test(totals), totals);
        assert(await card.getByText(/\d missing/).count() > 0);
      },
    );

    await t.step("the keyboard goes by day, week and year", async () => {
      const cell = card.getByRole("gridcell");
      await cell.focus();
      await page.keyboard.press("Control+Home");
      const labelOf = () =>
        page.evaluate("document.activeElement.ariaLabel") as Promise<string>;
      assertEquals(await labelOf(), "Tue 2024-01-02: present");
      const seen: string[] = [];
      for (const key of ["ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"]) {
        await page.keyboard.press(key);
        seen.push(await labelOf());
      }
      assertEquals(seen, [
        "Tue 2024-01-09: present",
        "Wed 2024-01-10: present",
        "Wed 2024-01-03: present",
        "Tue 2024-01-02: present",
      ]);
      await page.keyboard.press("End");
      assertEquals(await labelOf(), "Tue 2024-12-31: missing");
      await page.keyboard.press("PageUp");
      assertEquals(await labelOf(), "Tue 2025-12-30: missing");
      await page.keyboard.press("Control+Home");
      // What is read out.
      const said = panel.locator("[aria-live]");
      await said.getByText(/[kM]?B, .*fetched \d{4}-/).waitFor();
    });

    await t.step(
      "Enter opens the facts, with what can be done, and Esc gives the keyboard back",
      async () => {
        await page.keyboard.press("Enter");
        const dialog = page.getByRole("dialog", {
          name: "stocks_daily, 2024-01-02",
        });
        await dialog.getByText(
          "us_stocks_sip/day_aggs_v1/2024/01/2024-01-02.csv.gz",
        )
          .waitFor();
        for (const fact of ["Size", "Published", "Fetched", "ETag"]) {
          assertEquals(
            await dialog.getByText(fact, { exact: true }).count(),
            1,
            fact,
          );
        }
        assertEquals(await opened.faults(), []);
        await page.keyboard.press("Escape");
        await dialog.waitFor({ state: "detached" });
        assertEquals(
          await page.evaluate("document.activeElement.ariaLabel"),
          "Tue 2024-01-02: present",
        );
      },
    );

    await t.step(
      "the pointer shows the facts of the day below it",
      async () => {
        const box = await card.locator("canvas").boundingBox();
        const bounds = await card.getByRole("gridcell").boundingBox();
        assert(box !== null && bounds !== null);
        const [x, y] = [
          bounds.x + bounds.width / 2,
          bounds.y + bounds.height / 2,
        ];
        await page.mouse.move(x, y);
        await panel.getByText("Tue 2024-01-02").waitFor();
        await page.mouse.move(box.x + 2, box.y + 2);
        await panel.waitFor({ state: "detached" });
        await page.mouse.click(x, y);
        await page.getByRole("link", { name: "Look into this day" }).click();
        await page.waitForURL(/#\/day\/stocks_daily\/2024-01-02$/);
        await page.goBack();
        await card.locator("canvas").waitFor();
      },
    );

    await t.step(
      "filters leave out what is not looked for, and stay in the address",
      async () => {
        await page.getByRole("searchbox").fill("minute");
        await card.waitFor({ state: "detached" });
        await page.getByRole("button", { name: /^missing/ }).click();
        assert(
          page.url().endsWith("#/coverage?name=minute&days=missing"),
          page.url(),
        );
        await page.reload();
        await page.getByRole("region", { name: "stocks_minute" }).waitFor();
        assertEquals(await card.count(), 0);
        await page.getByRole("searchbox").fill("forex");
        await page.getByText("No dataset is like that").waitFor();
        await page.getByRole("button", { name: "Show all" }).last().click();
        await card.waitFor();
      },
    );

    await t.step(
      "what another process changes is seen without a reload",
      async () => {
        const state = card.locator(".dataset-state");
        const before = await state.innerText();
        {
          await using mirror = await Mirror.open(setup.path);
          await mirror.acceptMissing("stocks_daily", ["2024-01-16"]);
        }
        await page.getByRole("button", { name: /^accepted\s*1$/ }).waitFor();
        assert(before !== await state.innerText());
      },
    );
    opened.assertQuiet();
  },
);
