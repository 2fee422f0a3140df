import { sha256 } from "../support/hash.ts";
import { assertEquals, assertMatch } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { MarketCalendar } from "../../src/calendar/mod.ts";
import { S3Catalog } from "../../src/catalog/mod.ts";
import {
  demoFileText,
  type DemoServer,
  startDemoServer,
} from "../../src/demo/mod.ts";
import { gunzip } from "../../src/gzip/mod.ts";
import { IntegrityError } from "../../src/base/mod.ts";
import { runProgram } from "../support/program.ts";
import { Registry } from "../registry/_registry.ts";
import { makeUser, type User } from "../registry/_user.ts";
import { collect, csv, gzip, joined, noise } from "../support/data.ts";
import { findBrowser, type Page, runPage } from "./_browser.ts";
import { findNode, installFromJsr } from "./_node.ts";

const BUCKET = "flatfiles";
const KEYS = new S3Catalog(BUCKET)
  .getDateRangeKeys("stocks_daily", "2024-01-02", "2024-01-05");

/** What a script does with the catalog and the calendar, once it has imported both. */
const FACTS = `({
  keys: new S3Catalog().getDateRangeKeys("stocks_daily", "2024-01-02", "2024-01-05"),
  session: MarketCalendar.for("XNYS").session("2024-07-03"),
  holidays: MarketCalendar.for("XNYS").holidays(2025),
})`;

/** What that comes to on Deno, as JSON tells it. */
function facts(): unknown {
  const calendar = MarketCalendar.for("XNYS");
  return JSON.parse(JSON.stringify({
    keys: KEYS,
    session: calendar.session("2024-07-03"),
    holidays: calendar.holidays(2025),
  }));
}

const resources = new AsyncDisposableStack();
let server: DemoServer;
/** Has the package as Node has it, and may use Deno. */
let user: User;

Deno.test.beforeAll(async () => {
  const registry = resources.use(await Registry.start());
  await registry.publishFlatbed();
  await registry.offerToNpm();
  // Each object's connection breaks once.
  const drop = { kind: "drop", after: 1000, times: KEYS.length } as const;
  server = resources.use(startDemoServer({ faults: [drop] }));
  user = resources.use(await makeUser(registry));
  await installFromJsr(user.path, config.name, registry.npmUrl);
});

Deno.test.afterAll(() => resources.disposeAsync());

/** Runs a script with Node; returns the JSON that it prints. */
async function run(node: string, source: string): Promise<unknown> {
  const script = `${user.path}/script.js`;
  await Deno.writeTextFile(script, source);
  return JSON.parse(await runProgram(node, [script], { cwd: user.path }));
}

/** Tests something on a version of Node, and says so where there is none. */
async function testOn(
  major: number,
  name: string,
  fn: (node: string) => Promise<void>,
): Promise<void> {
  const node = await findNode(major);
  if (node === undefined) {
    Deno.test({
      name: `Node ${major}: ${name}: skipped, 'npx node@${major}' gives none`,
      ignore: true,
      fn() {},
    });
  } else {
    Deno.test(`Node ${major}: ${name}`, () => fn(node));
  }
}

for (const major of [22, 24]) {
  await testOn(
    major,
    "./catalog and ./calendar do what they do on Deno",
    async (node) => {
      const told = await run(
        node,
        `import { MarketCalendar } from "@flatbed/flatbed/calendar";
import { S3Catalog } from "@flatbed/flatbed/catalog";
console.log(JSON.stringify(${FACTS}));`,
      );
      assertEquals(told, facts());
    },
  );
}

await testOn(
  24,
  "AsyncS3Downloader brings objects into memory and as streams, also over broken connections",
  async (node) => {
    const told = await run(
      node,
      `import { AsyncS3Downloader } from "@flatbed/flatbed/download";
import { createHash } from "node:crypto";
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
await using downloader = new AsyncS3Downloader(
  ${JSON.stringify(server.credentials)},
  { endpointUrl: "${server.url}", timeout: 10 },
);
const keys = ${JSON.stringify(KEYS)};
const batch = await downloader.downloadBatch("${BUCKET}", keys, {
  onFailure: (key, error) => console.error(error),
});
const { totalRetries } = downloader.getStatistics();
const one = await downloader.downloadOne("${BUCKET}", keys[0]);
const stream = await downloader.openStream("${BUCKET}", keys[0], { decompress: false });
const stored = Buffer.concat(await Array.fromAsync(stream));
const { size } = await downloader.getObjectInfo("${BUCKET}", keys[0]);
const failure = await downloader.downloadOne("${BUCKET}", "a.csv.gz").catch((error) => error);
console.log(JSON.stringify({
  batch: batch.map(sha256),
  totalRetries,
  one: sha256(one),
  isWhole: stored.length === size,
  listed: await downloader.listObjects("${BUCKET}", "us_stocks_sip/day_aggs_v1/2024/01/", 3),
  exists: await downloader.checkExists("${BUCKET}", "a.csv.gz"),
  failure: [failure.name, failure.code, failure.key],
}));`,
    );
    const batch = await Promise.all(
      KEYS.map(async (key) => sha256(await collect(demoFileText(key)))),
    );
    assertEquals(told, {
      batch,
      totalRetries: KEYS.length,
      one: batch[0],
      isWhole: true,
      listed: KEYS.slice(0, 3),
      exists: false,
      failure: ["NotFoundError", "not-found", "a.csv.gz"],
    });
  },
);

