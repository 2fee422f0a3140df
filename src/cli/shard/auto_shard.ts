import { parseShard, type Shard } from "../../catalog/mod.ts";
import { SetupError } from "../usage.ts";

/** A shard that an engine's variables say. */
export interface AutoShard {
  readonly shard: Shard;
  /** The variables that say so, for people. */
  readonly source: string;
  /**
   * Whether the count may be that of a part: an array of Slurm's that is run again for some
   * of its tasks tells the count of these.
   */
  readonly mayBePart: boolean;
  /** The engine's own id of the job. */
  readonly job?: string;
}

/** How many shards there are, whatever the engine says. */
export const COUNT_VARIABLE = "FLATBED_SHARD_COUNT";

/** The variables of an engine: what tells the task, and what else it sets. */
interface Engine {
  readonly name: string;
  readonly index: string;
  readonly others: readonly string[];
  /** The variable with the id of the whole job, if there is one. */
  readonly job?: string;
}

/**
 * The engines.
 *
 * Sources: "Job Array Environment Variables" of Slurm's job_array.html; "Completion mode" of
 * the Kubernetes documentation of Jobs; "AWS Batch job environment variables" of the AWS
 * Batch User Guide.
 */
const ENGINES = {
  slurm: {
    name: "a Slurm job array",
    index: "SLURM_ARRAY_TASK_ID",
    others: ["COUNT", "MIN", "MAX", "STEP"]
      .map((name) => `SLURM_ARRAY_TASK_${name}`),
    job: "SLURM_ARRAY_JOB_ID",
  },
  kubernetes: {
    name: "a Kubernetes indexed job",
    index: "JOB_COMPLETION_INDEX",
    others: [],
  },
  batch: {
    name: "an AWS Batch array job",
    index: "AWS_BATCH_JOB_ARRAY_INDEX",
    others: ["AWS_BATCH_JOB_ARRAY_SIZE"],
    job: "AWS_BATCH_JOB_ID",
  },
} as const satisfies Record<string, Engine>;

/** All variables that are read, in the order of their engines. */
export const SHARD_VARIABLES: readonly string[] = [
  ...Object.values(ENGINES).flatMap((engine: Engine) => [
    ...[engine.index, ...engine.others],
    ...engine.job === undefined ? [] : [engine.job],
  ]),
  COUNT_VARIABLE,
];

/**
 * The shard that the variables of an engine say. Half of what is needed, and two engines at
 * once, are errors: a wrong shard would leave files out.
 *
 * @throws {SetupError} If they do not say which shard of how many.
 */
export function readAutoShard(
  get: (name: string) => string | undefined,
): AutoShard {
  const read = (name: string) => get(name)?.trim() || undefined;
  const { engine, ...auto } = readEngine(read);
  const variable = engine.job;
  // That of a child of AWS Batch ends with its index.
  const job = variable && read(variable)?.replace(/:\d+$/, "");
  return job === undefined || !/^[\w.:-]{1,128}$/.test(job)
    ? auto
    : { ...auto, job };
}

function readEngine(
  read: (name: string) => string | undefined,
): AutoShard & { engine: Engine } {
  const engines = Object.entries(ENGINES).filter(([, { index, others }]) =>
    [index, ...others].some((name) => read(name) !== undefined)
  );
  const [first, second] = engines;
  if (first === undefined) {
    throw problem(
      `${
        read(COUNT_VARIABLE) === undefined
          ? ""
          : `${COUNT_VARIABLE} is set, but `
      }none of ${
        Object.values(ENGINES).map(({ index }) => index).join(", ")
      } is: this runs in no array or indexed job`,
    );
  }
  if (second !== undefined) {
    throw problem(
      `the variables of two engines are set, ${first[1].index} and ${
        second[1].index
      } or others of theirs`,
    );
  }
  const [engine, { name, index: variable }] = first;
  const task = integer(variable, read(variable), 0);
  const fixed = integer(COUNT_VARIABLE, read(COUNT_VARIABLE), 1);
  if (task === undefined) {
    throw problem(`this is part of ${name}, but ${variable} is not set`);
  }
  return {
    ...shardOfEngine(engine as keyof typeof ENGINES, task, fixed, read),
    engine: first[1],
  };
}

