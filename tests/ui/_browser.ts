import axe from "axe-core";
import { assertEquals } from "@std/assert";
import {
  type Browser,
  type BrowserContextOptions,
  chromium,
  type Page,
} from "playwright-core";
import { findBrowser } from "../runtimes/_browser.ts";

/** How long anything in a page may take, in milliseconds: other tests run beside it. */
const PATIENCE = 60_000;

/** A page in a browser, whose complaints are kept. */
export interface TestPage extends AsyncDisposable {
  readonly page: Page;
  /** What it asked other origins for. */
  readonly strayRequests: string[];
  /** What axe finds fault with, each as a line; nothing if the page is accessible. */
  faults(): Promise<string[]>;
  /**
   * Asserts that since the last time it logged no error, broke no policy, and asked no
   * other origin.
   *
   * @param expected What may be logged, such as that the server did not answer.
   */
  assertQuiet(expected?: RegExp): void;
}

/** A browser without a window, for all steps of a test. */
export interface TestBrowser {
  /** Opens a page that shares nothing with others, for an origin. */
  open(origin: string, options?: BrowserContextOptions): Promise<TestPage>;
  /** Opens another page beside one, as a second tab. */
  openBeside(other: TestPage): Promise<TestPage>;
}

const executablePath = await pathOf(await findBrowser());

/** The whole path of a program: Playwright looks for none. */
async function pathOf(program: string | undefined) {
  if (program === undefined || program.includes("/")) return program;
  const folders = Deno.env.get("PATH")?.split(":") ?? [];
  for (const folder of folders) {
    const path = `${folder}/${program}`;
    if (await Deno.stat(path).catch(() => undefined)) return path;
  }
  return undefined;
}

/** Tests something in a browser, and says so where there is none. */
export function testInBrowser(
  name: string,
  run: (browser: TestBrowser, t: Deno.TestContext) => Promise<void>,
): void {
  Deno.test({
    name: executablePath === undefined
      ? `${name}: skipped, 'apt-get install chromium' gives a browser`
      : name,
    ignore: executablePath === undefined,
    // Playwright's connection to the browser begins before a step, and ends after it.
    sanitizeOps: false,
    sanitizeResources: false,
    async fn(t) {
      const browser = await launch();
      try {
        await run({
          async open(origin, options) {
            const context = await browser.newContext(options);
            context.setDefaultTimeout(PATIENCE);
            return watch(await context.newPage(), origin, true);
          },
          async openBeside({ page }) {
            const { origin } = new URL(page.url());
            return watch(await page.context().newPage(), origin, false);
          },
        }, t);
      } finally {
        await browser.close();
      }
    },
  });
}

/** Starts the browser of this machine. */
export async function launch(): Promise<Browser> {
  return await chromium.launch({
    ...(executablePath !== undefined && { executablePath }),
    // There is no sandbox for root, and containers have little shared memory.
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
    timeout: PATIENCE,
  });
}

/** Keeps what a page complains of. */
function watch(page: Page, origin: string, isAlone: boolean): TestPage {
  const complaints: string[] = [], strayRequests: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") {
      const { url } = message.location();
      complaints.push(`${message.type()}: ${message.text()} ${url}`);
    }
  });
  page.on("pageerror", (error) => complaints.push(`thrown: ${error.message}`));
  page.on("dialog", (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    dialog.dismiss().catch(() => {});
  });
  page.on("request", (request) => {
    const url = request.url();
    const isOwn = url.startsWith(`${origin}/`) || url.startsWith("data:") ||
      url.startsWith(`blob:${origin}/`);
    if (!isOwn) strayRequests.push(url);
  });
  return {
    page,
    strayRequests,
    async faults() {
      // As the debugger does it: the page's policy allows no script but its own.
      await page.evaluate(`${axe.source}; undefined`);
      const { violations } = await page.evaluate(
        "axe.run({ resultTypes: ['violations'] })",
      ) as axe.AxeResults;
      return violations.flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary = "" }) =>
          `${id}: ${html.slice(0, 200)}: ${
            failureSummary.replaceAll(/\s+/g, " ")
          }`
        )
      );
    },
    assertQuiet(expected) {
      const unexpected = complaints.splice(0)
        .filter((each) => !expected?.test(each));
      assertEquals(unexpected, []);
      assertEquals(strayRequests, []);
    },
    async [Symbol.asyncDispose]() {
      await (isAlone ? page.context() : page).close();
    },
  };
}
