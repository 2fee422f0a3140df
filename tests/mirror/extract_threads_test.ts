import { assert, assertEquals, assertRejects } from "@std/assert";
import { IntegrityError } from "../../src/base/mod.ts";
import { gunzip } from "../../src/gzip/mod.ts";
import { indexesOf } from "./_indexes.ts";
import type { ExtractOptions, Mirror } from "../../src/mirror/mod.ts";
import { type RowBatch, selectRows } from "../../src/rows/mod.ts";
import { collect, csv, gzip, joined } from "../support/data.ts";
import { DATES, keyOf, type Setup, setUp, WEEK } from "./_mirror.ts";

const TICKERS = ["T7", "T499"];
const [FIRST, SECOND] = await Promise.all(
  [1, 2].map((seed) => gzip(csv(6_500_000, seed))),
);
assert(FIRST !== undefined && SECOND !== undefined);
/** So large that other threads read them: by an index in parts, else day by day. */
const BODIES = [
  joined(...Array(10).fill(FIRST), new Uint8Array(50)),
  joined(...Array(8).fill(SECOND)),
];
const DAYS = DATES.slice(0, BODIES.length);

async function* bytesOf(
  batches: AsyncIterable<RowBatch>,
): AsyncGenerator<Uint8Array> {
  for await (const { bytes } of batches) yield bytes;
}

/** What a single thread selects of the days. */
async function expected(options: Partial<ExtractOptions>): Promise<Uint8Array> {
  const all = await Promise.all(BODIES.map((body) => {
    const content = gunzip(ReadableStream.from([body]), "day.csv.gz");
    return collect(bytesOf(selectRows(content, options)));
  }));
  return joined(...all);
}

/** A mirror of the days, with their indexes. */
async function setUpDays(): Promise<Setup & { mirror: Mirror }> {
  const setup = await setUp();
  for (const [at, date] of DAYS.entries()) {
    const body = BODIES[at] ?? new Uint8Array();
    setup.server.objects.set(keyOf(date), { body });
  }
  const mirror = await setup.open();
  await mirror.sync(await mirror.plan<string>({ ...WEEK, to: DAYS[1] }));
  return {
    ...setup,
    mirror,
    async [Symbol.asyncDispose]() {
      await mirror[Symbol.asyncDispose]();
      await setup[Symbol.asyncDispose]();
    },
  };
}

const RANGE = {
  dataType: "stocks_daily",
  from: DAYS[0] ?? "",
  to: DAYS[1] ?? "",
  offline: true,
} as const;

/** Sums, since an assertion of megabytes takes long where it fails. */
async function sumOf(bytes: Uint8Array): Promise<string> {
  const sum = await crypto.subtle.digest("SHA-256", bytes.slice());
  return `${bytes.length} bytes, ${new Uint8Array(sum).toHex()}`;
}

Deno.test("Mirror.extract() gives the same rows in several threads, by indexes and without, day by day", async () => {
  await using setup = await setUpDays();
  const { mirror } = setup;
  const indexes = indexesOf(setup.folder.path);
  const readIndexes = () =>
    Promise.all(DAYS.map((day) => indexes.readBytes(keyOf(day))));
  const made = await readIndexes();
  for (const options of [{ tickers: TICKERS }, { patterns: ["T*"] }]) {
    const wanted = await sumOf(await expected(options));
    const sources: string[] = [];
    const select = async () =>
      await sumOf(
        await collect(bytesOf(mirror.extract({
          ...RANGE,
          ...options,
          onEvent: (event) => {
            if (event.code === "extracted") {
              sources.push(`${event.date} ${event.source}`);
            }
          },
        }))),
      );
    assertEquals(await select(), wanted);
    for (const date of DAYS) await indexes.remove(keyOf(date));
    assertEquals(await select(), wanted);
    assertEquals(
      sources,
      ["file-parts", "file"].flatMap((source) =>
        DAYS.map((date) => `${date} ${source}`)
      ),
    );
    // They are made again on the way.
    assertEquals(await readIndexes(), made);
  }
});

Deno.test("Mirror.extract() fails in other threads as in this one, when it is the day's turn", async () => {
  await using setup = await setUpDays();
  const { mirror } = setup;
  const path = `${setup.folder.path}/${keyOf(DAYS[1] ?? "")}`;
  const bytes = await Deno.readFile(path);
  bytes.fill(0, 9_000_000, 9_000_100);
  await Deno.writeFile(path, bytes);
  for (const isIndexed of [true, false]) {
    const days: string[] = [];
    const rows = mirror.extract({
      ...RANGE,
      tickers: TICKERS,
      onEvent: (event) => {
        if (event.code === "extracted") days.push(event.date);
      },
    });
    await assertRejects(() => collect(bytesOf(rows)), IntegrityError);
    assertEquals(days, DAYS.slice(0, 1));
    if (!isIndexed) break;
    const indexes = indexesOf(setup.folder.path);
    for (const date of DAYS) await indexes.remove(keyOf(date));
  }
});

Deno.test("Mirror.extract() ends its threads' work with the signal, and where no more rows are wanted", async () => {
  await using setup = await setUpDays();
  const { mirror } = setup;
  const controller = new AbortController();
  const reason = new Error("enough");
  const { signal } = controller;
  for (let round = 0; round < 2; round++) {
    let batches = 0;
    for await (
      const { rows } of mirror.extract({ ...RANGE, patterns: ["T*"] })
    ) {
      assert(rows > 0);
      if (++batches === 3) break;
    }
    assertEquals(batches, 3);
  }
  const rows = mirror.extract({ ...RANGE, patterns: ["T*"], signal });
  await rows.next();
  controller.abort(reason);
  const rest = async () => {
    for await (const _ of rows) { /* those that have come already */ }
  };
  assertEquals(await rest().catch((error) => error), reason);
});