await testOn(24, "what needs Deno says so in one sentence", async (node) => {
  const told = await run(
    node,
    `import { AsyncS3Downloader, Mirror, SyncS3Downloader } from "@flatbed/flatbed";
const credentials = { accessKeyId: "a", secretAccessKey: "b" };
const downloader = new AsyncS3Downloader(credentials);
const results = await Promise.allSettled([
  downloader.downloadToFile("${BUCKET}", "${KEYS[0]}", "a.csv"),
  (async () => new SyncS3Downloader(credentials))(),
  Mirror.open("data", { downloader }),
]);
console.log(JSON.stringify(results.map(({ reason }) => String(reason))));`,
  );
  const messages = told as string[];
  assertEquals(messages.length, 3);
  for (const message of messages) {
    assertMatch(
      message,
      /^TypeError: Cannot use \w+(\(\))? on this runtime: it needs Deno; [^.]+[^.]$/,
    );
  }
});

const browser = await findBrowser();

/** Tests something in a browser, and says so where there is none. */
function testInBrowser(
  name: string,
  run: (open: (page: Page) => Promise<unknown>) => Promise<void>,
): void {
  Deno.test({
    name: browser === undefined
      ? `a browser: ${name}: skipped, 'apt-get install chromium' gives one`
      : `a browser: ${name}`,
    ignore: browser === undefined,
    fn: () => run((page) => runPage(browser ?? "", page)),
  });
}

testInBrowser(
  "./catalog and ./calendar do what they do on Deno, as modules",
  async (open) => {
    const told = await open({
      head: `<script type="importmap">{ "imports": {
  "@flatbed/flatbed/": "/@flatbed/flatbed/src/",
  "@jsr/std__datetime/is-leap": "/@jsr/std__datetime/is_leap.js"
} }</script>`,
      script:
        `const { MarketCalendar } = await import("@flatbed/flatbed/calendar/mod.js");
const { S3Catalog } = await import("@flatbed/flatbed/catalog/mod.js");
return ${FACTS};`,
      file: (path) => Deno.readFile(`${user.path}/node_modules/${path}`),
    });
    assertEquals(told, facts());
  },
);

/** Bundles a script for a browser; returns the bundle. */
async function bundle(source: string): Promise<string> {
  await Deno.writeTextFile(`${user.path}/page.ts`, source);
  // What a browser cannot have is left out, and so is whoever uses it.
  const options = ["--platform", "browser", "--external", "npm:*"];
  const output = `${user.path}/page.js`;
  await user.deno(["bundle", ...options, "--output", output, "page.ts"]);
  return await Deno.readTextFile(output);
}

testInBrowser(
  "./catalog and ./calendar do what they do on Deno, bundled",
  async (open) => {
    const script = await bundle(
      `import { MarketCalendar } from "jsr:${config.name}@${config.version}/calendar";
import { S3Catalog } from "jsr:${config.name}@${config.version}/catalog";
globalThis.result = ${FACTS};`,
    );
    assertEquals(/^import\b.*/m.exec(script), null);
    const told = await open({
      script: `await import("/page.js"); return result;`,
      file: () => Promise.resolve(new TextEncoder().encode(script)),
    });
    assertEquals(told, facts());
  },
);

testInBrowser(
  "gunzip() decompresses and refuses what it does on Deno",
  async (open) => {
    const [day, other] = [csv(200_000), noise(100_000)];
    const [first, second] = [await gzip(day), await gzip(other)];
    // What members begin with, in content that is stored as it is.
    const pieces = Array.from(
      { length: 500 },
      (_, n) => joined(Uint8Array.of(0x1f, 0x8b, 8), noise(200, n)),
    );
    const damaged = first.with(-5, (first.at(-5) ?? 0) ^ 1);
    const cases: Uint8Array<ArrayBuffer>[] = [
      first,
      joined(first, second, await gzip(new Uint8Array()), first),
      await gzip(joined(...pieces)),
      joined(first, new Uint8Array(1000)),
      joined(first, Uint8Array.of(1)),
      first.slice(0, -1),
      first.slice(0, 1000),
      damaged,
      joined(second, damaged),
      new Uint8Array(),
      day,
    ];
    const script = await bundle(
      `import { gunzip } from "jsr:${config.name}@${config.version}/gzip";
const sizes = [7_000, 1_000_000];
async function* pieces(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}
async function outcome(bytes: Uint8Array, size: number) {
  const out: Uint8Array<ArrayBuffer>[] = [];
  try {
    for await (const piece of gunzip(pieces(bytes, size), "key")) {
      out.push(piece.slice());
    }
  } catch (error) {
    return error.name;
  }
  const all = await new Blob(out).arrayBuffer();
  return new Uint8Array(await crypto.subtle.digest("SHA-256", all)).toHex();
}
globalThis.result = [];
for (let at = 0; at < ${cases.length}; at++) {
  const bytes = new Uint8Array(await (await fetch("/cases/" + at)).arrayBuffer());
  globalThis.result.push(await Promise.all(sizes.map((size) => outcome(bytes, size))));
}`,
    );
    assertEquals(/^import\b.*/m.exec(script), null);
    const told = await open({
      script: `await import("/page.js"); return result;`,
      file: (path) =>
        Promise.resolve(
          path === "page.js"
            ? new TextEncoder().encode(script)
            : cases[Number(path.replace("cases/", ""))] ?? new Uint8Array(),
        ),
    });
    const expected = await Promise.all(cases.map(async (stored) => {
      try {
        return sha256(
          await collect(gunzip(ReadableStream.from([stored]), "key")),
        );
      } catch (error) {
        if (error instanceof IntegrityError) return error.name;
        throw error;
      }
    }));
    assertEquals(
      expected.filter((outcome) => outcome === "IntegrityError").length,
      7,
    );
    assertEquals(told, expected.map((outcome) => [outcome, outcome]));
  },
);
