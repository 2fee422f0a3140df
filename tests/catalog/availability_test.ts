import { assertEquals, assertMatch } from "@std/assert";
import {
  type AbsenceReason,
  explainAbsence,
  explainRefusal,
} from "../../src/catalog/mod.ts";

// Wednesday, 10:00 in New York: Tuesday's files are due in an hour.
const NOW = new Date("2024-01-10T15:00:00Z");

Deno.test("explainAbsence() tells what a date says of a file that is not there", () => {
  const cases: [string, string, AbsenceReason, string][] = [
    ["stocks_daily", "2024-01-08", "due", ""],
    [
      "stocks_daily",
      "2024-01-09",
      "not-due",
      "it is not due yet: files of 2024-01-09 appear on 2024-01-10 at about 11:00 in New York",
    ],
    [
      "crypto_daily",
      "2024-01-11",
      "not-due",
      "it is not due yet: files of 2024-01-11 appear on 2024-01-12 at about 11:00 in New York",
    ],
    [
      "stocks_daily",
      "2024-01-12",
      "future",
      "2024-01-12 is in the future: today is 2024-01-10 in New York",
    ],
    [
      "stocks_daily",
      "2003-09-09",
      "before",
      "stocks_daily begins on 2003-09-10",
    ],
    [
      "indices_daily",
      "2023-04-07",
      "optional",
      "not every such day has a file",
    ],
    [
      "stocks_daily",
      "2024-01-06",
      "none",
      "no file of that day is expected",
    ],
  ];
  for (const [dataType, date, reason, text] of cases) {
    assertEquals(explainAbsence(dataType, date, NOW), { reason, text });
  }
});

Deno.test("explainRefusal() names what is most likely first, and asserts nothing", () => {
  const first: [string, RegExp][] = [
    ["2024-01-09", /^most likely it is not published yet: .*; or the plan may/],
    ["2024-01-08", /^it may not be published yet, the plan may not include/],
    ["2024-01-02", /^it may not be published yet, /],
    ["2024-01-01", /^the plan may not include the dataset, or an agreement/],
    ["2022-02-01", /^the plan may not include the dataset, or an agreement/],
    ["2021-12-31", /^it may be older than the plan's history, the plan may/],
    ["2024-01-12", /^2024-01-12 is in the future: today is 2024-01-10/],
  ];
  for (const [date, pattern] of first) {
    assertMatch(explainRefusal(date, NOW), pattern, date);
  }
});
