import {
  CredentialsError,
  FlatbedError,
  ObjectArchivedError,
  ObjectChangedError,
  plainText,
  quote,
  ServiceError,
  TransferError,
} from "../base/mod.ts";
import { type Clock, SharedBackoff } from "./backoff.ts";
import type { Credentials } from "./credentials.ts";
import { checkEndpointPath } from "./endpoint.ts";
import { isNotCapable } from "../base/mod.ts";
import type { HttpBody } from "./http_body.ts";
import { type HttpAnswer, HttpConnections } from "./http_connections.ts";
import { HttpFailure } from "./http_failure.ts";
import { type RequestPurpose, toError } from "./to_error.ts";
import type { ListPage } from "./listing.ts";
import { type ObjectInfo, quoteEtag, sameEtag } from "./object_info.ts";
import { ObjectRequests } from "./object_requests.ts";
import type { RequestMaker } from "./sendable.ts";
import type { AwsClient } from "./aws_client.ts";
import { parseContentRange, readLength, readVersion } from "./read_answer.ts";
import { Retries, type RetryPolicy } from "./retries.ts";

/** Options of {@linkcode S3Store}; all are checked already. */
export interface S3StoreOptions {
  /** The service's address. */
  endpoint: URL;
  /** The keys that requests are signed with; not looked at where there is a `client`. */
  credentials: Credentials;
  /** What signs and sends the requests in place of the credentials. */
  client?: AwsClient | undefined;
  /** The region that requests are signed for. */
  region?: string;
  /** How many retries there may be in a row without any byte arriving. */
  maxRetries: number;
  /** How long there may be silence, in seconds. */
  timeout: number;
  /** How many connections there may be at once. */
  maxPoolConnections: number;
  /** How many bytes of bodies may arrive in a second, in all; any number where it is not given. */
  limitRate?: number | undefined;
  /** The memory of a {@linkcode SharedBackoff} that other threads have as well. */
  backoffMemory?: SharedArrayBuffer | undefined;
  /** What waits are measured with; the machine's where it is not given. */
  clock?: Clock | undefined;
}

/** Options of one request. */
export interface RequestOptions {
  /** Ends the request. */
  signal?: AbortSignal | undefined;
  /** Called before each retry. */
  onRetry?: RetryPolicy["onRetry"];
}

/** Options of a listing. */
export interface ListOptions extends RequestOptions {
  /** Sums up keys that are alike up to its next occurrence behind the prefix. */
  delimiter?: string;
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
  /** The bytes. */
  body: HttpBody;
}

/** What a service says to those only whose credentials it has taken. */
const SAID_TO_KNOWN: readonly unknown[] = [
  "AccessDenied",
  "NoSuchKey",
  "NoSuchBucket",
];

/** A service may leave a page empty that it had to filter, but not for ever. */
const MAX_EMPTY_PAGES = 100;

/**
 * Objects over HTTP: signed requests, sent by Deno's fetch, and every failure is one of
 * the project's own errors.
 */
export class S3Store {
  readonly #options: S3StoreOptions & { region: string };
  #requests: RequestMaker | undefined;
  readonly #connections: HttpConnections;
  readonly #backoff: SharedBackoff;
  /** Whether the service has taken the credentials before. */
  #isKnown = false;

