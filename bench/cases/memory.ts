import type { BenchCase } from "../bench_case.ts";
import { expectFile, remove } from "../folders.ts";
import { formatSize } from "../format.ts";

/** The most memory that a process may take, in MB. */
const MOST = 200;

/** An object that no memory holds, to a file. */
export const memory: BenchCase = {
  name: "memory",
  title: ({ sizes }) =>
    `${formatSize(sizes.huge)} to a file, as stored and decompressed`,
  data: ["huge", "content"],
  room: 4.1 * 2 ** 30,
  // The peak is much the same each time, and a run is long.
  rounds: (asked) => Math.min(asked, 2),
  prepare(context) {
    const huge = context.object("huge");
    const content = context.object("content");
    const file = context.download("huge");
    const around = { before: () => remove(file), after: () => remove(file) };
    return {
      programs: [
        {
          name: "as stored",
          ...context.flatbed(["get", huge.key, "--output", file]),
          ...around,
          verify: () => expectFile(file, huge.size),
        },
        {
          name: "decompressed",
          ...context.flatbed([
            ...["get", content.key, "--output", file, "--decompress"],
          ]),
          ...around,
          verify: () => expectFile(file, content.content),
        },
        {
          name: "s5cmd cp, as stored",
          needs: ["s5cmd"],
          ...context.s5cmd(["cp", `s3://flatfiles/${huge.key}`, file]),
          ...around,
          verify: () => expectFile(file, huge.size),
        },
      ],
      targets: [
        { kind: "peak", ours: "as stored", atMost: MOST },
        { kind: "peak", ours: "decompressed", atMost: MOST },
      ],
    };
  },
};
