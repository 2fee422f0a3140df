import { assert, assertEquals, assertRejects } from "@std/assert";
import { RateLimit } from "../../src/store/rate_limit.ts";

Deno.test("RateLimit.take() makes bytes wait for their time", async () => {
  const limit = new RateLimit(1_000_000);
  const start = performance.now();
  for (let i = 0; i < 5; i++) await limit.take(50_000);
  // 250,000 bytes at a million a second take a quarter of a second, and never less.
  assert(performance.now() - start >= 240);
});

Deno.test("RateLimit.take() counts all takers together", async () => {
  const limit = new RateLimit(1_000_000);
  const start = performance.now();
  await Promise.all([limit.take(100_000), limit.take(100_000)]);
  assert(performance.now() - start >= 190);
});

Deno.test("RateLimit.take() ends with the signal's reason", async () => {
  const limit = new RateLimit(1);
  const reason = new Error("enough");
  const controller = new AbortController();
  const taking = limit.take(1_000_000, controller.signal);
  controller.abort(reason);
  assertEquals(await assertRejects(() => taking), reason);
});
