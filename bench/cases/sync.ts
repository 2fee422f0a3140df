import type { BenchCase } from "../bench_case.ts";
import { formatSize } from "../format.ts";
import { expectBytes } from "./_batch_objects.ts";

/** One object with the blocking downloader. */
export const sync: BenchCase = {
  name: "sync",
  title: ({ sizes }) =>
    `one object of ${
      formatSize(sizes.single)
    } into the memory, with the blocking downloader`,
  data: ["single"],
  room: 0,
  prepare(context) {
    const { key, size } = context.object("single");
    const args = [context.url, key];
    const verify = expectBytes(size);
    return {
      programs: [
        { name: "sync", ...context.program("sync_one.ts", args), verify },
        { name: "async", ...context.program("async_one.ts", args), verify },
        {
          name: "boto3",
          needs: ["boto3"],
          ...context.venv("one.py", args),
          verify,
        },
      ],
      targets: [
        { kind: "speed", ours: "sync", against: ["async"], atLeast: 0.85 },
        { kind: "speed", ours: "sync", against: ["boto3"], atLeast: 1 },
      ],
    };
  },
};
