import { AdaptiveSemaphore, formatBytes } from "../base/mod.ts";
import {
  CONNECTION_BACKOFF,
  SERVICE_BACKOFF,
  type SharedBackoff,
} from "./backoff.ts";
import { describeConnection, nameProxy } from "./connection_failure.ts";
import { isNotCapable } from "../base/mod.ts";
import { type HttpClient, openClient } from "./http_client.ts";
import {
  describeResponse,
  HttpFailure,
  isOutage,
  isThrottle,
} from "./http_failure.ts";
import { findProxy } from "./proxy.ts";
import { RateLimit } from "./rate_limit.ts";
import type { Sendable, Sent } from "./sendable.ts";
import { IdleTimeout } from "./idle_timeout.ts";

/** Options of {@linkcode HttpConnections}. */
export interface HttpConnectionsOptions {
  /** The service's address. */
  endpoint: URL;
  /** How many connections there may be at once. */
  maxPoolConnections: number;
  /** How long there may be silence, in seconds. */
  timeout: number;
  /** How many bytes of bodies may arrive in a second, in all; any number where it is not given. */
  maxBytesPerSecond?: number | undefined;
  /** The pause that all requests make where one has met an outage. */
  backoff?: SharedBackoff | undefined;
}

/** Requests that are slowed down together halve the number of connections once, in milliseconds. */
const HALVE_ONCE_WITHIN = 1000;

/** How many bytes are read at once, at most: with 64 KB, three times as many reads cost half as much again. */
const CHUNK_SIZE = 512 * 1024;
/** So many buffers are kept for the next bodies. */
const MOST_SPARE = 16;

/** An error's body is read up to this many bytes. */
const MAX_ERROR_BODY = 64 * 1024;
/** A listing's page is read up to this many bytes: 1,000 keys of 1,024 bytes, each written as `&quot;`, and more. */
const MAX_LISTING_BODY = 8 * 1024 * 1024;

/**
 * A response's body under way. It holds its connection's place in the pool until it
 * has been read to its end, has failed, or is cancelled.
 */
export interface HttpBody {
  /**
   * The next bytes, or `null` at the end. They are good until the next call, which uses
   * their memory again: that makes reading half as fast again. Rejects with an
   * {@linkcode HttpFailure}.
   */
  read(): Promise<Uint8Array | null>;
  /** Gives the connection up. */
  cancel(): void;
}

/** A success. */
export interface HttpAnswer {
  status: number;
  headers: Headers;
  body: HttpBody;
}

const NO_BODY: HttpBody = {
  read: () => Promise.resolve(null),
  cancel() {},
};

/**
 * Requests over Deno's fetch, with a bounded number of connections and a limit on
 * silence, at connect, before the headers and in the body.
 */
export class HttpConnections {
  readonly #endpoint: URL;
  readonly #poolSize: number;
  #opened: HttpClient | undefined;
  readonly #slots: AdaptiveSemaphore;
  readonly #seconds: number;
  readonly #rate: RateLimit | undefined;
  readonly #backoff: SharedBackoff | undefined;
  /** The memory of bodies that have been read to their end. */
  readonly #spare: Uint8Array<ArrayBuffer>[] = [];
  #halvedAt = -Infinity;

  /** Makes an empty pool. */
  constructor(
    { endpoint, maxPoolConnections, timeout, maxBytesPerSecond, backoff }:
      HttpConnectionsOptions,
  ) {
    this.#endpoint = endpoint;
    this.#poolSize = maxPoolConnections;
    // Other runtimes have one pool for all, and the slots bound its connections.
    this.#slots = new AdaptiveSemaphore(maxPoolConnections);
    this.#seconds = timeout;
    this.#backoff = backoff;
    if (maxBytesPerSecond !== undefined) {
      this.#rate = new RateLimit(maxBytesPerSecond);
    }
  }

  /** Closes all connections. */
  close(): void {
    this.#opened?.client?.close();
  }

  /** Offers a connection's place; see {@linkcode AdaptiveSemaphore.offer}. */
  offer(giveBack: () => void): () => void {
    return this.#slots.offer(giveBack);
  }

