import { assertEquals } from "@std/assert";
import { outcomeOf } from "../../src/mirror/sync/outcome_of.ts";

const DONE = {
  isFinished: true,
  failed: 0,
  failedForNow: 0,
  inPieces: 0,
  damagedAtSource: 0,
  missing: 0,
  refusals: [],
};
const REFUSED = { newer: [], damaged: [] };
const DAY = ["2024-01-02"];

Deno.test("outcomeOf() tells what is a failure from what is missing upstream, and from the rolling window", () => {
  const cases: [figures: Partial<Parameters<typeof outcomeOf>[0]>, string][] = [
    [{}, "complete"],
    [{ missing: 1 }, "missing"],
    [{ failed: 1, missing: 1 }, "failed"],
    [{ failed: 2, failedForNow: 1 }, "failed"],
    [{ failed: 2, failedForNow: 2, missing: 1 }, "try-again"],
    [{ failed: 2, failedForNow: 2, damagedAtSource: 1 }, "failed"],
    [{ failed: 2, failedForNow: 2, isFinished: false }, "failed"],
    [{ damagedAtSource: 1 }, "failed"],
    [{ isFinished: false }, "failed"],
    // Older than the oldest readable date, or of optional days.
    [{ refusals: [REFUSED] }, "complete"],
    [{ refusals: [REFUSED], missing: 1 }, "missing"],
    [{ refusals: [REFUSED, { ...REFUSED, newer: DAY }] }, "failed"],
    [{ refusals: [{ ...REFUSED, damaged: DAY }] }, "failed"],
  ];
  for (const [figures, outcome] of cases) {
    assertEquals(outcomeOf({ ...DONE, ...figures }), outcome);
  }
});
