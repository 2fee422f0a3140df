import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { shardOf } from "../../../src/catalog/mod.ts";
import { listJournals } from "../../../src/mirror/journal/list_journals.ts";
import {
  MirrorBusyError,
  MirrorDamagedError,
} from "../../../src/mirror/mod.ts";
import { DATES, keyOf, type Setup, setUp, WEEK } from "../_mirror.ts";

const COUNT = 2;
const SHARDS = [{ index: 1, count: COUNT }, { index: 2, count: COUNT }];

async function syncShard(setup: Setup, index: number, count = COUNT) {
  await using mirror = await setup.open({ shard: { index, count } });
  return await mirror.sync(await mirror.plan(WEEK));
}

async function datesIn(setup: Setup): Promise<string[]> {
  await using mirror = await setup.open({ readOnly: true });
  return mirror.entries().map(({ date }) => date);
}

const names = (setup: Setup) =>
  listJournals(setup.folder.path).map(({ name }) => name);

function datesOf(index: number): string[] {
  return DATES.filter((date) => shardOf(keyOf(date), COUNT) === index);
}

Deno.test("shards note what they fetch in journals, which readers see at once and the next writer merges", async () => {
  await using setup = await setUp();
  await syncShard(setup, 1);
  assertEquals(await datesIn(setup), datesOf(1));
  await syncShard(setup, 2);
  assertEquals(await datesIn(setup), DATES);
  assertEquals(names(setup).length, 2);
  setup.requests();
  // A shard that is run again has nothing to do.
  assertEquals((await syncShard(setup, 1)).fetched, 0);
  assertEquals(setup.requests().filter((name) => name.startsWith("GET")), []);
  {
    await using mirror = await setup.open();
    assertEquals(names(setup), []);
    assertEquals(mirror.entries().map(({ date }) => date), DATES);
    const summary = await mirror.sync(await mirror.plan(WEEK));
    assertEquals(summary.fetched, 0);
  }
  assertEquals(await datesIn(setup), DATES);
  await using mirror = await setup.open({ readOnly: true });
  assertEquals((await mirror.verify({ mode: "full" })).isSound, true);
});

Deno.test("a reader that is open sees what a shard notes, and the merge", async () => {
  await using setup = await setUp();
  await using reader = await setup.open({ readOnly: true });
  const dates = () => reader.entries().map(({ date }) => date);
  assertEquals(dates(), []);
  await syncShard(setup, 1);
  assertEquals(dates(), datesOf(1));
  await syncShard(setup, 2);
  assertEquals(dates(), DATES);
  {
    await using _writer = await setup.open();
    assertEquals(dates(), DATES);
  }
  assertEquals(dates(), DATES);
});

Deno.test("a reader that is open goes on where a full disk has cut lines of a journal back that it has read", async () => {
  await using setup = await setUp();
  await syncShard(setup, 1);
  const [journal] = listJournals(setup.folder.path);
  assert(journal !== undefined);
  const lines = (await Deno.readTextFile(journal.path)).trimEnd().split("\n");
  const write = (...some: string[]) =>
    Deno.writeTextFile(journal.path, some.map((line) => `${line}\n`).join(""));
  // What was being written when the disk was full comes again behind something else.
  const [header = "", ...changes] = lines.slice(0, -1);
  await write(header, ...changes);
  await using reader = await setup.open({ readOnly: true });
  const dates = () => reader.entries().map(({ date }) => date);
  assertEquals(dates(), datesOf(1));
  const [first = "", ...rest] = changes;
  await write(header, first, first.slice(0, 3), ...rest);
  assertThrows(dates, MirrorDamagedError);
  await write(header, first, first, ...rest, ...rest);
  assertEquals(dates(), datesOf(1));
});

Deno.test("Mirror.open() with a shard leaves no journal where nothing changed", async () => {
  await using setup = await setUp();
  {
    await using _mirror = await setup.open({ shard: SHARDS[0] });
    assertEquals(names(setup).length, 1);
  }
  assertEquals(names(setup), []);
});

Deno.test("shards have the mirror at the same time, and no writer of all of it beside them", async () => {
  await using setup = await setUp();
  {
    await using _one = await setup.open({
      shard: SHARDS[0],
      command: "flatbed sync --shard 1/2",
    });
    const whole = await assertRejects(
      () => setup.open(),
      MirrorBusyError,
      "shard 1/2 is writing to it: process",
    );
    assertEquals(whole.holder?.pid, Deno.pid);
    assertEquals(whole.holder?.command, "flatbed sync --shard 1/2");
    await using _two = await setup.open({ shard: SHARDS[1] });
    await assertRejects(
      () => setup.open(),
      MirrorBusyError,
      "shard 1/2 and 1 more on this machine are writing to it",
    );
    const same = await assertRejects(
      () => setup.open({ shard: SHARDS[1] }),
      MirrorBusyError,
      "Cannot do shard 2/2",
    );
    assertEquals(same.holder?.pid, Deno.pid);
    // Another number of shards is another work: keys may be the same.
    await using _other = await setup.open({ shard: { index: 2, count: 3 } });
    await using reader = await setup.open({ readOnly: true });
    assertEquals(reader.entries(), []);
  }
  await using _writer = await setup.open();
  await assertRejects(
    () => setup.open({ shard: SHARDS[0] }),
    MirrorBusyError,
    `Cannot write to mirror '${setup.folder.path}': process ${Deno.pid}`,
  );
});

