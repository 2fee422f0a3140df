/** The view of a day in a browser: from a search to a chart, to a file on the disk. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { Buffer } from "node:buffer";
import { S3Catalog } from "../../src/catalog/mod.ts";
import { gzip, noise } from "../support/data.ts";
import { testInBrowser } from "./_browser.ts";
import { setUpUi } from "./_ui_setup.ts";

const catalog = new S3Catalog("flatfiles", { layout: "live" });
const HEADER = "ticker,volume,open,close,high,low,window_start,transactions\n";
const BEGIN = Date.parse("2024-01-02T14:30:00Z");
const DAY = {
  dataTypes: ["stocks_minute"],
  from: "2024-01-02",
  to: "2024-01-02",
};

function rowsOf(ticker: string, count: number, noteOf = (_: number) => "1") {
  return Array.from(
    { length: count },
    (_, at) =>
      `${ticker},${noteOf(at)},10.${at % 10},10.5,11.${at % 10},9.5,${
        BEGIN + at * 60_000
      }000001,3\n`,
  ).join("");
}

testInBrowser(
  "the page: a ticker is found, drawn, and downloaded",
  async (browser, t) => {
    const random = Array.from(noise(900_000), (byte) => byte.toString(36)).join(
      "",
    );
    // So much that what is damaged at its end has begun to arrive before.
    const large = rowsOf(
      "BIG",
      30_000,
      (at) => random.slice(at * 50, at * 50 + 50),
    );
    const text = `${HEADER}${rowsOf("AAPL", 3)}${large}${rowsOf("aapl", 2)}`;
    await using setup = await setUpUi({
      objects: [[catalog.getKey("stocks_minute", "2024-01-02"), {
        body: await gzip(new TextEncoder().encode(text)),
      }]],
    });
    await setup.fill(DAY);
    const ui = await setup.start();
    await using opened = await browser.open(ui.origin);
    const { page } = opened;
    await page.goto(ui.address);
    const tickers = page.getByRole("region", { name: "Tickers" });

    await t.step(
      "by its tab, the last day there is; keys are enough",
      async () => {
        await page.getByRole("link", { name: "Day", exact: true }).click();
        await page.waitForURL(/#\/day\/stocks_minute\/2024-01-02$/);
        await page.getByLabel("Search").fill("AAPL");
        await tickers.getByText("2 of 3 tickers").waitFor();
        await tickers.getByRole("link", { name: "aapl", exact: true }).press(
          "Enter",
        );
        await page.waitForURL(/ticker=aapl$/);
        await page.locator("canvas").waitFor();
        await page.getByText("2 bars, each as it is").waitFor();
        // The time is shown to the nanosecond, and as the file has it.
        await page.getByRole("cell", { name: "09:30:00.000000001" }).waitFor();
        await page.getByText("times as in the file").click();
        await page.getByRole("cell", { name: `${BEGIN}000001` }).waitFor();
        await page.goBack();
        await page.getByRole("heading", { name: "First rows", exact: true })
          .waitFor();
        await page.getByLabel("Search").fill("AAPL");
        await page.getByLabel("Search").press("Enter");
        await page.waitForURL(/ticker=AAPL$/);
        await page.getByText("3 bars, each as it is").waitFor();
      },
    );

    await t.step("what is downloaded follows the chart", async () => {
      const span = page.getByLabel("Prices of", { exact: true });
      await span.selectOption("week");
      await page.getByText(
        "--output stocks_minute-AAPL-2023-12-27-to-2024-01-02.csv",
      ).waitFor();
      await span.selectOption("day");
      await page.getByText("--output stocks_minute-AAPL-2024-01-02.csv")
        .waitFor();
    });

    const start = page.getByRole("button", { name: "Download", exact: true });

    await t.step("a download has the rows' bytes", async () => {
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        start.click(),
      ]);
      assertEquals(
        download.suggestedFilename(),
        "stocks_minute-AAPL-2024-01-02.csv",
      );
      const pieces: Uint8Array[] = [];
      for await (const piece of await download.createReadStream()) {
        pieces.push(piece);
      }
      assertEquals(
        Buffer.concat(pieces).toString(),
        HEADER + rowsOf("AAPL", 3),
      );
    });

    await t.step("one that is refused says why, in words", async () => {
      await page.getByLabel("Tickers, one a line").fill("AAPLX");
      await start.click();
      const alert = page.getByRole("alert");
      await alert.waitFor();
      assertMatch(
        await alert.innerText(),
        /no rows of AAPLX .*did you mean AAPL/,
      );
      await page.getByLabel("To", { exact: true }).fill("2024-01-03");
      await page.getByText("2024-01-03 (not in the mirror)").waitFor();
      assert(await start.isDisabled());
    });

    await t.step("one that breaks in the middle is no file", async () => {
      const path = `${setup.path}/${
        catalog.getKey("stocks_minute", "2024-01-02")
      }`;
      const bytes = await Deno.readFile(path);
      const { mtime } = await Deno.stat(path);
      bytes.fill(0xff, Math.floor(bytes.length * 0.8));
      await Deno.writeFile(path, bytes);
      await Deno.utime(path, mtime ?? 0, mtime ?? 0);
      await page.getByLabel("Tickers, one a line").fill("BIG");
      await page.getByLabel("To", { exact: true }).fill("2024-01-02");
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        start.click(),
      ]);
      assert(await download.failure() !== null);
    });

    // What was refused, and what broke off.
    opened.assertQuiet(/status of 404|ERR_/);
  },
);
