import {
  assert,
  assertEquals,
  assertFalse,
  assertNotEquals,
} from "@std/assert";
import { identityOf, isSameFile, statFile } from "../../src/files/mod.ts";
import { makeFolder } from "../support/folder.ts";

Deno.test("identityOf() changes when a file is written to or replaced, and not when it is read", async () => {
  await using folder = await makeFolder();
  const path = `${folder.path}/a`;
  assertEquals(identityOf(path), undefined);
  assertEquals(identityOf(folder.path), undefined);
  await Deno.writeTextFile(path, "a");
  const first = identityOf(path);
  await Deno.readTextFile(path);
  assertEquals(identityOf(path), first);
  await Deno.writeTextFile(path, "ab");
  const second = identityOf(path);
  assertNotEquals(second, first);
  const { mtime } = await Deno.stat(path);
  await Deno.writeTextFile(`${path}.new`, "cd");
  await Deno.utime(`${path}.new`, mtime ?? 0, mtime ?? 0);
  await Deno.rename(`${path}.new`, path);
  if (Deno.build.os !== "windows") assertNotEquals(identityOf(path), second);
});

Deno.test({
  name: "isSameFile() tells two names of one file from two equal files",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using folder = await makeFolder();
    const [one, link, copy] = ["one", "link", "copy"].map((name) =>
      `${folder.path}/${name}`
    ) as [string, string, string];
    await Deno.writeTextFile(one, "a");
    await Deno.link(one, link);
    await Deno.copyFile(one, copy);
    const file = await Deno.stat(one);
    assert(isSameFile(file, statFile(link)));
    assertFalse(isSameFile(file, statFile(copy)));
    assertFalse(isSameFile(file, statFile(`${folder.path}/nothing`)));
    assertFalse(isSameFile({ ...file, ino: null }, { ...file, ino: null }));
  },
});
