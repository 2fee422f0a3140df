import { assertEquals } from "@std/assert";
import { startDemoServer } from "../../src/demo/mod.ts";
import { readDocument } from "./_document.ts";
import { fileName, runBlocks } from "./_recipe.ts";
import { isWindows, makeWorkplace } from "./_workplace.ts";

/**
 * The folder of a Python that has what the document reads files with:
 * `FLATBED_TEST_PYTHON` names its program where it is not the PATH's.
 */
const PYTHON = Deno.env.get("FLATBED_TEST_PYTHON") || "python3";

function hasPackages(): boolean {
  if (isWindows) return false;
  try {
    return new Deno.Command(PYTHON, {
      args: ["-c", "import duckdb, pandas, polars, pyarrow"],
      stdout: "null",
      stderr: "null",
    }).outputSync().success;
  } catch {
    return false; // there is no such program
  }
}

const document = await readDocument("docs/read-it.md");

/** What other programs read, which the tests do not have. */
const OTHERS = ["r", "sql", "q"];

Deno.test("docs/read-it.md: each program is followed by its command and its output", () => {
  let programs = 0;
  document.blocks.forEach((block, at) => {
    if (block.language !== "python") return;
    programs++;
    const [command, output] = document.blocks.slice(at + 1, at + 3);
    const name = fileName(block) ?? "";
    assertEquals(
      [command?.language, command?.code.trim().split(" ", 2)],
      ["sh", ["python3", name]],
    );
    assertEquals([name, output?.language], [name, "text"]);
  });
  assertEquals(programs, 12);
});

Deno.test({
  name:
    "docs/read-it.md: flatbed sql, DuckDB, Polars, pandas and pyarrow print what it says",
  ignore: !hasPackages(),
  async fn() {
    await using server = startDemoServer();
    await using place = await makeWorkplace(server);
    await place.write("python3", `#!/bin/sh\nexec '${PYTHON}' "$@"\n`);
    const printed = await runBlocks(
      document.name,
      document.blocks.filter(({ language }) => !OTHERS.includes(language)),
      place,
      'PATH="$PWD:$PATH"',
    );
    assertEquals(printed.length, 19);
  },
});
