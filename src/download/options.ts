import { fileURLToPath } from "node:url";
import {
  assertBoolean,
  assertFunction,
  assertInteger,
  assertKey,
  assertOptions,
  assertSeconds,
  assertSignal,
  assertString,
  type OptionNames,
  quote,
} from "../base/mod.ts";
import { assertBucketName, SERVICE_HOSTS, toLayout } from "../catalog/mod.ts";
import {
  type AwsClient,
  checkCredentials,
  checkEndpoint,
  type Clock,
  type Credentials,
} from "../store/mod.ts";

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
  maxBytesPerSecond?: number;
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
  mayBlock?: boolean;
}

/** How far a download is. */
export interface DownloadProgress {
  /** The object's key. */
  key: string;
  /** The bytes that have arrived, as stored, in all runs together. */
  bytes: number;
  /** The object's size as stored, in bytes, where the service says it. */
  total: number | undefined;
}

/** Options of one blocking download. */
export interface SyncDownloadOptions {
  /**
   * Whether gzip data is decompressed. Its first bytes decide: a key that ends with
   * `.gz` and holds none is an error, and other objects are left as they are.
   *
   * @default {true}
   */
  decompress?: boolean;
}

/** The limit of a download into memory. */
export interface MemoryLimit {
  /**
   * How many bytes the content may have; more is a `TooLargeError`. A small
   * gzip file can hold a thousand times its size.
   *
   * @default {2147483648}
   */
  maxBytes?: number;
}

/** Options of one blocking download into memory. */
export interface SyncMemoryOptions extends SyncDownloadOptions, MemoryLimit {}

/** Options of one download into memory. */
export interface MemoryOptions extends DownloadOptions, MemoryLimit {}

/** Options of one download. */
export interface DownloadOptions extends SyncDownloadOptions {
  /** Ends the download; it rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Called when bytes have arrived. */
  onProgress?: ((progress: DownloadProgress) => void) | undefined;
}

/** How much a file is checked that keeps its gzip data. */
export interface GzipCheck {
  /**
   * Whether gzip data that is kept as it is stored is not inflated where an MD5 proves
   * that it is the service's: that saves the time, and a file that is damaged at source
   * is not noticed.
   *
   * @default {false}
   */
  trustEtag?: boolean | undefined;
}

/** Options of a blocking download to a file. */
export interface SyncFileOptions extends SyncDownloadOptions, GzipCheck {}

/** Options of a download to a file. */
export interface FileOptions extends DownloadOptions, GzipCheck {
  /**
   * Whether the SHA-256 of the file is computed on the way.
   *
   * @default {false}
   */
  sha256?: boolean;
  /** The object's size as stored, in bytes, where a listing has told it: it saves a request for a large one. */
  expectedSize?: number | undefined;
  /**
   * Whether a whole file that lies there already gives way to an object that is damaged
   * at source. Otherwise it stays, and the damaged bytes go to a file beside it, with
   * `.damaged` behind its name.
   *
   * @default {false}
   */
  replaceByDamaged?: boolean;
}

/** Options of a batch of downloads. */
export interface BatchOptions extends MemoryOptions {
  /** Called with each object that could not be downloaded, and why. */
  onFailure?: ((key: string, error: Error) => void) | undefined;
}

/** The names of {@linkcode DownloaderOptions}. */
export const DOWNLOADER_OPTIONS: OptionNames<DownloaderOptions> = {
  endpointUrl: true,
  maxRetries: true,
  timeout: true,
  maxPoolConnections: true,
  allowHttp: true,
  region: true,
  maxBytesPerSecond: true,
  rangeThreshold: true,
  rangeSize: true,
  maxConcurrentRanges: true,
};
const ASYNC_S3_DOWNLOADER_OPTIONS: OptionNames<
  AsyncS3DownloaderOptions
