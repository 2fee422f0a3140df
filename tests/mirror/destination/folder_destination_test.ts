import { assertEquals } from "@std/assert";
import { FolderDestination } from "../../../src/mirror/destination/folder_destination.ts";
import { makeFolder } from "../../support/folder.ts";
import { testDestination } from "./conformance.ts";

testDestination("FolderDestination", async () => {
  const folder = await makeFolder();
  return {
    destination: new FolderDestination(folder.path),
    other: new FolderDestination(folder.path),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
});

Deno.test("FolderDestination.stat() tells a hard link, follows a symbolic one, and knows regular files only", async () => {
  await using folder = await makeFolder();
  const destination = new FolderDestination(folder.path);
  await Deno.writeTextFile(`${folder.path}/a`, "abc");
  assertEquals((await destination.stat("a"))?.isSoleLink, true);
  await Deno.link(`${folder.path}/a`, `${folder.path}/b`);
  assertEquals((await destination.stat("a"))?.isSoleLink, false);
  await Deno.symlink(`${folder.path}/a`, `${folder.path}/c`);
  assertEquals((await destination.stat("c"))?.bytes, 3);
  await Deno.mkdir(`${folder.path}/d`);
  assertEquals(await destination.stat("d"), undefined);
  assertEquals(await destination.stat("a/e"), undefined);
});

Deno.test("FolderDestination.list() names links, and does not follow them", async () => {
  await using folder = await makeFolder();
  const destination = new FolderDestination(folder.path);
  await Deno.mkdir(`${folder.path}/d`);
  await Deno.writeTextFile(`${folder.path}/d/a`, "abc");
  await Deno.symlink(`${folder.path}/d`, `${folder.path}/e`);
  assertEquals(await Array.fromAsync(destination.list()), [
    { path: "d/a", isRegular: true },
    { path: "e", isRegular: false },
  ]);
});
