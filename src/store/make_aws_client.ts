import type { AwsClient } from "./aws_client.ts";
import { openClient } from "./http_client.ts";
import { loadPackage } from "./load_package.ts";

/** Options of {@linkcode makeAwsClient}. */
export interface AwsClientOptions {
  /** The service's address. */
  endpoint: URL;
  /** The region that requests are signed for. */
  region: string;
  /** The profile of the AWS configuration, where it is not the default one. */
  profile?: string | undefined;
  /** How many idle connections are kept open. */
  poolSize: number;
}

/** An AWS SDK client that was made here. */
export interface OwnAwsClient extends AwsClient {
  /** Its settings, as far as they are used. */
  readonly config: { credentials(): Promise<{ accessKeyId: string }> };
  /** Closes its connections. */
  destroy(): void;
}

/**
 * Makes an AWS SDK client with the credentials that AWS's own tools would use: of the
 * environment, a profile, single sign-on, a role, a web identity, a container or an
 * instance. It sends as our own requests are sent, with the bucket in the path.
 *
 * @throws {Error} If the SDK is not there and cannot be fetched.
 */
export async function makeAwsClient(
  { endpoint, region, profile, poolSize }: AwsClientOptions,
): Promise<OwnAwsClient> {
  const [{ S3Client }, { FetchHttpHandler }] = await Promise.all([
    loadPackage("@aws-sdk/client-s3"),
    loadPackage("@smithy/fetch-http-handler"),
  ]);
  let client: Deno.HttpClient | undefined;
  return new S3Client({
    endpoint: endpoint.href,
    region,
    forcePathStyle: true,
    maxAttempts: 1, // the store retries
    ...(profile !== undefined && { profile }),
    requestHandler: new FetchHttpHandler({
      requestInit: () => ({
        client: client ??= openClient(endpoint, poolSize).client,
        redirect: "manual", // a signature is made for one host
      }),
    }),
  });
}
