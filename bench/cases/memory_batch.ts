import type { BenchCase } from "../bench_case.ts";
import { formatSize } from "../format.ts";
import { expectBytes, totalContent, writeKeys } from "./_batch_objects.ts";

/** A batch into the memory, decompressed. */
export const memoryBatch: BenchCase = {
  name: "memory-batch",
  title: ({ sizes }) =>
    `16 gzip objects with ${
      formatSize(sizes.batchContent)
    } of CSV each into the memory, decompressed`,
  data: ["batch"],
  room: 0,
  async prepare(context) {
    const keys = context.objects("batch").map(({ key }) => key);
    const file = await writeKeys(context, keys);
    const verify = expectBytes(totalContent(context, "batch"));
    return {
      programs: [
        {
          name: "downloadBatch",
          ...context.program("batch.ts", [context.url, file]),
          verify,
        },
        {
          name: "aioboto3 and gzip",
          needs: ["aioboto3"],
          ...context.venv("batch.py", [context.url, file, "8"]),
          verify,
        },
      ],
      targets: [
        {
          kind: "speed",
          ours: "downloadBatch",
          against: ["aioboto3 and gzip"],
          atLeast: 3,
        },
      ],
    };
  },
};
