import { tryProgram } from "../support/program.ts";
import { makeFolder } from "../support/folder.ts";

/** What a browser may be called. */
const NAMES = [
  "chromium",
  "chromium-browser",
  "google-chrome",
  "google-chrome-stable",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:/Program Files/Google/Chrome/Application/chrome.exe",
] as const;

/** How long a page may take, in seconds. */
const PATIENCE = 60;

/** The browser of this machine, if it has one that is known. */
export async function findBrowser(): Promise<string | undefined> {
  for (const name of NAMES) {
    // Windows shows a window instead of a version.
    if (name.startsWith("C:")) {
      if (await Deno.stat(name).catch(() => undefined)) return name;
      continue;
    }
    try {
      const { code } = await tryProgram(name, ["--version"]);
      if (code === 0) return name;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

/** A page and what it may ask for. */
export interface Page {
  /** The page's head, with its modules' import map. */
  head?: string;
  /** What the page does: the body of an async function, whose result is the page's. */
  script: string;
  /** What is served beside it: the file of a path. */
  file(path: string): Promise<Uint8Array<ArrayBuffer>>;
}

/** Opens a page of this machine in a browser without a window; returns its result. */
export async function runPage(
  browser: string,
  { head = "", script, file }: Page,
): Promise<unknown> {
  await using profile = await makeFolder();
  const result = Promise.withResolvers<unknown>();
  // The browser ends when the page has loaded: with an image that waits for the result.
  const page = `<!doctype html><meta charset="utf-8">${head}<img src="/ended">
<script type="module">
const run = async () => {
${script}
};
const tell = (told) => fetch("/result", { method: "POST", body: JSON.stringify(told) });
run().then((value) => tell({ value }), (error) => tell({ error: String(error) }));
</script>`;
  await using server = Deno.serve(
    {
      hostname: "127.0.0.1",
      port: 0,
      onListen() {},
      onError: () => new Response(null, { status: 404 }), // the page will say so
    },
    async (request) => {
      const { pathname } = new URL(request.url);
      if (pathname === "/result") {
        const { value, error } = await request.json();
        if (error === undefined) result.resolve(value);
        else result.reject(new Error(`The page failed: ${error}`));
        return new Response();
      }
      if (pathname === "/ended") {
        await result.promise.catch(() => {}); // whoever waits for it is told
        return new Response();
      }
      if (pathname === "/") {
        return new Response(page, { headers: { "content-type": "text/html" } });
      }
      const type = pathname.endsWith(".js")
        ? "text/javascript"
        : "application/octet-stream";
      return new Response(await file(pathname.slice(1)), {
        headers: { "content-type": type },
      });
    },
  );
  const child = new Deno.Command(browser, {
    args: [
      ...["--headless", "--dump-dom", "--disable-gpu"],
      ...["--disable-dev-shm-usage", "--disable-breakpad", "--no-first-run"],
      "--no-sandbox", // there is none for root
      `--user-data-dir=${profile.path}`,
      `http://127.0.0.1:${server.addr.port}/`,
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
    signal: AbortSignal.timeout(PATIENCE * 1000),
  }).spawn();
  child.status.then(({ code }) =>
    result.reject(new Error(`The browser ended with ${code}, without a result`))
  );
  try {
    return await result.promise;
  } finally {
    await child.status;
  }
}
