import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { type DemoServer, startDemoServer } from "../../src/demo/mod.ts";
import { environmentOf, ROOT } from "../support/deno_command.ts";
import type { PublishedPackage } from "./_package.ts";
import { runProgram } from "../support/program.ts";
import { Registry } from "./_registry.ts";
import { makeUser, noNpm, type User } from "./_user.ts";

const { exports, name, version } = config;
const BUCKET = "flatfiles";
const KEY = "us_stocks_sip/day_aggs_v1/2024/01/2024-01-02.csv.gz";

const resources = new AsyncDisposableStack();
let registry: Registry;
let published: PublishedPackage;
let server: DemoServer;
/** Whose cache is empty in the first test, and has the package from then on. */
let user: User;

Deno.test.beforeAll(async () => {
  registry = resources.use(await Registry.start());
  published = await registry.publishFlatbed();
  server = resources.use(startDemoServer());
  user = resources.use(await makeUser(registry));
});

Deno.test.afterAll(() => resources.disposeAsync());

/** The arguments of a downloader that asks the demo service. */
function demoArguments(): string {
  const options = { endpointUrl: server.url, timeout: 10 };
  return `${JSON.stringify(server.credentials)}, ${JSON.stringify(options)}`;
}

/** What `deno info` knows of a module. */
interface ModuleInfo {
  specifier: string;
  error?: string;
  dependencies?: { code?: { error?: string } }[];
}

/** The modules that a module reaches. */
async function infoOf(user: User, specifier: string): Promise<ModuleInfo[]> {
  return JSON.parse(await user.deno(["info", "--json", specifier])).modules;
}

/** How an entry point is imported. */
function specifierOf(entry: string): string {
  return `jsr:${name}@${version}${entry.slice(1)}`;
}

Deno.test("each entry point can be imported from an empty cache", async () => {
  const entries = Object.entries(exports);
  const printed = await user.script(
    entries.map(([entry], index) =>
      `import * as entry${index} from "${specifierOf(entry)}";\n`
    ).join("") +
      `for (const entry of [${entries.map((_, index) => `entry${index}`)}]) {
  console.log(JSON.stringify(Object.keys(entry).sort()));
}`,
    [],
  );
  for (const [index, line] of printed.split("\n").entries()) {
    const [entry = "", file = ""] = entries[index] ?? [];
    const own = await import(new URL(file, ROOT).href);
    assertEquals([entry, JSON.parse(line)], [entry, Object.keys(own).sort()]);
  }
  assertEquals(printed.split("\n").length, entries.length);
});

Deno.test("the package holds its README, its license and the modules that its entry points reach, and nothing else", async () => {
  const reached = new Set<string>();
  const unresolved: unknown[] = [];
  // The module that imports all of them.
  const modules = await infoOf(user, `${user.path}/script.ts`);
  for (const { specifier, dependencies = [], error } of modules) {
    if (error !== undefined) unresolved.push(error);
    for (const { code } of dependencies) {
      if (code?.error !== undefined) unresolved.push(code.error);
    }
    const prefix = `${registry.url}${name}/${version}`;
    if (specifier.startsWith(prefix)) {
      reached.add(specifier.slice(prefix.length));
    }
  }
  assertEquals(unresolved, []);
  const files = await published.files();
  assertEquals([...reached].filter((path) => !files.includes(path)), []);
  assertEquals(files.filter((path) => !reached.has(path)), [
    "/LICENSE",
    "/README.md",
  ]);
});

Deno.test("each entry point says what it is for, with an example", async () => {
  const printed = await runProgram(
    Deno.execPath(),
    ["doc", "--json", ...Object.values(exports)],
    { cwd: published.folder, env: user.env },
  );
  const nodes: Record<string, {
    module_doc?: { doc?: string; tags?: { kind: string }[] };
  }> = JSON.parse(printed).nodes;
  assertEquals(Object.keys(nodes).length, Object.keys(exports).length);
  for (const [url, { module_doc: documentation }] of Object.entries(nodes)) {
    assert((documentation?.doc ?? "").length > 50, url);
    const kinds = documentation?.tags?.map(({ kind }) => kind);
    assert(kinds?.includes("example"), url);
  }
});

Deno.test("./catalog and ./calendar load nothing from npm", async () => {
  await using user = await makeUser(registry);
  const entries = ["./catalog", "./calendar"] as const;
  assertEquals(
    await user.script(
      `import { S3Catalog } from "${specifierOf(entries[0])}";
import { MarketCalendar } from "${specifierOf(entries[1])}";
const day = MarketCalendar.for("XNYS").nextTradingDay("2023-12-31");
console.log(new S3Catalog().getStocksDailyKey(day));`,
      [],
      noNpm(),
    ),
    KEY,
  );
  for (const entry of entries) {
    const others = (await infoOf(user, specifierOf(entry)))
      .map(({ specifier }) => specifier.replace(registry.url, ""))
      .filter((path) =>
        !/\/(src\/(base|catalog|calendar)\/\w+|catalog)\.ts$/.test(path)
      );
    assertEquals(others, ["@std/datetime/0.225.7/is_leap.ts"]);
  }
});

