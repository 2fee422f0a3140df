import { assert, assertEquals } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import {
  ALONE,
  type Part,
  PARTS,
  targetsOf,
  withoutAlone,
} from "../../tools/run_tests.ts";
import { ROOT } from "../support/deno_command.ts";

const parts = Object.keys(PARTS) as Part[];

/** The test files below a folder. */
async function* testFiles(folder: string): AsyncGenerator<string> {
  for await (
    const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))
  ) {
    if (isDirectory) yield* testFiles(`${folder}${name}/`);
    else if (name.endsWith("_test.ts")) yield folder + name;
  }
}

Deno.test("targetsOf() has each test file in one part, and each part has a task", async () => {
  const targets = parts.flatMap(targetsOf);
  for await (const file of testFiles("tests/")) {
    const found = targets.filter((target) => file.startsWith(target));
    assertEquals(found.length, 1, `${file} is in ${found}`);
  }
  for (const part of parts) {
    const { command } = config.tasks[`test:${part}`];
    assert(command.endsWith(`tools/run_tests.ts --${part}`), command);
  }
});

Deno.test("the files that run alone are there, and run beside no others", async () => {
  const beside = parts.flatMap(targetsOf).flatMap(withoutAlone);
  for await (const file of testFiles("tests/")) {
    const found = beside.filter((target) => file.startsWith(target));
    assertEquals(found.length, ALONE.includes(file) ? 0 : 1, file);
  }
  for (const file of ALONE) {
    assert((await Deno.stat(new URL(file, ROOT))).isFile, file);
  }
});

Deno.test("no test that runs beside others changes what they share", async () => {
  const shared = /\bDeno\.(chdir|umask)\(|\bDeno\.env\.(set|delete)\(/;
  for await (const file of testFiles("tests/")) {
    if (ALONE.includes(file)) continue;
    const code = (await Deno.readTextFile(new URL(file, ROOT)))
      // What stands in a text is a program for a process of its own.
      .replaceAll(/`[^`]*`/g, "");
    assert(!shared.test(code), file);
  }
});
