import { assert, assertEquals } from "@std/assert";
import { listJournals } from "../../../src/mirror/journal/list_journals.ts";
import { Manifest } from "../../../src/mirror/manifest/manifest.ts";
import { denoCommand } from "../../support/deno_command.ts";
import { makeFolder } from "../../support/folder.ts";
import {
  contentOf,
  type RandomChange,
  randomChange,
  randomFrom,
} from "./_random_changes.ts";

const COUNT = 2;

/** Starts a script of this folder with a mirror's folder. */
function start(script: string, ...args: string[]): Deno.ChildProcess {
  const { pathname } = new URL(script, import.meta.url);
  return denoCommand(["run", "-A", "--no-check", pathname, ...args]).spawn();
}

/** Kills a process once it has written so many lines; returns all that it has written. */
async function killAfter(
  child: Deno.ChildProcess,
  lines: number,
): Promise<string[]> {
  const decoder = new TextDecoder();
  let text = "";
  let isKilled = false;
  for await (const bytes of child.stdout) {
    text += decoder.decode(bytes, { stream: true });
    if (isKilled || text.split("\n").length <= lines) continue;
    isKilled = true;
    child.kill("SIGKILL");
  }
  const said = await new Response(child.stderr).text();
  await child.status;
  assert(isKilled, said);
  return text.split("\n").slice(0, -1);
}

/** The changes that a shard's process has made up to a version, and the next one. */
function changesUntil(
  seed: number,
  index: number,
  first: number,
  last: number,
): { made: RandomChange[]; next: RandomChange } {
  const random = randomFrom(seed);
  const made: RandomChange[] = [];
  for (let version = first;; version++) {
    const change = randomChange(random, version);
    if (!change.isOf({ index, count: COUNT })) continue;
    if (version > last) return { made, next: change };
    made.push(change);
  }
}

Deno.test("shards that are killed lose nothing that they have noted, whatever is killed while it merges", async () => {
  await using folder = await makeFolder();
  await Deno.mkdir(`${folder.path}/.flatbed`);
  await using one = await makeFolder();
  await Deno.mkdir(`${one.path}/.flatbed`);
  const random = randomFrom(1);
  using reader = Manifest.openForReading(folder.path);
  for (let round = 0; round < 3; round++) {
    const first = 1000 * round + 1;
    const killed = await Promise.all(
      Array.from({ length: COUNT }, async (_, at) => {
        const seed = 10 * round + at;
        const shard = `${at + 1}/${COUNT}`;
        const child = start(
          "_shard_process.ts",
          ...[folder.path, shard, String(seed), String(first)],
        );
        const lines = await killAfter(child, 5 + random(60));
        const last = Number(lines.at(-1));
        return changesUntil(seed, at + 1, first, last);
      }),
    );
    // The one that a process was at when it was killed is there, or not.
    const found = JSON.stringify(contentOf(reader));
    let isExpected = false;
    {
      using reference = Manifest.openForWriting(one.path);
      for (const change of killed.flatMap(({ made }) => made)) {
        change.apply(reference);
      }
    }
    for (let extra = 0; extra < 4 && !isExpected; extra++) {
      await using copy = await makeFolder();
      await Deno.mkdir(`${copy.path}/.flatbed`);
      const name = ".flatbed/manifest.sqlite";
      await Deno.copyFile(`${one.path}/${name}`, `${copy.path}/${name}`);
      {
        using reference = Manifest.openForWriting(copy.path);
        for (const [at, { next }] of killed.entries()) {
          if (extra >> at & 1) next.apply(reference);
        }
        isExpected = JSON.stringify(contentOf(reference)) === found;
      }
      if (!isExpected) continue;
      await Deno.copyFile(`${copy.path}/${name}`, `${one.path}/${name}`);
    }
    assert(isExpected, `round ${round}: ${found}`);
    for (let times = 0; times < 3; times++) {
      // Killed at once, or while it reads, merges or removes.
      await killAfter(start("_merge_process.ts", folder.path), 1);
      assertEquals(JSON.stringify(contentOf(reader)), found);
      using fresh = Manifest.openForReading(folder.path);
      assertEquals(JSON.stringify(contentOf(fresh)), found);
    }
    if (round === 1) continue; // the next shards begin with what was left
    {
      using merged = Manifest.openForWriting(folder.path);
      assertEquals(JSON.stringify(contentOf(merged)), found);
      assertEquals(listJournals(folder.path), []);
    }
    assertEquals(JSON.stringify(contentOf(reader)), found);
  }
});