Deno.test("SyncS3Downloader runs from the registry at the first try, and may do no more than ask the service", async () => {
  await using user = await makeUser(registry);
  const printed = await user.script(
    `import { SyncS3Downloader } from "jsr:${name}@${version}";
using downloader = new SyncS3Downloader(${demoArguments()});
console.log(downloader.download("${BUCKET}", "${KEY}").length);
console.log(downloader.checkExists("${BUCKET}", "${KEY}"));
console.log(downloader.listObjects("${BUCKET}", "${KEY}").length);
for (const kind of ["read", "write", "env", "import", "run", "ffi", "sys"] as const) {
  const { state } = Deno.permissions.querySync({ name: kind });
  if (state === "granted") console.log(kind);
}`,
    [`--allow-net=${new URL(server.url).host}`],
  );
  const [length, ...rest] = printed.split("\n");
  assertEquals([Number(length) > 1000, ...rest], [true, "true", "1"]);
});

Deno.test("SyncS3Downloader.downloadToFile() from the registry needs only its folder besides", async () => {
  const folder = `${user.path}/data`;
  const printed = await user.script(
    `import { SyncS3Downloader } from "jsr:${name}@${version}/download";
using downloader = new SyncS3Downloader(${demoArguments()});
console.log(downloader.downloadToFile("${BUCKET}", "${KEY}", ${
      JSON.stringify(`${folder}/a.csv`)
    }).bytes);`,
    [
      `--allow-net=${new URL(server.url).host}`,
      `--allow-read=${folder}`,
      `--allow-write=${folder}`,
    ],
  );
  const { size } = await Deno.stat(`${folder}/a.csv`);
  assertEquals(Number(printed), size);
});

Deno.test("AsyncS3Downloader has threads from the registry, and may do no more than ask the service", async () => {
  const printed = await user.script(
    `import { AsyncS3Downloader } from "jsr:${name}@${version}";
await using downloader = new AsyncS3Downloader(${demoArguments()});
const keys = Array(8).fill("${KEY}");
const days = await downloader.downloadBatch("${BUCKET}", keys);
console.log(days.filter((day) => day !== null && day.length > 1000).length);
let fromThreads = 0;
await downloader.downloadBatch("${BUCKET}", Array(8).fill("none.csv.gz"), {
  // Errors that come from a thread are decoded.
  onFailure: (_, error) => fromThreads += error.stack?.includes("decodeError") ? 1 : 0,
});
console.log(fromThreads > 0 || navigator.hardwareConcurrency === 1);`,
    [`--allow-net=${new URL(server.url).host}`],
  );
  assertEquals(printed, "8\ntrue");
});

Deno.test("a registry that --allow-import leaves out is refused, workers and all; one that it names is enough", async () => {
  await using user = await makeUser(registry);
  await Deno.writeTextFile(
    `${user.path}/script.ts`,
    `import { SyncS3Downloader } from "jsr:${name}@${version}";
using downloader = new SyncS3Downloader(${demoArguments()});
console.log(downloader.checkExists("${BUCKET}", "${KEY}"));`,
  );
  const run = (hosts: string) =>
    user.tryDeno([
      ...["run", "--no-prompt", `--allow-import=${hosts}`],
      `--allow-net=${new URL(server.url).host}`,
      "script.ts",
    ]);
  const refused = await run("example.com");
  assertEquals(refused.code, 1);
  assertStringIncludes(refused.stderr, "--allow-import");
  const { code, stdout } = await run(new URL(registry.url).host);
  assertEquals([code, stdout], [0, "true\n"]);
});

Deno.test("the command line runs with deno run from the registry", async () => {
  const cli = `jsr:${name}@${version}/cli`;
  assertEquals(
    await user.deno(["run", "--no-prompt", cli, "--version"]),
    `${version}\n`,
  );
  assertEquals(
    await user.deno([
      ...["run", "--no-prompt", cli, "keys", "stocks_daily"],
      ...["--from", "2024-01-01", "--to", "2024-01-02"],
    ]),
    `${KEY}\n`,
  );
});

Deno.test({
  name: "the command line runs with deno install from the registry",
  ignore: Deno.build.os === "windows", // what is installed looks for deno.exe
  fn: async () => {
    await user.deno([
      ...["install", "--global", "--allow-all", "--root", user.path],
      ...["--name", "flatbed", `jsr:${name}/cli`],
    ]);
    // What is installed looks for `deno`.
    await Deno.symlink(Deno.execPath(), `${user.path}/bin/deno`);
    const flatbed = (...args: string[]) =>
      runProgram(`${user.path}/bin/flatbed`, args, {
        cwd: user.path,
        env: {
          ...user.env,
          ...environmentOf(server),
          PATH: `${user.path}/bin:${Deno.env.get("PATH")}`,
        },
      });
    assertEquals(await flatbed("--version"), `${version}\n`);
    const day = ["stocks_daily", "--from", "2024-01-01", "--to", "2024-01-02"];
    assertEquals(await flatbed("keys", ...day), `${KEY}\n`);
    assertMatch(
      await flatbed("get", ...day, "--out", "data"),
      /^1 file fetched/m,
    );
    const { size } = await Deno.stat(`${user.path}/data/${KEY}`);
    assert(size > 1000);
    await flatbed("sync", ...day, "--out", "mirror");
    assertMatch(
      await flatbed("parquet", "--out", "mirror"),
      /^Made 1 Parquet file of /m,
    );
    assertStringIncludes(
      await flatbed("verify", "--full", "--out", "mirror"),
      "1",
    );
  },
});
