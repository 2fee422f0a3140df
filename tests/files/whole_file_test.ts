import { assertEquals, assertRejects } from "@std/assert";
import { LocalFileError } from "../../src/base/mod.ts";
import { openWholeFile } from "../../src/files/mod.ts";
import { makeFolder } from "../support/folder.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

async function names(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name))
    .toSorted();
}

Deno.test("openWholeFile() puts a file in its place when it is finished", async () => {
  await using folder = await makeFolder();
  const path = `${folder.path}/a.csv`;
  await Deno.writeTextFile(path, "old");
  await using file = await openWholeFile(path);
  await file.write(bytes("ne"));
  await file.write(bytes("w"));
  assertEquals(await Deno.readTextFile(path), "old");
  await file.finish();
  assertEquals(await Deno.readTextFile(path), "new");
  await file[Symbol.asyncDispose]();
  assertEquals(await names(folder.path), ["a.csv"]);
});

Deno.test("openWholeFile() leaves an older file as it was, and nothing else, where it is not finished", async () => {
  await using folder = await makeFolder();
  const path = `${folder.path}/a.csv`;
  await Deno.writeTextFile(path, "old");
  {
    await using file = await openWholeFile(path);
    await file.write(bytes("new"));
  }
  assertEquals(await Deno.readTextFile(path), "old");
  assertEquals(await names(folder.path), ["a.csv"]);
  await assertRejects(
    () => openWholeFile(`${folder.path}/none/a.csv`),
    LocalFileError,
    "none/a.csv",
  );
});

Deno.test({
  name: "openWholeFile() writes through a link, and to what is no regular file",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using folder = await makeFolder();
    await Deno.writeTextFile(`${folder.path}/a`, "old");
    await Deno.symlink("a", `${folder.path}/link`);
    await using file = await openWholeFile(`${folder.path}/link`);
    await file.write(bytes("new"));
    await file.finish();
    assertEquals(await Deno.readTextFile(`${folder.path}/a`), "new");
    assertEquals((await Deno.lstat(`${folder.path}/link`)).isSymlink, true);
    await using device = await openWholeFile("/dev/null");
    await device.write(bytes("new"));
    await device.finish();
    assertEquals((await Deno.stat("/dev/null")).isFile, false);
  },
});
