import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { keyOf, type Setup, setUp } from "../mirror/_mirror.ts";
import { noise } from "../support/data.ts";
import { md5 } from "../support/hash.ts";
import { check } from "./_check.ts";

const DAY = "2024-01-02";
const RANGE = { dataTypes: ["stocks_minute"], from: DAY, to: DAY };
const KEY = keyOf(DAY, "stocks_minute");
const PAGE = 64 * 1024;

/** One thing that happens to a mirror. */
type Step =
  /** A shard, or nobody's part, syncs; perhaps until so much of its bytes has come. */
  | {
    index: number;
    count: number;
    split: number;
    until: number | undefined;
  }
  /** The object is replaced. */
  | { size: number; seed: number; hasMd5: boolean };

const object = fc.record({
  size: fc.oneof(
    fc.integer({ min: 1, max: 20 * PAGE }),
    fc.integer({ min: 1, max: 20 }).map((pages) => pages * PAGE),
  ),
  seed: fc.nat({ max: 99 }),
  hasMd5: fc.boolean(),
});
const run = fc.record({
  index: fc.integer({ min: 0, max: 4 }), // 0 is nobody's part
  count: fc.integer({ min: 1, max: 4 }),
  split: fc.integer({ min: 1, max: 8 * PAGE }),
  until: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), {
    nil: undefined,
  }),
}).map((step) => ({ ...step, index: Math.min(step.index, step.count) }));

function bodyOf({ size, seed, hasMd5 }: Extract<Step, { size: number }>) {
  const body = new Uint8Array(
    gzipSync(noise(size, seed), { level: 0 }),
  );
  return { body, etag: hasMd5 ? `"${md5(body)}"` : `"${md5(body)}-2"` };
}

/** Runs a step; returns whether it was stopped. */
async function sync(
  setup: Setup,
  { index, count, split, until }: Extract<Step, { count: number }>,
): Promise<boolean> {
  const shard = index === 0 ? undefined : { index, count };
  await using mirror = await setup.open({ shard });
  const plan = await mirror.plan({ ...RANGE, ...(shard && { split }) });
  const stop = new AbortController();
  try {
    await mirror.sync(plan, {
      signal: stop.signal,
      onEvent: (event) => {
        const hasCome = event.code === "progress" && until !== undefined &&
          event.bytes >= until * (event.size ?? 0);
        if (hasCome) stop.abort(new Error("stopped"));
      },
    });
    return false;
  } catch (error) {
    if (stop.signal.aborted) return true;
    throw error;
  }
}

Deno.test("whatever shards, sizes of pieces, stops and new versions there are, a file is whole or absent, and nothing is fetched twice", async () => {
  await check(
    fc.asyncProperty(
      object,
      fc.array(fc.oneof({ weight: 5, arbitrary: run }, object), {
        minLength: 1,
        maxLength: 8,
      }),
      async (first, steps: Step[]) => {
        let current = bodyOf(first);
        await using setup = await setUp({
          objects: [[KEY, current]],
          downloader: { rangeSize: 2 * PAGE, rangeThreshold: 3 * PAGE },
        });
        const versions = [current.body];
        const path = `${setup.folder.path}/${KEY}`;
        const there = () => Deno.readFile(path).catch(() => undefined);
        let wasStopped = false;
        for (const step of steps) {
          if ("size" in step) {
            current = bodyOf(step);
            versions.push(current.body);
            setup.server.objects.set(KEY, current);
          } else if (await sync(setup, step)) wasStopped = true;
          const found = await there();
          assert(
            found === undefined ||
              versions.some((body) => md5(body) === md5(found)),
            "something is there that is no version",
          );
        }
        await sync(setup, { index: 0, count: 1, split: 1, until: undefined });
        assertEquals(md5(await there() ?? new Uint8Array()), md5(current.body));
        const pieces = (await setup.folder.names()).filter((name) =>
          name.startsWith(".flatbed/pieces/") || name.endsWith(".part")
        );
        assertEquals(pieces, []);
        const sent = setup.server.records
          .filter(({ method, key }) => method === "GET" && key === KEY)
          .reduce((sum, { bytesSent }) => sum + bytesSent, 0);
        if (wasStopped) return;
        const total = versions.reduce((sum, body) => sum + body.length, 0);
        assertLessOrEqual(sent, total);
        if (versions.length === 1) assertEquals(sent, total);
      },
    ),
    { numRuns: 30 },
  );
});

Deno.test("shards that run at once, some of them stopped, fetch each byte once and put a file together once", async () => {
  await check(
    fc.asyncProperty(
      object,
      fc.array(
        fc.array(run, { minLength: 1, maxLength: 4 }),
        { minLength: 1, maxLength: 3 },
      ),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 8 * PAGE }),
      async (first, rounds, count, split) => {
        const { body, etag } = bodyOf(first);
        await using setup = await setUp({
          objects: [[KEY, { body, etag }]],
          downloader: { rangeSize: 2 * PAGE, rangeThreshold: 3 * PAGE },
        });
        let wasStopped = false;
        const syncAll = async (
          steps: readonly Extract<Step, { count: number }>[],
        ) => {
          const stopped = await Promise.all(
            steps.map((step) => sync(setup, step)),
          );
          if (stopped.includes(true)) wasStopped = true;
        };
        const last = Array.from({ length: count }, (_, at) => ({
          ...{ index: at + 1, count, split, until: undefined },
        }));
        for (const round of rounds) {
          // One process a shard: a second one is refused.
          const steps = new Map(round.map((step) => {
            const index = step.index % count + 1;
            return [index, { ...step, index, count, split }];
          }));
          await syncAll([...steps.values()]);
        }
        await syncAll(last);
        await syncAll(last); // whoever was last may not have seen the others
        assertEquals(
          md5(await Deno.readFile(`${setup.folder.path}/${KEY}`)),
          md5(body),
        );
        const sent = setup.server.records
          .filter(({ method, key }) => method === "GET" && key === KEY)
          .reduce((sum, { bytesSent }) => sum + bytesSent, 0);
        if (!wasStopped) assertEquals(sent, body.length);
      },
    ),
    { numRuns: 15 },
  );
});
