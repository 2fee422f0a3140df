import { assertEquals, assertRejects } from "@std/assert";
import { TransferMemory } from "../../../src/mirror/destination/transfer_memory.ts";

/** Whether a promise has resolved already. */
async function isGranted(promise: Promise<unknown>): Promise<boolean> {
  const late = new Promise<boolean>((resolve) =>
    setTimeout(() => resolve(false))
  );
  return await Promise.race([promise.then(() => true), late]);
}

Deno.test("TransferMemory grants twice what parts take up to its limit, in the order of asking", async () => {
  const memory = new TransferMemory(100);
  const first = await memory.take(20);
  const second = await memory.take(20);
  const large = memory.take(30);
  const small = memory.take(5);
  assertEquals(await isGranted(large), false);
  assertEquals(await isGranted(small), false); // others were first
  first.release();
  first.release(); // does no harm
  assertEquals(await isGranted(large), true);
  assertEquals(await isGranted(small), false);
  second.release();
  assertEquals(await isGranted(small), true);
  assertEquals((await large).bytes.length, 30);
});

Deno.test("TransferMemory grants one part that is larger than its limit, alone", async () => {
  const memory = new TransferMemory(100);
  const large = await memory.take(500);
  const next = memory.take(1);
  assertEquals(await isGranted(next), false);
  large.release();
  assertEquals(await isGranted(next), true);
});

Deno.test("TransferMemory uses its buffers again", async () => {
  const memory = new TransferMemory(100);
  const first = await memory.take(20);
  const { buffer } = first.bytes;
  first.release();
  assertEquals((await memory.take(15)).bytes.buffer === buffer, true);
});

Deno.test("TransferMemory ends a wait with the signal's reason, and serves the others", async () => {
  const memory = new TransferMemory(100);
  const first = await memory.take(50);
  const stop = new AbortController();
  const given = memory.take(20, stop.signal);
  const other = memory.take(20);
  const reason = new Error("enough");
  stop.abort(reason);
  assertEquals(await assertRejects(() => given), reason);
  first.release();
  assertEquals(await isGranted(other), true);
});