Deno.test("a line that is not whole at a journal's end is ignored, one in the middle is damage", async () => {
  await using setup = await setUp();
  await syncShard(setup, 1);
  await syncShard(setup, 2);
  const [journal] = listJournals(setup.folder.path);
  assert(journal !== undefined);
  const whole = await Deno.readTextFile(journal.path);
  const lines = whole.split("\n").slice(0, -2);
  // Killed before the last line was written: at every byte of it.
  const last = lines.at(-1) ?? "";
  for (const length of [0, 1, last.length / 2 | 0, last.length]) {
    const torn = [...lines.slice(0, -1), last.slice(0, length)].join("\n");
    await Deno.writeTextFile(journal.path, torn);
    const dates = await datesIn(setup);
    assertEquals(dates.length < DATES.length, true);
    assertEquals(dates, DATES.filter((date) => dates.includes(date)));
  }
  await Deno.writeTextFile(journal.path, `${lines.join("\n")}\n`);
  assertEquals(await datesIn(setup), DATES);
  const at = lines.findIndex((line) => /"md5"|"gzip"/.test(line));
  const entry = lines[at] ?? "";
  const damages: [number, string, string][] = [
    [2, "", "it is not JSON"],
    [2, "\0\0\0\0", "it is not JSON"],
    [3, (lines[2] ?? "").slice(0, -1), "it is not JSON"],
    [3, '["f"]', "it is no change"],
    [3, '{"f":1}', "it is no list"],
    [3, (lines[2] ?? "").replace('["f"', '["g"'), "it is no change"],
    [at + 1, entry.replaceAll("us_stocks_sip", "../etc"), "key is"],
    [at + 1, entry.replace(/"md5"|"gzip"/, '"faith"'), "proof is"],
    [at + 1, entry.replace(/"2024-01-0\d"/, '"2024-13-45"'), "date is"],
    [at + 1, entry.replace(/,\d{13},/, ",1e300,"), "it is no change"],
    [1, "#!/bin/sh", "it does not say that this is a journal"],
  ];
  for (const [number, line, said] of damages) {
    await Deno.writeTextFile(
      journal.path,
      `${lines.with(number - 1, line).join("\n")}\n`,
    );
    for (const options of [{ readOnly: true }, {}]) {
      const error = await assertRejects(
        async () => {
          await using mirror = await setup.open(options);
          mirror.entries();
        },
        MirrorDamagedError,
        `Cannot read journal '${journal.path}': line ${number} is damaged (${said}`,
      );
      assertEquals(error.reason, "unreadable");
    }
  }
  // A rebuild keeps what stands before the damage, and puts the journal aside.
  await Deno.writeTextFile(
    journal.path,
    `${lines.with(lines.length - 1, "?").join("\n")}\n`,
  );
  {
    await using mirror = await setup.open({ replaceDamaged: true });
    assertEquals(names(setup), []);
    const report = await mirror.verify({ mode: "full", rebuild: true });
    assertEquals(report.problems, []);
  }
  assertEquals(await datesIn(setup), DATES);
  const aside = (await setup.folder.names())
    .filter((name) => name.includes(".damaged-"));
  assertEquals(aside.length, 1);
});

Deno.test("a journal of a newer version is not read, and stays", async () => {
  await using setup = await setUp();
  await syncShard(setup, 1);
  const [journal] = listJournals(setup.folder.path);
  assert(journal !== undefined);
  const text = await Deno.readTextFile(journal.path);
  const newer = text.replace('{"journal":1', '{"journal":2');
  await Deno.writeTextFile(journal.path, newer);
  for (const options of [{ readOnly: true }, {}, { replaceDamaged: true }]) {
    const error = await assertRejects(
      () => setup.open(options),
      MirrorDamagedError,
      "its version is 2, and this Flatbed reads versions up to 1: use a newer Flatbed",
    );
    assertEquals(error.reason, "newer-version");
  }
  assertEquals(await Deno.readTextFile(journal.path), newer);
});

Deno.test("a writer removes no journal that may still be written to", async () => {
  await using setup = await setUp();
  await syncShard(setup, 1);
  const [journal] = listJournals(setup.folder.path);
  assert(journal !== undefined);
  const text = await Deno.readTextFile(journal.path);
  const open = text.replace('["end"]\n', "");
  const elsewhere = open.replace(/"host":"[^"]*"/, '"host":"elsewhere"');
  await Deno.writeTextFile(journal.path, elsewhere);
  // Merged again and again, the same comes of it.
  for (let times = 0; times < 2; times++) {
    await using mirror = await setup.open();
    assertEquals(mirror.entries().map(({ date }) => date), datesOf(1));
    assertEquals(names(setup), [journal.name]);
  }
  // Its writer goes on: what it adds is seen, and merged.
  const [date = ""] = datesOf(1);
  const removal = ["f", "zzzzz000000-x", keyOf(date), "stored", null];
  const stamp = "0zzzzzzzzzz-x";
  await Deno.writeTextFile(
    journal.path,
    `${JSON.stringify(removal.with(1, stamp))}\n`,
    { append: true },
  );
  const rest = datesOf(1).slice(1);
  assertEquals(await datesIn(setup), rest);
  {
    await using mirror = await setup.open();
    assertEquals(mirror.entries().map(({ date }) => date), rest);
    assertEquals(names(setup), [journal.name]);
  }
  // After a day of silence it is taken for dead.
  const then = new Date(Date.now() - 25 * 60 * 60 * 1000);
  await Deno.utime(journal.path, then, then);
  await using mirror = await setup.open();
  assertEquals(names(setup), []);
  assertEquals(mirror.entries().map(({ date }) => date), rest);
});
