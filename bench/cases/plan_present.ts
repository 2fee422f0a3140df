import type { BenchCase } from "../bench_case.ts";
import { makeEmpty, remove } from "../folders.ts";

/** A morning on which nothing is new. */
export const planPresent: BenchCase = {
  name: "plan-present",
  title: () =>
    "ten thousand files that are there are planned (inside: the median of five plans)",
  data: [],
  room: 100e6,
  // It fetches all files first, and repeats the plan itself.
  rounds: () => 1,
  prepare(context) {
    const folder = context.download("plan-present");
    return {
      programs: [
        {
          name: "mirror.plan",
          ...context.program("plan_present.ts", [folder]),
          before: () => makeEmpty(folder),
          after: () => remove(folder),
        },
      ],
      targets: [],
      needsNoWarmUp: true,
    };
  },
};
