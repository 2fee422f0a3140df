import { assert, assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import type { StampedChange } from "../../../src/mirror/journal/change.ts";
import { StampClock } from "../../../src/mirror/journal/stamp_clock.ts";
import { applyChanges } from "../../../src/mirror/manifest/apply_changes.ts";
import { migrate } from "../../../src/mirror/manifest/manifest_schema.ts";
import { preparedStatement } from "../../../src/mirror/manifest/prepared_statement.ts";
import { mirrorFile } from "../../../src/mirror/mirror_file.ts";
import { randomFrom } from "./_random_changes.ts";

const TABLES = ["files", "arrivals", "accepted_holes", "stamps"];
const TYPE = "stocks_daily";

/** What a writer without a shard left: there are no stamps of it. */
function databaseBefore(): DatabaseSync {
  const db = new DatabaseSync(":memory:");
  migrate(db, "test");
  for (let day = 0; day < 200; day++) {
    const { date, key } = fileOf(day);
    if (day % 3 === 0) {
      db.prepare("INSERT INTO accepted_holes VALUES (?, ?, 1)").run(TYPE, date);
    }
    if (day % 5 === 0) {
      db.prepare(
        "INSERT INTO arrivals (key, form, etag, since) VALUES (?, 'stored', '', 1)",
      ).run(key);
    }
  }
  return db;
}

function fileOf(day: number) {
  const date = new Date(Date.UTC(2024, 0, 1 + day)).toISOString().slice(0, 10);
  return mirrorFile(TYPE, date, "stored");
}

function apply(db: DatabaseSync, changes: readonly StampedChange[]): void {
  db.exec("BEGIN");
  applyChanges((sql) => preparedStatement(db, sql), changes);
  db.exec("COMMIT");
}

function contentOf(db: DatabaseSync): unknown {
  return TABLES.map((table) =>
    db.prepare(`SELECT * FROM ${table}`).all()
      .map((row) => JSON.stringify(row)).sort()
  );
}

/** Changes of so many days, most of which say that a file is there. */
function randomChanges(
  random: (below: number) => number,
  count: number,
): StampedChange[] {
  const clock = new StampClock();
  return Array.from({ length: count }, (_, version) => {
    const { date, key } = fileOf(random(200));
    const stamp = clock.next();
    if (random(12) === 0) {
      const row = random(3) === 0 ? null : [version];
      const named = { kind: "hole", key: TYPE, sub: date } as const;
      return { ...named, stamp, row, arrival: null, fillsHole: false };
    }
    const file = [TYPE, date, version, "e", null, "s", version, 0, 0, null];
    const isReleased = random(10) === 0;
    const checks = [0, "md5", "whole", null, isReleased ? 1 : null, null];
    const what = random(10);
    return {
      kind: "file",
      key,
      sub: random(8) === 0 ? "decompressed" : "stored",
      stamp,
      row: what === 0 ? null : [...file, ...checks],
      arrival: what === 1 ? [version, "e", null, null, 0] : null,
      fillsHole: what > 1 && !isReleased,
    };
  });
}

function shuffled<T>(items: readonly T[], random: (below: number) => number) {
  return items.map((item) => ({ item, at: random(1 << 30) }))
    .sort((a, b) => a.at - b.at).map(({ item }) => item);
}

Deno.test("changes that are applied many at once lead where they do one by one", () => {
  for (let seed = 1; seed <= 12; seed++) {
    const random = randomFrom(300 + seed);
    using many = databaseBefore();
    using one = databaseBefore();
    const changes = randomChanges(random, 300);
    // Three parts that are each in any order, of which the second one comes twice.
    const order = random(2) === 0 ? changes : shuffled(changes, random);
    const [a = [], b = [], c = []] = [0, 1, 2].map((part) =>
      order.slice(part * 100, part * 100 + 100)
    );
    for (const part of [a, b, b, c]) {
      apply(many, part);
      for (const change of part) apply(one, [change]);
    }
    assertEquals(contentOf(many), contentOf(one), `seed ${seed}`);
    assert(many.prepare("SELECT * FROM files").all().length > 50);
  }
});
