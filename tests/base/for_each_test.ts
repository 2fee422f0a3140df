import { assertEquals, assertRejects } from "@std/assert";
import { forEach } from "../../src/base/for_each.ts";

Deno.test("forEach() does everything, and never more at once than it is told", async () => {
  const done: number[] = [];
  let underWay = 0, most = 0;
  await forEach([1, 2, 3, 4, 5], 2, async (item) => {
    most = Math.max(most, ++underWay);
    await Promise.resolve();
    underWay--;
    done.push(item);
  });
  assertEquals([done, most], [[1, 2, 3, 4, 5], 2]);
  await forEach([], 2, () => Promise.reject(new Error("nothing to do")));
});

Deno.test("forEach() begins nothing after a failure, and waits for what is under way", async () => {
  const begun: number[] = [];
  const ended: number[] = [];
  const failure = new Error("first");
  const slow = Promise.withResolvers<void>();
  const work = forEach([1, 2, 3, 4], 2, async (item) => {
    begun.push(item);
    if (item === 1) {
      queueMicrotask(slow.resolve);
      throw failure;
    }
    await slow.promise;
    ended.push(item);
  });
  assertEquals(await assertRejects(() => work), failure);
  assertEquals([begun, ended], [[1, 2], [2]]);
});

Deno.test("forEach() begins nothing once its signal is aborted", async () => {
  const stop = new AbortController();
  const begun: number[] = [];
  const reason = new Error("enough");
  const work = forEach([1, 2, 3], 1, (item) => {
    begun.push(item);
    if (item === 2) stop.abort(reason);
    return Promise.resolve();
  }, stop.signal);
  assertEquals(await assertRejects(() => work), reason);
  assertEquals(begun, [1, 2]);
});

Deno.test("forEach() resolves where its signal is aborted during the last item", async () => {
  const stop = new AbortController();
  await forEach([1], 3, () => {
    stop.abort();
    return Promise.resolve();
  }, stop.signal);
});

Deno.test("forEach() aborts the signal of what is under way after a failure, with that failure", async () => {
  const failure = new Error("first");
  const aborted = Promise.withResolvers<unknown>();
  const work = forEach([1, 2], 2, async (item, signal) => {
    if (item === 2) throw failure;
    signal.addEventListener("abort", () => aborted.resolve(signal.reason));
    await aborted.promise;
  });
  assertEquals(await assertRejects(() => work), failure);
  assertEquals(await aborted.promise, failure);
});
