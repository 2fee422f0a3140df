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

Deno.test("docs/read-it.md: each program is followed by its command and its output", () => {
  const first = document.blocks.findIndex(({ language }) =>
    language === "python"
  );
  const blocks = document.blocks.slice(first);
  assertEquals(
    blocks.map(({ language }) => language),
    Array.from(
      { length: blocks.length / 3 },
      () => ["python", "sh", "text"],
    ).flat(),
  );
  for (let at = 0; at < blocks.length; at += 3) {
    const [program, command] = blocks.slice(at, at + 2);
    const name = program && fileName(program);
    assertEquals(command?.code, `python3 ${name}\n`);
  }
});

Deno.test({
  name: "docs/read-it.md: DuckDB, Polars and pandas print what it says",
  ignore: !hasPackages(),
  async fn() {
    await using server = startDemoServer();
    await using place = await makeWorkplace(server);
    await place.write("python3", `#!/bin/sh\nexec '${PYTHON}' "$@"\n`);
    const printed = await runBlocks(
      document.name,
      document.blocks,
      place,
      'PATH="$PWD:$PATH"',
    );
    assertEquals(printed.length, 12);
  },
});
