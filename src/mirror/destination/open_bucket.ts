import {
  assertBucketName,
  assertInteger,
  assertOneOf,
  assertOptions,
  assertString,
  type OptionNames,
  quote,
} from "../../base/mod.ts";
import {
  type AwsClient,
  AwsStore,
  checkEndpoint,
  checkEndpointPath,
  makeAwsClient,
  type OwnAwsClient,
} from "../../store/mod.ts";
import { Bucket } from "./bucket.ts";

/** How the bucket of a mirror is reached. Credentials come from the AWS chain alone. */
export interface BucketOptions {
  /** The address of an S3 service that is not AWS, such as `https://minio.example.com`. */
  endpointUrl?: string | undefined;
  /** The bucket's region. By default that of the AWS configuration, or `us-east-1`. */
  region?: string | undefined;
  /** An `S3Client` of the user's own, in place of one made here; it stays its owner's. */
  client?: AwsClient | undefined;
  /** The profile of the AWS configuration that has the credentials. */
  profile?: string | undefined;
  /**
   * Where requests name the bucket: in the `path` of the URL or in its `host`. By default
   * in the host at AWS, and in the path at `endpointUrl`.
   */
  addressing?: "path" | "host" | undefined;
  /** Whether plain `http` to another machine is allowed. @default {false} */
  allowHttp?: boolean | undefined;
  /** How many retries there may be in a row. @default {5} */
  maxRetries?: number | undefined;
  /** The idle timeout in seconds. @default {60} */
  timeout?: number | undefined;
  /** How many connections there may be at once. @default {32} */
  maxConnections?: number | undefined;
}

const OPTIONS: OptionNames<BucketOptions> = {
  endpointUrl: true,
  region: true,
  profile: true,
  client: true,
  addressing: true,
  allowHttp: true,
  maxRetries: true,
  timeout: true,
  maxConnections: true,
};

/** A location such as `s3://bucket/prefix`. */
const LOCATION = /^s3:\/\/([^/]*)\/*(.*?)\/*$/s;

/** Whether a mirror's location is a bucket. */
export function isBucketLocation(location: string): boolean {
  return /^s3:\/\//i.test(location);
}

/**
 * Opens the bucket of a location. Nothing is asked yet.
 *
 * @param location Such as `s3://bucket/prefix`.
 * @param options How it is reached.
 * @returns The bucket; dispose of it to close its connections.
 * @throws {TypeError} If an option has the wrong type.
 * @throws {RangeError} If the location or an option is impossible.
 * @throws {Error} If the AWS SDK is not there and cannot be fetched.
 */
export async function openBucket(
  location: string,
  options: BucketOptions = {},
): Promise<Bucket> {
  assertString(location, "location");
  assertOptions(options, OPTIONS);
  const [, name = "", prefix = ""] = LOCATION.exec(location) ?? [];
  if (name === "") {
    throw new RangeError(
      `Cannot use ${
        quote(location)
      }: expected s3://bucket or s3://bucket/prefix`,
    );
  }
  assertBucketName(name);
  const { region, profile, addressing, allowHttp = false } = options;
  const { maxRetries = 5, timeout = 60, maxConnections = 32 } = options;
  if (addressing !== undefined) {
    assertOneOf(addressing, "addressing", ["path", "host"]);
  }
  assertInteger(maxRetries, "maxRetries", 0);
  assertInteger(maxConnections, "maxConnections", 1);
  const endpoint = options.endpointUrl === undefined
    ? undefined
    : checkEndpoint(options.endpointUrl, allowHttp);
  if (endpoint !== undefined) checkEndpointPath(endpoint, name);
  let own: OwnAwsClient | undefined;
  const client = options.client ??
    (own = await makeAwsClient({
      endpoint,
      // AWS tells the bucket's own where this one is wrong.
      region: region ?? (endpoint === undefined ? undefined : "us-east-1"),
      profile,
      poolSize: maxConnections,
      addressing: addressing ?? (endpoint === undefined ? "host" : "path"),
      sendsCrc32: false,
    }));
  const store = new AwsStore({
    client,
    endpoint: endpoint ?? new URL("https://s3.amazonaws.com"),
    maxRetries,
    timeout,
    maxPoolConnections: maxConnections,
    isOwn: true,
  });
  return new Bucket(store, name, prefix, () => {
    store.close();
    own?.destroy();
  });
}
