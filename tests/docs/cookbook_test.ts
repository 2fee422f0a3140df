import {
  assert,
  assertEquals,
  assertLessOrEqual,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { S3Catalog } from "../../src/catalog/mod.ts";
import { DEFAULT_ENDPOINT } from "../../src/cli/connection.ts";
import {
  demoFileText,
  type DemoServer,
  type RequestRecord,
  startDemoServer,
} from "../../src/demo/mod.ts";
import { type Block, readDocument } from "./_document.ts";
import { fileName, runBlocks } from "./_recipe.ts";
import {
  isProgramThere,
  isWindows,
  makeWorkplace,
  type Workplace,
} from "./_workplace.ts";

const cookbook = await readDocument("docs/cookbook.md");
const catalog = new S3Catalog();

/** Where a recipe has run. */
interface Kitchen {
  place: Workplace;
  server: DemoServer;
  /** What the service was asked. */
  records: RequestRecord[];
  blocks: readonly Block[];
  /** What the blocks have printed, in order. */
  printed: string[];
}

/** What a recipe needs besides, and what is to be seen of it besides what it prints. */
interface Recipe {
  /** A program that not every machine has. */
  needs?: string;
  /** Variables that the recipe names. */
  env?(server: DemoServer): Record<string, string>;
  /** Variables that must not be set. */
  without?: string;
  bucket?: string;
  check(kitchen: Kitchen): void | Promise<void>;
}

const RECIPES: Readonly<Record<string, Recipe>> = {
  "1. A folder that is complete every morning": {
    async check({ place, server, blocks }) {
      const [line] = commandsOfCron(blocks);
      assertStringIncludes(line ?? "", "/srv/flatfiles");
      const cron = (line ?? "").replace("/srv/flatfiles", place.path);
      assertEquals(await place.run(cron), { code: 0, text: "complete\n" });
      const held = (await filesIn(`${place.path}/data`)).at(-1) ?? "";
      server.objects.delete(held);
      const again = `rm -r data && ${cron}`;
      const lacking = await place.run(again);
      assertEquals(lacking.code, 3);
      assertStringIncludes(lacking.text, "missing upstream:\n");
      assertStringIncludes(lacking.text, `"key":"${held}"`);
      const refused = await place.run(
        `export FLATBED_SECRET_ACCESS_KEY=wrong; ${again}`,
      );
      assertEquals(refused.code, 1);
      assertMatch(refused.text, /^failed\n.*"code":"credentials"/m);
    },
  },
  "2. One ticker's minute bars of a month": {
    async check({ place }) {
      const csv = await Deno.readTextFile(`${place.path}/AAPL.csv`);
      const keys = catalog.getDateRangeKeys(
        "stocks_minute",
        "2024-01-01",
        "2024-01-31",
      );
      const [head = ""] = csv.split("\n");
      const rows = await Promise.all(keys.map((key) => rowsOf(key, "AAPL")));
      assertEquals(csv, `${[head, ...rows.flat()].join("\n")}\n`);
      const day = await Deno.readTextFile(
        `${place.path}/AAPL-2024-01-02.csv`,
      );
      assertEquals(day, `${[head, ...rows[0] ?? []].join("\n")}\n`);
      // Many tickers begin with an A.
      const { text } = await place.run(
        "deno run -A one_ticker.ts A 2024-01-02 2024-01-02",
      );
      const ofA = await rowsOf(keys[0] ?? "", "A");
      assertEquals(text, `${[head, ...ofA].join("\n")}\n`);
    },
  },
  "3. Which days are missing?": {
    check({ server, records, printed }) {
      // The last command and the script ask nobody.
      const requests = records.filter(({ operation }) =>
        operation === "ListObjectsV2"
      );
      assertEquals(requests.length, 2, server.url);
      assertMatch(printed[0] ?? "", /2 days missing\n$/);
    },
  },
  "4. A file larger than memory": {
    async check({ records, printed }) {
      const key = catalog.getKey("stocks_trades", "2024-01-02");
      const [first = ""] = (printed[0] ?? "").split("\n");
      const [ticker = "", volume] = first.split(" ");
      const sizes = (await rowsOf(key, ticker)).map((row) =>
        // What is in quotes holds commas.
        Number(row.replaceAll(/"[^"]*"/g, "").split(",")[9])
      );
      assert(sizes.length > 100);
      const sum = sizes.reduce((sum, size) => sum + size, 0);
      assertEquals(Number(volume), Math.round(sum));
      assertEquals(gets(records), [key]);
    },
  },
  "5. Resume after a kill, and verify": {
    async check({ place, printed }) {
      const files = await filesIn(`${place.path}/data`);
      assertEquals(
        files,
        catalog.getDateRangeKeys("stocks_minute", "2024-01-02", "2024-01-05"),
      );
      assertStringIncludes(
        printed[1] ?? "",
        `${"repaired".padEnd(19)}${files[1]}\n`,
      );
    },
  },
  "6. Daily closes in SQLite": {
    async check({ place, records, printed }) {
      assertEquals(gets(records).length, 4);
      const again = "deno run -A closes.ts 2024-01-01 2024-01-08";
      const { code, text } = await place.run(again);
      assertEquals(code, 0);
      assert(text.startsWith(printed[0] ?? ""));
      assertMatch(text, /\n2024-01-08 [\d.]+\n$/);
      // The days that were there have not been asked for again.
      assertEquals(gets(records).length, 5);
    },
  },
  "7. From an S3 service of your own": {
    bucket: "market-data",
    env: ({ url }) => ({ S3: url }),
    // The recipe's own endpoint is the one that counts.
    without: "FLATBED_ENDPOINT_URL",
    async check({ place, records }) {
      assertEquals(new Set(records.map(({ bucket }) => bucket)).size, 1);
      assertEquals(records[0]?.bucket, "market-data");
      assertEquals((await filesIn(`${place.path}/data`)).length, 21);
    },
  },
  "8. At night, with a rate limit": {
    needs: "timeout",
    async check({ place, blocks, printed }) {
      const speed = /\(([\d.]+) kB\/s\)/.exec(printed[0] ?? "")?.[1];
      assertLessOrEqual(Number(speed), 160);
      const [sync] = blocks.filter(({ language }) => language === "sh");
      const short = (sync?.code ?? "").replace("13h", "1.5")
        .replace("150k", "20k");
      const interrupted = await place.run(`rm -r data\n${short}`);
      assertEquals(interrupted.code, 130, interrupted.text);
      const [line = ""] = commandsOfCron(blocks);
      const { code } = await place.run(
        `${line.replace("/data/flatfiles", "data")} --last 5d --dry-run`,
      );
      assertEquals(code, 0);
    },
  },
  "9. With minimal permissions": {
    env: ({ url }) => ({ FLATBED_HOST: new URL(url).host }),
    async check({ place, blocks }) {
      assertEquals((await filesIn(`${place.path}/data`)).length, 4);
      const { host } = new URL(DEFAULT_ENDPOINT);
      assertStringIncludes(blocks[0]?.code ?? "", `FLATBED_HOST:-${host}}`);
      const { code, text } = await place.run(
        "unset FLATBED_HOST; ./flatbed.sh ls stocks_daily --date 2024-01-02",
      );
      assertEquals(code, 1);
      assertStringIncludes(text, "--allow-net");
    },
  },
  "10. A script without promises": {
    async check({ printed, records }) {
      const keys = catalog.getDateRangeKeys(
        "stocks_daily",
        "2024-01-01",
        "2024-01-05",
      );
      assertEquals(gets(records), keys);
      const counts = await Promise.all(
        keys.map(async (key) => (await rowsOf(key)).length - 1),
      );
      assertEquals(
        [...(printed[0] ?? "").matchAll(/of (\d+) stocks/g)]
          .map(([, count]) => Number(count)),
        counts,
      );
    },
  },
};

/** The rows of a made-up file, or those of one ticker. */
async function rowsOf(key: string, ticker?: string): Promise<string[]> {
  const text = await new Response(demoFileText(key)).text();
  const rows = text.trimEnd().split("\n");
  return ticker === undefined
    ? rows
    : rows.filter((row) => row.startsWith(`${ticker},`));
}

/** The keys of the objects that were fetched, in order. */
function gets(records: readonly RequestRecord[]): string[] {
  return records.filter(({ operation }) => operation === "GetObject")
    .map(({ key }) => key);
}

/** The keys of the files in a mirror. */
async function filesIn(folder: string, prefix = ""): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder + prefix)) {
    if (name === ".flatbed") continue;
    const path = `${prefix}/${name}`;
    if (isDirectory) names.push(...await filesIn(folder, path));
    else names.push(path.slice(1));
  }
  return names.sort();
}

