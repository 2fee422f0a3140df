/**
 * Outages of the whole service: a batch waits them out once, and not once for each object.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertLessOrEqual,
} from "@std/assert";
import { DownloadEngine } from "../../src/download/download_engine.ts";
import { FlatbedError, ThrottledError } from "../../src/base/mod.ts";
import { checkSettings } from "../../src/download/settings.ts";
import { sendError, sendObject } from "../support/answers.ts";
import { noise } from "../support/data.ts";
import { BUCKET } from "../support/demo.ts";
import { RawServer } from "../support/raw_server.ts";
import { TEST_CREDENTIALS } from "../support/store.ts";
import { VirtualClock } from "../support/virtual_clock.ts";

const BODY = noise(5000);
const KEYS = Array.from({ length: 20 }, (_, index) => `object-${index}`);
/** What a batch of 20 sends where each object tries five times again. */
const REQUESTS_OF_EACH_ALONE = 20 * 6;

interface Run {
  /** The content of each object, or why there is none. */
  results: PromiseSettledResult<Uint8Array>[];
  requests: number;
  /** How long it took, in milliseconds. */
  elapsed: number;
}

/** Downloads all objects with the default settings, from a service that answers so. */
async function downloadAll(
  answer: (now: number, key: string) => readonly [number, string] | undefined,
  signal?: AbortSignal,
): Promise<Run> {
  const clock = new VirtualClock();
  await using server = new RawServer((request, wire) => {
    clock.stir();
    const key = request.path.slice(`/${BUCKET}/`.length);
    const error = answer(clock.now(), key);
    return error === undefined
      ? sendObject(request, wire, BODY)
      : sendError(wire, ...error);
  });
  const settings = checkSettings(TEST_CREDENTIALS, {
    endpointUrl: server.url,
  }, { maxPoolConnections: 50, maxConcurrent: 8 });
  const engine = new DownloadEngine({ ...settings, clock });
  try {
    const results = await Promise.allSettled(
      KEYS.map((key) =>
        engine.toMemory(BUCKET, key, {
          decompress: false,
          maxBytes: 1e9,
          signal,
        })
      ),
    );
    const requests = server.requests.length;
    return { results, requests, elapsed: clock.now() };
  } finally {
    await engine.close();
  }
}

function countOf({ results }: Run): number {
  return results.filter((result) =>
    result.status === "fulfilled" && result.value.length === BODY.length
  ).length;
}

for (
  const error of [
    [503, "SlowDown"],
    [500, "InternalError"],
    [502, "BadGateway"],
  ] as const
) {
  Deno.test(`a batch of 20 gets all through 8, 15 and 30 seconds of ${error[1]}`, async () => {
    for (const seconds of [8, 15, 30]) {
      const end = seconds * 1000;
      const run = await downloadAll((now) => now < end ? error : undefined);
      assertEquals(countOf(run), 20, `${seconds} seconds`);
      // Those that were under way at first, about one for each pause, and each object once.
      assertLessOrEqual(run.requests, 45);
      assertLessOrEqual(end, run.elapsed);
      // It does not wait much longer than the outage lasts.
      assertLessOrEqual(run.elapsed, 3 * end + 4000);
    }
  });
}

Deno.test("a batch gives an outage that does not end up once, and not once for each object", async () => {
  const run = await downloadAll(() => [503, "SlowDown"]);
  for (const result of run.results) {
    assert(result.status === "rejected");
    assertInstanceOf(result.reason, ThrottledError);
  }
  assertLessOrEqual(run.requests, REQUESTS_OF_EACH_ALONE / 2);
  assertLessOrEqual(31_000, run.elapsed);
  assertLessOrEqual(run.elapsed, 150_000);
});

Deno.test("a batch gets all but the one object that always fails", async () => {
  const run = await downloadAll((_, key) =>
    key === KEYS[3] ? [500, "InternalError"] : undefined
  );
  assertEquals(countOf(run), 19);
  const [result] = run.results.slice(3);
  assert(result?.status === "rejected");
  assertInstanceOf(result.reason, FlatbedError);
  assertEquals(run.requests, 19 + 6);
});

Deno.test("a batch ends at once where it is aborted in the middle of an outage", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  let endedAt = 0;
  const run = await downloadAll((now) => {
    if (now > 2000 && endedAt === 0) {
      endedAt = now;
      controller.abort(reason);
    }
    return [503, "SlowDown"];
  }, controller.signal);
  assertEquals(
    run.results.map((result) =>
      result.status === "rejected" && result.reason === reason
    ),
    Array(20).fill(true),
  );
  assertEquals(run.elapsed, endedAt);
});
