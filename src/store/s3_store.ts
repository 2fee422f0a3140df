import {
  type _Object,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from "@aws-sdk/client-s3";
import config from "../../deno.json" with { type: "json" };
import { plainText, quote } from "./arguments.ts";
import { ConnectionHandler } from "./connection_handler.ts";
import type { Credentials } from "./credentials.ts";
import {
  CredentialsError,
  FlatbedError,
  ObjectChangedError,
  ServiceError,
  TransferError,
} from "./errors.ts";
import { type HttpBody, HttpConnections } from "./http_connection.ts";
import { HttpFailure, type RequestPurpose, toError } from "./http_failure.ts";
import { linkSignals } from "./linked_signal.ts";
import { type ObjectInfo, quoteEtag, unquoteEtag } from "./object_info.ts";
import { Retries, type RetryPolicy } from "./retries.ts";

/** Options of {@linkcode S3Store}; all are checked already. */
export interface S3StoreOptions {
  /** The service's address. */
  endpoint: URL;
  /** The keys that requests are signed with. */
  credentials: Credentials;
  /** The region that requests are signed for. */
  region?: string;
  /** How many retries there may be in a row without any byte arriving. */
  maxRetries: number;
  /** How long there may be silence, in seconds. */
  timeout: number;
  /** How many connections there may be at once. */
  maxPoolConnections: number;
  /** How many bytes of bodies may arrive in a second, in all; any number where it is not given. */
  maxBytesPerSecond?: number | undefined;
}

/** Options of one request. */
export interface RequestOptions {
  /** Ends the request. */
  signal?: AbortSignal | undefined;
  /** Called before each retry. */
  onRetry?: RetryPolicy["onRetry"];
}

/** Which part of which version of an object is wanted. */
export interface GetOptions extends RequestOptions {
  /** The first byte wanted. */
  start?: number;
  /** The byte behind the last one wanted. */
  end?: number | undefined;
  /** The version that is wanted; another one is an error. */
  etag?: string | undefined;
}

/** An answered request for an object's bytes. */
export interface ObjectResponse {
  /** The object; its size is that of the whole object, and `undefined` where the service does not say. */
  info: Omit<ObjectInfo, "size"> & { size: number | undefined };
  /** Which byte of the object the body begins with. */
  offset: number;
  /** Whether an MD5-like ETag is none, because the object is encrypted with a key of its own. */
  isEncrypted: boolean;
  /** The bytes. */
  body: HttpBody;
}

/** One page of a listing. */
export interface ListPage {
  /** The objects, in the order of their keys. */
  objects: ObjectInfo[];
  /** What to ask with for the next page; `undefined` on the last one. */
  nextToken: string | undefined;
}

/** How the client names itself to the service. */
const VERSION = config.version;

/** A service may leave a page empty that it had to filter, but not for ever. */
const MAX_EMPTY_PAGES = 100;

const EMPTY_BODY: HttpBody = {
  read: () => Promise.resolve(null),
  cancel() {},
};

/**
 * Objects over HTTP: the AWS SDK makes and signs the requests, Deno's fetch sends
 * them, and every failure is one of the project's own errors.
 */
export class S3Store {
  readonly #client: S3Client;
  readonly #connections: HttpConnections;
  readonly #maxRetries: number;
  /** Whether the service has taken the credentials before. */
  #isKnown = false;

  /** Connects to nothing yet. */
  constructor(options: S3StoreOptions) {
    this.#maxRetries = options.maxRetries;
    this.#connections = new HttpConnections(options);
    this.#client = new S3Client({
      endpoint: options.endpoint.href.replace(/\/$/, ""),
      region: options.region ?? "us-east-1",
      credentials: options.credentials,
      forcePathStyle: true,
      maxAttempts: 1, // the one retry mechanism is `Retries`
      requestHandler: new ConnectionHandler(this.#connections),
      // Other S3 services do not know the newer checksums.
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
      // Given here, so that nothing is looked for in files and the environment.
      retryMode: "standard",
      defaultsMode: "standard",
      useDualstackEndpoint: false,
      useFipsEndpoint: false,
      useArnRegion: false,
      disableMultiregionAccessPoints: true,
      disableS3ExpressSessionAuth: true,
      disableClockSkewCorrection: true,
      authSchemePreference: ["sigv4"],
      sigv4aSigningRegionSet: [],
      defaultUserAgentProvider: () => Promise.resolve([["flatbed", VERSION]]),
      userAgentAppId: () => Promise.resolve(undefined),
    });
    // It would look for the variables of AWS's own functions.
    this.#client.middlewareStack.remove("recursionDetectionMiddleware");
    this.#client.middlewareStack.add(
      (next) => (args) => {
        const request = args.request as { headers: Record<string, string> };
        // An object stored with Content-Encoding: gzip arrives as it is stored.
        request.headers["accept-encoding"] = "identity";
        return next(args);
      },
      { step: "build", name: "asStored" },
    );
  }

  /** Closes all connections. Nothing may be asked afterwards. */
  close(): void {
    this.#client.destroy();
    this.#connections.close();
  }

  /** Starts to count the retries of one piece of work. */
  retries({ signal, onRetry }: RequestOptions = {}): Retries {
    return new Retries({ maxRetries: this.#maxRetries, signal, onRetry });
  }

  /** What is known of an object. */
  head(
    bucket: string,
    key: string,
    options: RequestOptions = {},
  ): Promise<ObjectInfo> {
    const purpose: RequestPurpose = { verb: "look up", bucket, key };
    return this.retries(options).run(async () => {
      const output = await this.#send(
        () =>
          this.#client.send(
            new HeadObjectCommand({ Bucket: bucket, Key: key }),
            { abortSignal: options.signal },
          ),
        purpose,
        options.signal,
      ).catch((error) => this.#explain(error, purpose, options));
      if (output.ContentLength === undefined) {
        throw new ServiceError(
          `Cannot look up '${key}': the service does not say how large it is`,
          { key },
        );
      }
      return {
        key,
        size: output.ContentLength,
        etag: unquoteEtag(output.ETag ?? ""),
        lastModified: output.LastModified,
      };
    });
  }

  /**
   * Asks once for an object's bytes. The answer may begin earlier than asked, where
   * the service does not know ranges.
   */
  async get(
    bucket: string,
    key: string,
    { start = 0, end, etag, signal }: GetOptions = {},
  ): Promise<ObjectResponse> {
    const isRange = start > 0 || end !== undefined;
    const link = linkSignals(signal);
    const output = await this.#send(
      () =>
        this.#client.send(
          new GetObjectCommand({
            Bucket: bucket,
            Key: key,
            Range: isRange
              ? `bytes=${start}-${end === undefined ? "" : end - 1}`
              : undefined,
            IfMatch: etag === undefined ? undefined : quoteEtag(etag),
          }),
          { abortSignal: link.signal },
        ),
      { verb: "download", bucket, key },
      signal,
    ).catch((error) => {
      link.abort(); // the answer may be there, and hold a connection
      link[Symbol.dispose]();
      // Not every service looks at If-Match first: the range is behind the end of another version.
      if (
        etag !== undefined && error instanceof ServiceError &&
        error.status === 416
      ) {
        throw new ObjectChangedError(
          `Cannot download '${key}': the object changed while it was read`,
          { key, cause: error },
        );
      }
      throw error;
    });
    const body = this.#connections.bodyOf(output.Body) ?? EMPTY_BODY;
    const range = output.$metadata.httpStatusCode === 206
      ? parseContentRange(output.ContentRange)
      : { start: 0, size: output.ContentLength };
    if (
      range === undefined || (range.start !== 0 && range.start !== start)
    ) {
      body.cancel();
      throw new TransferError(
        `Cannot download '${key}': the service sent other bytes than asked for (${output.ContentRange})`,
        { key },
      );
    }
    const info = {
      key,
      size: range.size,
      etag: unquoteEtag(output.ETag ?? ""),
      lastModified: output.LastModified,
    };
    // Not every service knows If-Match.
    if (etag !== undefined && info.etag !== etag) {
      body.cancel();
      throw new ObjectChangedError(
        `Cannot download '${key}': the object changed while it was read`,
        { key },
      );
    }
    return {
      info,
      offset: range.start,
      isEncrypted: output.SSECustomerAlgorithm !== undefined ||
        output.ServerSideEncryption?.startsWith("aws:kms") === true,
      body,
    };
  }

  /** The next bytes of an answer, with the project's own errors. */
  readBody(
    response: ObjectResponse,
    bucket: string,
    signal?: AbortSignal,
  ): Promise<Uint8Array | null> {
    return this.#send(
      () => response.body.read(),
      { verb: "download", bucket, key: response.info.key },
      signal,
    );
  }

  /** One page of the keys that begin with a prefix, at most `maxKeys` and never more than 1,000. */
  listPage(
    bucket: string,
    prefix: string,
    token: string | undefined,
    maxKeys: number,
    options: RequestOptions = {},
  ): Promise<ListPage> {
    const purpose: RequestPurpose = { verb: "list", bucket, key: prefix };
    return this.retries(options).run(async () => {
      const output = await this.#send(
        () =>
          this.#client.send(
            new ListObjectsV2Command({
              Bucket: bucket,
              Prefix: prefix,
              MaxKeys: Math.min(maxKeys, 1000),
              ContinuationToken: token,
            }),
            { abortSignal: options.signal },
          ),
        purpose,
        options.signal,
      );
      if (output.IsTruncated && !output.NextContinuationToken) {
        throw new ServiceError(
          `Cannot list ${
            quote(prefix || bucket)
          }: the service says that there is more, and not how to ask for it`,
          { key: prefix },
        );
      }
      return {
        objects: (output.Contents ?? []).map((object) =>
          readListed(object, prefix || bucket)
        ),
        nextToken: output.IsTruncated
          ? output.NextContinuationToken
          : undefined,
      };
    });
  }

  /** All objects whose keys begin with a prefix, page after page. */
  async *list(
    bucket: string,
    prefix: string,
    options: RequestOptions = {},
    limit = Infinity,
  ): AsyncGenerator<ObjectInfo> {
    const refuse = (what: string) =>
      new ServiceError(`Cannot list ${quote(prefix || bucket)}: ${what}`, {
        key: prefix,
      });
    const seen = new Set<string>();
    let first: string | undefined;
    let emptyPages = 0;
    let left = limit;
    let token: string | undefined;
    do {
      const page = await this.listPage(bucket, prefix, token, left, options);
      const [{ key = undefined } = {}] = page.objects;
      if (key !== undefined && key === first) {
        throw refuse(`the service lists ${quote(key)} page after page`);
      }
      first = key ?? first;
      emptyPages = key === undefined ? emptyPages + 1 : 0;
      for (const object of page.objects) {
        if (left-- <= 0) return;
        yield object;
      }
      token = page.nextToken;
      if (token === undefined) return;
      if (seen.has(token)) {
        throw refuse("the service repeats a continuation token");
      }
      if (emptyPages === MAX_EMPTY_PAGES) {
        throw refuse(`${emptyPages} pages in a row hold nothing`);
      }
      seen.add(token);
    } while (left > 0);
  }

  /**
   * Why a HEAD request was refused: its answer has no body, and so no code. Until the
   * service has taken the credentials once, a GET request for one byte asks for it.
   */
  async #explain(
    error: unknown,
    { bucket, key }: RequestPurpose,
    { signal }: RequestOptions,
  ): Promise<never> {
    const isMute = !this.#isKnown && error instanceof FlatbedError &&
      error.serviceCode === undefined &&
      [400, 403, 404].includes(error.status ?? 0);
    if (isMute) {
      await this.#send(
        () =>
          this.#client.send(
            new GetObjectCommand({
              Bucket: bucket,
              Key: key,
              Range: "bytes=0-0",
            }),
            { abortSignal: signal },
          ),
        { verb: "look up", bucket, key },
        signal,
      ).then(
        ({ Body }) => this.#connections.bodyOf(Body)?.cancel(),
        (reason) => {
          signal?.throwIfAborted();
          if (reason instanceof CredentialsError) throw reason;
          // Whatever else it says, it says to somebody it knows.
          if (reason.serviceCode !== undefined) this.#isKnown = true;
        },
      );
    }
    throw error;
  }

  async #send<T>(
    send: () => Promise<T>,
    purpose: RequestPurpose,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    try {
      const answer = await send();
      this.#isKnown = true;
      return answer;
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof HttpFailure) throw toError(error, purpose);
      if (error instanceof Deno.errors.NotCapable) throw error;
      // The SDK's own errors can hold the request with its signature: the message will do.
      // Its lines after the first one tell where it keeps that request.
      const [said = ""] = String(error instanceof Error ? error.message : error)
        .split("\n");
      throw new ServiceError(
        `Cannot ${purpose.verb} '${purpose.key}': the answer could not be read: ${
          plainText(said)
        }`,
        { key: purpose.key },
      );
    }
  }
}

/** One entry of a listing; a service can write anything into it. */
function readListed(
  { Key: key, Size: size, ETag, LastModified: lastModified }: _Object,
  listed: string,
): ObjectInfo {
  if (!key || size === undefined || !Number.isSafeInteger(size) || size < 0) {
    throw new ServiceError(
      `Cannot list ${quote(listed)}: the listing names the object ${
        quote(key ?? "")
      } with a size of ${size} bytes`,
      { key: listed },
    );
  }
  return { key, size, etag: unquoteEtag(ETag ?? ""), lastModified };
}

function parseContentRange(
  value: string | undefined,
): { start: number; size: number | undefined } | undefined {
  const match = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(value ?? "");
  if (match === null) return undefined;
  const [, start, , size] = match;
  return {
    start: Number(start),
    size: size === "*" ? undefined : Number(size),
  };
}
