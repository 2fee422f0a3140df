import { UsageError } from "../usage.ts";
import { codesOf } from "./after_exit.ts";
import { isBucket } from "../out_options.ts";
import { argumentsOf, type ClusterJob } from "./cluster_job.ts";
import { IMAGE_USER, SCRATCH } from "./image.ts";

/** What only AWS Batch wants to know. */
export interface BatchOptions {
  image: string;
  platform: "fargate" | "ec2";
  queue: string;
  region: string;
  /** The secret in Secrets Manager whose fields become environment variables. */
  secretArn: string;
  /** The role of the program: it may write to the mirror's bucket. */
  jobRole?: string;
  /** The role that starts the container: it may read the secret and write the log. */
  executionRole: string;
  logGroup: string;
  /** The EFS file system that is mounted at `--out`, for a mirror that is no bucket. */
  fileSystem?: string;
  accessPoint?: string;
  /** Whether tasks of Fargate get a public address: in subnets without a NAT gateway. */
  publicIp: boolean;
}

/** A role's ARN, with a placeholder for the account. */
export function roleArn(name: string): string {
  return `arn:aws:iam::ACCOUNT:role/${name}`;
}

/** The memory that Fargate has for some processors, in GiB: the least, the most, and the step. */
const FARGATE: ReadonlyMap<number, readonly [number, number, number]> = new Map(
  [
    [1, [2, 8, 1]],
    [2, [4, 16, 1]],
    [4, [8, 30, 1]],
    [8, [16, 60, 4]],
    [16, [32, 120, 8]],
  ],
);

/** The most that an array job may have. */
const MOST_SHARDS = 10_000;

/** What `aws batch register-job-definition` and `aws batch submit-job` take. */
export interface BatchDocument {
  registerJobDefinition: Record<string, unknown>;
  submitJob: Record<string, unknown>;
}

/** Makes the job definition and the job. */
export function batchDocument(
  job: ClusterJob,
  options: BatchOptions,
): BatchDocument {
  const { isFinish, shards, minutes } = job;
  assertFits(job, options);
  const name = isFinish ? `${job.name}-finish` : job.name;
  return {
    registerJobDefinition: {
      jobDefinitionName: name,
      type: "container",
      platformCapabilities: [options.platform === "ec2" ? "EC2" : "FARGATE"],
      containerProperties: containerOf(job, options),
      retryStrategy: retryStrategyOf(job),
      ...minutes === undefined
        ? {}
        : { timeout: { attemptDurationSeconds: minutes * 60 } },
    },
    submitJob: {
      jobName: name,
      jobQueue: options.queue,
      jobDefinition: name,
      ...isFinish ? {} : { arrayProperties: { size: shards } },
    },
  };
}

/** What to do with the document, for a terminal. */
export function howToSubmit({ isFinish }: ClusterJob): string {
  const take = (part: string) => `--cli-input-json "$(jq .${part} THIS_FILE)"`;
  return [
    `aws batch register-job-definition ${take("registerJobDefinition")}`,
    `aws batch submit-job ${take("submitJob")}${
      isFinish ? " --depends-on jobId=THE_ARRAY_JOB" : ""
    }`,
  ].join("\n");
}

/** Asserts what Batch would refuse only once the job is registered, or runs. */
function assertFits(job: ClusterJob, options: BatchOptions): void {
  const { shards, cpus, mebibytes, command, out } = job;
  if (shards < 2 || shards > MOST_SHARDS) {
    throw new UsageError(
      `--shards ${shards}: AWS Batch has arrays of 2 to 10,000 jobs`,
    );
  }
  const reference = command.find((word) => /Ref::\w/.test(word));
  if (reference !== undefined) {
    throw new UsageError(
      `AWS Batch would put a parameter in the place of 'Ref::' in the arguments`,
    );
  }
  if (!isBucket(out) && options.fileSystem === undefined) {
    throw new UsageError(
      `--out ${out}: name a bucket, as in --out s3://bucket/prefix, or the EFS file system that is mounted there with --file-system`,
    );
  }
  if (options.platform === "ec2") return;
  const [least, most, step] = FARGATE.get(cpus) ?? [];
  if (least === undefined || most === undefined || step === undefined) {
    throw new UsageError(
      `--cpus ${cpus}: Fargate has ${[...FARGATE.keys()].join(", ")}`,
    );
  }
  const gibibytes = mebibytes / 1024;
  if (
    gibibytes < least || gibibytes > most || (gibibytes - least) % step !== 0
  ) {
    throw new UsageError(
      `--memory: for ${cpus} processors Fargate has ${least}G to ${most}G${
        step === 1 ? "" : `, in steps of ${step}G`
      }`,
    );
  }
}

/** Whether a job is tried again; where nothing fits, it is. */
function retryStrategyOf({ retries }: ClusterJob): Record<string, unknown> {
  const onCodes = (codes: readonly number[], action: string) =>
    codes.map((code) => ({ onExitCode: String(code), action }));
  return {
    // The first is one of them.
    attempts: Math.min(retries + 1, 10),
    evaluateOnExit: [
      ...onCodes(codesOf("again"), "RETRY"),
      ...onCodes([...codesOf("let-be"), ...codesOf("end-all")], "EXIT"),
    ],
  };
}

function containerOf(
  job: ClusterJob,
  options: BatchOptions,
): Record<string, unknown> {
  const { cpus, mebibytes, out, isFinish, shards } = job;
  const isFargate = options.platform === "fargate";
  const { fileSystem, accessPoint } = options;
  const hasVolume = fileSystem !== undefined && !isBucket(out);
  return {
    image: options.image,
    command: argumentsOf(job),
    ...isBucket(out) || options.jobRole !== undefined
      ? { jobRoleArn: options.jobRole ?? roleArn("flatbed-job") }
      : {},
    executionRoleArn: options.executionRole,
    resourceRequirements: [
      { type: "VCPU", value: String(cpus) },
      { type: "MEMORY", value: String(mebibytes) },
    ],
    environment: [
      ...isFinish
        ? []
        : [{ name: "FLATBED_SHARD_COUNT", value: String(shards) }],
      // Where a container has none, its bucket's requests could not be signed.
      ...isBucket(out) ? [{ name: "AWS_REGION", value: options.region }] : [],
    ],
    secrets: ["FLATBED_ACCESS_KEY_ID", "FLATBED_SECRET_ACCESS_KEY"].map(
      (name) => ({ name, valueFrom: `${options.secretArn}:${name}::` }),
    ),
    user: `${IMAGE_USER}:${IMAGE_USER}`,
    readonlyRootFilesystem: true,
    volumes: [
      { name: "scratch" },
      ...hasVolume
        ? [{
          name: "mirror",
          efsVolumeConfiguration: {
            fileSystemId: fileSystem,
            transitEncryption: "ENABLED",
            ...accessPoint === undefined ? {} : {
              authorizationConfig: { accessPointId: accessPoint },
            },
          },
        }]
        : [],
    ],
    mountPoints: [
      { sourceVolume: "scratch", containerPath: SCRATCH },
      ...hasVolume ? [{ sourceVolume: "mirror", containerPath: out }] : [],
    ],
    logConfiguration: {
      logDriver: "awslogs",
      options: {
        "awslogs-group": options.logGroup,
        "awslogs-region": options.region,
        "awslogs-stream-prefix": job.name,
      },
    },
    ...isFargate
      ? {
        networkConfiguration: {
          assignPublicIp: options.publicIp ? "ENABLED" : "DISABLED",
        },
      }
      : {},
  };
}
