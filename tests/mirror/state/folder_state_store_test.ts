import { assertEquals, assertRejects } from "@std/assert";
import { LocalFileError } from "../../../src/base/mod.ts";
import { FolderStateStore } from "../../../src/mirror/state/folder_state_store.ts";
import { makeFolder } from "../../support/folder.ts";
import { testStateStore } from "./conformance.ts";

testStateStore("FolderStateStore", async () => {
  const folder = await makeFolder();
  return {
    store: new FolderStateStore(folder.path),
    knowsConditions: true,
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
});

Deno.test("FolderStateStore lies in .flatbed, and lists no part files", async () => {
  await using folder = await makeFolder();
  const store = new FolderStateStore(folder.path);
  await store.write("a/1", "one");
  assertEquals(store.pathOf("a/1"), `${folder.path}/.flatbed/a/1`);
  assertEquals(await Deno.readTextFile(store.pathOf("a/1")), "one");
  await Deno.writeTextFile(`${store.location}/a/1.x.part`, "o");
  assertEquals((await store.list("a")).map(({ name }) => name), ["a/1"]);
});

Deno.test("FolderStateStore says what it cannot write to", async () => {
  await using folder = await makeFolder();
  const store = new FolderStateStore(folder.path);
  await store.write("a", "a file");
  await assertRejects(() => store.prepare("a"), LocalFileError, "make folder");
  await store.write("b/c", "a file");
  await assertRejects(
    () => store.write("b", "x"),
    LocalFileError,
    "something is there that is not a regular file",
  );
});
