import { assertEquals, assertRejects } from "@std/assert";
import { LocalFileError } from "../../src/base/mod.ts";
import { writeWhole } from "../../src/files/mod.ts";
import { makeFolder } from "../support/folder.ts";

Deno.test("writeWhole() replaces a file, or the one that a link leads to, and leaves nothing else", async () => {
  await using folder = await makeFolder();
  const path = `${folder.path}/a`;
  await writeWhole(path, "first");
  await writeWhole(path, "second");
  assertEquals(await Deno.readTextFile(path), "second");
  if (Deno.build.os !== "windows") {
    await Deno.symlink("a", `${folder.path}/link`);
    await writeWhole(`${folder.path}/link`, "third");
    assertEquals(await Deno.readTextFile(path), "third");
    await Deno.remove(`${folder.path}/link`);
  }
  assertEquals(await folder.names(), ["a"]);
});

Deno.test("writeWhole() leaves what lay there where it fails", async () => {
  await using folder = await makeFolder();
  const path = `${folder.path}/a`;
  await Deno.mkdir(path);
  await assertRejects(
    () => writeWhole(path, "text"),
    LocalFileError,
    `Cannot write '${path}': it is a folder`,
  );
  await assertRejects(
    () => writeWhole(`${folder.path}/nothing/a`, "text"),
    LocalFileError,
    "there is no such file or folder",
  );
  assertEquals(await folder.names(), []);
});
