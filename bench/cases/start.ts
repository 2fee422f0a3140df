import type { BenchCase } from "../bench_case.ts";

const KEYS = ["keys", "stocks_daily", "--from", "2024-01-01"];
const ARGS = [...KEYS, "--to", "2024-01-31"];
/** Seconds. */
const MOST = 0.12;

/** How long it takes until anything happens. */
export const start: BenchCase = {
  name: "start",
  title: () => "the command line starts",
  data: [],
  room: 0,
  rounds: (asked) => Math.max(asked, 20),
  async prepare(context) {
    const empty = `${context.scratch}/empty.ts`;
    await Deno.writeTextFile(empty, "");
    return {
      programs: [
        {
          name: "flatbed --version",
          ...context.flatbed(["--version"]),
        },
        {
          name: "flatbed keys",
          ...context.flatbed(ARGS),
        },
        {
          name: "an empty Deno program",
          ...context.peer([
            ...[Deno.execPath(), "run", "--no-config", "--no-lock", empty],
          ]),
        },
      ],
      targets: [
        { kind: "wall", ours: "flatbed --version", atMost: MOST },
        { kind: "wall", ours: "flatbed keys", atMost: MOST },
      ],
    };
  },
};
