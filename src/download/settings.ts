import {
  assertBoolean,
  assertInteger,
  assertOptions,
  assertSeconds,
  assertString,
  type OptionNames,
  quote,
  wrongType,
  wrongValue,
} from "../base/mod.ts";
import {
  type AwsClient,
  checkCredentials,
  checkEndpoint,
  type Clock,
  type Credentials,
} from "../store/mod.ts";
import type {
  AsyncS3DownloaderOptions,
  DownloaderOptions,
} from "./downloader_options.ts";

/** The valid names of {@linkcode DownloaderOptions}. */
export const DOWNLOADER_OPTIONS: OptionNames<DownloaderOptions> = {
  endpointUrl: true,
  maxRetries: true,
  timeout: true,
  maxPoolConnections: true,
  allowHttp: true,
  region: true,
  limitRate: true,
  rangeThreshold: true,
  rangeSize: true,
  maxConcurrentRanges: true,
};
const ASYNC_S3_DOWNLOADER_OPTIONS: OptionNames<
  AsyncS3DownloaderOptions
> = { ...DOWNLOADER_OPTIONS, maxConcurrent: true, allowSyncIO: true };

/** A downloader's checked arguments, with all defaults. */
export interface Settings {
  credentials: Credentials;
  /** Signs and sends in place of the credentials. */
  client?: AwsClient;
  endpoint: URL;
  region: string;
  maxRetries: number;
  timeout: number;
  maxPoolConnections: number;
  maxConcurrent: number;
  limitRate: number | undefined;
  allowSyncIO: boolean;
  ranging: Ranging;
  /** Memory that threads share to pause together. */
  backoffMemory?: SharedArrayBuffer;
  /** Memory that threads count with what comes over their connections. */
  trafficMemory?: SharedArrayBuffer;
  /** Measures waits; by default the machine's clock. */
  clock?: Clock;
}

/** When and how files are fetched in ranges; sizes in bytes. */
export interface Ranging {
  threshold: number;
  size: number;
  atOnce: number;
}

/**
 * Checks a downloader's arguments.
 *
 * @param credentials The keys, or `{ client }`.
 * @param options The options.
 * @param defaults The defaults in which the two downloaders differ.
 * @param names The valid names of options.
 * @throws {TypeError} If an argument has the wrong type, or an option is unknown.
 * @throws {RangeError} If an option is out of range.
 */
export function checkSettings(
  credentials: unknown,
  options: unknown,
  defaults: { maxPoolConnections: number; maxConcurrent: number },
  names: Readonly<Record<string, true>> = ASYNC_S3_DOWNLOADER_OPTIONS,
): Settings {
  assertOptions(options, names);
  assertNoOptions(credentials, names);
  const client = clientOf(credentials);
  if (client !== undefined) checkClientOptions(options);
  const checked = client === undefined
    ? checkCredentials(credentials)
    : NO_CREDENTIALS;
  const {
    endpointUrl = "https://files.polygon.io",
    maxRetries = 5,
    timeout = 60,
    maxPoolConnections = defaults.maxPoolConnections,
    maxConcurrent = defaults.maxConcurrent,
    allowHttp = false,
    region = "us-east-1",
    allowSyncIO = false,
    limitRate,
    rangeThreshold = 64 * 1024 * 1024,
    rangeSize = 16 * 1024 * 1024,
    maxConcurrentRanges = 4,
  } = options as AsyncS3DownloaderOptions;
  assertBoolean(allowHttp, "allowHttp");
  const endpoint = checkEndpoint(endpointUrl, allowHttp);
  assertRegion(region);
  assertBoolean(allowSyncIO, "allowSyncIO");
  assertInteger(maxRetries, "maxRetries", 0);
  assertSeconds(timeout, "timeout");
  assertInteger(maxPoolConnections, "maxPoolConnections", 1);
  assertInteger(maxConcurrent, "maxConcurrent", 1);
  if (limitRate !== undefined) {
    assertInteger(limitRate, "limitRate", 1);
  }
  assertInteger(rangeThreshold, "rangeThreshold", 1);
  assertInteger(rangeSize, "rangeSize", 1);
  assertInteger(maxConcurrentRanges, "maxConcurrentRanges", 1);
  return {
    credentials: checked,
    ...(client && { client }),
    endpoint,
    region,
    maxRetries,
    timeout,
    maxPoolConnections,
    maxConcurrent,
    limitRate,
    allowSyncIO,
    ranging: {
      threshold: rangeThreshold,
      size: rangeSize,
      atOnce: maxConcurrentRanges,
    },
  };
}

/** Asserts that the first argument contains no option: those belong in the second one. */
function assertNoOptions(
  credentials: unknown,
  names: Readonly<Record<string, true>>,
): void {
  if (typeof credentials !== "object" || credentials === null) return;
  for (const name of Object.keys(credentials)) {
    const option = name.replaceAll(
      /_([a-z])/g,
      (_, letter: string) => letter.toUpperCase(),
    );
    if (!Object.hasOwn(names, option)) continue;
    throw new TypeError(
      `Cannot use ${
        quote(name)
      } in credentials: ${option} is an option and belongs in the second argument: new AsyncS3Downloader(credentials, { ${option} })`,
    );
  }
}

const NO_CREDENTIALS: Credentials = { accessKeyId: "", secretAccessKey: "" };

function clientOf(credentials: unknown): AwsClient | undefined {
  if (
    typeof credentials !== "object" || credentials === null ||
    !("client" in credentials)
  ) return undefined;
  assertOptions(credentials, { client: true }, "credentials");
  const { client } = credentials;
  const isClient = typeof client === "object" && client !== null &&
    "send" in client && typeof client.send === "function" &&
    "config" in client && typeof client.config === "object";
  if (!isClient) {
    throw wrongType("client", "an S3Client of @aws-sdk/client-s3", client);
  }
  return client as AwsClient;
}

/** Asserts that no option contradicts what a client has of its own. */
function checkClientOptions(options: unknown): void {
  for (const name of ["endpointUrl", "region", "allowHttp"] as const) {
    if ((options as DownloaderOptions)[name] === undefined) continue;
    throw new TypeError(
      `Cannot use ${name} with a client: the client has its own`,
    );
  }
}

function assertRegion(value: unknown): asserts value is string {
  assertString(value, "region");
  if (!/^[a-z\d-]{1,63}$/i.test(value)) {
    throw wrongValue("region", "a name such as us-east-1", value);
  }
}
