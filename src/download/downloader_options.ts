import type { AwsClient } from "../store/mod.ts";

/** Options of both downloaders. */
export interface DownloaderOptions {
  /**
   * The service's address. `http:` is for this machine only, unless `allowHttp` is set.
   *
   * @default {"https://files.polygon.io"}
   */
  endpointUrl?: string;
  /**
   * How many retries in a row, with no byte arriving between them. The waits grow with
   * each: five take 31 to 62 seconds if the service is throttling or failing, during
   * which all requests pause together; 10 to 20 seconds if the connection fails.
   *
   * @default {5}
   */
  maxRetries?: number;
  /**
   * The idle timeout in seconds: while connecting, before the headers, and between two
   * pieces of the body. A whole download may take longer.
   *
   * @default {60}
   */
  timeout?: number;
  /** The maximum number of connections: by default 50, and 10 for {@linkcode SyncS3Downloader}. */
  maxPoolConnections?: number;
  /**
   * Whether to allow `http:` to another machine.
   *
   * @default {false}
   */
  allowHttp?: boolean;
  /**
   * The region that requests are signed for; most services ignore it.
   *
   * @default {"us-east-1"}
   */
  region?: string;
  /** The maximum number of bytes per second, over all connections; unlimited by default. */
  limitRate?: number;
  /**
   * The size in bytes from which `downloadToFile` fetches an object in ranges, several at
   * once.
   *
   * @default {67108864}
   */
  rangeThreshold?: number;
  /**
   * The size of a range in bytes.
   *
   * @default {16777216}
   */
  rangeSize?: number;
  /**
   * How many ranges of one object are fetched at once.
   *
   * @default {4}
   */
  maxConcurrentRanges?: number;
}

/** Options of {@linkcode AsyncS3Downloader}. */
export interface AsyncS3DownloaderOptions extends DownloaderOptions {
  /**
   * How many objects are downloaded at once.
   *
   * @default {8}
   */
  maxConcurrent?: number;
  /**
   * Whether to allow synchronous file I/O and decompression on the calling thread, which
   * then does as many of the downloads as each of the others. Faster, but timers and other
   * tasks of the thread wait.
   *
   * @default {false}
   */
  allowSyncIO?: boolean;
}

/** An AWS SDK client in place of credentials. */
export interface ClientCredentials {
  /** Signs and sends the requests, with its own credentials, region and endpoint. */
  client: AwsClient;
}
