import { assertEquals, assertRejects } from "@std/assert";
import { LocalFileError } from "../../src/base/mod.ts";
import { openFileSource, writeWhole } from "../../src/files/mod.ts";
import { noise } from "../support/data.ts";
import { makeFolder } from "../support/folder.ts";

Deno.test("openFileSource() reads ranges that are asked for at the same time", async () => {
  await using place = await makeFolder();
  const folder = place.path;
  const bytes = noise(300_000);
  await writeWhole(`${folder}/a`, bytes);
  using source = await openFileSource(`${folder}/a`);
  assertEquals(source.size, bytes.length);
  const ranges = [[5, 9], [299_999, 300_000], [0, 300_000], [7, 7]] as const;
  const slices = await Promise.all(
    ranges.map(([start, end]) => source.slice(start, end)),
  );
  assertEquals(
    slices,
    ranges.map(([start, end]) => bytes.slice(start, end)),
  );
});

Deno.test("openFileSource() tells of a missing file, of one that became shorter, and of a signal", async () => {
  await using place = await makeFolder();
  const folder = place.path;
  await assertRejects(
    () => openFileSource(`${folder}/none`),
    LocalFileError,
    "there is no such file",
  );
  await Deno.writeFile(`${folder}/a`, noise(100));
  using source = await openFileSource(`${folder}/a`);
  await assertRejects(
    () => source.slice(0, 10, { signal: AbortSignal.abort(new Error("no")) }),
    Error,
    "no",
  );
  await Deno.truncate(`${folder}/a`, 50);
  await assertRejects(
    () => source.slice(0, 100),
    LocalFileError,
    "it has become shorter",
  );
  assertEquals((await source.slice(0, 50)).length, 50);
});