  /** Connects to nothing yet. */
  constructor(options: S3StoreOptions) {
    this.#options = { region: "us-east-1", ...options };
    if (options.client === undefined) {
      this.#requests = new ObjectRequests(this.#options);
    }
    const { maxRetries, backoffMemory: memory, clock } = options;
    this.#backoff = new SharedBackoff({ maxRetries, memory, clock });
    this.#connections = new HttpConnections({
      ...options,
      backoff: this.#backoff,
    });
  }

  /** Where requests go to; `undefined` where a client asks AWS itself. */
  async endpoint(): Promise<URL | undefined> {
    const { client, endpoint } = this.#options;
    if (client === undefined) return endpoint;
    return (await import("./aws.ts")).endpointOf(client);
  }

  /** What makes the requests; the SDK's part is loaded where a client is asked. */
  async #maker(): Promise<RequestMaker> {
    const { client } = this.#options;
    if (this.#requests === undefined && client !== undefined) {
      const { AwsRequests } = await import("./aws.ts");
      this.#requests ??= await AwsRequests.load(client);
    }
    return this.#requests ??= new ObjectRequests(this.#options);
  }

  /** Closes all connections. Nothing may be asked afterwards. */
  close(): void {
    this.#connections.close();
  }

  /** Offers a connection that is not used for now; see {@linkcode AdaptiveSemaphore.offer}. */
  offerConnection(giveBack: () => void): () => void {
    return this.#connections.offer(giveBack);
  }

  /** Starts to count the retries of one piece of work. */
  retries({ signal, onRetry }: RequestOptions = {}): Retries {
    return new Retries({
      maxRetries: this.#options.maxRetries,
      signal,
      onRetry,
      shared: this.#backoff,
      clock: this.#options.clock,
    });
  }

  /** What is known of an object. */
  head(
    bucket: string,
    key: string,
    options: RequestOptions = {},
  ): Promise<ObjectInfo> {
    const purpose: RequestPurpose = { verb: "look up", bucket, key };
    return this.retries(options).run(async () => {
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
      return { key, size, ...readVersion(headers) };
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
    const wanted: Record<string, string> = {};
    if (start > 0 || end !== undefined) {
      wanted.range = `bytes=${start}-${end === undefined ? "" : end - 1}`;
    }
    if (etag !== undefined) wanted["if-match"] = quoteEtag(etag);
    const { status, headers, body } = await this.#ask(
      "GET",
      { verb: "download", bucket, key },
      wanted,
      { signal },
    ).catch((error) => {
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
        `Cannot download '${key}': the service sent other bytes than asked for (${contentRange})`,
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
    return { info, offset: range.start, body };
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
    options: ListOptions = {},
  ): Promise<ListPage> {
    this.#checkPath(bucket);
    const purpose: RequestPurpose = { verb: "list", bucket, key: prefix };
    const query = {
      "max-keys": String(Math.min(maxKeys, 1000)),
      prefix,
      ...(token === undefined ? {} : { "continuation-token": token }),
      ...(options.delimiter && { delimiter: options.delimiter }),
    };
    return this.retries(options).run(() =>
      this.#send(
        async () => {
          const request = (await this.#maker()).listing(bucket, query);
          const { signal } = options;
          const { text } = await this.#connections
            .fetchDocument(request, "ListBucketResult", signal);
          // Its XML reader is loaded where something is listed, and not before.
          const { readListing } = await import("./listing.ts");
          return readListing(text, prefix || bucket);
        },
        purpose,
        options.signal,
      )
    );
  }

  /** All objects whose keys begin with a prefix, a page at a time. */
  async *listPages(
    bucket: string,
    prefix: string,
    options: RequestOptions = {},
    limit = Infinity,
  ): AsyncGenerator<ObjectInfo[]> {
    for await (
      const { objects } of this.#pages(bucket, prefix, options, limit)
    ) yield objects;
  }

  /** The objects and folders of one level, as the delimiter makes levels, a page at a time. */
  listLevel(
    bucket: string,
    prefix: string,
    options: ListOptions = {},
  ): AsyncGenerator<ListPage> {
    return this.#pages(
      bucket,
      prefix,
      { delimiter: "/", ...options },
      Infinity,
    );
  }

  async *#pages(
    bucket: string,
    prefix: string,
    options: ListOptions,
    limit: number,
  ): AsyncGenerator<ListPage> {
    const refuse = (what: string) =>
      new ServiceError(`Cannot list ${quote(prefix || bucket)}: ${what}`, {
        key: prefix,
      });
    const seen = new Set<string>();
    const firstKeys = new Set<string>();
    let emptyPages = 0;
    let left = limit;
    let token: string | undefined;
    do {
      const page = await this.listPage(bucket, prefix, token, left, options);
      const key = page.objects[0]?.key ?? page.folders[0];
      if (key !== undefined && firstKeys.has(key)) {
        throw refuse(`the service lists ${quote(key)} again`);
      }
      if (key !== undefined) firstKeys.add(key);
      emptyPages = key === undefined ? emptyPages + 1 : 0;
      yield { ...page, objects: page.objects.slice(0, left) };
      left -= page.objects.length;
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
          if (SAID_TO_KNOWN.includes(reason.serviceCode)) this.#isKnown = true;
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
    this.#checkPath(bucket);
    return this.#send(
      async () =>
        await this.#connections.fetchObject(
          (this.#requests ?? await this.#maker())
            .object(method, bucket, key, headers),
          signal,
        ),
      purpose,
      signal,
    );
  }

  /** A client makes paths by itself. */
  #checkPath(bucket: string): void {
    const { client, endpoint } = this.#options;
    if (client === undefined) checkEndpointPath(endpoint, bucket);
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
      if (error instanceof FlatbedError || isNotCapable(error)) throw error;
      const said = error instanceof Error ? error.message : String(error);
      throw new ServiceError(
        `Cannot ${purpose.verb} ${
          quote(purpose.key || purpose.bucket)
        }: the answer could not be read: ${plainText(said)}`,
        { key: purpose.key || undefined },
      );
    }
  }
}