  /** Asks for an object. Rejects with a {@linkcode HttpFailure} where the answer is none. */
  async fetchObject(
    sendable: Sendable,
    signal?: AbortSignal,
  ): Promise<HttpAnswer> {
    const answer = await this.#fetch(sendable, signal);
    try {
      assertNoWebPage(answer.request, answer);
    } catch (error) {
      answer.body.cancel();
      throw error;
    }
    return answer;
  }

  /** Asks for a page of a listing. Rejects with a {@linkcode HttpFailure} where the answer is none. */
  async fetchListing(
    sendable: Sendable,
    signal?: AbortSignal,
  ): Promise<string> {
    const { request, status, headers, body, pause } = await this.#fetch(
      sendable,
      signal,
    );
    const text = await readText(body, MAX_LISTING_BODY, "refuse");
    assertListing(
      request,
      status,
      text,
      () => this.#describe(request, { status, headers }, text, pause),
    );
    return text;
  }

  /** Sends a request. Resolves with a success, and rejects with a {@linkcode HttpFailure}. */
  async #fetch(
    sendable: Sendable,
    signal?: AbortSignal,
  ): Promise<HttpAnswer & { request: Request; pause: number }> {
    const release = await this.#slots.take(signal);
    const pause = await this.#enter(release, signal);
    const stop = new AbortController();
    let reader: ReadableStreamBYOBReader | undefined;
    // Deno's fetch forgets its signal once the headers are there and memory is
    // collected: the body is given up by itself.
    const giveUp = () => {
      stop.abort();
      // What the connection says to being given up does not matter any more.
      reader?.cancel().catch(() => {});
    };
    let silent = false;
    const silence = new IdleTimeout(this.#seconds * 1000, () => {
      silent = true;
      giveUp();
    });
    const end = () => {
      silence.end();
      signal?.removeEventListener("abort", forward);
      release();
    };
    // The place is free then, also where nobody has got hold of the body.
    const forward = () => {
      giveUp();
      end();
    };
    signal?.addEventListener("abort", forward);
    if (signal?.aborted) forward();

    const fail = (cause: unknown): never => {
      end();
      signal?.throwIfAborted();
      if (cause instanceof HttpFailure) throw cause;
      if (isNotCapable(cause)) throw cause;
      const to = sendable instanceof Request
        ? this.#endpoint
        : sendable.url ?? this.#endpoint;
      const proxy = findProxy(to);
      throw new HttpFailure(
        silent ? { kind: "silence", seconds: this.#seconds, proxy } : {
          kind: "connection",
          cause,
          host: to.host,
          proxy,
          certificates: this.#opened?.certificates,
        },
      );
    };

    let request: Request, response: Response;
    try {
      silence.start();
      ({ request, response } = sendable instanceof Request
        ? await this.#sendOwn(sendable, stop.signal)
        : await sendable.send(stop.signal));
      silence.stop();
    } catch (cause) {
      const canPass = !stop.signal.aborted && !isNotCapable(cause) &&
        describeConnection({ cause }).canPass;
      if (canPass) this.#backoff?.failed(pause, CONNECTION_BACKOFF);
      return fail(cause);
    }

    if (response.ok) this.#backoff?.succeeded(pause);
    const grow = () => {
      if (response.ok) this.#slots.grow();
    };
    if (response.body === null) {
      grow();
      end();
      if (!response.ok) throw this.#describe(request, response, "", pause);
      return {
        status: response.status,
        headers: response.headers,
        body: NO_BODY,
        request,
        pause,
      };
    }
    const rate = this.#rate;
    const own = reader = response.body.getReader({ mode: "byob" });
    const spare = this.#spare;
    let buffer = spare.pop() ?? new Uint8Array(CHUNK_SIZE);
    let isOver = false;
    const body: HttpBody = {
      async read() {
        try {
          silence.start();
          const { value, done } = await own.read(buffer);
          if (value !== undefined) buffer = new Uint8Array(value.buffer);
          silence.stop();
          // A body that is given up ends as if it were through.
          stop.signal.throwIfAborted();
          if (!done) {
            await rate?.take(value.length, signal);
            return value;
          }
        } catch (cause) {
          return fail(cause);
        }
        isOver = true;
        if (buffer.length > 0 && spare.length < MOST_SPARE) spare.push(buffer);
        grow();
        end();
        return null;
      },
      cancel() {
        if (isOver) return;
        end();
        giveUp();
      },
    };
    if (!response.ok) {
      // What it says is not worth more than this, however slowly it comes.
      const timer = setTimeout(() => body.cancel(), this.#seconds * 1000);
      const text = await readText(body, MAX_ERROR_BODY, "cut")
        .catch(() => "").finally(() => clearTimeout(timer));
      throw this.#describe(request, response, text, pause);
    }
    return {
      status: response.status,
      headers: response.headers,
      body,
      request,
      pause,
    };
  }

  async #sendOwn(request: Request, signal: AbortSignal): Promise<Sent> {
    // Not before there is a request: it may need a permission.
    this.#opened ??= openClient(this.#endpoint, this.#poolSize);
    const response = await fetch(request, {
      client: this.#opened.client,
      redirect: "manual", // a signature is made for one host
      signal,
    });
    return { request, response };
  }

  /** Waits until the endpoint may be asked. */
  async #enter(release: () => void, signal?: AbortSignal): Promise<number> {
    try {
      return await this.#backoff?.enter(signal) ?? 0;
    } catch (reason) {
      release();
      throw reason;
    }
  }

  /** How many connections there may be now: fewer after the service has asked to slow down. */
  get limit(): number {
    return this.#slots.limit;
  }

  /** Reads an answer that is no success, and pauses or slows down where it asks for that. */
  #describe(
    request: Request,
    response: Pick<Response, "status" | "headers">,
    body: string,
    pause: number,
  ): HttpFailure {
    const failure = describeResponse(request, response, body);
    const { details } = failure;
    if (isOutage(failure)) {
      const retryAfter = details.kind === "status"
        ? details.retryAfter
        : undefined;
      this.#backoff?.failed(pause, SERVICE_BACKOFF, retryAfter);
    } else {
      this.#backoff?.succeeded(pause);
    }
    const now = performance.now();
    if (isThrottle(failure) && now - this.#halvedAt > HALVE_ONCE_WITHIN) {
      this.#halvedAt = now;
      this.#slots.halve();
    }
    return failure;
  }
}

