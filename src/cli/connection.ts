import { type Command, Option } from "commander";
import type { AsyncS3Downloader } from "../download/mod.ts";
import {
  messageOf,
  parseInteger,
  parsePositive,
  parseRate,
} from "./arguments.ts";
import {
  type FoundCredentials,
  readCredentials,
  useCredentials,
} from "./credentials.ts";
import { UsageError } from "./usage.ts";

/** The connection options. */
export interface ConnectionOptions {
  endpointUrl?: string;
  /** The configuration, if only that sets the endpoint. */
  endpointFile?: string;
  trustEndpoint?: boolean;
  bucket: string;
  region?: string;
  profile?: string;
  credentials?: "pair" | "aws";
  maxRetries?: number;
  timeout?: number;
  maxConcurrent?: number;
  allowHttp?: boolean;
  limitRate?: number;
}

/** The default endpoint. */
export const DEFAULT_ENDPOINT = "https://files.polygon.io";

/** Adds the connection options to a command. */
export function addConnectionOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--endpoint-url <url>", "the service's URL").env(
        "FLATBED_ENDPOINT_URL",
      ).default(undefined, DEFAULT_ENDPOINT),
    )
    .option("--bucket <name>", "the bucket's name", "flatfiles")
    .option(
      "--region <name>",
      "the region to sign requests for (default: us-east-1)",
    )
    .option(
      "--profile <name>",
      "the profile of the AWS credentials file to use",
    )
    .addOption(
      new Option(
        "--credentials <kind>",
        "'pair': a key pair from the environment or the credentials file; 'aws': the AWS credential chain (SSO, roles, web identity)",
      ).choices(["pair", "aws"]).default(undefined, "pair"),
    )
    .addOption(
      new Option(
        "--max-concurrent <n>",
        "the number of concurrent downloads (default: 8)",
      )
        .argParser(parseInteger(1)),
    )
    .addOption(
      new Option(
        "--max-retries <n>",
        "retries in a row without progress (default: 5)",
      )
        .argParser(parseInteger(0)),
    )
    .addOption(
      new Option(
        "--timeout <seconds>",
        "the idle timeout: how long to wait for the next byte (default: 60)",
      ).argParser(parsePositive),
    )
    .option("--allow-http", "allow unencrypted http to another machine")
    .option(
      "--trust-endpoint",
      "allow AWS credentials and session tokens to be sent to the endpoint in flatbed.json, also in later runs",
    )
    .hook("preAction", (_, action) => {
      // An empty variable counts as not set, as in most programs.
      const isEmpty = action.getOptionValueSource("endpointUrl") === "env" &&
        action.opts<ConnectionOptions>().endpointUrl?.trim() === "";
      if (isEmpty) {
        action.setOptionValueWithSource("endpointUrl", undefined, "default");
      }
    });
}

/** The option `--limit-rate`. */
export function rateOption(): Option {
  return new Option(
    "--limit-rate <rate>",
    "the limit in bytes per second for all connections together, such as 500k, 20M or 1G",
  ).argParser(parseRate);
}

/** The AWS credential chain, which the AWS SDK resolves when it is first used. */
const AWS_CREDENTIALS: Pick<FoundCredentials, "isPrecious" | "source"> = {
  isPrecious: true,
  source: "the AWS credential chain",
};

/** The most connections to the service. */
const POOL_SIZE = 50;

/** Makes a downloader by the options; the caller disposes it. */
export async function connect(
  options: ConnectionOptions,
): Promise<AsyncS3Downloader> {
  const pair = options.credentials === "aws"
    ? undefined
    : await readCredentials(options.profile);
  const { endpointUrl = DEFAULT_ENDPOINT, endpointFile: file } = options;
  // Loaded here, since most commands do not need it.
  const { AsyncS3Downloader } = await import("../download/mod.ts");
  const { checkEndpoint, checkEndpointPath } = await import("../store/mod.ts");
  const { assertTrusted } = await import("./trusted_endpoints.ts");
  try {
    const url = checkEndpoint(endpointUrl, options.allowHttp ?? false);
    checkEndpointPath(url, options.bucket);
    const isConfirmed = options.trustEndpoint ?? false;
    await assertTrusted({ url, file, isConfirmed }, pair ?? AWS_CREDENTIALS);
    const settings = {
      maxRetries: options.maxRetries,
      timeout: options.timeout,
      maxConcurrent: options.maxConcurrent,
      limitRate: options.limitRate,
      allowSyncIO: true,
    };
    if (pair !== undefined) {
      useCredentials(pair);
      return new AsyncS3Downloader(pair.credentials, {
        ...settings,
        endpointUrl: options.endpointUrl,
        region: options.region,
        allowHttp: options.allowHttp,
      });
    }
    const { makeAwsClient } = await import("../store/mod.ts");
    const { region = "us-east-1", profile } = options;
    const client = await makeAwsClient({
      endpoint: url,
      region,
      profile,
      poolSize: POOL_SIZE,
    });
    return new AsyncS3Downloader({ client }, settings);
  } catch (error) {
    const isArgument = error instanceof TypeError ||
      error instanceof RangeError;
    throw isArgument ? inOptionNames(error) : error;
  }
}

/** An argument error of the library, with the names of the command line. */
export function inOptionNames(error: unknown): UsageError {
  return new UsageError(
    messageOf(error)
      .replace(/\bset allowHttp\b/, "--allow-http")
      .replace(/\b(an? )?endpointUrl\b/, "$1--endpoint-url"),
  );
}
