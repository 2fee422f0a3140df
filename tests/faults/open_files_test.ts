/** What becomes of downloads and mirrors where the system gives no more file handles. */
import { assert, assertEquals, assertFalse, assertMatch } from "@std/assert";
import { startDemoServer } from "../../src/demo/mod.ts";
import { environmentOf, runFlatbed } from "../support/deno_command.ts";
import { csv, gzip } from "../support/data.ts";
import { startRecorded } from "../support/demo.ts";
import { makeFolder } from "../support/folder.ts";
import {
  assertPlain,
  namesIn,
  runChildHere,
  runCommandsHere,
  sha256Of,
} from "./_machine.ts";

/** How many file handles are left: none for anything, for some files, for most. */
const LEFT = [1, 3, 8];
const RANGE = ["stocks_daily", "--from", "2024-01-02", "--to", "2024-01-31"];
/** What is told where there are none left. */
const SENTENCE = /too many files are open.*'?ulimit -n'?/;

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: Deno.build.os === "windows", fn });
}

for (
  const [name, args] of [
    ["sync", ["sync", ...RANGE]],
    ["get", ["get", ...RANGE]],
  ] as const
) {
  test(`flatbed ${name} says what to do where file handles run out, and finishes with more of them`, async () => {
    await using server = startDemoServer({ scale: 0.1 });
    const env = environmentOf(server);
    const wrong: unknown[] = [];
    let failures = 0;
    await using whole = await makeFolder();
    await runFlatbed([...args, "--out", whole.path], { env });
    const expected = await namesIn(whole.path);
    assertEquals(expected.length, 21);
    // Side by side: those without connections wait.
    await Promise.all(LEFT.map(async (freeFiles) => {
      await using folder = await makeFolder();
      const out = ["--out", folder.path];
      const [first = { code: 0, stdout: "", stderr: "" }] =
        await runCommandsHere([[...args, ...out]], { env, freeFiles });
      if (first.code !== 0) failures++;
      try {
        assertEquals(first.code === 0, first.stderr === "");
        assertPlain(first.stdout + first.stderr);
        if (first.code !== 0) assertMatch(first.stderr, SENTENCE);
      } catch {
        wrong.push([freeFiles, first.code, first.stderr.slice(0, 300)]);
      }
      // Whatever has its name is whole.
      for (const name of await namesIn(folder.path)) {
        assertFalse(name.includes(".part"), name);
        assertEquals(
          await sha256Of(`${folder.path}/${name}`),
          await sha256Of(`${whole.path}/${name}`),
        );
      }
      const second = await runFlatbed([...args, ...out], { env });
      assertEquals([second.code, second.stderr], [0, ""]);
      assertEquals(await namesIn(folder.path), expected);
    }));
    assertEquals(wrong, []);
    // Else nothing was shown.
    assert(failures > 0);
  });
}

test("flatbed verify and status are content with few file handles", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await makeFolder();
  const out = ["--out", folder.path];
  await runFlatbed(["sync", ...RANGE, ...out], { env: environmentOf(server) });
  for (const command of [["verify", "--full"], ["status"]]) {
    const [outcome] = await runCommandsHere([[...command, ...out]], {
      freeFiles: 8,
    });
    assertEquals(
      [command[0], outcome?.code, outcome?.stderr],
      [command[0], 0, ""],
    );
  }
});

for (const how of ["async", "sync"] as const) {
  test(`${how === "async" ? "AsyncS3Downloader" : "SyncS3Downloader"}.downloadToFile() gives a typed error where file handles run out, and keeps none`, async () => {
    const content = csv(20_000);
    const keys = Array.from({ length: 24 }, (_, index) => `${index}.csv.gz`);
    const body = await gzip(content);
    await using server = startRecorded({
      objects: keys.map((key) => [key, { body }] as const),
    });
    await using folder = await makeFolder();
    const wrong: unknown[] = [];
    let failures = 0;
    for (const freeFiles of [1, 6, 16]) {
      const { outcomes, open } = await runChildHere({
        how,
        url: server.url,
        folder: folder.path,
        keys,
        paths: keys.map((key) => `${folder.path}/${key}`),
        decompress: true,
      }, { freeFiles });
      assertEquals(open, []);
      assertEquals(outcomes.length, keys.length);
      for (const [index, { error }] of outcomes.entries()) {
        const path = `${folder.path}/${keys[index]}`;
        const exists = await sha256Of(path) !== undefined;
        if (error === undefined) {
          assertEquals(await Deno.readFile(path), content);
          continue;
        }
        failures++;
        const isRight = !exists && error.code !== undefined &&
          SENTENCE.test(error.message);
        if (!isRight) wrong.push([freeFiles, exists, error]);
      }
      const names = await namesIn(folder.path);
      for (const name of names) {
        // Without its record, a part file is of no use to anybody.
        if (name.endsWith(".part") && !names.includes(`${name}.json`)) {
          wrong.push([freeFiles, name]);
        }
        await Deno.remove(`${folder.path}/${name}`);
      }
    }
    assertEquals(wrong.slice(0, 5), []);
    if (how === "async") assert(failures > 0);
  });
}

test("AsyncS3Downloader.downloadBatch() gives typed errors where no more connections can be made", async () => {
  const content = csv(20_000);
  const keys = Array.from({ length: 24 }, (_, index) => `${index}.csv.gz`);
  const body = await gzip(content);
  await using server = startRecorded({
    objects: keys.map((key) => [key, { body }] as const),
  });
  const wrong: unknown[] = [];
  await Promise.all([0, 1, 4].map(async (freeFiles) => {
    const { outcomes } = await runChildHere({
      how: "batch",
      url: server.url,
      folder: "/",
      keys,
    }, { freeFiles });
    assertEquals(outcomes.length, keys.length);
    for (const { error } of outcomes) {
      if (error === undefined) continue;
      if (error.code === undefined || /os error/.test(error.message)) {
        wrong.push([freeFiles, error]);
      }
    }
  }));
  assertEquals(wrong.slice(0, 5), []);
});