function shardOfEngine(
  engine: keyof typeof ENGINES,
  task: number,
  fixed: number | undefined,
  read: (name: string) => string | undefined,
): AutoShard {
  const { index: variable } = ENGINES[engine];
  switch (engine) {
    case "slurm":
      return ofSlurm(task, fixed, read);
    case "kubernetes":
      if (fixed === undefined) {
        throw problem(
          `${variable} is ${task}, but ${COUNT_VARIABLE} is not set: set it to the job's completions`,
        );
      }
      return fromZero(variable, task, COUNT_VARIABLE, fixed);
    case "batch": {
      const { others: [sizeVariable] } = ENGINES.batch;
      const size = integer(sizeVariable, read(sizeVariable), 1);
      if (size === undefined && fixed === undefined) {
        throw problem(
          `${variable} is ${task}, but neither ${sizeVariable} nor ${COUNT_VARIABLE} is set`,
        );
      }
      if (size !== undefined && fixed !== undefined && size !== fixed) {
        throw problem(
          `${sizeVariable} is ${size}, but ${COUNT_VARIABLE} is ${fixed}`,
        );
      }
      return size === undefined
        ? fromZero(variable, task, COUNT_VARIABLE, fixed ?? 0)
        : fromZero(variable, task, sizeVariable, size);
    }
  }
}

/**
 * The shard of a Slurm task. With the count fixed, tasks are numbered from 1: then a part of
 * the array, such as `--array=3,7`, does the same shards as the whole.
 */
function ofSlurm(
  task: number,
  fixed: number | undefined,
  read: (name: string) => string | undefined,
): AutoShard {
  const { index: variable } = ENGINES.slurm;
  const variableOf = (name: string) => `SLURM_ARRAY_TASK_${name}`;
  const numberOf = (name: string) =>
    integer(variableOf(name), read(variableOf(name)), 0);
  const min = numberOf("MIN");
  if (fixed !== undefined) {
    if (task < 1 || task > fixed || min === 0) {
      throw problem(
        `${COUNT_VARIABLE} is ${fixed}, and ${variable} ${task}: use --array=1-${fixed}, or a part of it`,
      );
    }
    return {
      shard: toShard(task, fixed),
      source: `${variable}=${task}, ${COUNT_VARIABLE}=${fixed}`,
      mayBePart: false,
    };
  }
  const [count, max, step = 1] = ["COUNT", "MAX", "STEP"].map(numberOf);
  const lacking = [["COUNT", count], ["MIN", min]]
    .filter(([, value]) => value === undefined)
    .map(([name]) => variableOf(String(name)));
  if (count === undefined || min === undefined) {
    throw problem(
      `${variable} is ${task}, but ${lacking.join(" and ")} ${
        lacking.length === 1 ? "is" : "are"
      } not set: set ${COUNT_VARIABLE} to the number of tasks`,
    );
  }
  const index = (task - min) / step + 1;
  const last = min + (count - 1) * step;
  const isWhole = Number.isInteger(index) && index >= 1 && index <= count &&
    (max === undefined || max === last) && min <= 1;
  if (!isWhole) {
    throw problem(
      `the array has ${count} tasks, from ${min} to ${
        max ?? last
      }, which may be a part of one: set ${COUNT_VARIABLE} to the number of tasks of the whole, and use --array=1-n`,
    );
  }
  return {
    shard: toShard(index, count),
    source: `${variable}=${task}, ${variableOf("COUNT")}=${count}`,
    mayBePart: true,
  };
}

/** The shard of a task of an engine that counts from 0. */
function fromZero(
  variable: string,
  task: number,
  countVariable: string,
  count: number,
): AutoShard {
  if (task >= count) {
    throw problem(
      `${variable} is ${task}, which counts from 0, and ${countVariable} ${count}`,
    );
  }
  return {
    shard: toShard(task + 1, count),
    source: `${variable}=${task}, ${countVariable}=${count}`,
    mayBePart: false,
  };
}

function toShard(index: number, count: number): Shard {
  try {
    return parseShard(`${index}/${count}`);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw problem(`${count} shards are too many`);
  }
}

function integer(
  name: string,
  value: string | undefined,
  least: number,
): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,7}$/.test(value) && Number(value) >= least) return Number(value);
  throw problem(
    `${name} is '${value.slice(0, 40)}', not an integer ≥ ${least}`,
  );
}

function problem(what: string): SetupError {
  return new SetupError(
    `Cannot tell the shard by --shard auto: ${what}. --shard i/n says it`,
  );
}
