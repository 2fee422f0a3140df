import { assert, assertEquals } from "@std/assert";
import { ROOT } from "../support/deno_command.ts";
import { readDocument, tableRows } from "./_document.ts";

/** An import of one module of src/ by another, from src/ on. */
interface ModuleImport {
  from: string;
  to: string;
}

const SRC = new URL("src/", ROOT);

async function* modulesIn(folder: URL): AsyncGenerator<URL> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) yield* modulesIn(new URL(`${name}/`, folder));
    else if (name.endsWith(".ts")) yield new URL(name, folder);
  }
}

/** The modules of src/ and their code, without comments: examples import as users do. */
async function readModules(): Promise<Map<string, string>> {
  const modules = new Map<string, string>();
  for await (const file of modulesIn(SRC)) {
    const code = (await Deno.readTextFile(file))
      .replaceAll(/^\s*(\*|\/\/|\/\*\*).*$/gm, "");
    modules.set(file.href.slice(SRC.href.length), code);
  }
  return modules;
}

const modules = await readModules();

/** What a module names in its imports, types and those at run time included. */
function specifiersOf(code: string): string[] {
  return [
    ...code.matchAll(/\b(?:from|import|new URL)\s*\(?\s*"([^"\s]+)"/g),
  ].map(([, specifier = ""]) => specifier);
}

const imports: ModuleImport[] = [...modules].flatMap(([from, code]) =>
  specifiersOf(code).filter((specifier) => specifier.startsWith("."))
    .map((specifier) => new URL(specifier, new URL(from, SRC)).href)
    .filter((url) => url.startsWith(SRC.href))
    .map((url) => ({ from, to: url.slice(SRC.href.length) }))
);

function roomOf(module: string): string {
  return module.split("/", 1)[0] ?? "";
}

/** The floors of the rooms, as CONTRIBUTING.md has them. */
const floors = new Map(
  tableRows(await readDocument("CONTRIBUTING.md"), "floor")
    .map(([floor, room = ""]) => [room.replaceAll("`", ""), Number(floor)]),
);

Deno.test("CONTRIBUTING.md has the floor of each room of src/", async () => {
  const rooms = await Array.fromAsync(Deno.readDir(SRC), ({ name }) => name);
  assertEquals([...floors.keys()].toSorted(), rooms.toSorted());
});

Deno.test("a room of src/ imports only from lower floors, and only through mod.ts", () => {
  const floorOf = (module: string) => floors.get(roomOf(module)) ?? NaN;
  assertEquals(
    imports.filter(({ from, to }) =>
      roomOf(from) !== roomOf(to) &&
      !(floorOf(to) < floorOf(from) && to === `${roomOf(to)}/mod.ts`)
    ),
    [],
  );
});

Deno.test("the arrows of the picture in CONTRIBUTING.md are imports", async () => {
  const { blocks } = await readDocument("CONTRIBUTING.md");
  const picture = blocks.find(({ language }) => language === "mermaid");
  const drawn = [...picture?.code.matchAll(/^ *(\w+) --> (\w+)$/gm) ?? []]
    .map(([, from, to]) => `${from} ${to}`);
  const followed = new Set(
    imports.map(({ from, to }) => `${roomOf(from)} ${roomOf(to)}`),
  );
  assertEquals(drawn.filter((arrow) => !followed.has(arrow)), []);
  const rooms = new Set(drawn.flatMap((arrow) => arrow.split(" ")));
  assertEquals([...rooms].toSorted(), [...floors.keys()].toSorted());
});

/** Imports that lead back to where they come from, types included. */
function circles(): string[][] {
  const targets = Map.groupBy(imports, ({ from }) => from);
  const found: string[][] = [];
  const done = new Set<string>();
  const visit = (module: string, path: string[]) => {
    const at = path.indexOf(module);
    if (at !== -1) return void found.push([...path.slice(at), module]);
    if (done.has(module)) return;
    for (const { to } of targets.get(module) ?? []) {
      visit(to, [...path, module]);
    }
    done.add(module);
  };
  for (const module of modules.keys()) visit(module, []);
  return found;
}

Deno.test("no modules of src/ import each other", () => {
  assertEquals(circles(), []);
});

/** Which packages and modules of the runtime a room may load, besides other rooms. */
const MAY_LOAD: Readonly<Record<string, readonly string[]>> = {
  base: ["@std/datetime"],
  calendar: [],
  gzip: [],
  catalog: [],
  store: [
    "@aws-sdk/client-s3",
    "@smithy/core",
    "@smithy/fetch-http-handler",
    "@std/async",
    "node:crypto",
    "node:stream",
  ],
  files: ["@std/async", "node:crypto", "node:fs", "node:path"],
  rows: ["@std/streams", "@uwdata/flechette"],
  download: [
    "@std/bytes",
    "node:fs",
    "node:crypto",
    "node:url",
    "node:worker_threads",
  ],
  mirror: ["@std/async", "node:crypto", "node:fs", "node:path", "node:sqlite"],
  service: ["node:crypto"],
  demo: ["@std/bytes", "node:crypto", "node:zlib"],
  web: ["@std/async", "node:crypto", "node:path"],
  cli: [
    "@std/async",
    "commander",
    "log-update",
    "node:fs",
    "node:path",
    "node:process",
  ],
};