> = { ...DOWNLOADER_OPTIONS, maxConcurrent: true, mayBlock: true };
/** The names of {@linkcode SyncDownloadOptions}. */
export const SYNC_DOWNLOAD_OPTIONS: OptionNames<SyncDownloadOptions> = {
  decompress: true,
};
/** The names of {@linkcode SyncMemoryOptions}. */
export const SYNC_MEMORY_OPTIONS: OptionNames<SyncMemoryOptions> = {
  ...SYNC_DOWNLOAD_OPTIONS,
  maxBytes: true,
};
/** The names of {@linkcode SyncFileOptions}. */
export const SYNC_FILE_OPTIONS: OptionNames<SyncFileOptions> = {
  ...SYNC_DOWNLOAD_OPTIONS,
  trustEtag: true,
};
const DOWNLOAD_OPTIONS: OptionNames<DownloadOptions> = {
  ...SYNC_DOWNLOAD_OPTIONS,
  signal: true,
  onProgress: true,
};
const MEMORY_OPTIONS: OptionNames<MemoryOptions> = {
  ...DOWNLOAD_OPTIONS,
  maxBytes: true,
};
const FILE_OPTIONS: OptionNames<FileOptions> = {
  ...DOWNLOAD_OPTIONS,
  sha256: true,
  trustEtag: true,
  expectedSize: true,
  replaceByDamaged: true,
};
const BATCH_OPTIONS: OptionNames<BatchOptions> = {
  ...MEMORY_OPTIONS,
  onFailure: true,
};

/** What both downloaders work with, checked. */
export interface Settings {
  credentials: Credentials;
  /** What signs and sends in place of the credentials. */
  client?: AwsClient;
  endpoint: URL;
  region: string;
  maxRetries: number;
  timeout: number;
  maxPoolConnections: number;
  maxConcurrent: number;
  maxBytesPerSecond: number | undefined;
  mayBlock: boolean;
  ranging: Ranging;
  /** The memory with which threads pause together. */
  backoffMemory?: SharedArrayBuffer;
  /** What waits are measured with; the machine's where it is not given. */
  clock?: Clock;
}

/** When and how objects are fetched in ranges; sizes in bytes. */
export interface Ranging {
  threshold: number;
  size: number;
  atOnce: number;
}

/** Checks a downloader's arguments; `defaults` are those that the downloaders differ in. */
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
    mayBlock = false,
    maxBytesPerSecond,
    rangeThreshold = 64 * 1024 * 1024,
    rangeSize = 16 * 1024 * 1024,
    maxConcurrentRanges = 4,
  } = options as AsyncS3DownloaderOptions;
  assertBoolean(allowHttp, "allowHttp");
  const endpoint = checkEndpoint(endpointUrl, allowHttp);
  assertRegion(region);
  assertBoolean(mayBlock, "mayBlock");
  assertInteger(maxRetries, "maxRetries", 0);
  assertSeconds(timeout, "timeout");
  assertInteger(maxPoolConnections, "maxPoolConnections", 1);
  assertInteger(maxConcurrent, "maxConcurrent", 1);
  if (maxBytesPerSecond !== undefined) {
    assertInteger(maxBytesPerSecond, "maxBytesPerSecond", 1);
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
    maxBytesPerSecond,
    mayBlock,
    ranging: {
      threshold: rangeThreshold,
      size: rangeSize,
      atOnce: maxConcurrentRanges,
    },
  };
}

