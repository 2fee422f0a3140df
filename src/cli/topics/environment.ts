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
    "What a firm's network may need. Each name of a proxy also counts in lower case. This machine itself is never asked through a proxy.",
    [
      [
        "HTTPS_PROXY",
        "the proxy to go through; HTTP_PROXY for http: addresses",
      ],
      ["ALL_PROXY", "the same for both; it wins over the other two"],
      ["NO_PROXY", "hosts, domains and networks that are reached without it"],
      [
        "SSL_CERT_FILE",
        "a PEM file with certificates to trust besides, such as the firm's own; it needs --allow-read for the file and --allow-env for the variable",
      ],
      ["AWS_CA_BUNDLE", "the same"],
      ["DENO_CERT", "the same, read by Deno itself without a permission"],
      ["DENO_TLS_CA_STORE", "'system' trusts what this machine trusts"],
    ],
    "Deno itself reads this.",
    [["NO_COLOR", "where it is set, nothing is colored"]],
    "Where endpoints are remembered that --trust-endpoint has confirmed.",
    [[
      "XDG_CONFIG_HOME",
      "the folder with a user's settings, if it is not ~/.config; on Windows APPDATA",
    ]],
  ];
}
