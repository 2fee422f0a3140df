import { assertEquals } from "@std/assert";
import { compileModule, MODULES } from "../../tools/assembly.ts";
import { ROOT } from "../support/deno_command.ts";

for (const module of MODULES) {
  Deno.test(`${module.target} is what the compiler makes of ${module.source}`, async () => {
    assertEquals(
      await Deno.readTextFile(new URL(module.target, ROOT)),
      await compileModule(module),
    );
  });
}
