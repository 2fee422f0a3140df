/** What strangers can do to the page, and what they cannot: names that are markup, stolen addresses. */
import { assertEquals, assertMatch } from "@std/assert";
import { S3Catalog } from "../../src/catalog/mod.ts";
import { gzip } from "../support/data.ts";
import { testInBrowser } from "./_browser.ts";
import { setUpUi } from "./_ui_setup.ts";

const DATE = "2024-01-02";
/** Tickers that are markup, that end a script, that turn the text around, or that are nothing. */
const TICKERS = [
  "<img src=x onerror=alert(1)>",
  "</script><script>alert(2)</script>",
  "\u202eLPAA",
  "javascript:alert(3)",
  "x' onmouseover='alert(4)",
  "{{7*7}}",
];
/** The folder's own name is text as well. */
const FOLDER = `<img src=x onerror=alert(5)> "m'`;

/** A day of `stocks_daily` with these tickers. */
async function hostileDay(): Promise<Uint8Array<ArrayBuffer>> {
  const rows = TICKERS.map((ticker) =>
    `${ticker},1000,10.5,10.6,10.7,10.4,1704171600000000000,42\n`
  );
  return await gzip(
    new TextEncoder().encode(
      `ticker,volume,open,close,high,low,window_start,transactions\n${
        rows.join("")
      }`,
    ),
  );
}

testInBrowser(
  "the page: names from outside are text, and strangers see nothing",
  async (browser, t) => {
    const key = new S3Catalog("flatfiles", { layout: "live" })
      .getKey("stocks_daily", DATE);
    await using setup = await setUpUi({
      name: FOLDER,
      objects: [[key, { body: await hostileDay() }]],
    });
    await setup.fill({ dataTypes: ["stocks_daily"], from: DATE, to: DATE });
    const ui = await setup.start();
    await using opened = await browser.open(ui.origin);
    const { page } = opened;

    await t.step(
      "a stolen address without its token shows words, and no data",
      async () => {
        const answer = await page.goto(`${ui.origin}/#/coverage`);
        assertEquals(answer?.status(), 401);
        const text = await page.locator("body").innerText();
        assertMatch(text, /Open the address that was printed/);
        assertEquals(text.includes("onerror"), false);
        const status = await page.evaluate(
          "fetch('/api/session').then((answer) => answer.status)",
        );
        assertEquals(status, 401);
        // The browser itself notes that it was turned away.
        opened.assertQuiet(/status of 401/);
      },
    );

    await t.step("a wrong token is turned away as well", async () => {
      const answer = await page.goto(`${ui.origin}/?token=${"A".repeat(43)}`);
      assertEquals(answer?.status(), 401);
    });

    await t.step(
      "the right one lets in, leaves no token in the address, and names are text in each view",
      async () => {
        await page.goto(ui.address);
        await page.locator("h3:text('stocks_daily')").waitFor();
        assertEquals(page.url(), `${ui.origin}/`);
        assertEquals(
          (await page.context().cookies()).map((cookie) => [
            cookie.httpOnly,
            cookie.sameSite,
          ]),
          [[true, "Strict"]],
        );
        await page.getByText(FOLDER).first().waitFor();
        await page.goto(`${ui.origin}/#/day/stocks_daily/${DATE}`);
        for (const ticker of TICKERS) {
          await page.getByText(ticker, { exact: true }).first().waitFor();
          const query = new URLSearchParams({ ticker });
          await page.goto(`${ui.origin}/#/day/stocks_daily/${DATE}?${query}`);
          await page.getByRole("region", { name: ticker }).first().waitFor();
        }
        for (
          const hash of [
            `#/do?kind=sync&dataset=${encodeURIComponent(TICKERS[0] ?? "")}`,
            `#/day/${encodeURIComponent(TICKERS[0] ?? "")}/${DATE}`,
            `#/${encodeURIComponent(TICKERS[1] ?? "")}`,
            `#/coverage?name=${encodeURIComponent(TICKERS[0] ?? "")}`,
            "#/now",
          ]
        ) {
          await page.goto(`${ui.origin}/${hash}`);
          await page.locator("main :is(h1, h2, p)").first().waitFor();
        }
        assertEquals(await page.locator("img, script:not([src])").count(), 0);
        // A dataset that there is none of is asked for, and refused.
        opened.assertQuiet(/status of (400|401|404)/);
      },
    );

    await t.step(
      "a page elsewhere can neither ask, nor send, nor frame it",
      async () => {
        await using elsewhere = Deno.serve(
          {
            hostname: "127.0.0.1",
            port: 0,
            onListen() {},
          },
          () =>
            new Response(
              "<!doctype html><title>elsewhere</title><body></body>",
              {
                headers: { "content-type": "text/html" },
              },
            ),
        );
        // Another port of the same host: cookies are shared with it, nothing else is.
        const { port } = elsewhere.addr;
        await page.goto(`http://127.0.0.1:${port}/`);
        const outcomes = await page.evaluate(
          `(async (origin) => {
        const of = (request) => request.then((a) => a.status || a.type, (e) => e.name);
        const frame = document.createElement("iframe");
        frame.src = origin + "/";
        const framed = new Promise((resolve) => frame.onload = resolve);
        document.body.append(frame);
        await framed;
        let inside = "hidden";
        try { inside = frame.contentDocument ? "seen" : "hidden"; } catch {}
        return [
          await of(fetch(origin + "/api/session", { credentials: "include" })),
          await of(fetch(origin + "/api/jobs", {
            method: "POST", credentials: "include", mode: "no-cors", body: "{}",
            headers: { "content-type": "text/plain" },
          })),
          inside,
        ];
      })(${JSON.stringify(ui.origin)})`,
        );
        assertEquals(outcomes, ["TypeError", "TypeError", "hidden"]);
      },
    );

    await t.step(
      "a link with the address lets in also from another site, as in a terminal that is a page",
      async () => {
        await using elsewhere = Deno.serve(
          { hostname: "127.0.0.1", port: 0, onListen() {} },
          () =>
            new Response(
              `<!doctype html><a href="${ui.address}">${ui.address}</a>`,
              { headers: { "content-type": "text/html" } },
            ),
        );
        // Another name of this machine is another site.
        const site = `http://localhost:${elsewhere.addr.port}`;
        await using visitor = await browser.open(site);
        await visitor.page.goto(`${site}/`);
        await visitor.page.click("a");
        await visitor.page.locator("h3:text('stocks_daily')").waitFor();
        assertEquals(new URL(visitor.page.url()).search, "");
      },
    );

    await t.step(
      "a second tab of the same browser needs no token",
      async () => {
        await page.goto(`${ui.origin}/`);
        await using second = await browser.openBeside(opened);
        await second.page.goto(`${ui.origin}/#/coverage`);
        await second.page.locator("h3:text('stocks_daily')").waitFor();
        second.assertQuiet();
      },
    );
  },
);
