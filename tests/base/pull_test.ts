import { assertEquals, assertRejects } from "@std/assert";
import { pull } from "../../src/base/pull.ts";

Deno.test("pull() hands on one piece each time that one is asked for", async () => {
  const log: string[] = [];
  const pieces = pull<number>(async (take) => {
    for (const piece of [1, 2]) {
      log.push(`gives ${piece}`);
      await take(piece);
    }
    log.push("ends");
  });
  assertEquals(log, []);
  for await (const piece of pieces) log.push(`has ${piece}`);
  assertEquals(log, ["gives 1", "has 1", "gives 2", "has 2", "ends"]);
});

Deno.test("pull() throws what the function fails with", async () => {
  const failure = new TypeError("The source failed");
  const pieces = pull<number>(async (take) => {
    await take(1);
    throw failure;
  });
  assertEquals(await pieces.next(), { value: 1, done: false });
  assertEquals(await assertRejects(() => pieces.next()), failure);
  assertEquals(await pieces.next(), { value: undefined, done: true });
});

Deno.test("pull() ends the function where no more is wanted, and waits for its end", async () => {
  let isOver = false;
  const pieces = pull<number>(async (take) => {
    try {
      while (true) await take(1);
    } finally {
      await Promise.resolve();
      isOver = true;
    }
  });
  for await (const _ of pieces) break;
  assertEquals(isOver, true);
});
