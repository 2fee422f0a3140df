import { assert, assertEquals, assertMatch } from "@std/assert";
import { runFlatbed } from "../support/deno_command.ts";
import { makeFolder } from "../support/folder.ts";
import { commandsOf, readDocument } from "./_document.ts";

Deno.test("docs/many-machines.md: each flatbed cluster prints a job, and the scripts are named as they are made", async () => {
  const { blocks } = await readDocument("docs/many-machines.md");
  const commands = blocks.filter(({ language }) => language === "sh")
    .flatMap((block) => commandsOf(block));
  const made = new Set<string>();
  await using folder = await makeFolder();
  for (const command of commands) {
    const [, line, file] = /^flatbed (cluster .*) > (\S+)$/.exec(command) ?? [];
    if (line === undefined || file === undefined) continue;
    const { code, stdout, stderr } = await runFlatbed(line.split(" "), {
      cwd: folder.path,
    });
    assertEquals([command, code], [command, 0], stderr);
    assertMatch(
      stdout,
      { sh: /^#!\/bin\/bash\n/, yaml: /\nkind: Job\n/, json: /^\{\n/ }[
        file.split(".")[1] ?? ""
      ] ?? /never/,
    );
    made.add(file);
  }
  assertEquals(made.size, 5);
  // What is submitted was made before.
  const text = commands.join("\n");
  for (const [file] of text.matchAll(/\b(shards|finish|job)\.\w+/g)) {
    assert(made.has(file), file);
  }
});
