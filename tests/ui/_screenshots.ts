// deno-lint-ignore-file no-console -- a tool for the terminal
/**
 * Makes the screenshots of the documentation: each view over a mirror with made-up data,
 * light and dark, at three widths. `deno task screenshots` runs it, for all views or those
 * that are named.
 */
import type { Page } from "playwright-core";
import { getFileDates, S3Catalog } from "../../src/catalog/mod.ts";
import { addDays } from "../../src/calendar/mod.ts";
import { AsyncS3Downloader } from "../../src/download/mod.ts";
import { Mirror } from "../../src/mirror/mod.ts";
import { gzip, noise } from "../support/data.ts";
import { launch } from "./_browser.ts";
import { spawnFlatbed } from "./_ui_process.ts";
import { setUpUi } from "./_ui_setup.ts";

const IMAGES = new URL("../../docs/images/", import.meta.url);
const SIZES = [[360, 760], [1280, 860], [2560, 1000]] as const;
const catalog = new S3Catalog("flatfiles", { layout: "live" });

const today = new Date().toISOString().slice(0, 10);
const ago = (days: number) => addDays(today, -days);
/** The day that is looked into: the last Friday but one. */
const LOOKED = ago((new Date().getUTCDay() + 2) % 7 + 7);

/** The datasets, and since when the mirror has them. */
const SINCE: Readonly<Record<string, string>> = {
  stocks_daily: ago(1500),
  stocks_minute: ago(1100),
  options_daily: ago(700),
  crypto_minute: ago(400),
};

const large = await gzip(noise(12_000_000));
await using setup = await setUpUi({
  name: "flatfiles",
  scale: 0.5,
  faults: [430, 431, 432].map((days) => ({
    kind: "damaged-source",
    key: catalog.getKey("options_daily", ago(days)),
  })),
  // Large enough that one can watch them come.
  objects: getFileDates("stocks_trades", ago(40), today).map((date) => [
    catalog.getKey("stocks_trades", date),
    { body: large },
  ]),
});

console.log("Fetching made-up files ...");
await setup.fill({ dataTypes: Object.keys(SINCE), from: SINCE });
{
  await using downloader = new AsyncS3Downloader(setup.server.credentials, {
    endpointUrl: setup.server.url,
  });
  await using mirror = await Mirror.open(setup.path, { downloader });
  await mirror.toParquet({ dataTypes: ["stocks_minute"], from: ago(300) });
  await mirror.release({
    dataTypes: ["stocks_minute"],
    to: ago(800),
    force: true,
  });
}
for (
  const [dataType, days] of [["stocks_daily", 500], [
    "crypto_minute",
    64,
  ]] as const
) {
  for (let day = days; day < days + 4; day++) {
    await Deno.remove(`${setup.path}/${catalog.getKey(dataType, ago(day))}`)
      .catch(() => {}); // a weekend
  }
}

const parent = setup.path.slice(0, setup.path.lastIndexOf("/"));
const ui = await setup.start([], { out: "flatfiles", cwd: parent });

const browser = await launch();
const context = await browser.newContext();
context.setDefaultTimeout(60_000);
const page = await context.newPage();
await page.goto(ui.address);
await page.waitForURL(`${ui.origin}/`);

/** Starts what is shown under "Now", and waits until there is something to see. */
async function startSync(): Promise<AsyncDisposable> {
  const sync = spawnFlatbed(
    [
      ...["sync", "stocks_trades", "--from", ago(40), "--max-concurrent", "4"],
      ...["--limit-rate", "3M", "--out", "flatfiles"],
    ],
    setup.env,
    parent,
  );
  const ended = sync.output();
  await page.goto(`${ui.origin}/#/now`);
  await page.waitForTimeout(25_000);
  return {
    async [Symbol.asyncDispose]() {
      sync.kill("SIGINT");
      await ended;
    },
  };
}

/** The views: their addresses, and what is waited for. */
const VIEWS: readonly [
  name: string,
  hash: string,
  ready: (page: Page) => Promise<unknown>,
][] = [
  ["coverage", "#/coverage", async (page) => {
    await page.locator("h3:text('crypto_minute')").waitFor();
    await page.locator("canvas").first().waitFor();
  }],
  [
    "day",
    `#/day/stocks_minute/${LOOKED}?ticker=AAPL`,
    (page) => page.locator("main canvas").first().waitFor(),
  ],
  [
    "do",
    "#/do?kind=sync&dataset=indices_minute,forex_daily",
    async (page) => {
      await page.getByRole("button", { name: "Show what it would do" }).click();
      await page.getByText("files to fetch", { exact: true }).waitFor();
      await page.evaluate(
        "document.querySelector('.do-shown').scrollIntoView({ block: 'center' })",
      );
    },
  ],
  ["now", "#/now", (page) => page.locator("canvas").first().waitFor()],
];

await Deno.mkdir(IMAGES, { recursive: true });
for (const [name, hash, ready] of VIEWS) {
  if (Deno.args.length > 0 && !Deno.args.includes(name)) continue;
  await using _running = name === "now" ? await startSync() : undefined;
  for (const [width, height] of SIZES) {
    for (const colorScheme of ["light", "dark"] as const) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      if (name !== "now") await page.goto("about:blank");
      await page.goto(`${ui.origin}/${hash}`);
      await ready(page);
      // What is drawn a frame later, and what the sums wait for.
      await page.waitForTimeout(name === "now" ? 3000 : 2000);
      const file = new URL(`ui-${name}-${width}-${colorScheme}.png`, IMAGES);
      const image = await page.screenshot({ animations: "disabled" });
      await Deno.writeFile(file, image);
      console.log(`${file.pathname}: ${image.length} bytes`);
    }
  }
}
const paint = await page.evaluate(
  "performance.getEntriesByName('first-contentful-paint')[0]?.startTime",
);
console.log(`first paint after ${Math.round(Number(paint))} ms`);
await browser.close();
