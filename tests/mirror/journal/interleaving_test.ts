import { assertEquals } from "@std/assert";
import type { Shard } from "../../../src/catalog/mod.ts";
import { listJournals } from "../../../src/mirror/journal/list_journals.ts";
import { StampClock } from "../../../src/mirror/journal/stamp_clock.ts";
import { Manifest } from "../../../src/mirror/manifest/manifest.ts";
import { describeProcess } from "../../../src/mirror/manifest/mirror_lock.ts";
import { FolderStateStore } from "../../../src/mirror/state/folder_state_store.ts";
import { makeFolder, type TemporaryFolder } from "../../support/folder.ts";
import { contentOf, randomChange, randomFrom } from "./_random_changes.ts";

const SEEDS = 5;
const STEPS = 150;
const HOUR = 3_600_000;
const HOLDER = describeProcess("test", new Date());

async function emptyMirror(): Promise<TemporaryFolder> {
  const folder = await makeFolder();
  await Deno.mkdir(`${folder.path}/.flatbed`);
  return folder;
}

/** A host's clock, hours away from that of others. */
function hostClock(random: (below: number) => number): StampClock {
  const skew = (random(11) - 5) * HOUR;
  return new StampClock(undefined, () => Date.now() + skew);
}

/** What is left of a journal whose writer was killed. */
async function tear(folder: string, random: (below: number) => number) {
  for (const { path } of listJournals(folder)) {
    const text = await Deno.readTextFile(path);
    if (!text.endsWith('\n["end"]\n') || random(2) === 0) continue;
    const torn = ["", "[", '["f","0'][random(3)] ?? "";
    await Deno.writeTextFile(path, text.replace(/\["end"\]\n$/, torn));
  }
}

Deno.test("journals of any number of shards and merges at any time give the manifest of one writer", async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const random = randomFrom(seed);
    await using one = await emptyMirror();
    await using many = await emptyMirror();
    using reference = Manifest.openForWriting(one.path);
    using reader = Manifest.openForReading(many.path);
    let count = 1 + random(4);
    const open = new Map<number, Manifest>();
    const close = (index: number) => {
      open.get(index)?.[Symbol.dispose]();
      open.delete(index);
    };
    const openShard = (index: number): Manifest => {
      const shard: Shard = { index, count };
      const manifest = open.get(index) ?? Manifest.openForShard(
        many.path,
        shard,
        HOLDER,
        hostClock(random),
      );
      open.set(index, manifest);
      return manifest;
    };
    try {
      for (let step = 1; step <= STEPS; step++) {
        const what = random(20);
        if (what === 0) close(1 + random(count));
        else if (what === 1) await tear(many.path, random);
        else if (what === 2) {
          for (const index of open.keys()) close(index);
          count = 1 + random(4);
        } else if (what === 3) {
          // A writer that has no shard, and changes what no living shard does.
          using writer = Manifest.openForWriting(many.path, {
            clock: hostClock(random),
          });
          const change = randomChange(random, step);
          const isFree = ![...open.keys()].some((index) =>
            change.isOf({ index, count })
          );
          if (isFree) {
            for (const manifest of [writer, reference]) change.apply(manifest);
          }
        } else {
          const change = randomChange(random, step);
          for (let index = 1; index <= count; index++) {
            if (change.isOf({ index, count })) {
              change.apply(openShard(index));
              change.apply(reference);
            }
          }
        }
        if (random(10) === 0) {
          assertEquals(
            contentOf(reader),
            contentOf(reference),
            `seed ${seed}, step ${step}`,
          );
        }
      }
      using another = Manifest.openForReading(many.path);
      assertEquals(contentOf(another), contentOf(reference), `seed ${seed}`);
    } finally {
      for (const index of open.keys()) close(index);
    }
    {
      using merged = Manifest.openForWriting(many.path);
      assertEquals(contentOf(merged), contentOf(reference), `seed ${seed}`);
      assertEquals(listJournals(many.path), []);
    }
    assertEquals(contentOf(reader), contentOf(reference), `seed ${seed}`);
  }
});

