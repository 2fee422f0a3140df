import { assertEquals, assertThrows } from "@std/assert";
import { readAutoShard } from "../../src/cli/shard/auto_shard.ts";
import { usualJitter } from "../../src/cli/shard/shard_option.ts";
import { UsageError } from "../../src/cli/usage.ts";

/** The variables of a task of `--array=min-max:step`. */
function slurm(
  task: number,
  [count, min, max, step = 1]: readonly number[],
): Record<string, string> {
  return {
    SLURM_ARRAY_TASK_ID: `${task}`,
    SLURM_ARRAY_TASK_COUNT: `${count}`,
    SLURM_ARRAY_TASK_MIN: `${min}`,
    SLURM_ARRAY_TASK_MAX: `${max}`,
    SLURM_ARRAY_TASK_STEP: `${step}`,
  };
}

function read(variables: Record<string, string>): string {
  const { shard: { index, count } } = readAutoShard((name) => variables[name]);
  return `${index}/${count}`;
}

Deno.test("readAutoShard() reads Slurm's arrays from 0 or 1, with steps, and parts of one whose count is fixed", () => {
  const fixed = { FLATBED_SHARD_COUNT: "8" };
  for (
    const [variables, shard] of [
      [slurm(1, [8, 1, 8]), "1/8"],
      [slurm(8, [8, 1, 8]), "8/8"],
      [slurm(0, [8, 0, 7]), "1/8"],
      [slurm(7, [8, 0, 7]), "8/8"],
      [slurm(6, [4, 0, 6, 2]), "4/4"],
      [slurm(1, [1, 1, 1]), "1/1"],
      [{ ...slurm(3, [8, 1, 8]), ...fixed }, "3/8"],
      // --array=3,7 of the same job, and a single task of it.
      [{ ...slurm(7, [2, 3, 7]), ...fixed }, "7/8"],
      [{ ...slurm(1, [1, 1, 1]), ...fixed }, "1/8"],
      [{ SLURM_ARRAY_TASK_ID: "5", ...fixed }, "5/8"],
    ] as const
  ) assertEquals(read(variables), shard);
});

Deno.test("readAutoShard() reads the index of Kubernetes and of AWS Batch, which count from 0", () => {
  const fixed = { FLATBED_SHARD_COUNT: "8" };
  const batch = { AWS_BATCH_JOB_ARRAY_INDEX: "7" };
  for (
    const [variables, shard] of [
      [{ JOB_COMPLETION_INDEX: "0", ...fixed }, "1/8"],
      [{ JOB_COMPLETION_INDEX: "7", ...fixed }, "8/8"],
      [{ ...batch, AWS_BATCH_JOB_ARRAY_SIZE: "10" }, "8/10"],
      [{ ...batch, AWS_BATCH_JOB_ARRAY_SIZE: "8", ...fixed }, "8/8"],
      [{ ...batch, ...fixed }, "8/8"],
    ] as const
  ) assertEquals(read(variables), shard);
});

Deno.test("readAutoShard() says what lacks, and takes nothing that may be another count", () => {
  const { SLURM_ARRAY_TASK_COUNT: _, ...withoutCount } = slurm(3, [8, 1, 8]);
  const { SLURM_ARRAY_TASK_ID: __, ...withoutTask } = slurm(3, [8, 1, 8]);
  for (
    const [variables, text] of [
      [{}, "this runs in no array or indexed job"],
      [{ FLATBED_SHARD_COUNT: "8" }, "FLATBED_SHARD_COUNT is set, but none of"],
      [withoutCount, "SLURM_ARRAY_TASK_COUNT is not set"],
      [withoutTask, "SLURM_ARRAY_TASK_ID is not set"],
      [{ SLURM_ARRAY_TASK_ID: "3" }, "COUNT and SLURM_ARRAY_TASK_MIN are not"],
      // --array=3,7 and --array=3-4, without the count of the whole.
      [slurm(7, [2, 3, 7]), "may be a part of one: set FLATBED_SHARD_COUNT"],
      [slurm(3, [2, 3, 4]), "may be a part of one: set FLATBED_SHARD_COUNT"],
      [slurm(1, [2, 1, 7]), "may be a part of one: set FLATBED_SHARD_COUNT"],
      [
        { ...slurm(0, [8, 0, 7]), FLATBED_SHARD_COUNT: "8" },
        "use --array=1-8",
      ],
      [
        { ...slurm(3, [8, 0, 7]), FLATBED_SHARD_COUNT: "8" },
        "use --array=1-8",
      ],
      [
        { ...slurm(9, [9, 1, 9]), FLATBED_SHARD_COUNT: "8" },
        "use --array=1-8",
      ],
      [{ JOB_COMPLETION_INDEX: "3" }, "set it to the job's completions"],
      [
        { JOB_COMPLETION_INDEX: "8", FLATBED_SHARD_COUNT: "8" },
        "which counts from 0",
      ],
      [{ AWS_BATCH_JOB_ARRAY_INDEX: "3" }, "neither AWS_BATCH_JOB_ARRAY_SIZE"],
      [{ AWS_BATCH_JOB_ARRAY_SIZE: "3" }, "AWS_BATCH_JOB_ARRAY_INDEX is not"],
      [
        {
          AWS_BATCH_JOB_ARRAY_INDEX: "3",
          AWS_BATCH_JOB_ARRAY_SIZE: "4",
          FLATBED_SHARD_COUNT: "8",
        },
        "AWS_BATCH_JOB_ARRAY_SIZE is 4, but FLATBED_SHARD_COUNT is 8",
      ],
      [
        { ...slurm(3, [8, 1, 8]), JOB_COMPLETION_INDEX: "2" },
        "the variables of two engines are set",
      ],
      [{ ...slurm(3, [8, 1, 8]), SLURM_ARRAY_TASK_ID: "x" }, "'x', not an int"],
    ] as const
  ) assertThrows(() => read(variables), UsageError, text);
});

Deno.test("usualJitter() is nothing for few shards, and grows with their count", () => {
  const seconds = [8, 16, 256, 1000].map((count) =>
    usualJitter({ index: 1, count }) / 1000
  );
  assertEquals(seconds, [0, 0, 5.12, 20]);
});

Deno.test("readAutoShard() takes no more shards than --shard does", () => {
  const count = { FLATBED_SHARD_COUNT: "9999999" };
  for (
    const variable of [
      "SLURM_ARRAY_TASK_ID",
      "JOB_COMPLETION_INDEX",
      "AWS_BATCH_JOB_ARRAY_INDEX",
    ]
  ) {
    assertThrows(
      () => read({ [variable]: "3", ...count }),
      UsageError,
      "9999999 shards are too many",
    );
  }
});
