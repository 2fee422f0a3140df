import { type Command, InvalidArgumentError, Option } from "commander";
import { didYouMean, nearest } from "../../base/mod.ts";
import { parseInteger } from "../arguments.ts";
import type { BatchOptions } from "../cluster/batch_document.ts";
import type { CheckedCommand } from "../cluster/check_command.ts";
import type { ClusterJob } from "../cluster/cluster_job.ts";
import { IMAGE } from "../cluster/image.ts";
import { grouped } from "../format.ts";
import type { KubernetesOptions } from "../cluster/kubernetes_manifest.ts";
import type { SlurmOptions } from "../cluster/slurm_script.ts";
import { isBucket } from "../out_options.ts";
import { print, printError, printNote, write } from "../terminal.ts";
import { UsageError } from "../usage.ts";

/** What each engine wants to know. */
interface CommonOptions {
  shards?: number;
  retries: number;
  name: string;
  cpus: number;
  memory: number;
  time?: number;
  finish?: boolean;
}

/** The engines, by their names in the command line. */
const ENGINES = ["slurm", "kubernetes", "batch"] as const;

/** The highest number of a task that Slurm allows, where a cluster has not set another. */
const MOST_TASKS = 1000;

/** Names in other tools. */
const ALSO: Readonly<Record<string, string>> = {
  aws: "batch",
  "aws-batch": "batch",
  k8s: "kubernetes",
  kubectl: "kubernetes",
  sbatch: "slurm",
};

const ARGUMENTS_HELP =
  "the command that each shard runs, with its arguments, such as sync stocks_minute --from 2020-01-01";

/** Adds `flatbed cluster`. */
export function addClusterCommand(program: Command): void {
  const cluster = program.command("cluster")
    .summary("print a job that syncs in shards: Slurm, Kubernetes, AWS Batch")
    .description(
      "Print a job for an engine that runs a sync on many machines: an array script for Slurm, an Indexed Job for Kubernetes, a job definition and an array job for AWS Batch. Each shard fetches its own part of the files; --finish prints what to run after all shards. Nothing is submitted, nobody is asked, and keys are never printed.",
    )
    .argument("[engine...]", "slurm, kubernetes or batch")
    .usage("<engine> [options] -- sync [its arguments]")
    .helpCommand(false)
    .enablePositionalOptions()
    // The options of an engine that is none: that is said of the engine.
    .allowUnknownOption()
    .action(([engine]: string[]) => {
      throw engine === undefined
        ? new UsageError(`Which engine: ${ENGINES.join(", ")}?`)
        : engine.startsWith("-")
        ? new UsageError(
          `Which engine: ${ENGINES.join(", ")}? Name it before ${
            engine.slice(0, 60)
          }`,
        )
        : new UsageError(
          `There is no engine '${engine.slice(0, 60)}'${
            didYouMean(
              Object.hasOwn(ALSO, engine)
                ? [ALSO[engine] ?? ""]
                : nearest(engine, ENGINES),
            ) || `: ${ENGINES.join(", ")}`
          }`,
        );
    })
    .addHelpText(
      "after",
      `
Examples:
  flatbed cluster slurm --shards 8 -- sync stocks_minute --from 2020-01-01
  flatbed cluster kubernetes --help`,
    );
  addSlurm(cluster);
  addKubernetes(cluster);
  addBatch(cluster);
}

/** Adds an engine with the options that all have. */
function addEngine(cluster: Command, name: string): Command {
  return cluster.command(name)
    .argument("[sharded-command...]", ARGUMENTS_HELP)
    .usage("[options] -- sync [its arguments]")
    .passThroughOptions()
    .addOption(
      new Option("--shards <n>", "how many shards there are")
        .argParser(parseInteger(1)),
    )
    .addOption(
      new Option("--retries <n>", "how often a shard is started again")
        .argParser(parseInteger(0)).default(3),
    )
    .addOption(
      new Option("--name <name>", "the job's name").default("flatbed")
        .argParser(parseName),
    )
    .addOption(
      new Option("--cpus <n>", "the processors of a shard")
        .argParser(parseInteger(1)).default(2),
    )
    .addOption(
      new Option("--memory <size>", "the memory of a shard, such as 4G")
        .argParser(parseMebibytes).default(4096, "4G"),
    )
    .addOption(
      new Option(
        "--time <time>",
        "how long a shard may take, such as 30m, 12h or 2d",
      ).argParser(parseMinutes),
    )
    .option("--finish", "print the job that runs after all shards");
}

function atOnceOption(): Option {
  return new Option("--at-once <n>", "at most so many shards run at once")
    .argParser(parseInteger(1));
}