Deno.test("writers of the same files at the same time agree in the end, whatever is merged when", async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const random = randomFrom(100 + seed);
    await using folder = await emptyMirror();
    await using copy = await emptyMirror();
    {
      using one = Manifest.openForShard(
        folder.path,
        { index: 1, count: 1 },
        HOLDER,
        hostClock(random),
      );
      using two = Manifest.openForShard(
        folder.path,
        { index: 1, count: 2 },
        HOLDER,
        hostClock(random),
      );
      using three = Manifest.openForShard(
        folder.path,
        { index: 1, count: 3 },
        HOLDER,
        hostClock(random),
      );
      const writers = [one, two, three];
      for (let step = 1; step <= STEPS; step++) {
        const writer = writers[random(3)];
        if (writer !== undefined) randomChange(random, step).apply(writer);
        // In this folder they are merged a part at a time, in the copy all at the end.
        if (random(30) === 0) {
          Manifest.openForWriting(folder.path)[Symbol.dispose]();
        }
      }
      await Deno.mkdir(`${copy.path}/.flatbed/journals`);
      for (const { name, path } of listJournals(folder.path)) {
        await Deno.copyFile(path, `${copy.path}/.flatbed/journals/${name}`);
      }
    }
    using merged = Manifest.openForWriting(folder.path);
    using reader = Manifest.openForReading(copy.path);
    assertEquals(contentOf(reader), contentOf(merged), `seed ${seed}`);
  }
});

Deno.test("a manifest in a store gives the manifest of one writer, with any number of writers and merges", async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const random = randomFrom(200 + seed);
    await using one = await emptyMirror();
    await using many = await emptyMirror();
    await using caches = await makeFolder();
    const store = new FolderStateStore(many.path);
    using reference = Manifest.openForWriting(one.path);
    const openOne = (shard?: Shard, readOnly = false) =>
      Manifest.openInStore(store, {
        cache: random(3) === 0 ? undefined : `${caches.path}/${random(2)}`,
        holder: HOLDER,
        readOnly,
        shard,
        clock: hostClock(random),
      });
    let count = 1 + random(4);
    const open = new Map<number, Manifest>();
    const close = async (index: number) => {
      await open.get(index)?.flush();
      open.get(index)?.[Symbol.dispose]();
      open.delete(index);
    };
    using reader = await openOne(undefined, true);
    for (let step = 1; step <= STEPS; step++) {
      const what = random(20);
      if (what === 0) await close(1 + random(count));
      else if (what === 1) {
        for (const index of open.keys()) await close(index);
        count = 1 + random(4);
      } else if (what <= 3) {
        using writer = await openOne();
        const change = randomChange(random, step);
        const isFree = ![...open.keys()].some((index) =>
          change.isOf({ index, count })
        );
        if (isFree) {
          for (const manifest of [writer, reference]) change.apply(manifest);
        }
        await writer.flush();
      } else {
        const change = randomChange(random, step);
        for (let index = 1; index <= count; index++) {
          if (!change.isOf({ index, count })) continue;
          const shard = { index, count };
          const manifest = open.get(index) ?? await openOne(shard);
          open.set(index, manifest);
          change.apply(manifest);
          change.apply(reference);
          if (random(2) === 0) await manifest.flush();
        }
      }
      if (random(10) === 0) {
        for (const manifest of open.values()) await manifest.flush();
        await reader.refresh(0);
        assertEquals(
          allOf(reader),
          allOf(reference),
          `seed ${seed}, step ${step}`,
        );
      }
    }
    for (const index of open.keys()) await close(index);
    using last = await openOne(undefined, true);
    assertEquals(allOf(last), allOf(reference), `seed ${seed}`);
  }
});

/** The same but for entries whose copy is being replaced, of which a store cannot tell whether it is there. */
function allOf(manifest: Manifest): unknown {
  const content = contentOf(manifest);
  return { ...content as Record<string, unknown>, entries: undefined };
}
