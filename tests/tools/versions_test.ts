/**
 * The versions of Deno in `.ci/deno-versions` are those that everything else names.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { checkVersions } from "../../src/cli/doctor/local_checks.ts";
import { ROOT } from "../support/deno_command.ts";

const read = (path: string) => Deno.readTextFile(new URL(path, ROOT));

/** The oldest Deno that is supported, and the newest that is known. */
async function readVersions(): Promise<{ oldest: string; newest: string }> {
  const text = await read(".ci/deno-versions");
  const valueOf = (name: string) =>
    new RegExp(`^${name}=(\\d+\\.\\d+\\.\\d+)$`, "m").exec(text)?.[1] ?? "";
  return { oldest: valueOf("oldest"), newest: valueOf("newest") };
}

Deno.test("the documents and ci.yml name the oldest Deno of .ci/deno-versions", async () => {
  const { oldest } = await readVersions();
  for (const path of ["README.md", "CONTRIBUTING.md"]) {
    const named = [...(await read(path)).matchAll(/Deno (\d+\.\d+\.\d+)/g)];
    assert(named.length > 0, path);
    for (const [, version] of named) assertEquals(version, oldest, path);
  }
  const ci = await read(".github/workflows/ci.yml");
  assert(ci.includes(`deno: [v2.x, v${oldest}]`));
});

Deno.test("doctor wants the oldest Deno of .ci/deno-versions, and is content with the newest", async () => {
  const { oldest, newest } = await readVersions();
  const { status, advice } = checkVersions("1.46.3");
  assertEquals(status, "fail");
  assertStringIncludes(advice ?? "", `Deno ${oldest} or later`);
  assertEquals(checkVersions(oldest).status, "ok");
  assertEquals(checkVersions(newest).status, "ok");
});
