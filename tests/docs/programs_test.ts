import { assertEquals } from "@std/assert";
import { startDemoServer } from "../../src/demo/mod.ts";
import { readDocument } from "./_document.ts";
import { isWindows, makeWorkplace } from "./_workplace.ts";

/** The documents with programs, and how many. */
const DOCUMENTS = {
  "README.md": 1,
  "docs/library.md": 1,
  "docs/cookbook.md": 5,
  "docs/from-python.md": 1,
};

Deno.test({
  name: "the programs of all documents pass the type check",
  ignore: isWindows,
  async fn() {
    await using server = startDemoServer();
    await using place = await makeWorkplace(server);
    const counts: Record<string, number> = {};
    for (const path of Object.keys(DOCUMENTS)) {
      const { blocks } = await readDocument(path);
      const programs = blocks.filter(({ language }) => language === "ts");
      counts[path] = programs.length;
      for (const { line, code } of programs) {
        await place.write(`${path.replace("/", "-")}-${line}.ts`, code);
      }
    }
    assertEquals(counts, DOCUMENTS);
    // All at once: what they import is checked once.
    const { code, text } = await place.run("deno check *.ts");
    assertEquals(code, 0, text);
    const all = Object.values(counts).reduce((sum, count) => sum + count);
    assertEquals(text.match(/^Check /gm)?.length, all);
  },
});
