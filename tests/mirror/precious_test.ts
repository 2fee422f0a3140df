import { sha256 } from "../support/hash.ts";
import { assertEquals, assertStringIncludes } from "@std/assert";
import type { SyncEvent } from "../../src/mirror/mod.ts";
import { environmentOf, runFlatbed } from "../support/deno_command.ts";
import {
  contentOf,
  DATES,
  keyOf,
  manifestRows,
  packed,
  type Setup,
  setUp,
  WEEK,
} from "./_mirror.ts";

const [FIRST, SECOND] = DATES.map((date) => keyOf(date)) as [string, string];

async function synced(options?: Parameters<typeof setUp>[0]): Promise<Setup> {
  const setup = await setUp(options);
  await using mirror = await setup.open();
  await mirror.sync(await mirror.plan(WEEK));
  setup.requests();
  return setup;
}

/** What lies in the folder of replaced versions. */
async function keptFiles(setup: Setup): Promise<string[]> {
  return (await setup.folder.names()).filter((name) =>
    name.startsWith(".flatbed/replaced/")
  );
}

Deno.test("Mirror.sync() keeps what is replaced or damaged where the newer version is refused, and says so", async () => {
  for (const keepReplaced of [true, false]) {
    await using setup = await synced();
    const path = `${setup.folder.path}/${FIRST}`;
    const old = await Deno.readFile(path);
    setup.server.objects.set(FIRST, { body: await packed("2024-02-01") });
    await Deno.truncate(`${setup.folder.path}/${SECOND}`, 100);
    setup.server.faults.add({ kind: "forbidden", before: "2024-01-04" });
    await using mirror = await setup.open();
    const events: SyncEvent[] = [];
    const summary = await mirror.sync(await mirror.plan(WEEK), {
      keepReplaced,
      onEvent: (event) => events.push(event),
    });
    assertEquals([summary.refused, summary.kept, summary.present], [2, 2, 2]);
    assertEquals(
      summary.refusals.map(({ since, older, newer, damaged }) => ({
        since,
        older,
        newer,
        damaged,
      })),
      [{
        since: "2024-01-04",
        older: ["2024-01-02"],
        newer: [],
        damaged: ["2024-01-03"],
      }],
    );
    assertEquals(
      events.flatMap((event) =>
        event.code === "refused" ? [[event.date, event.isKept]] : []
      ).sort(),
      [["2024-01-02", true], ["2024-01-03", true]],
    );
    assertEquals(await Deno.readFile(path), old);
    assertEquals((await Deno.stat(`${setup.folder.path}/${SECOND}`)).size, 100);
    // Nothing was replaced.
    assertEquals(await keptFiles(setup), []);
    assertEquals(mirror.entries().length, 4);
  }
});

Deno.test("Mirror.sync() keeps a whole older version aside where the newer one is damaged at its source", async () => {
  await using setup = await synced();
  const path = `${setup.folder.path}/${FIRST}`;
  const old = await Deno.readFile(path);
  const body = (await packed("2024-02-01")).slice(0, 500);
  setup.server.objects.set(FIRST, { body });
  setup.server.objects.set(SECOND, { body: await packed("2024-02-02") });
  await using mirror = await setup.open();
  const events: SyncEvent[] = [];
  await mirror.sync(await mirror.plan(WEEK), {
    onEvent: (event) => events.push(event),
  });
  assertEquals(await Deno.readFile(path), body);
  assertEquals(manifestRows(setup.folder.path)[0]?.gzip, "damaged");
  // That of the second one, which is whole, has gone.
  const kept = await keptFiles(setup);
  assertEquals(kept.length, 1);
  assertEquals(await Deno.readFile(`${setup.folder.path}/${kept[0]}`), old);
  assertEquals(
    events.flatMap((event) =>
      "keptAs" in event && event.keptAs !== undefined ? [event.keptAs] : []
    ),
    kept,
  );
});

Deno.test("Mirror.sync() keeps no older version that a killed run has set aside", async () => {
  await using setup = await synced();
  const { path } = setup.folder;
  const [row] = manifestRows(path);
  const kept = `${path}/.flatbed/replaced/${FIRST}.${row?.sha256}`;
  await Deno.mkdir(kept.replace(/\/[^/]*$/, ""), { recursive: true });
  await Deno.link(`${path}/${FIRST}`, kept);
  setup.server.objects.set(FIRST, { body: await packed("2024-02-01") });
  await using mirror = await setup.open();
  const { replaced } = await mirror.sync(await mirror.plan(WEEK));
  assertEquals(replaced, 1);
  assertEquals(await keptFiles(setup), []);
});

