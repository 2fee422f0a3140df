import {
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  type ListObjectsV2CommandOutput,
  S3Client,
} from "@aws-sdk/client-s3";
import config from "../../deno.json" with { type: "json" };
import { ConnectionHandler } from "./connection_handler.ts";
import type { HttpConnections } from "./http_connection.ts";
import type { ObjectRequestsOptions } from "./object_requests.ts";

/** Listings, by the AWS SDK over one's own connections. */
export class ListingClient {
  readonly #client: S3Client;

  /** Connects to nothing yet. */
  constructor(
    { endpoint, credentials, region }: ObjectRequestsOptions,
    connections: HttpConnections,
  ) {
    this.#client = new S3Client({
      endpoint: endpoint.href.replace(/\/$/, ""),
      region,
      credentials,
      forcePathStyle: true,
      maxAttempts: 1, // the one retry mechanism is `Retries`
      requestHandler: new ConnectionHandler(connections),
      // Given here, so that nothing is looked for in files and the environment.
      retryMode: "standard",
      defaultsMode: "standard",
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
      useDualstackEndpoint: false,
      useFipsEndpoint: false,
      useArnRegion: false,
      disableMultiregionAccessPoints: true,
      disableS3ExpressSessionAuth: true,
      disableClockSkewCorrection: true,
      authSchemePreference: ["sigv4"],
      sigv4aSigningRegionSet: [],
      defaultUserAgentProvider: () =>
        Promise.resolve([["flatbed", config.version]]),
      userAgentAppId: () => Promise.resolve(undefined),
    });
    // It would look for the variables of AWS's own functions.
    this.#client.middlewareStack.remove("recursionDetectionMiddleware");
  }

  /** One page. */
  list(
    input: ListObjectsV2CommandInput,
    signal?: AbortSignal,
  ): Promise<ListObjectsV2CommandOutput> {
    return this.#client.send(new ListObjectsV2Command(input), {
      abortSignal: signal,
    });
  }
}
