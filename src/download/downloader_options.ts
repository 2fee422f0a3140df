import type { AwsClient } from "../store/mod.ts";

/** Options that both downloaders take. */
export interface DownloaderOptions {
  /**
   * The service's address. Plain `http:` is for this machine only, unless `allowHttp` is set.
   *
   * @default {"https://files.polygon.io"}
   */
  endpointUrl?: string;
  /**
   * How many retries there may be in a row without any byte arriving. The waits
   * between them grow: five last 31 to 62 seconds where the service is throttling or in
   * trouble, and all requests pause together; 10 to 20 where the connection fails.
   *
   * @default {5}
   */
  maxRetries?: number;
  /**
   * How long there may be silence, in seconds: at connect, before the headers, and
   * between two pieces of the body. The whole may take longer.
   *
   * @default {60}
   */
  timeout?: number;
  /** How many connections there may be at once: 50, and 10 for the blocking downloader. */
  maxPoolConnections?: number;
  /**
   * Whether plain `http:` to another machine is allowed.
   *
   * @default {false}
   */
  allowHttp?: boolean;
  /**
   * The region that requests are signed for, where the service is particular about it.
   *
   * @default {"us-east-1"}
   */
  region?: string;
  /**
   * How many bytes may arrive in a second, in all; any number where it is not given.
   */
  limitRate?: number;
  /**
   * From which size on, in bytes, `downloadToFile` fetches an object in ranges,
   * several at once.
   *
   * @default {67108864}
   */
  rangeThreshold?: number;
  /**
   * The size of such ranges in bytes.
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
   * How many objects may be under way at once.
   *
   * @default {8}
   */
  maxConcurrent?: number;
  /**
   * Whether files are written, and data is decompressed, without giving way to anything
   * else in this thread, which then does as many of the downloads as each of the others:
   * faster, and for programs that have nothing else to do.
   *
   * @default {false}
   */
  allowSyncIO?: boolean;
}

/** An AWS SDK client in the place of credentials. */
export interface ClientCredentials {
  /** What signs and sends: its credentials, which it renews, its region and its endpoint count. */
  client: AwsClient;
}
