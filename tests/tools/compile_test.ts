import { fileURLToPath } from "node:url";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  explainFailure,
  LAZY_PACKAGES,
  PERMISSIONS,
  WORKERS,
} from "../../tools/compile.ts";
import { tryBinary } from "../../tools/release_trial.ts";
import {
  denoArguments,
  denoDir,
  ROOT,
  runDeno,
} from "../support/deno_command.ts";
import { makeFolder } from "../support/folder.ts";

/** A folder for Deno's cache that has the packages, and no runtime to compile with. */
async function linkCache(folder: string): Promise<string> {
  const cache = await denoDir();
  for await (const { name } of Deno.readDir(cache)) {
    if (name !== "npm" && name !== "remote") continue;
    await Deno.symlink(`${cache}/${name}`, `${folder}/${name}`, {
      type: "junction",
    });
  }
  return folder;
}

/** The files of a folder, and of those in it. */
async function* sourceFiles(folder: URL): AsyncGenerator<URL> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) yield* sourceFiles(new URL(`${name}/`, folder));
    else yield new URL(name, folder);
  }
}

/** What `deno compile` put into a binary: its settings, and the rest as it is. */
async function readBinary(path: string) {
  const bytes = await Deno.readFile(path);
  const text = new TextDecoder("latin1").decode(bytes);
  const start = text.lastIndexOf('{"argv":');
  const length = new DataView(bytes.buffer).getBigUint64(start - 8, true);
  const settings = JSON.parse(text.slice(start, start + Number(length)));
  return { settings, modules: text.slice(start + Number(length)) };
}

Deno.test("compile.ts says in one sentence that the runtime cannot be downloaded, and leaves nothing behind", async () => {
  await using cache = await makeFolder();
  await using folder = await makeFolder();
  // Nothing listens on a port that has just been closed.
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const { code, stdout, stderr } = await runDeno(
    ["run", "-A", "tools/compile.ts", "--all", folder.path],
    {
      env: {
        DENO_DIR: await linkCache(cache.path),
        HTTPS_PROXY: `http://127.0.0.1:${port}`,
      },
    },
  );
  const [sentence = "", ...more] = stderr.trimEnd().split("\n")
    .filter((line) => !/^(Check|Warning) /.test(line));
  assertEquals({ code, stdout, more }, { code: 1, stdout: "", more: [] });
  assertStringIncludes(
    sentence,
    "The runtime for x86_64-unknown-linux-gnu could not be downloaded from dl.deno.land: ",
  );
  assert(
    sentence.endsWith(
      "; let this machine reach dl.deno.land, or set HTTPS_PROXY",
    ),
    sentence,
  );
  assertEquals(await Array.fromAsync(Deno.readDir(folder.path)), []);
});

Deno.test("compile.ts hands on what else deno compile says", () => {
  const error = `Check cli.ts
TS2322 [ERROR]: Type 'number' is not assignable to type 'string'.

error: Type checking failed.
`;
  assertEquals(explainFailure(error), error.trimEnd());
  const disk =
    `Download https://dl.deno.land/release/v2.9.6/denort-x86_64-apple-darwin.zip
error: Writing deno compile executable to temporary file 'flatbed.tmp-1'

Caused by:
    0: Writing binary bytes
    1: No space left on device (os error 28)
`;
  assertEquals(explainFailure(disk), disk.trimEnd());
});

Deno.test("compile.ts puts the workers, the SDK and no more than the permissions into the binary", async () => {
  await using folder = await makeFolder();
  // Deno itself takes the place of the runtime, which would have to be downloaded.
  const { code, stderr } = await runDeno(
    ["run", "-A", "tools/compile.ts", folder.path],
    { env: { DENORT_BIN: Deno.execPath() } },
  );
  assertEquals({ code, stderr: code === 0 ? "" : stderr }, {
    code: 0,
    stderr: "",
  });
  const name = Deno.build.os === "windows" ? "flatbed.exe" : "flatbed";
  const { settings, modules } = await readBinary(`${folder.path}/${name}`);

  const allowed = Object.entries(settings.permissions)
    .filter(([name, value]) =>
      name.startsWith("allow_") && name !== "allow_import" && value !== null
    );
  assertEquals(Object.fromEntries(allowed), {
    allow_env: [],
    allow_net: [],
    allow_read: [],
    allow_sys: ["statfs", "hostname", "osRelease"],
    allow_write: [],
  });
  assertEquals(settings.permissions.prompt, false);
  assertEquals(settings.entrypoint_key, "cli.ts");

  for (
    const embedded of [
      ...WORKERS.map((path) => path.slice(path.lastIndexOf("/") + 1)),
      "serve_jobs.ts",
      "commander",
      ...LAZY_PACKAGES.map((name) => name.slice(name.indexOf("/") + 1)),
    ]
  ) assertStringIncludes(modules, `"n":"${embedded}"`);
  for (const left of ["fast-check", "csv-parse"]) {
    assert(!modules.includes(`"n":"${left}"`), left);
  }
});

Deno.test("compile.ts includes every module that a worker is started with", async () => {
  const found = new Set<string>();
  for await (const file of sourceFiles(new URL("src/", ROOT))) {
    if (!file.pathname.endsWith(".ts")) continue;
    const source = await Deno.readTextFile(file);
    if (!source.includes("new Worker(")) continue;
    for (
      const [, path = ""] of source.matchAll(
        /new URL\(\s*"(\.[^"]+)",\s*import\.meta\.url/g,
      )
    ) found.add(new URL(path, file).href.slice(ROOT.href.length));
  }
  assertEquals([...found].sort(), [...WORKERS].sort());
});

Deno.test("compile.ts includes every package that is loaded where it is used", async () => {
  const sources = await Promise.all(
    ["src/store/load_package.ts", "src/rows/load_arrow.ts"]
      .map((path) => Deno.readTextFile(new URL(path, ROOT))),
  );
  const names = sources.join("\n").matchAll(
    /typeof import\("(@[\w-]+\/[\w-]+)/g,
  );
  assertEquals(
    Array.from(names, ([, name]) => name).toSorted(),
    [...LAZY_PACKAGES],
  );
});

Deno.test("the binary's permissions are those of the table together", async () => {
  const document = await Deno.readTextFile(
    new URL("docs/permissions.md", ROOT),
  );
  const rows = document.split("\n").filter((line) => line.startsWith("|"));
  const kinds = new Set<string>();
  const system = new Set<string>();
  for (
    const [, kind = "", values = ""] of rows.join("\n").matchAll(
      /--allow-(\w+)(?:=([\w,]+))?/g,
    )
  ) {
    if (kind === "run") continue; // for DuckDB, which a binary cannot load
    kinds.add(kind);
    if (kind === "sys") values.split(",").forEach((name) => system.add(name));
  }
  const flags = [...kinds].map((kind) =>
    `--allow-${kind}${kind === "sys" ? `=${[...system].join(",")}` : ""}`
  );
  assertEquals([...flags, "--no-prompt"].sort(), [...PERMISSIONS].sort());
});

Deno.test("the command line needs no more than the binary's permissions", async () => {
  const cli = fileURLToPath(new URL("cli.ts", ROOT));
  await tryBinary([
    Deno.execPath(),
    ...denoArguments(["run", ...PERMISSIONS, cli]),
  ]);
});
