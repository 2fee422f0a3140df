import { assert, assertEquals, assertThrows } from "@std/assert";
import { ByteCollector, TooLargeError } from "../../src/base/mod.ts";
import { noise, sizeAndSum } from "../support/data.ts";

Deno.test("ByteCollector gives what it was given, in a buffer of exactly its size", () => {
  const bytes = noise(300_000);
  for (const hint of [undefined, 0, 10, 300_000, 400_000, 2 ** 53]) {
    const collector = new ByteCollector("a");
    collector.restart(7);
    collector.write(noise(50, 2)); // it starts over
    collector.restart(hint);
    for (let at = 0, length = 1; at < bytes.length; at += length, length *= 3) {
      collector.write(bytes.subarray(at, at + length));
    }
    const all = collector.take();
    assertEquals(sizeAndSum(all), sizeAndSum(bytes), `${hint}`);
    assertEquals(all.buffer.byteLength, all.length);
  }
});

Deno.test("ByteCollector keeps large bytes as they are where they are all", () => {
  const bytes = noise(2 ** 20);
  const collector = new ByteCollector("a");
  collector.restart(undefined);
  collector.write(bytes);
  assert(collector.take().buffer === bytes.buffer);
});

Deno.test("ByteCollector.write() throws a TooLargeError where there is no memory", () => {
  const collector = new ByteCollector("a");
  collector.restart(10);
  collector.write(noise(10));
  const { transfer } = ArrayBuffer.prototype;
  ArrayBuffer.prototype.transfer = () => {
    throw new RangeError("Array buffer allocation failed");
  };
  try {
    const error = assertThrows(
      () => collector.write(noise(1)),
      TooLargeError,
      "Cannot download 'a': there is no memory for its content of more than 10 B:",
    );
    assertEquals(error.key, "a");
  } finally {
    ArrayBuffer.prototype.transfer = transfer;
  }
});