Deno.test("Mirror.sync() keeps every whole version whose ETag tells nothing, and names the right one", async () => {
  const etags: [what: string, of: (version: number) => string][] = [
    ["none", () => ""],
    ["odd characters", (version) => "ab" + "+/=".charAt(version % 3)],
    ["long", (version) => "e".repeat(100) + version],
  ];
  for (const [what, etagOf] of etags) {
    for (const decompress of [false, true]) {
      for (const keepReplaced of [false, true]) {
        // With each ETag, each value of both; with none, all together.
        if (what !== "none" && decompress === keepReplaced) continue;
        await using setup = await setUp();
        await using mirror = await setup.open({ decompress });
        const whole: string[] = [];
        const kept: Uint8Array[] = [];
        for (const version of [0, 1, 2, 3]) {
          const body = await packed(`2024-02-0${1 + version}`);
          const isCut = !keepReplaced && version % 2 === 1;
          setup.server.objects.set(FIRST, {
            body: isCut ? body.slice(0, 500) : body,
            etag: etagOf(version),
            lastModified: new Date(Date.UTC(2024, 1, 1 + version)),
          });
          if (!isCut) {
            whole.push(
              sha256(
                decompress ? contentOf(`2024-02-0${1 + version}`) : body,
              ),
            );
          }
          await mirror.sync(await mirror.plan(WEEK), {
            keepReplaced,
            onEvent(event) {
              if (!("keptAs" in event) || event.keptAs === undefined) return;
              kept.push(
                Deno.readFileSync(`${setup.folder.path}/${event.keptAs}`),
              );
            },
          });
        }
        const told = await Promise.all(
          kept.map((bytes) => sha256(new Uint8Array(bytes))),
        );
        const expected = keepReplaced ? whole.slice(0, -1) : whole;
        assertEquals(told, expected, `${what} ${decompress} ${keepReplaced}`);
        assertEquals((await keptFiles(setup)).length, expected.length);
      }
    }
  }
});

Deno.test("Mirror.sync() never names other bytes as the version that was kept", async () => {
  await using setup = await synced();
  const { path } = setup.folder;
  const old = await Deno.readFile(`${path}/${FIRST}`);
  const name = `${path}/.flatbed/replaced/${FIRST}.${sha256(old)}`;
  await Deno.mkdir(name.replace(/\/[^/]*$/, ""), { recursive: true });
  await Deno.writeTextFile(name, "other bytes");
  setup.server.objects.set(FIRST, { body: await packed("2024-02-01") });
  await using mirror = await setup.open();
  const kept: string[] = [];
  await mirror.sync(await mirror.plan(WEEK), {
    keepReplaced: true,
    onEvent(event) {
      if (event.code === "fetched") kept.push(event.keptAs ?? "");
    },
  });
  assertEquals(await Deno.readFile(`${path}/${kept[0]}`), old);
  assertEquals(await Deno.readTextFile(name), "other bytes");
});

Deno.test("flatbed sync ends with 0 where a file older than the plan's history was replaced, every morning", async () => {
  await using setup = await synced();
  setup.server.objects.set(SECOND, { body: await packed("2024-02-01") });
  setup.server.faults.add({ kind: "forbidden", before: "2024-01-04" });
  // Whether the oldest readable date is known or not.
  for (const isKnown of [false, true]) {
    if (isKnown) {
      const today = new Date().toISOString().slice(0, 10);
      manifestRows(
        setup.folder.path,
        `INSERT OR REPLACE INTO floors VALUES ('stocks_daily', 'readable', '2024-01-04', '${today}', 1, NULL) RETURNING date`,
      );
    }
    const { code, stdout } = await runFlatbed([
      "sync",
      "stocks_daily",
      "--from",
      "2024-01-01",
      "--to",
      "2024-01-05",
      "--out",
      setup.folder.path,
    ], { env: environmentOf(setup.server) });
    assertEquals(code, 0);
    assertStringIncludes(stdout, "present 3, missing 0, refused 1");
    assertStringIncludes(
      stdout,
      "1 file of them here in an older version, damaged, or unknown to the mirror: kept",
    );
  }
});
