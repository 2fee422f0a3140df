import { assertEquals, assertRejects } from "@std/assert";
import { AdaptiveSemaphore } from "../../src/base/mod.ts";

/** Whether a promise is settled once everything that is due has run. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  promise.then(() => settled = true, () => settled = true);
  await new Promise((resolve) => setTimeout(resolve));
  return settled;
}

Deno.test("AdaptiveSemaphore.take() hands out so many places, and then in the order of waiting", async () => {
  const slots = new AdaptiveSemaphore(2);
  const first = await slots.take();
  await slots.take();
  const order: number[] = [];
  const third = slots.take().then((release) => (order.push(3), release));
  const fourth = slots.take().then((release) => (order.push(4), release));
  assertEquals(await isSettled(third), false);
  first();
  const release = await third;
  assertEquals(await isSettled(fourth), false);
  release();
  await fourth;
  assertEquals(order, [3, 4]);
});

Deno.test("AdaptiveSemaphore.take() gives a place once, however often it is given back", async () => {
  const slots = new AdaptiveSemaphore(1);
  const release = await slots.take();
  release();
  release();
  await slots.take();
  assertEquals(await isSettled(slots.take()), false);
});

Deno.test("AdaptiveSemaphore.take() ends with the signal's reason, and leaves the queue in order", async () => {
  const slots = new AdaptiveSemaphore(1);
  const release = await slots.take();
  const controller = new AbortController();
  const reason = new Error("enough");
  const waiting = slots.take(controller.signal);
  const behind = slots.take();
  controller.abort(reason);
  assertEquals(await assertRejects(() => waiting), reason);
  assertEquals(
    await assertRejects(() => slots.take(controller.signal)),
    reason,
  );
  release();
  const last = await behind;
  last();
  assertEquals(await isSettled(slots.take()), true);
});

Deno.test("AdaptiveSemaphore.take() does not lose a place that is handed over while its taker is aborted", async () => {
  const slots = new AdaptiveSemaphore(1);
  const release = await slots.take();
  const controller = new AbortController();
  const waiting = slots.take(controller.signal);
  release();
  controller.abort();
  const taken = await waiting;
  taken();
  assertEquals(await isSettled(slots.take()), true);
});

Deno.test("AdaptiveSemaphore.halve() leaves half as many places as are taken, and grow() brings them back slowly", async () => {
  const slots = new AdaptiveSemaphore(8);
  const releases = await Promise.all(
    Array.from({ length: 8 }, () => slots.take()),
  );
  slots.halve();
  assertEquals(slots.limit, 4);
  // Four of those taken go before a new one is given out.
  let given = false;
  const next = slots.take().then((release) => {
    given = true;
    return release;
  });
  for (const release of releases.slice(0, 4)) release();
  await Promise.resolve();
  assertEquals(given, false);
  for (const release of releases.slice(4)) release();
  (await next)();
  assertEquals(given, true);
  // As many calls as there are places add one.
  for (let i = 0; i < 5; i++) slots.grow();
  assertEquals(slots.limit, 5);
  for (let i = 0; i < 100; i++) slots.grow();
  assertEquals(slots.limit, 8);
});

Deno.test("AdaptiveSemaphore.halve() leaves one place at the least", () => {
  const slots = new AdaptiveSemaphore(3);
  for (let i = 0; i < 5; i++) slots.halve();
  assertEquals(slots.limit, 1);
});

Deno.test("AdaptiveSemaphore.offer() has the longest idle holder give its place back, where somebody waits", async () => {
  const slots = new AdaptiveSemaphore(2);
  const asked: string[] = [];
  const hold = async (name: string) => {
    const release = await slots.take();
    return () => {
      asked.push(name);
      release();
    };
  };
  slots.offer(await hold("first"));
  slots.offer(await hold("second"));
  const third = await slots.take();
  assertEquals(asked, ["first"]);
  await slots.take();
  assertEquals(asked, ["first", "second"]);
  third();
  await slots.take();
});

Deno.test("AdaptiveSemaphore.offer() leaves a holder alone that withdraws, or that nobody waits behind", async () => {
  const slots = new AdaptiveSemaphore(1);
  const release = await slots.take();
  let asked = 0;
  const withdraw = slots.offer(() => asked++);
  const controller = new AbortController();
  const waiting = slots.take(controller.signal);
  withdraw();
  withdraw();
  slots.offer(() => asked++);
  controller.abort();
  await assertRejects(() => waiting);
  // Where somebody waits, a holder that came later has been asked: the grace is over.
  const later = new AdaptiveSemaphore(1);
  later.offer(await later.take());
  await later.take();
  assertEquals(asked, 0);
  release();
});

Deno.test("AdaptiveSemaphore.offer() is asked as often as it takes after the places have become fewer", async () => {
  const slots = new AdaptiveSemaphore(4);
  let asked = 0;
  for (let i = 0; i < 4; i++) {
    const release = await slots.take();
    slots.offer(() => {
      asked++;
      release();
    });
  }
  slots.halve();
  (await slots.take())();
  assertEquals(asked, 3);
});
