import {
  asError,
  CredentialsError,
  FlatbedError,
  isNotCapable,
  ObjectArchivedError,
  ObjectChangedError,
  plainText,
  quote,
  ServiceError,
  TransferError,
} from "../base/mod.ts";
import { type Clock, SharedBackoff } from "./backoff.ts";
import {
  type HttpAnswer,
  HttpConnections,
  type HttpDocument,
} from "./http_connections.ts";
import { HttpFailure } from "./http_failure.ts";
import { listPages } from "./list_pages.ts";
import type { ListPage } from "./listing.ts";
import { type ObjectInfo, quoteEtag, sameEtag } from "./object_info.ts";
import type {
  GetOptions,
  ListOptions,
  ObjectResponse,
  ObjectStore,
  RequestOptions,
} from "./object_store.ts";
import {
  parseContentRange,
  readLength,
  readMetadata,
  readVersion,
} from "./read_answer.ts";
import { Retries } from "./retries.ts";
import type { Sendable } from "./sendable.ts";
import type { TrafficMeter } from "./traffic_meter.ts";
import { type RequestPurpose, toRequestError } from "./request_error.ts";

/** Options of every {@linkcode HttpStore}; all are checked already. */
export interface HttpStoreOptions {
  /** The service's address. */
  endpoint: URL;
  /** How many retries there may be in a row without any byte arriving. */
  maxRetries: number;
  /** The idle timeout in seconds. */
  timeout: number;
  /** How many connections there may be at once. */
  maxPoolConnections: number;
  /** The limit of bytes a second, over all bodies together. @default {Infinity} */
  limitRate?: number | undefined;
  /** The memory of a {@linkcode SharedBackoff} that other threads use as well. */
  backoffMemory?: SharedArrayBuffer | undefined;
  /** Counts what comes over the connections. */
  meter?: TrafficMeter | undefined;
  /** What waits are measured with. @default {SYSTEM_CLOCK} */
  clock?: Clock | undefined;
  /** Whether the buckets are the user's own, and not the service's: errors say so. @default {false} */
  isOwn?: boolean | undefined;
}

/** Codes that a service gives to those only whose credentials it has accepted. */
const CODES_FOR_KNOWN: readonly unknown[] = [
  "AccessDenied",
  "NoSuchKey",
  "NoSuchBucket",
];

/** What all stores over HTTP have in common: everything but how a request is made. */
export abstract class HttpStore implements ObjectStore {
  readonly #maxRetries: number;
  readonly #clock: Clock | undefined;
  readonly #connections: HttpConnections;
  readonly #backoff: SharedBackoff;
  readonly #isOwn: boolean;
  /** Whether the service has accepted the credentials before. */
  #isKnown = false;

