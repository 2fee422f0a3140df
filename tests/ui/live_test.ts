/** What happens while one looks: work of other processes, and a server that goes and comes back. */
import { assertEquals, assertMatch } from "@std/assert";
import { S3Catalog } from "../../src/catalog/mod.ts";
import { gzip, noise } from "../support/data.ts";
import { waitUntil } from "../support/wait_until.ts";
import { testInBrowser } from "./_browser.ts";
import { openTunnel } from "./_tunnel.ts";
import { spawnFlatbed } from "./_ui_process.ts";
import { setUpUi } from "./_ui_setup.ts";

const DATE = "2024-01-03";
const SIZE = 4_000_000;

testInBrowser(
  "the page: a sync of another process, a tunnel that is cut, another server",
  async (browser, t) => {
    const key = new S3Catalog("flatfiles", { layout: "live" })
      .getKey("stocks_minute", DATE);
    const body = await gzip(noise(SIZE));
    await using setup = await setUpUi({ objects: [[key, { body }]] });
    await setup.fill({
      dataTypes: ["stocks_daily"],
      from: "2024-01-02",
      to: "2024-01-05",
    });
    const ui = await setup.start();
    using tunnel = openTunnel(ui.port);
    // As with `ssh -L`, at another port of this machine.
    const origin = `http://127.0.0.1:${tunnel.port}`;
    await using opened = await browser.open(origin);
    const { page } = opened;
    await page.goto(ui.address.replace(ui.origin, origin));
    await page.waitForURL(`${origin}/`);

    await t.step(
      "a sync of another process appears by itself, with its file, speed and end",
      async () => {
        await page.goto(`${origin}/#/now`);
        await page.getByText("Nothing has run here yet").waitFor();
        const sync = spawnFlatbed([
          ...["sync", "stocks_minute", "--from", DATE, "--to", DATE],
          ...["--out", setup.path, "--limit-rate", "200k"],
        ], setup.env);
        const output = sync.output();
        await page.getByText("1 running").waitFor();
        await page.getByText("stocks_minute", { exact: false }).first()
          .waitFor();
        // What has come grows.
        const received = page.locator(".figure", { hasText: "received" })
          .first();
        const before = await received.textContent();
        assertMatch(before ?? "", /B/);
        await waitUntil(
          async () => await received.textContent() !== before,
          () => `It stays at ${before}`,
        );
        // A page that comes later sees it at once.
        await using second = await browser.openBeside(opened);
        await second.page.goto(`${origin}/#/now`);
        await second.page.getByText("1 running").waitFor();
        second.assertQuiet();
        sync.kill("SIGINT");
        await output;
        await page.getByRole("heading", { name: "Ended lately" }).waitFor();
        await page.locator(".live", { hasText: "nothing runs" }).waitFor();
        opened.assertQuiet();
      },
    );

    await t.step("a sync that was killed is not said to run", async () => {
      const sync = spawnFlatbed([
        ...["sync", "stocks_minute", "--from", DATE, "--to", DATE],
        ...["--out", setup.path, "--limit-rate", "200k"],
      ], setup.env);
      const output = sync.output();
      await page.getByText("1 running").waitFor();
      sync.kill("SIGKILL");
      await output;
      await page.locator(".live", { hasText: "nothing runs" }).waitFor();
      opened.assertQuiet();
    });

    await t.step(
      "where the server does not answer, the page says so, and goes on when it is back",
      async () => {
        await page.goto(`${origin}/#/coverage`);
        await page.locator("h3:text('stocks_daily')").waitFor();
        tunnel.cut();
        await page.getByText("The server does not answer").waitFor();
        // What was there stays.
        assertEquals(await page.locator("h3:text('stocks_daily')").count(), 1);
        tunnel.join();
        await page.getByText("The server does not answer").waitFor({
          state: "detached",
        });
        await page.locator(".live", { hasText: "nothing runs" }).waitFor();
        opened.assertQuiet(/ERR_(CONNECTION|EMPTY|INCOMPLETE)/);
      },
    );

    await t.step(
      "another start of the server is told apart, and Ctrl+C ends the first",
      async () => {
        const { code, stderr } = await ui.stop();
        assertEquals([code, stderr], [0, ""]);
        const next = await setup.start(["--port", `${ui.port}`]);
        assertMatch(next.address, new RegExp(`:${ui.port}/`));
        await page.getByText("This address is not valid any more").waitFor();
        opened.assertQuiet(/ERR_(CONNECTION|EMPTY|INCOMPLETE)|status of 401/);
      },
    );
  },
);
