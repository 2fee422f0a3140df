import type { Command } from "commander";
import { OUT_VARIABLES } from "../out_options.ts";
import { CREDENTIAL_SOURCES } from "../credentials.ts";
import type { Section } from "./topic.ts";

/** The environment variables that are read, and by whom. */
export function environment(program: Command): readonly Section[] {
  const ofOptions = program.commands.flatMap(({ options }) => options)
    .filter(({ envVar }) => envVar !== undefined)
    .map(({ envVar = "", long, description }) =>
      [envVar, `${description}, as with ${long}`] as const
    );
  return [
    "Credentials are the S3 access key and secret of your account's dashboard. The first complete pair in this order is used; two pairs are never mixed. Credentials are never an argument, and never printed.",
    CREDENTIAL_SOURCES.map((source) =>
      [
        `${source}ACCESS_KEY_ID`,
        `with ${source}SECRET_ACCESS_KEY, and ${source}SESSION_TOKEN if the keys are temporary`,
      ] as const
    ),
    "With --profile they come from the AWS credentials file instead.",
    [[
      "AWS_SHARED_CREDENTIALS_FILE",
      "the path of that file, if it is not ~/.aws/credentials",
    ]],
    "Which service is used. Options override the environment, which overrides flatbed.json.",
    [
      ...new Map(ofOptions),
      [
        OUT_VARIABLES.outEndpoint,
        "the URL of the mirror's S3 service, as with --out-endpoint",
      ],
      [
        OUT_VARIABLES.outRegion,
        "the region of the mirror's bucket, as with --out-region",
      ],
    ],
    "The credentials for a mirror's own bucket are those of AWS's tools, from AWS_ACCESS_KEY_ID, AWS_PROFILE, a role or where else these look.",
    "Which part of the work is done, read only with --shard auto. Two engines at once are refused.",
    [
      ["FLATBED_SHARD_COUNT", "how many shards there are"],
      [
        "SLURM_ARRAY_TASK_ID",
        "the shard, and without FLATBED_SHARD_COUNT how many there are by SLURM_ARRAY_TASK_COUNT, SLURM_ARRAY_TASK_MIN, SLURM_ARRAY_TASK_MAX and SLURM_ARRAY_TASK_STEP",
      ],
      ["JOB_COMPLETION_INDEX", "the shard, from 0, of a Kubernetes job"],
      [
        "AWS_BATCH_JOB_ARRAY_INDEX",
        "the shard, from 0, of AWS_BATCH_JOB_ARRAY_SIZE",
      ],
      [
        "SLURM_ARRAY_JOB_ID",
        "the job that 'flatbed shards' names; with AWS Batch AWS_BATCH_JOB_ID",
      ],
    ],
    "For corporate networks. The proxy variables also work in lower case. Requests to this machine never go through a proxy.",
    [
      [
        "HTTPS_PROXY",
        "the proxy for https: URLs; HTTP_PROXY for http: URLs",
      ],
      ["ALL_PROXY", "the proxy for both; overrides the other two"],
      ["NO_PROXY", "hosts, domains and networks to reach without a proxy"],
      [
        "SSL_CERT_FILE",
        "a PEM file with additional certificates to trust, such as the company's own; needs --allow-read for the file and --allow-env for the variable",
      ],
      ["AWS_CA_BUNDLE", "the same"],
      ["DENO_CERT", "the same, read by Deno itself without a permission"],
      ["DENO_TLS_CA_STORE", "'system' trusts what this machine trusts"],
    ],
    "Deno itself reads this.",
    [["NO_COLOR", "if set, the output has no colors"]],
    "Where endpoints confirmed with --trust-endpoint are stored.",
    [[
      "XDG_CONFIG_HOME",
      "the folder with a user's settings, if it is not ~/.config; on Windows APPDATA",
    ]],
  ];
}