  /** Connects to nothing yet. */
  constructor(options: HttpStoreOptions) {
    const { maxRetries, backoffMemory: memory, clock } = options;
    this.#isOwn = options.isOwn ?? false;
    this.#maxRetries = maxRetries;
    this.#clock = clock;
    this.#backoff = new SharedBackoff({ maxRetries, memory, clock });
    this.#connections = new HttpConnections({
      ...options,
      backoff: this.#backoff,
    });
  }

  abstract endpoint(): Promise<URL | undefined>;

  /** A request for an object, made now. */
  protected abstract objectRequest(
    method: "GET" | "HEAD",
    bucket: string,
    key: string,
    headers: Record<string, string>,
  ): Sendable | Promise<Sendable>;

  /** A request for a page of a bucket's listing, made now. */
  protected abstract listRequest(
    bucket: string,
    query: Record<string, string>,
  ): Sendable | Promise<Sendable>;

  /**
   * Checks that requests for a bucket can be made.
   *
   * @throws {RangeError} If they cannot.
   */
  protected checkBucket(_bucket: string): void {}

  close(): void {
    this.#connections.close();
  }

  offerConnection(giveBack: () => void): () => void {
    return this.#connections.offer(giveBack);
  }

  retries({ signal, onRetry }: RequestOptions = {}): Retries {
    return new Retries({
      maxRetries: this.#maxRetries,
      signal,
      onRetry,
      shared: this.#backoff,
      clock: this.#clock,
    });
  }

  async head(
    bucket: string,
    key: string,
    options: RequestOptions = {},
  ): Promise<ObjectInfo> {
    this.checkBucket(bucket);
    const purpose: RequestPurpose = { verb: "look up", bucket, key };
    return await this.retries(options).run(async () => {
      const { headers, body } = await this.#ask("HEAD", purpose, {}, options)
        .catch((error) => this.#explain(error, purpose, options));
      body.cancel();
      const size = readLength(headers);
      if (size === undefined) {
        throw new ServiceError(
          `Cannot look up '${key}': the service does not say how large it is`,
          { key },
        );
      }
      return { key, size, ...readVersion(headers), ...readMetadata(headers) };
    });
  }

  async get(
    bucket: string,
    key: string,
    { start = 0, end, etag, signal }: GetOptions = {},
  ): Promise<ObjectResponse> {
    this.checkBucket(bucket);
    const purpose: RequestPurpose = { verb: "download", bucket, key };
    const asked: Record<string, string> = {};
    if (start > 0 || end !== undefined) {
      asked.range = `bytes=${start}-${end === undefined ? "" : end - 1}`;
    }
    if (etag !== undefined) asked["if-match"] = quoteEtag(etag);
    const { status, headers, body } = await this.#ask("GET", purpose, asked, {
      signal,
    }).catch((error) => {
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
    const contentRange = headers.get("content-range") ?? undefined;
    const range = status === 206
      ? parseContentRange(contentRange)
      : { start: 0, size: readLength(headers) };
    if (
      range === undefined || (range.start !== 0 && range.start !== start)
    ) {
      body.cancel();
      throw new TransferError(
        `Cannot download '${key}': the service sent other bytes than asked for (${
          contentRange ?? "without a Content-Range"
        })`,
        { key },
      );
    }
    const info = { key, size: range.size, ...readVersion(headers) };
    // Not every service knows If-Match.
    if (etag !== undefined && !sameEtag(info.etag, etag)) {
      body.cancel();
      throw new ObjectChangedError(
        `Cannot download '${key}': the object changed while it was read`,
        { key },
      );
    }
    return {
      info,
      offset: range.start,
      body: {
        read: () => this.#send(() => body.read(), purpose, signal),
        cancel: () => body.cancel(),
      },
    };
  }

  async *listPages(
    bucket: string,
    prefix: string,
    { delimiter, limit = Infinity, ...options }: ListOptions = {},
  ): AsyncGenerator<ListPage> {
    this.checkBucket(bucket);
    const purpose: RequestPurpose = { verb: "list", bucket, key: prefix };
    const listed = prefix || bucket;
    yield* listPages(listed, limit, (token, maxKeys) => {
      const query = {
        "max-keys": String(maxKeys),
        prefix,
        ...(token === undefined ? {} : { "continuation-token": token }),
        ...(delimiter && { delimiter }),
      };
      const { signal } = options;
      return this.retries(options).run(() =>
        this.#send(
          async () => {
            const request = await this.listRequest(bucket, query);
            const { text } = await this.#connections
              .fetchDocument(request, "ListBucketResult", signal);
            // The XML reader is loaded only where something is listed.
            const { readListing } = await import("./listing.ts");
            return readListing(text, listed);
          },
          purpose,
          signal,
        )
      );
    });
  }

  /**
   * Why a HEAD request was refused: its answer has no body, and so no code. Until the
   * service has accepted the credentials once, a GET request for one byte asks for it.
   */
  async #explain(
    error: unknown,
    { bucket, key }: RequestPurpose,
    { signal }: RequestOptions,
  ): Promise<never> {
    // Credentials of the user's own can end in the middle.
    const statuses = this.#isKnown
      ? this.#isOwn ? [400, 403] : []
      : [400, 403, 404];
    const isMute = error instanceof FlatbedError &&
      error.serviceCode === undefined && statuses.includes(error.status ?? 0);
    if (isMute) {
      await this.#ask(
        "GET",
        { verb: "look up", bucket, key },
        { range: "bytes=0-0" },
        { signal },
      ).then(
        ({ body }) => body.cancel(),
        (reason) => {
          signal?.throwIfAborted();
          const isNoBucket = reason.serviceCode === "NoSuchBucket";
          const isArchived = reason instanceof ObjectArchivedError;
          if (
            reason instanceof CredentialsError || isNoBucket || isArchived
          ) {
            throw reason;
          }
          if (CODES_FOR_KNOWN.includes(reason.serviceCode)) {
            this.#isKnown = true;
          }
        },
      );
    }
    throw error;
  }

  /** Sends a request for an object. */
  #ask(
    method: "GET" | "HEAD",
    purpose: RequestPurpose,
    headers: Record<string, string>,
    { signal }: RequestOptions,
  ): Promise<HttpAnswer> {
    const { bucket, key } = purpose;
    return this.#send(
      async () =>
        await this.#connections.fetchObject(
          await this.objectRequest(method, bucket, key, headers),
          signal,
        ),
      purpose,
      signal,
    );
  }

  /**
   * Sends a request whose answer is a document with this root, or without one has no
   * body, and reads the answer.
   */
  protected exchange<T>(
    purpose: RequestPurpose,
    root: string | undefined,
    request: () => Promise<Sendable>,
    read: (answer: HttpDocument) => T,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    return this.#send(
      async () =>
        read(
          await this.#connections.fetchDocument(await request(), root, signal),
        ),
      purpose,
      signal,
    );
  }

  /**
   * Asks for other credentials where the service has refused those of a request.
   *
   * @param _reason Why they were refused.
   * @param _since When the request was begun, by `performance.now()`.
   * @returns Whether there are others by now.
   */
  protected renewCredentials(
    _reason: CredentialsError,
    _since: number,
  ): Promise<boolean> {
    return Promise.resolve(false);
  }

  /** Runs a part of an exchange; what fails is one of the project's own errors. */
  async #send<T>(
    action: () => Promise<T>,
    purpose: RequestPurpose,
    signal: AbortSignal | undefined,
    canRenew = true,
  ): Promise<T> {
    const begun = performance.now();
    try {
      const answer = await action();
      this.#isKnown = true;
      return answer;
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof HttpFailure) {
        const reason = toRequestError(error, {
          ...purpose,
          isOwn: this.#isOwn,
        });
        const isWorthIt = canRenew && reason instanceof CredentialsError &&
          await this.renewCredentials(reason, begun);
        if (!isWorthIt) throw reason;
        signal?.throwIfAborted();
        return await this.#send(action, purpose, signal, false);
      }
      if (error instanceof FlatbedError || isNotCapable(error)) throw error;
      const said = asError(error).message;
      throw new ServiceError(
        `Cannot ${purpose.verb} ${
          quote(purpose.key || purpose.bucket)
        }: the answer could not be read: ${plainText(said)}`,
        { key: purpose.key || undefined },
      );
    }
  }
}
