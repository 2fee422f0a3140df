import { assert, assertEquals, assertFalse } from "@std/assert";
import { ByteRing } from "../../src/download/workers/byte_ring.ts";
import { noise, randomNumbers, sizeAndSum } from "../support/data.ts";

/** Puts a ring's two counts where they would be after a long time. */
function windForward(ring: ByteRing, count: number): void {
  const control = new Int32Array(ring.memory, 0, 2);
  control.fill(count | 0);
}

Deno.test("ByteRing.read() gives what ByteRing.write() took, for random lengths, across the wrap of the counts", () => {
  const seed = Math.floor(Math.random() * 2 ** 32);
  const random = randomNumbers(seed);
  const bits = 6;
  for (const start of [0, 2 ** 31 - 1000, 2 ** 32 - 1000, -1]) {
    const ring = ByteRing.allocate(bits);
    windForward(ring, start);
    const model: number[] = [];
    let next = 0;
    for (let step = 0; step < 2000; step++) {
      if (random() < 0.5) {
        const count = Math.floor(random() * (2 ** bits - model.length + 1));
        const bytes = Uint8Array.from({ length: count }, () => next++);
        ring.write(bytes);
        model.push(...bytes);
      } else {
        const count = Math.floor(random() * (model.length + 1));
        const bytes = new Uint8Array(count);
        assert(ring.read(bytes, 1000));
        assertEquals(
          [...bytes],
          model.splice(0, count),
          `seed ${seed}, start ${start}, step ${step}`,
        );
      }
    }
  }
});

Deno.test("ByteRing carries more than it holds from thread to thread", async () => {
  const source = `
    import { ByteRing } from ${
    JSON.stringify(
      import.meta.resolve("../../src/download/workers/byte_ring.ts"),
    )
  };
    self.onmessage = ({ data: { memory, bytes } }) => {
      const ring = new ByteRing(memory);
      for (let at = 0; at < bytes.length; at += 999) ring.write(bytes.subarray(at, at + 999));
      ring.write(bytes);
      self.postMessage("done");
    };
    self.postMessage("ready");
  `;
  const worker = new Worker(
    `data:application/javascript,${encodeURIComponent(source)}`,
    { type: "module" },
  );
  const message = () =>
    new Promise((resolve) => {
      worker.onmessage = ({ data }) => resolve(data);
    });
  assertEquals(await message(), "ready");
  const bytes = noise(100_000);
  // Where the counts, as signed numbers, change their sign.
  for (const start of [2 ** 31 - 500, 2 ** 32 - 500, 2 ** 31 - 50_000]) {
    const ring = ByteRing.allocate(10);
    windForward(ring, start);
    worker.postMessage({ memory: ring.memory, bytes });
    // Nothing is lost where the writer is far ahead: it sleeps until it is woken.
    const control = new Int32Array(ring.memory, 0, 2);
    while (Atomics.notify(control, 1) === 0) {
      await new Promise((resolve) => setTimeout(resolve));
    }
    for (let round = 0; round < 2; round++) {
      const read = new Uint8Array(bytes.length);
      assert(ring.read(read, 10_000));
      assertEquals(sizeAndSum(read), sizeAndSum(bytes), `from ${start}`);
    }
    assertEquals(await message(), "done");
  }
  worker.terminate();
});

Deno.test("ByteRing.read() gives up on a writer that gives no sign of life", () => {
  const ring = ByteRing.allocate(4);
  ring.write(Uint8Array.of(1, 2));
  assertFalse(ring.read(new Uint8Array(3), 1000));
});