/** Only these modules load what is large, or is to be loaded where it is used. */
const ONLY_IN: Readonly<Record<string, readonly string[]>> = {
  "@uwdata/flechette": [
    "rows/load_arrow.ts",
    "rows/arrow_columns.ts",
    "rows/arrow_writer.ts",
  ],
  "@aws-sdk/client-s3": ["store/aws.ts", "store/load_package.ts"],
  "@smithy/fetch-http-handler": ["store/load_package.ts"],
  "@smithy/core": ["store/load_package.ts"],
};

Deno.test("only rows/duckdb.ts loads DuckDB, it imports nothing else, and nothing imports it at run time", () => {
  assertEquals(
    [...modules].filter(([, code]) => code.includes("@duckdb/"))
      .map(([module]) => module),
    ["rows/duckdb.ts", "rows/duckdb_lock.ts"],
  );
  assertEquals(specifiersOf(modules.get("rows/duckdb.ts") ?? ""), [
    "../../deno.json",
  ]);
  const others = [...modules].filter(([, code]) =>
    /(?<!type )\{[^{}]*\} from "\.\/duckdb\.ts"/.test(code)
  );
  assertEquals(others.map(([module]) => module), []);
});

Deno.test("a room of src/ loads the packages that it may, and no others", () => {
  const broken: string[] = [];
  for (const [module, code] of modules) {
    for (const specifier of specifiersOf(code)) {
      const isPackage = /^(@[\w-]+\/[\w-]+|node:[\w-]+|[\w-]+)(\/|$)/;
      const name = isPackage.exec(specifier)?.[1];
      if (name === undefined) continue;
      const isAllowed = MAY_LOAD[roomOf(module)]?.includes(name) &&
        (ONLY_IN[name]?.includes(module) ?? true);
      if (!isAllowed) broken.push(`${module}: ${specifier}`);
    }
  }
  assertEquals(broken, []);
});

const ASK_FOR_RUNTIME = [
  "base/error_codec.ts",
  "base/import_package.ts",
  "gzip/native_zlib.ts",
];

Deno.test("base, calendar, gzip and catalog use neither Deno nor node:", () => {
  const broken: string[] = [];
  for (const [module, code] of modules) {
    if (!["base", "calendar", "gzip", "catalog"].includes(roomOf(module))) {
      continue;
    }
    // These ask whether a runtime has it, and do without.
    if (ASK_FOR_RUNTIME.includes(module)) continue;
    if (/\bDeno\b|"node:/.test(code)) broken.push(module);
  }
  assertEquals(broken, []);
});

Deno.test("only src/cli writes to the terminal or ends the process", () => {
  const prints = /\bconsole\.\w+\(|Deno\.(stdout|stderr|exit)\b/;
  assertEquals(
    [...modules].filter(([module, code]) =>
      roomOf(module) !== "cli" && prints.test(code)
    ).map(([module]) => module),
    ["rows/duckdb.ts"], // a program of its own, which answers so
  );
});

Deno.test("the mechanisms that CONTRIBUTING.md lists stand where it says", async () => {
  const rows = tableRows(await readDocument("CONTRIBUTING.md"), "mechanism");
  const paths = rows.flatMap(([, where = ""]) =>
    [...where.matchAll(/`([a-z_]+\/[\w/]+\.tsx?)`/g)]
      .map(([, path = ""]) => path)
  );
  assert(paths.length > 15);
  const { page = [], src = [] } = Object.groupBy(
    paths,
    (path) => path.startsWith("page/") ? "page" : "src",
  );
  assertEquals(src.filter((path) => !modules.has(path)), []);
  for (const path of page) {
    assert((await Deno.stat(new URL(path, ROOT))).isFile, path);
  }
});

/** What only one module of src/ may have, by a text that another one of its kind would have. */
const ONLY_ONE: readonly [text: RegExp, module: string][] = [
  [/"America\/New_York"/, "base/time_zone.ts"],
  [/did you mean/i, "base/did_you_mean.ts"],
  [/"files\.massive\.com"/, "catalog/hosts.ts"],
  [/length: \w+ \}, \(?\w*worker/i, "base/for_each.ts"],
  [/class \w*Semaphore/, "base/adaptive_semaphore.ts"],
  [/Cannot use \$\{name\}: expected/, "base/arguments.ts"],
  [/\.toString\(16\)\.padStart\(2/, "store/md5.ts"],
  [/"mirror-damaged": \{/, "base/error_policy.ts"],
];

Deno.test("no mechanism of src/ has a second one beside it", () => {
  for (const [text, only] of ONLY_ONE) {
    const found = [...modules].filter(([, code]) => text.test(code))
      .map(([module]) => module);
    assertEquals(found, [only], `${text}`);
  }
  // Arguments are not refused in other words, nor quoted in another way.
  const otherWay =
    /\bgot \$\{typeof |of type \$\{typeof |stringify\(\w+\.slice/;
  assertEquals(
    [...modules].filter(([, code]) => otherWay.test(code))
      .map(([module]) => module),
    [],
  );
});
