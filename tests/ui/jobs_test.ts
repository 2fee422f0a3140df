/** What is started in the page: with the same functions and locks as the commands. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { S3Catalog } from "../../src/catalog/mod.ts";
import { Mirror } from "../../src/mirror/mod.ts";
import { denoDir } from "../support/deno_command.ts";
import { gzip, noise } from "../support/data.ts";
import { testInBrowser } from "./_browser.ts";
import { setUpUi } from "./_ui_setup.ts";

const SIZE = 3_000_000;
const [FIRST, SECOND] = ["2024-01-03", "2024-01-04"];

testInBrowser(
  "the page: jobs are started, paused, resumed and cancelled, and wait for other processes",
  async (browser, t) => {
    const catalog = new S3Catalog("flatfiles", { layout: "live" });
    const body = await gzip(noise(SIZE));
    await using setup = await setUpUi({
      objects: [FIRST, SECOND].map((date) => [
        catalog.getKey("stocks_minute", date),
        { body },
      ]),
    });
    await setup.fill({
      dataTypes: ["stocks_daily"],
      from: "2024-01-02",
      to: "2024-01-05",
    });
    const ui = await setup.start(["--limit-rate", "600k"]);
    await using opened = await browser.open(ui.origin);
    const { page } = opened;
    await page.goto(ui.address);
    await page.waitForURL(`${ui.origin}/`);
    const job = page.locator("article.job").first();
    const stands = (state: string) =>
      job.locator(".job-state", { hasText: state }).waitFor();
    const button = (name: RegExp) => job.getByRole("button", { name });

    /** Chooses a day of `stocks_minute`, and starts its sync from the plan that is shown. */
    async function startSync(date: string): Promise<void> {
      await page.goto(`${ui.origin}/#/do?kind=sync&dataset=stocks_minute`);
      await page.getByRole("textbox", { name: "From" }).fill(date);
      await page.getByRole("textbox", { name: /^To/ }).fill(date);
      await page.getByRole("button", { name: "Show what it would do" }).click();
      await page.getByRole("button", { name: "Start the sync of 1 file" })
        .click();
      await stands("running");
    }

    await t.step(
      "a sync shows its plan, is paused, leaves the lock to others, and goes on",
      async () => {
        await startSync(FIRST);
        await button(/^Pause/).click();
        await stands("paused");
        {
          // Another process may write meanwhile.
          await using _other = await Mirror.open(setup.path);
        }
        await button(/^Go on/).click();
        await stands("done");
        const path = catalog.getKey("stocks_minute", FIRST);
        assertEquals(await Deno.readFile(`${setup.path}/${path}`), body);
        opened.assertQuiet();
      },
    );

    await t.step("the coverage knows of it without being asked", async () => {
      await page.goto(`${ui.origin}/#/coverage`);
      await page.locator("h3:text('stocks_minute')").waitFor();
    });

    await t.step("a sync that is cancelled asks first, and ends", async () => {
      await startSync(SECOND);
      await button(/^Cancel/).click();
      await page.getByRole("button", { name: "Yes, cancel it" }).click();
      await stands("cancelled");
      await page.locator(".live", { hasText: "nothing runs" }).waitFor();
      const path = catalog.getKey("stocks_minute", SECOND);
      assertEquals(
        await Deno.stat(`${setup.path}/${path}`).catch(() => "none"),
        "none",
      );
      opened.assertQuiet();
    });

    await t.step(
      "where another process writes, the job says which, and can be tried again",
      async () => {
        {
          await using _other = await Mirror.open(setup.path);
          await page.goto(`${ui.origin}/#/do?kind=parquet`);
          await page.getByRole("button", { name: "Start", exact: true })
            .click();
          await stands("failed");
          assertMatch(
            await job.locator(".job-error").innerText(),
            new RegExp(`\\b${Deno.pid}\\b`),
          );
        }
        await button(/^Try again/).click();
        await stands("done");
        opened.assertQuiet(/status of 409/);
      },
    );

    await t.step(
      "with --read-only nothing can be started, by the page or by hand",
      async () => {
        const reader = await setup.start(["--read-only"], { env: {} });
        await using other = await browser.open(reader.origin);
        await other.page.goto(reader.address);
        await other.page.locator("h3:text('stocks_daily')").waitFor();
        await other.page.goto(`${reader.origin}/#/do`);
        await other.page.getByText("Nothing can be started here").waitFor();
        assertEquals(await other.page.getByRole("button").count(), 0);
        assertEquals(await other.faults(), []);
        other.assertQuiet();
        const answer = await other.page.evaluate(`(async () => {
      const { token } = await (await fetch("/api/session")).json();
      const answer = await fetch("/api/jobs", {
        method: "POST",
        headers: { "content-type": "application/json", "x-flatbed-token": token },
        body: JSON.stringify({ kind: "verify", mode: "quick", dataTypes: [] }),
      });
      return answer.status + " " + await answer.text();
    })()`);
        assertStringIncludes(`${answer}`, "403 ");
      },
    );

    await t.step(
      "a newcomer with an empty folder and no credentials is told what to do",
      async () => {
        const empty = await setup.start([], {
          out: `${setup.path}-of-somebody`,
          env: { HOME: setup.path, DENO_DIR: await denoDir() },
        });
        await using other = await browser.open(empty.origin);
        await other.page.goto(empty.address);
        await other.page.getByText("There is nothing here yet").waitFor();
        assertEquals(await other.faults(), []);
        await other.page.getByRole("link", { name: "Choose what to fetch" })
          .click();
        await other.page.getByText("There are no credentials").waitFor();
        assertEquals(await other.faults(), []);
        other.assertQuiet();
      },
    );
  },
);
