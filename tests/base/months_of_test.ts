import { assertEquals } from "@std/assert";
import { monthsOf } from "../../src/base/mod.ts";

Deno.test("monthsOf() gives each month that a range touches, across years", () => {
  assertEquals(monthsOf("2023-11-30", "2024-02-01"), [
    "2023-11",
    "2023-12",
    "2024-01",
    "2024-02",
  ]);
  assertEquals(monthsOf("2024-01-02", "2024-01-02"), ["2024-01"]);
  assertEquals(monthsOf("2024-02-01", "2024-01-31"), []);
  assertEquals(monthsOf("0999-12-31", "1000-01-01"), ["0999-12", "1000-01"]);
});
