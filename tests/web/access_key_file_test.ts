import {
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  AccessKeyFileError,
  makeAccessKeyFile,
  readAccessKeys,
} from "../../src/web/mod.ts";
import { makeFolder } from "../support/folder.ts";

const SECRET = "made-up-gateway-secret";

async function read(text: string, mode = 0o600) {
  await using folder = await makeFolder();
  const path = `${folder.path}/keys`;
  await Deno.writeTextFile(path, text);
  await Deno.chmod(path, mode);
  return await readAccessKeys(path);
}

Deno.test("readAccessKeys() reads keys, and leaves out comments", async () => {
  assertEquals(
    await read(
      `# who may read\n\none:${SECRET}\r\n  two@desk:${SECRET}:x=/+\n`,
    ),
    [
      { accessKeyId: "one", secretAccessKey: SECRET },
      { accessKeyId: "two@desk", secretAccessKey: `${SECRET}:x=/+` },
    ],
  );
});

Deno.test("readAccessKeys() refuses what is no key, without quoting it", async () => {
  for (
    const [text, problem] of [
      ["", "There is no access key in"],
      [SECRET, "line 1 of"],
      [`one:short-secret`, "at least 16"],
      [`one:${SECRET} and more`, "without blanks"],
      [`a/b:${SECRET}`, "access key ID of 3 to 128"],
      [`one:${SECRET}\none:${SECRET}2`, "'one' stands there twice"],
    ] as const
  ) {
    const error = await assertRejects(() => read(text), AccessKeyFileError);
    assertStringIncludes(error.message, problem);
    assertEquals(error.message.includes(SECRET), false);
  }
});

Deno.test({
  name: "readAccessKeys() refuses a file that others can read",
  ignore: Deno.build.os === "windows",
  async fn() {
    for (const mode of [0o644, 0o604, 0o602, 0o660]) {
      const error = await assertRejects(
        () => read(`one:${SECRET}`, mode),
        AccessKeyFileError,
      );
      assertStringIncludes(error.message, "chmod 600");
    }
    for (const mode of [0o600, 0o400, 0o440]) {
      assertEquals((await read(`one:${SECRET}`, mode)).length, 1);
    }
  },
});

Deno.test("makeAccessKeyFile() makes a random key for its owner only, and replaces nothing", async () => {
  await using folder = await makeFolder();
  const path = `${folder.path}/keys`;
  const id = makeAccessKeyFile(path);
  const [key] = await readAccessKeys(path);
  assertEquals(key?.accessKeyId, id);
  assertMatch(key?.secretAccessKey ?? "", /^[\w-]{40}$/);
  if (Deno.build.os !== "windows") {
    assertEquals(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
  }
  assertThrows(() => makeAccessKeyFile(path), Error, "is there already");
  assertEquals((await readAccessKeys(path))[0], key);
  const other = makeAccessKeyFile(`${folder.path}/other`);
  assertEquals(id === other, false);
});
