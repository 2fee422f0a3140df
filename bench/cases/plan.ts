import type { BenchCase } from "../bench_case.ts";
import { DATASETS } from "../../src/catalog/mod.ts";

/** Seconds. */
const MOST = 0.5;

/** Every key that there is. */
export const plan: BenchCase = {
  name: "plan",
  title: () =>
    `every key of all ${DATASETS.length} datasets since the beginning`,
  data: [],
  room: 0,
  prepare(context) {
    const from = DATASETS.map(({ firstDate }) => firstDate).sort()[0] ?? "";
    return {
      programs: [
        {
          name: "flatbed keys",
          ...context.flatbed(["keys", "*", "--from", from]),
          watchesOutput: true,
          verify({ output }) {
            const lines = output.split("\n").length;
            if (lines < 100_000) throw new Error(`Only ${lines} keys`);
          },
        },
        {
          name: "getDateRangeKeys",
          ...context.program("all_keys.ts"),
        },
      ],
      targets: [
        { kind: "wall", ours: "flatbed keys", atMost: MOST },
        { kind: "first", ours: "flatbed keys", atMost: 0.75 },
        { kind: "inner", ours: "getDateRangeKeys", atMost: MOST },
      ],
    };
  },
};
