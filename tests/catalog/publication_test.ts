import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import { dueAt, isDue, lastDueDate } from "../../src/catalog/mod.ts";

Deno.test("dueAt() is 11:00 in New York on the day after, in winter, in summer and where the clocks change", () => {
  for (
    const [date, due] of [
      ["2024-01-02", "2024-01-03T16:00:00.000Z"],
      ["2024-07-02", "2024-07-03T15:00:00.000Z"],
      ["2024-03-08", "2024-03-09T16:00:00.000Z"],
      ["2024-03-09", "2024-03-10T15:00:00.000Z"],
      ["2024-11-01", "2024-11-02T15:00:00.000Z"],
      ["2024-11-02", "2024-11-03T16:00:00.000Z"],
      ["2023-12-31", "2024-01-01T16:00:00.000Z"],
    ] as const
  ) {
    assertEquals(dueAt(date).toISOString(), due);
  }
});

Deno.test("isDue() turns at that instant", () => {
  assertFalse(isDue("2024-01-02", new Date("2024-01-03T15:59:59.999Z")));
  assert(isDue("2024-01-02", new Date("2024-01-03T16:00:00Z")));
});

Deno.test("dueAt() takes dates only", () => {
  assertThrows(() => dueAt("2024-02-30"), RangeError);
  assertThrows(() => dueAt(20240102 as unknown as string), TypeError);
});

Deno.test("lastDueDate() is the date whose files became due last, also where the clocks change", () => {
  for (const date of ["2024-01-16", "2024-03-08", "2024-03-09", "2024-11-02"]) {
    const due = dueAt(date).getTime();
    assertEquals(lastDueDate(new Date(due)), date);
    assert(lastDueDate(new Date(due - 1)) < date);
  }
});
