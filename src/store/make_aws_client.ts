import type { AwsClient } from "./aws_client.ts";
import { openClient } from "./http_client.ts";
import { loadPackage } from "./load_package.ts";

/** Options of {@linkcode makeAwsClient}. */
export interface AwsClientOptions {
  /** The service's address; that of AWS in the region where it is not given. */
  endpoint?: URL | undefined;
  /** The region that requests are signed for; that of AWS's own configuration where it is not given. */
  region?: string | undefined;
  /** The profile of the AWS configuration, where it is not the default one. */
  profile?: string | undefined;
  /** How many idle connections are kept open. */
  poolSize: number;
  /**
   * Where the bucket's name stands: in the `path`, as most services other than AWS want it,
   * or in the `host`.
   *
   * @default {"path"}
   */
  addressing?: "path" | "host" | undefined;
  /**
   * Whether the SDK sends a CRC-32 with each body, which not every service knows, in place
   * of its MD5.
   *
   * @default {true}
   */
  sendsCrc32?: boolean | undefined;
}

/** An AWS SDK client that was made here. */
export interface OwnAwsClient extends AwsClient {
  /** Its settings, as far as they are used. */
  readonly config: {
    credentials(
      options?: { forceRefresh?: boolean },
    ): Promise<{ accessKeyId: string; sessionToken?: string | undefined }>;
    region(): Promise<string>;
  };
  /** Closes its connections. */
  destroy(): void;
}

/** Where a client without an endpoint finds AWS: only for the kind of its connections. */
const AWS = new URL("https://s3.amazonaws.com");

/**
 * Makes an AWS SDK client with the credentials that AWS's own tools would use: of the
 * environment, a profile, single sign-on, a role, a web identity, a container or an
 * instance. It sends as our own requests are sent.
 *
 * @throws {Error} If the SDK is not there and cannot be fetched.
 */
export async function makeAwsClient(
  { endpoint, region, profile, poolSize, addressing, sendsCrc32 = true }:
    AwsClientOptions,
): Promise<OwnAwsClient> {
  const [{ S3Client }, { FetchHttpHandler }] = await Promise.all([
    loadPackage("@aws-sdk/client-s3"),
    loadPackage("@smithy/fetch-http-handler"),
  ]);
  let client: Deno.HttpClient | undefined;
  const config = {
    ...(endpoint !== undefined && { endpoint: endpoint.href }),
    ...(region !== undefined && { region }),
    forcePathStyle: addressing !== "host",
    maxAttempts: 1, // the store retries
    ...(profile !== undefined && { profile }),
    ...(!sendsCrc32 && {
      requestChecksumCalculation: "WHEN_REQUIRED" as const,
      responseChecksumValidation: "WHEN_REQUIRED" as const,
    }),
    // Credentials that are asked for again may stand in a file that was read before.
    ignoreCache: true,
    requestHandler: new FetchHttpHandler({
      requestInit: () => ({
        client: client ??= openClient(endpoint ?? AWS, poolSize).client,
        redirect: "manual", // a signature is made for one host
      }),
    }),
  };
  return new S3Client(config);
}
