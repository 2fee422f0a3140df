import type { BenchCase } from "../bench_case.ts";
import { expectBytes, writeKeys } from "./_batch_objects.ts";

const MILLISECONDS = 50;

/** Small objects over a way on which everything takes its time. */
export const latency: BenchCase = {
  name: "latency",
  title: ({ sizes }) =>
    `${sizes.latencyCount} objects of 300 kB into the memory through a proxy that adds ${MILLISECONDS} ms each way`,
  data: ["small"],
  room: 0,
  async prepare(context) {
    const objects = context.objects("small")
      .slice(0, context.sizes.latencyCount);
    const file = await writeKeys(context, objects.map(({ key }) => key));
    const verify = expectBytes(
      objects.reduce((sum, { content }) => sum + content, 0),
    );
    const proxy = await context.startProxy(MILLISECONDS);
    return {
      programs: [
        {
          name: "async, 8 at once",
          ...context.program("batch.ts", [proxy.url, file]),
          verify,
        },
        {
          name: "async, 32 at once",
          ...context.program("batch.ts", [proxy.url, file, "32"]),
          verify,
        },
        {
          name: "sync, one by one",
          ...context.program("one_by_one.ts", [proxy.url, file]),
          verify,
        },
        {
          name: "aioboto3, 8 at once",
          needs: ["aioboto3"],
          ...context.venv("batch.py", [proxy.url, file, "8"]),
          verify,
        },
        {
          name: "aioboto3, 32 at once",
          needs: ["aioboto3"],
          ...context.venv("batch.py", [proxy.url, file, "32"]),
          verify,
        },
      ],
      targets: [
        {
          kind: "speed",
          ours: "async, 8 at once",
          against: ["sync, one by one"],
          atLeast: 6,
        },
        {
          kind: "speed",
          ours: "async, 8 at once",
          against: ["aioboto3, 8 at once"],
          atLeast: 1,
        },
        {
          kind: "speed",
          ours: "async, 32 at once",
          against: ["aioboto3, 32 at once"],
          atLeast: 1,
        },
      ],
      finish: () => proxy[Symbol.asyncDispose](),
    };
  },
};
