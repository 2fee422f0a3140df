import { assertEquals } from "@std/assert";
import { compileInflate } from "../../tools/assembly.ts";

const MODULE = new URL(
  "../../src/gzip/_inflate_module.ts",
  import.meta.url,
);

Deno.test("the inflater is what the compiler makes of assembly/inflate.ts", async () => {
  assertEquals(await Deno.readTextFile(MODULE), await compileInflate());
});
