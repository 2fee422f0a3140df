import { assertEquals, assertThrows } from "@std/assert";
import { inspectPath } from "../../src/files/mod.ts";
import { makeFolder } from "../support/folder.ts";

const ignore = Deno.build.os === "windows";

Deno.test({
  name: "inspectPath() says what is at a path, behind its links",
  ignore,
  async fn() {
    await using folder = await makeFolder();
    const root = await Deno.realPath(folder.path);
    const at = (name: string) => `${root}/${name}`;
    await Deno.writeTextFile(at("file"), "a");
    await Deno.mkdir(at("folder"));
    await Deno.symlink("file", at("to-file"));
    await Deno.symlink(at("to-file"), at("folder/to-link"));
    await Deno.symlink("folder", at("to-folder"));
    await Deno.symlink("nothing", at("dangling"));
    await Deno.symlink("/dev/null", at("to-device"));
    const cases: [name: string, target: string, kind: string][] = [
      ["file", "file", "file"],
      ["folder", "folder", "folder"],
      ["nothing", "nothing", "absent"],
      ["file/nothing", "file/nothing", "absent"],
      ["to-file", "file", "file"],
      ["folder/to-link", "file", "file"],
      ["to-folder/to-link", "file", "file"],
      ["to-folder", "folder", "folder"],
      ["dangling", "nothing", "absent"],
    ];
    for (const [name, target, kind] of cases) {
      assertEquals(inspectPath(at(name)), { path: at(target), kind }, name);
    }
    assertEquals(inspectPath(at("to-device")).kind, "other");
    assertEquals(inspectPath("/dev/null").kind, "other");
  },
});

Deno.test({
  name: "inspectPath() takes the open files of a process for no regular files",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using folder = await makeFolder();
    await Deno.symlink("/dev/stdout", `${folder.path}/link`);
    for (const path of ["/dev/stdout", "/dev/fd/1", `${folder.path}/link`]) {
      assertEquals(inspectPath(path).kind, "other", path);
    }
  },
});

Deno.test({
  name: "inspectPath() throws at links that lead in a circle",
  ignore,
  async fn() {
    await using folder = await makeFolder();
    await Deno.symlink("b", `${folder.path}/a`);
    await Deno.symlink("a", `${folder.path}/b`);
    assertThrows(
      () => inspectPath(`${folder.path}/a`),
      Deno.errors.FilesystemLoop,
    );
  },
});
