import type { Command } from "commander";
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
    "Credentials are the S3 access key and secret of your account's dashboard. The first whole pair in this order counts, and two are never mixed. They are never an argument, and never printed.",
    CREDENTIAL_SOURCES.map((source) =>
      [
        `${source}ACCESS_KEY_ID`,
        `with ${source}SECRET_ACCESS_KEY, and ${source}SESSION_TOKEN where the keys are temporary ones`,
      ] as const
    ),
    "With --profile they come from the AWS credentials file instead.",
    [[
      "AWS_SHARED_CREDENTIALS_FILE",
      "where that file lies, if it is not ~/.aws/credentials",
    ]],
    "Which service is asked. Options win over the environment, and that wins over flatbed.json.",
    [...new Map(ofOptions)],
    "Deno itself reads these.",
    [
      ["NO_COLOR", "where it is set, nothing is colored"],
      [
        "HTTPS_PROXY",
        "the proxy to go through; NO_PROXY names hosts that are reached without it",
      ],
      [
        "DENO_TLS_CA_STORE",
        "'system' trusts what this machine trusts, as a firm's proxy may need",
      ],
      ["DENO_CERT", "a file with a certificate to trust besides"],
    ],
  ];
}