function addSlurm(cluster: Command): void {
  addEngine(cluster, "slurm")
    .summary("an array script for sbatch")
    .description(
      "Print an array script for 'sbatch': a task for each shard. It ends cleanly before its time limit, and has Slurm start it again where what failed may pass. The folder of the mirror must be the same on all nodes.",
    )
    .addOption(atOnceOption())
    .option("--partition <name>", "the partition", parseSlurmName)
    .option("--account <name>", "the account", parseSlurmName)
    .option(
      "--logs <dir>",
      "the folder for logs, which must exist",
      parseLogs,
      ".",
    )
    .option(
      "--credentials-file <file>",
      "a file that only you can read, with FLATBED_ACCESS_KEY_ID=... and FLATBED_SECRET_ACCESS_KEY=... (default: ~/.config/flatbed/keys.env, unless the command has --profile or --credentials)",
    )
    .option("--program <file>", "the program on the nodes", "flatbed")
    .addHelpText(
      "after",
      `
Examples:
  flatbed cluster slurm --shards 8 -- sync stocks_minute --from 2020-01-01 > shards.sh
  flatbed cluster slurm --shards 8 --finish -- sync stocks_minute --from 2020-01-01 > finish.sh
  job=$(sbatch --parsable shards.sh) && sbatch --dependency=afterany:$job finish.sh`,
    )
    .action(
      async (
        words: string[],
        options: CommonOptions & Partial<SlurmOptions> & {
          logs: string;
          program: string;
        },
      ) => {
        const checked = await check(words);
        const { slurmScript } = await import("../cluster/slurm_script.ts");
        const { profile, credentials } = checked.options;
        const hasOwn = profile !== undefined || credentials === "aws";
        const credentialsFile = options.credentialsFile ??
          (hasOwn ? undefined : "~/.config/flatbed/keys.env");
        write(
          slurmScript(jobOf(words, checked, options), {
            ...options,
            credentialsFile,
          }),
        );
        if ((options.shards ?? 0) > MOST_TASKS) {
          printNote(
            `Most clusters refuse a task number above ${
              grouped(MOST_TASKS)
            }: 'scontrol show config' tells MaxArraySize`,
          );
        }
        if (checked.configured.length > 0) {
          printNote(
            `Submit it in this folder: ${
              checked.configured.join(", ")
            } come from the configuration when the job runs`,
          );
        }
      },
    );
}

function addKubernetes(cluster: Command): void {
  addEngine(cluster, "kubernetes")
    .summary("an Indexed Job for kubectl apply")
    .description(
      "Print an Indexed Job for 'kubectl apply': an index for each shard. --out is a bucket, or the folder that a volume is mounted at. The keys come from a secret; how to make it is said in the manifest.",
    )
    .addOption(atOnceOption())
    .option("--image <image>", "the image", parseImage, IMAGE)
    .option("--namespace <name>", "the namespace", parseLabel)
    .option(
      "--secret <name>",
      "the secret with the keys",
      parseLabel,
      "flatbed-keys",
    )
    .option(
      "--claim <name>",
      "the volume claim with the mirror, if that is a folder",
      parseLabel,
      "flatbed-mirror",
    )
    .option("--service-account <name>", "the service account", parseLabel)
    .addHelpText(
      "after",
      `
Examples:
  flatbed cluster kubernetes --shards 8 -- sync stocks_minute --from 2020-01-01 --out /data/flatfiles | kubectl apply -f -`,
    )
    .action(
      async (
        words: string[],
        options: CommonOptions & KubernetesOptions,
      ) => {
        const checked = await check(words);
        assertSelfContained(checked);
        const { kubernetesManifest } = await import(
          "../cluster/kubernetes_manifest.ts"
        );
        write(kubernetesManifest(jobOf(words, checked, options), options));
      },
    );
}

function addBatch(cluster: Command): void {
  addEngine(cluster, "batch")
    .summary("a job definition and an array job for aws batch")
    .description(
      "Print a job definition and an array job for AWS Batch as JSON, in registerJobDefinition and submitJob. --out is a bucket, or the folder that an EFS file system is mounted at.",
    )
    .option("--image <image>", "the image", parseImage, IMAGE)
    .addOption(
      new Option("--platform <platform>", "what the job runs on")
        .choices(["fargate", "ec2"]).default("fargate"),
    )
    .option("--queue <name>", "the job queue", parseAws, "flatbed")
    .option(
      "--region <name>",
      "the region of the logs, the secret and, unless --out-region says another, the bucket",
      parseAws,
      "us-east-1",
    )
    .option(
      "--secret-arn <arn>",
      "the secret in Secrets Manager with the fields FLATBED_ACCESS_KEY_ID and FLATBED_SECRET_ACCESS_KEY",
      parseAws,
    )
    .option(
      "--job-role <arn>",
      "the role that may write to the bucket",
      parseAws,
    )
    .option(
      "--execution-role <arn>",
      "the role that may read the secret and write the log",
      parseAws,
    )
    .option(
      "--log-group <name>",
      "the group of logs",
      parseAws,
      "/aws/batch/job",
    )
    .option(
      "--file-system <id>",
      "the EFS file system with the mirror, if that is a folder",
      parseAws,
    )
    .option("--access-point <id>", "its access point", parseAws)
    .option(
      "--public-ip",
      "give tasks of Fargate a public address: in subnets without a NAT gateway",
    )
    .addHelpText(
      "after",
      `
Examples:
  flatbed cluster batch --shards 8 -- sync stocks_minute --from 2020-01-01 --out s3://bucket/mirror > job.json
  aws batch register-job-definition --cli-input-json "$(jq .registerJobDefinition job.json)"
  aws batch submit-job --cli-input-json "$(jq .submitJob job.json)"`,
    )
    .action(
      async (
        words: string[],
        options: CommonOptions & Partial<BatchOptions> & {
          image: string;
          platform: "fargate" | "ec2";
          queue: string;
          region: string;
          logGroup: string;
        },
      ) => {
        const checked = await check(words);
        assertSelfContained(checked);
        const { batchDocument, howToSubmit, roleArn } = await import(
          "../cluster/batch_document.ts"
        );
        const job = jobOf(words, checked, options);
        const document = batchDocument(job, {
          ...options,
          secretArn: options.secretArn ??
            `arn:aws:secretsmanager:${options.region}:ACCOUNT:secret:flatbed-keys-SUFFIX`,
          executionRole: options.executionRole ??
            roleArn("flatbed-execution"),
          publicIp: options.publicIp ?? false,
        });
        const text = JSON.stringify(document, null, 2);
        print(text);
        if (/:ACCOUNT:/.test(text)) {
          printNote(
            "ACCOUNT and SUFFIX stand for yours, or name --secret-arn, --execution-role and --job-role",
          );
        }
        printError(howToSubmit(job));
      },
    );
}