/** What cron would run. */
function commandsOfCron(blocks: readonly Block[]): string[] {
  return blocks.filter(({ language }) => language === "cron")
    .flatMap(({ code }) => code.trimEnd().split("\n"))
    .filter((line) => !/^\w+=/.test(line))
    .map((line) => line.replace(/^(\S+\s+){5}/, ""));
}

Deno.test("docs/cookbook.md has ten recipes, a test for each, and an output for each command", () => {
  const sections = new Set(cookbook.blocks.map(({ section }) => section));
  assertEquals([...sections], Object.keys(RECIPES));
  assertEquals(sections.size, 10);
  for (const [index, block] of cookbook.blocks.entries()) {
    if (block.language !== "sh" || fileName(block) !== undefined) continue;
    assertEquals(
      cookbook.blocks[index + 1]?.language,
      "text",
      `line ${block.line}: its output is not there`,
    );
  }
});

for (const [section, recipe] of Object.entries(RECIPES)) {
  const { needs, env, without, bucket, check } = recipe;
  Deno.test({
    name: `docs/cookbook.md: ${section}`,
    ignore: isWindows || (needs !== undefined && !isProgramThere(needs)),
    async fn() {
      const records: RequestRecord[] = [];
      await using server = startDemoServer({
        bucket,
        onRequest: (record) => records.push(record),
      });
      await using place = await makeWorkplace(server, env?.(server));
      const blocks = cookbook.blocks.filter((block) =>
        block.section === section
      );
      const printed = await runBlocks(
        cookbook.name,
        blocks,
        place,
        without === undefined ? "" : `unset ${without}`,
      );
      await check({ place, server, records, blocks, printed });
    },
  });
}
