import { assert, assertEquals } from "@std/assert";
import type { SyncEvent, SyncSummary } from "../../src/mirror/mod.ts";
import { DATES, keyOf, packed, type Setup, setUp, WEEK } from "./_mirror.ts";

const [FIRST, SECOND] = DATES.map((date) => keyOf(date)) as [string, string];

async function sync(
  setup: Setup,
  options: { decompress?: boolean; trustEtag?: boolean } = {},
): Promise<SyncSummary & { events: SyncEvent[] }> {
  const { decompress, ...more } = options;
  await using mirror = await setup.open({ decompress });
  const events: SyncEvent[] = [];
  const summary = await mirror.sync(await mirror.plan(WEEK), {
    ...more,
    onEvent: (event) => events.push(event),
  });
  return { ...summary, events };
}

Deno.test("Mirror.sync() counts what is damaged at source each time, and fetches it again once it is replaced", async () => {
  for (const decompress of [false, true]) {
    await using setup = await setUp();
    setup.server.faults.add({ kind: "damaged-source", key: SECOND });
    const first = await sync(setup, { decompress });
    assertEquals([first.fetched, first.damagedAtSource], [3, 1]);
    const names = await setup.folder.names();
    const path = decompress ? SECOND.replace(/\.gz$/, "") : SECOND;
    assertEquals(names.includes(path), !decompress);
    assert(!names.some((name) => name.includes(".part")), `${names}`);
    setup.requests();

    const again = await sync(setup);
    assertEquals([again.present, again.damagedAtSource], [3, 1]);
    assertEquals(
      setup.requests().filter((line) => !line.startsWith("LIST")),
      [],
    );
    assertEquals(
      again.events.flatMap((event) =>
        event.code === "damaged-at-source"
          ? [[event.key, event.gzipFault, event.isFetched]]
          : []
      ),
      [[SECOND, "ends early", false]],
    );
    {
      await using mirror = await setup.open({ readOnly: true });
      const { items, counts } = await mirror.plan(WEEK);
      assertEquals(counts["damaged-at-source"], 1);
      assertEquals(items[1]?.gzipFault, "ends early");
      const [coverage] = await mirror.coverage(WEEK);
      assertEquals(
        [coverage?.files, coverage?.damagedAtSource, coverage?.missing],
        [
          decompress ? 3 : 4,
          [{
            date: DATES[1],
            key: SECOND,
            gzipFault: "ends early",
            hasFile: !decompress,
          }],
          [],
        ],
      );
      assertEquals(await mirror.missing(WEEK), []);
    }

    // Another version that is damaged in another way, and then a whole one.
    setup.server.faults.clear();
    setup.server.faults.add({
      kind: "damaged-source",
      how: "newline",
      key: SECOND,
    });
    const other = await sync(setup);
    assertEquals([other.replaced, other.damagedAtSource], [0, 1]);
    setup.server.faults.clear();
    const mended = await sync(setup);
    assertEquals([mended.replaced, mended.damagedAtSource], [1, 0]);
    assertEquals((await setup.folder.names()).includes(path), true);
  }
});

Deno.test("Mirror.sync() keeps a content aside whose newer version is damaged at source", async () => {
  await using setup = await setUp();
  await sync(setup, { decompress: true });
  const path = FIRST.replace(/\.gz$/, "");
  const old = await Deno.readFile(`${setup.folder.path}/${path}`);
  const body = (await packed("2024-02-01")).slice(0, -1);
  setup.server.objects.set(FIRST, { body });
  const { damagedAtSource, events } = await sync(setup);
  assertEquals(damagedAtSource, 1);
  const told = events.find(({ code }) => code === "damaged-at-source");
  assert(told?.code === "damaged-at-source" && told.keptAs !== undefined);
  assertEquals(await Deno.readFile(`${setup.folder.path}/${told.keptAs}`), old);
  assert(!(await setup.folder.names()).includes(path));
});

Deno.test("Mirror.sync() with trustEtag looks into nothing that an MD5 proves, and remembers that", async () => {
  await using setup = await setUp();
  setup.server.faults.add({ kind: "damaged-source", key: SECOND });
  setup.server.faults.add({ kind: "encrypted", key: FIRST });
  const summary = await sync(setup, { trustEtag: true });
  assertEquals([summary.fetched, summary.damagedAtSource], [4, 0]);
  await using mirror = await setup.open({ readOnly: true });
  assertEquals(
    mirror.entries().map(({ proof, gzip }) => [proof, gzip]),
    [
      ["gzip", "whole"],
      ["md5", "unchecked"],
      ["md5", "unchecked"],
      ["md5", "unchecked"],
    ],
  );
});

Deno.test("Mirror.verify() with rebuild takes an encrypted object's file by its gzip data, and no other whose MD5 is wrong", async () => {
  await using setup = await setUp();
  setup.server.faults.add({ kind: "encrypted", key: FIRST });
  setup.server.faults.add({ kind: "damaged-source", key: SECOND });
  await sync(setup);
  // The third one is whole gzip data of the right size, and another version.
  const third = `${setup.folder.path}/${keyOf(DATES[2] ?? "")}`;
  const bytes = await Deno.readFile(third);
  bytes[4] = 7; // a time in the header
  await Deno.writeFile(third, bytes);
  await Deno.remove(`${setup.folder.path}/.flatbed`, { recursive: true });
  await using mirror = await setup.open();
  setup.requests();
  const { adopted, unproven } = await mirror.verify({
    mode: "quick",
    rebuild: true,
  });
  assertEquals([adopted, unproven], [3, 0]);
  assertEquals(
    mirror.entries().map(({ date, proof, gzip }) => [date, proof, gzip]),
    [
      [DATES[0], "gzip", "whole"],
      [DATES[1], "md5", "damaged"],
      [DATES[3], "md5", "whole"],
    ],
  );
  assertEquals(
    setup.requests().filter((line) => line.startsWith("HEAD")),
    [`HEAD ${FIRST}`, `HEAD ${keyOf(DATES[2] ?? "")}`],
  );
});

Deno.test("Mirror.verify() with rebuild does not refute what it may not ask for", async () => {
  await using setup = await setUp();
  setup.server.faults.add({ kind: "encrypted", key: FIRST });
  await sync(setup);
  await Deno.remove(`${setup.folder.path}/.flatbed`, { recursive: true });
  setup.server.faults.add({ kind: "forbidden", before: "2025-01-01" });
  await using mirror = await setup.open();
  const report = await mirror.verify({ mode: "quick", rebuild: true });
  assertEquals([report.adopted, report.unproven], [4, 1]);
});