async function check(words: readonly string[]): Promise<CheckedCommand> {
  const { checkCommand } = await import("../cluster/check_command.ts");
  return await checkCommand(words);
}

/** Asserts that a container, which has no folder of this machine, is told all. */
function assertSelfContained(
  { out, hasOut, configured }: CheckedCommand,
): void {
  if (configured.length > 0) {
    throw new UsageError(
      `${
        configured.join(", ")
      } come from flatbed.json, which the job's container does not have: name them after 'sync'`,
    );
  }
  if (!hasOut) {
    throw new UsageError(
      "Where to? Name the mirror: --out s3://bucket/prefix, or --out /data, the folder that the volume is mounted at",
    );
  }
  if (isBucket(out)) return;
  if (!/^\/[^/]/.test(out) || /[:\0]|(^|\/)\.\.?(\/|$)/.test(out)) {
    throw new UsageError(
      `--out ${out}: expected the folder that the volume is mounted at, from / on, such as /data`,
    );
  }
}

function jobOf(
  command: readonly string[],
  { out, outArguments }: CheckedCommand,
  options: CommonOptions,
): ClusterJob {
  const { shards, retries, name, cpus, memory, time, finish = false } = options;
  if (shards === undefined) {
    throw new UsageError("How many shards? Say so, as in --shards 8");
  }
  return {
    ...{ shards, retries, name, cpus, command, out, outArguments },
    mebibytes: memory,
    isFinish: finish,
    ...time === undefined ? {} : { minutes: time },
  };
}

/** A name that is one for Slurm, Kubernetes and AWS Batch, also with what is put behind it. */
function parseName(value: string): string {
  if (/^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/.test(value)) return value;
  throw new InvalidArgumentError(
    "Expected at most 40 small letters, digits and dashes, a letter first.",
  );
}

/** The name of an object of Kubernetes. */
function parseLabel(value: string): string {
  if (/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(value)) return value;
  throw new InvalidArgumentError(
    "Expected at most 63 small letters, digits and dashes.",
  );
}

function parseSlurmName(value: string): string {
  if (/^[\w.,+@-]+$/.test(value)) return value;
  throw new InvalidArgumentError("Expected a name of Slurm.");
}

/** A folder as `sbatch` reads it from a line of the script. */
function parseLogs(value: string): string {
  if (value !== "" && !/[\p{Cc}\\]/u.test(value)) return value;
  throw new InvalidArgumentError(
    "Expected a folder, without backslashes and line breaks.",
  );
}

function parseImage(value: string): string {
  if (/^[\w./:@-]+$/.test(value)) return value;
  throw new InvalidArgumentError("Expected an image, such as host/name:tag.");
}

/** A name, id or ARN of AWS. */
function parseAws(value: string): string {
  if (/^[\w./:@+=,#-]+$/.test(value)) return value;
  throw new InvalidArgumentError("Expected a name, an id or an ARN of AWS.");
}

/** Reads memory in MiB: engines count in powers of two. */
function parseMebibytes(value: string): number {
  const [, number = "", unit = ""] = /^(\d+)([MG])i?B?$/i.exec(value) ?? [];
  const mebibytes = Number(number) * (unit.toUpperCase() === "G" ? 1024 : 1);
  if (mebibytes >= 512 && mebibytes <= 16 * 1024 * 1024) return mebibytes;
  throw new InvalidArgumentError("Expected 512M or more, such as 4G.");
}

function parseMinutes(value: string): number {
  const [, number = "", unit = ""] = /^(\d{1,5})([mhd])$/.exec(value) ?? [];
  const minutes = Number(number) * ({ m: 1, h: 60, d: 1440 }[unit] ?? 0);
  if (minutes >= 5) return minutes;
  throw new InvalidArgumentError(
    "Expected 5 minutes or more, such as 30m, 12h or 2d.",
  );
}
