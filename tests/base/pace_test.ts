import { assertEquals, assertThrows } from "@std/assert";
import { Pace } from "../../src/base/mod.ts";

Deno.test("Pace is due when so many times as long has passed as the work took, at most the longest time", () => {
  let time = 100;
  const pace = new Pace({ ratio: 10, longest: 400, now: () => time });
  assertEquals(pace.isDue, true);
  const work = (took: number) => pace.measure(() => time += took);
  assertEquals(work(5), 105);
  time = 154;
  assertEquals(pace.isDue, false);
  time = 155;
  assertEquals(pace.isDue, true);
  // A process that was stopped meanwhile.
  work(100_000);
  time += 399;
  assertEquals(pace.isDue, false);
  time += 1;
  assertEquals(pace.isDue, true);
  assertThrows(() =>
    pace.measure(() => {
      time += 50;
      throw new RangeError("nothing");
    }), RangeError);
  assertEquals(pace.isDue, true);
});
