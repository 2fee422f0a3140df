import type { BenchCase } from "../bench_case.ts";
import { makeEmpty, remove } from "../folders.ts";
import { formatSize } from "../format.ts";
import { expectBytes, writeKeys } from "./_batch_objects.ts";

/** What the indexes of a sync cost: the same files with and without. */
export const index: BenchCase = {
  name: "index",
  title: ({ sizes }) =>
    `16 objects with ${
      formatSize(sizes.batchContent)
    } of CSV each, checked as by a sync, and their rows indexed`,
  data: ["batch"],
  room: 16 * 30e6,
  async prepare(context) {
    const objects = context.objects("batch");
    const keys = await writeKeys(context, objects.map(({ key }) => key));
    const bytes = objects.reduce((sum, { size }) => sum + size, 0);
    const out = context.download("index");
    const program = (way: string) => ({
      ...context.program("checked_files.ts", [context.url, keys, out, way]),
      before: () => makeEmpty(out),
      verify: expectBytes(bytes),
      after: () => remove(out),
    });
    return {
      programs: [
        { name: "with indexes", ...program("indexed") },
        { name: "without", ...program("plain") },
      ],
      targets: [
        {
          kind: "cpu",
          ours: "with indexes",
          against: ["without"],
          atMost: 1.1,
        },
      ],
    };
  },
};
