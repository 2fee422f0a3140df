/**
 * Whatever is started from the checkout uses the versions of `deno.lock`, whatever the
 * registry has by now.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { assertEquals, assertMatch } from "@std/assert";
import { denoDir, ROOT, runDeno, runFlatbed } from "../support/deno_command.ts";
import { makeFolder } from "../support/folder.ts";
import { makeNpmCache } from "../support/npm_cache.ts";

/** A test for each way in which tests start Deno. */
const STARTING = {
  "tests/examples_test.ts": "examples/one_file.ts runs",
  "tests/faults/machine_test.ts": "when its process was killed",
  "tests/cli/output_test.ts": "why standard output takes nothing",
  "tests/download/sync_s3_downloader_test.ts": "lets a script end by itself",
  "tests/mirror/open_test.ts": "permissions for its folder",
  "tests/docs/readme_test.ts": "the demo prints what it says",
} as const;

Deno.test({
  name:
    "tests and commands use the lock's versions where the registry has newer ones",
  ignore: Deno.build.os === "windows", // as some of those tests
  async fn() {
    await using folder = await makeFolder();
    await makeNpmCache(folder.path, { isAhead: true });
    // What is not npm's stays as it is.
    const remote = `${await denoDir()}/remote`;
    if (await Deno.stat(remote).catch(() => undefined) !== undefined) {
      await Deno.symlink(remote, `${folder.path}/remote`);
    }
    const env = { DENO_DIR: folder.path };

    // Without a lock, the newer ones are wanted, and they are not there.
    const cli = fileURLToPath(new URL("cli.ts", ROOT));
    const { code, stderr } = await runDeno(
      ["run", "-A", "--no-lock", cli, "--version"],
      { env },
    );
    assertEquals(code, 1);
    assertMatch(stderr, /npm package/);

    const version = await runFlatbed(["--version"], { env });
    assertEquals([version.code, version.stderr], [0, ""]);
    const { code: ended, stdout } = await runDeno([
      ...["run", "-A", "tools/run_tests.ts", "--no-check"],
      ...["--filter", `/${Object.values(STARTING).join("|")}/`],
      ...Object.keys(STARTING),
    ], { env });
    assertEquals(ended, 0, stdout);
    const count = Object.keys(STARTING).length;
    assertMatch(stdout, new RegExp(`^${count} passed, 0 failed`, "m"));
  },
});

Deno.test("deno.lock pins the npm packages of deno.json and no others, and nothing of this machine", async () => {
  const [lock, config] = await Promise.all(
    ["deno.lock", "deno.json"].map(async (name) =>
      JSON.parse(await Deno.readTextFile(new URL(name, ROOT)))
    ),
  );
  assertEquals(lock.workspace.links, undefined);
  const npm = (specifiers: string[]) =>
    specifiers.filter((specifier) => specifier.startsWith("npm:"))
      // `^7.0.0` is `7` in the lock.
      .map((specifier) => specifier.replace(/@\^?(\d+)\.0\.0$/, "@$1"))
      .toSorted();
  const named = npm([config.imports, ...Object.values(config.scopes)]
    .flatMap((packages) => Object.values<string>(packages))).toSorted();
  assertEquals(npm(Object.keys(lock.specifiers)), named);
  assertEquals(npm(lock.workspace.dependencies), named);
});

/** Those that resolve packages on purpose, from a cache that has the lock's versions alone. */
const WITHOUT_LOCK = [
  "tests/registry/_registry.ts",
  "tests/tools/lock_test.ts",
];

Deno.test("no other program is started without the lock, but for those that import no packages", async () => {
  const broken: string[] = [];
  for (const folder of ["tests", "tools", "bench", "examples", ".ci"]) {
    for await (const file of filesIn(new URL(`${folder}/`, ROOT))) {
      const name = file.href.slice(ROOT.href.length);
      if (WITHOUT_LOCK.includes(name)) continue;
      const text = await Deno.readTextFile(file);
      for (const [line] of text.matchAll(/^.*--no-lock.*$/gm)) {
        if (!line.includes("--no-config")) broken.push(`${name}: ${line}`);
      }
    }
  }
  assertEquals(broken, []);
});

async function* filesIn(folder: URL): AsyncGenerator<URL> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) yield* filesIn(new URL(`${name}/`, folder));
    else if (/\.ts$|^run$/.test(name)) yield new URL(name, folder);
  }
}