/** Asserts that no option has got into the first argument: the second one is for those. */
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
      } in credentials: ${option} is an option, and goes into the second argument, as in new AsyncS3Downloader(credentials, { ${option} })`,
    );
  }
}

/** An AWS SDK client in the place of credentials. */
export interface ClientCredentials {
  /** What signs and sends: its credentials, which it renews, its region and its endpoint count. */
  client: AwsClient;
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
    throw new TypeError(
      "Cannot use this client: an S3Client of @aws-sdk/client-s3 is wanted",
    );
  }
  return client as AwsClient;
}

/** What a client knows by itself cannot be said besides. */
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
    throw new RangeError(
      `Cannot use ${
        quote(value)
      } as region: a name such as us-east-1 is wanted`,
    );
  }
}

/** A download's options, checked, with `decompress` decided. */
export interface CheckedDownloadOptions extends DownloadOptions {
  decompress: boolean;
  /** Called before each retry, besides counting it. */
  onRetry?: (() => void) | undefined;
}

/** A download into memory's options, checked, with defaults decided. */
export interface CheckedMemoryOptions extends CheckedDownloadOptions {
  maxBytes: number;
}

/** A file download's options, checked, with defaults decided. */
export interface CheckedFileOptions extends CheckedDownloadOptions {
  sha256: boolean;
  trustEtag: boolean;
  expectedSize: number | undefined;
  replaceByDamaged: boolean;
}

/** Checks a bucket, a key and a file download's options. */
export function checkFileDownload(
  bucket: unknown,
  key: unknown,
  options: unknown,
  names: OptionNames<SyncFileOptions> = FILE_OPTIONS,
): CheckedFileOptions {
  const checked = checkDownload(bucket, key, options, names);
  const { sha256 = false, trustEtag = false, expectedSize } =
    options as FileOptions;
  const { replaceByDamaged = false } = options as FileOptions;
  assertBoolean(sha256, "sha256");
  assertBoolean(trustEtag, "trustEtag");
  assertBoolean(replaceByDamaged, "replaceByDamaged");
  if (expectedSize !== undefined) {
    assertInteger(expectedSize, "expectedSize", 0);
  }
  return { ...checked, sha256, trustEtag, expectedSize, replaceByDamaged };
}

/** Checks a bucket, a key and the options of a download into memory. */
export function checkMemoryDownload(
  bucket: unknown,
  key: unknown,
  options: unknown,
  names: Readonly<Record<string, true>> = MEMORY_OPTIONS,
): CheckedMemoryOptions {
  assertBucketName(bucket);
  assertKey(key);
  return checkMemoryOptions(options, names);
}

/** Checks the options of a batch of downloads. */
export function checkBatchOptions(
  options: unknown,
): CheckedMemoryOptions & Pick<BatchOptions, "onFailure"> {
  const checked = checkMemoryOptions(options, BATCH_OPTIONS);
  const { onFailure } = options as BatchOptions;
  assertFunction(onFailure, "onFailure");
  return { ...checked, onFailure };
}

function checkMemoryOptions(
  options: unknown,
  names: Readonly<Record<string, true>>,
): CheckedMemoryOptions {
  const checked = checkDownloadOptions(options, names);
  const { maxBytes = 2 ** 31 } = options as MemoryOptions;
  assertInteger(maxBytes, "maxBytes", 0);
  return { ...checked, maxBytes };
}

/** Checks a bucket, a key and a download's options. */
export function checkDownload(
  bucket: unknown,
  key: unknown,
  options: unknown,
  names: Readonly<Record<string, true>> = DOWNLOAD_OPTIONS,
): CheckedDownloadOptions {
  assertBucketName(bucket);
  assertKey(key);
  return checkDownloadOptions(options, names);
}

function checkDownloadOptions(
  options: unknown,
  names: Readonly<Record<string, true>>,
): CheckedDownloadOptions {
  assertOptions(options, names);
  const { decompress = true, signal, onProgress } = options as DownloadOptions;
  assertBoolean(decompress, "decompress");
  assertSignal(signal);
  assertFunction(onProgress, "onProgress");
  return { decompress, signal, onProgress };
}

/** Checks the options of a listing. */
export function checkListingOptions(
  options: unknown,
): { signal: AbortSignal | undefined } {
  assertOptions(options, { signal: true });
  const { signal } = options as Pick<DownloadOptions, "signal">;
  assertSignal(signal);
  return { signal };
}

/** Checks a local path, and returns it as a text. */
export function checkPath(path: unknown): string {
  const local = path instanceof URL ? toLocalPath(path) : path;
  if (typeof local !== "string") {
    throw new TypeError(
      `Cannot use localPath of type ${typeof local}: a string or a file: URL is wanted`,
    );
  }
  if (local === "" || local.includes("\0")) {
    throw new RangeError(
      `Cannot use ${quote(local)} as localPath: it is empty or holds a NUL`,
    );
  }
  return local;
}

function toLocalPath(url: URL): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw new RangeError(
      `Cannot use ${
        quote(url.href)
      } as localPath: a file: URL of this machine is wanted`,
      { cause },
    );
  }
}

/** A key, or a prefix of keys, under the name it bears at an endpoint. */
export function nameAt(endpoint: URL, key: string): string {
  return SERVICE_HOSTS.includes(endpoint.hostname)
    ? toLayout(key, "live")
    : key;
}