/** A success that is no listing: an error with status 200, or a proxy's own page. */
function assertListing(
  request: Request,
  status: number,
  text: string,
  describe: () => HttpFailure,
): void {
  const start = text.slice(0, 1000);
  // A document type can define entities that grow without bound.
  if (/<ListBucketResult[\s>]/.test(start) && !/<!DOCTYPE/i.test(text)) {
    if (text.trimEnd().endsWith("</ListBucketResult>")) return;
    throw new HttpFailure({
      kind: "connection",
      cause: new Error("the listing ended early"),
    });
  }
  if (/<Error[\s>]/.test(start)) throw describe();
  throw notS3(status, "the answer is not a listing", request);
}

/** A success that is no object but a page for people, such as the one that asks to log in. */
function assertNoWebPage(
  request: Request,
  { status, headers }: HttpAnswer,
): void {
  const isPage = /^(text\/html|application\/xhtml)/i.test(
    headers.get("content-type") ?? "",
  );
  const isWanted = headers.has("etag") &&
    !new URL(request.url).pathname.endsWith(".gz");
  if (isPage && !isWanted) {
    throw notS3(status, "the answer is a web page, not the object", request);
  }
}

function notS3(status: number, what: string, request?: Request): HttpFailure {
  const proxy = request && findProxy(new URL(request.url));
  const between = proxy === undefined
    ? "something between this machine and the service"
    : `${nameProxy(proxy)}, or something else on the way,`;
  return new HttpFailure({
    kind: "not-s3",
    status,
    reason:
      `${what}: ${between} answers in its place, or the endpoint is not an S3 service`,
  });
}

/** A body as text. Beyond the limit it is cut, or refused. */
async function readText(
  body: HttpBody,
  limit: number,
  beyond: "cut" | "refuse",
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  for (
    let chunk = await body.read();
    chunk !== null;
    chunk = await body.read()
  ) {
    length += chunk.length;
    if (length > limit) {
      body.cancel();
      if (beyond === "refuse") {
        throw notS3(
          200,
          `a page of the listing is larger than ${formatBytes(limit)}`,
        );
      }
      break;
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
