import { assertEquals } from "@std/assert";
import {
  describeDays,
  describeNoDays,
  getDataset,
  isLastLength,
  startOfLast,
  toRanges,
} from "../../src/catalog/mod.ts";

Deno.test("toRanges() and describeDays() join days between which no file is expected", () => {
  const dataType = "stocks_daily";
  const days = ["2024-01-08", "2024-01-05"].map((date) => ({ dataType, date }));
  assertEquals(toRanges(days), [
    { dataType, from: "2024-01-05", to: "2024-01-08", days: 2 },
  ]);
  assertEquals(
    describeDays(days),
    "stocks_daily 2024-01-05 to 2024-01-08 (2 days)",
  );
});

Deno.test("describeNoDays() names the holiday", () => {
  const day = { from: "2024-03-29", to: "2024-03-29" };
  assertEquals(
    describeNoDays(getDataset("stocks_daily"), day),
    "2024-03-29 is a holiday (Good Friday): no file of stocks_daily is expected",
  );
});

Deno.test("startOfLast() counts trading days whose files are due, and days of the calendar", () => {
  const lengths = ["5d", "1y", "5", "0d"];
  assertEquals(lengths.map(isLastLength), [true, true, false, false]);
  const now = new Date("2024-01-10T20:00:00Z");
  assertEquals(startOfLast("5d", "stocks_daily", { now }), "2024-01-03");
  assertEquals(startOfLast("1w", "stocks_daily", { now }), "2024-01-04");
  assertEquals(startOfLast("9999y", "stocks_daily", { now }), "2003-09-10");
});
