import { AdaptiveSemaphore, formatBytes, isNotCapable } from "../base/mod.ts";
import { assertDocument, assertNoWebPage, notS3 } from "./assert_s3_answer.ts";
import {
  CONNECTION_BACKOFF,
  SERVICE_BACKOFF,
  type SharedBackoff,
} from "./backoff.ts";
import { describeConnection } from "./connection_failure.ts";
import { Exchange } from "./exchange.ts";
import {
  BufferPool,
  EMPTY_BODY,
  type HttpBody,
  ResponseBody,
} from "./http_body.ts";
import { type HttpClient, openClient } from "./http_client.ts";
import { HttpFailure, isOutage, isThrottle } from "./http_failure.ts";
import { findProxy } from "./proxy.ts";
import { RateLimit } from "./rate_limit.ts";
import { readFailure } from "./read_failure.ts";
import type { Sendable, Sent } from "./sendable.ts";
import type { TrafficMeter } from "./traffic_meter.ts";

/** Options of {@linkcode HttpConnections}. */
export interface HttpConnectionsOptions {
  /** The service's address. */
  endpoint: URL;
  /** How many connections there may be at once. */
  maxPoolConnections: number;
  /** The idle timeout in seconds: of connecting, of waiting for the headers, and between two reads of a body. */
  timeout: number;
  /** The limit of bytes a second, over all bodies together. @default {Infinity} */
  limitRate?: number | undefined;
  /** The pause that all requests make after one has met an outage. */
  backoff?: SharedBackoff | undefined;
  /** Counts what comes. */
  meter?: TrafficMeter | undefined;
}

/** Requests that are throttled within this time of each other, in milliseconds, halve the number of connections once. */
const HALVING_INTERVAL_MS = 1000;
/** How fast a request's body is sent at least, in bytes a second: fetch does not report what it has sent. */
const MIN_UPLOAD_RATE = 32 * 1024;
/** How much of an error's body is read, in bytes. */
const MAX_ERROR_BYTES = 64 * 1024;
/** How large a document may be, in bytes: a listing of 1,000 keys of 1,024 bytes, each written as `&quot;`, and more. */
const MAX_DOCUMENT_BYTES = 8 * 1024 * 1024;

/** A successful answer. */
export interface HttpAnswer {
  status: number;
  headers: Headers;
  body: HttpBody;
}

/** A successful answer with its text. */
export interface HttpDocument {
  headers: Headers;
  text: string;
}

/**
 * Requests over Deno's fetch: a bounded number of connections, an idle timeout, a rate
 * limit, and the shared pause after an outage.
 */
export class HttpConnections {
  readonly #endpoint: URL;
  readonly #poolSize: number;
  #opened: HttpClient | undefined;
  readonly #slots: AdaptiveSemaphore;
  readonly #seconds: number;
  readonly #rate: RateLimit | undefined;
  readonly #backoff: SharedBackoff | undefined;
  readonly #meter: TrafficMeter | undefined;
  readonly #buffers = new BufferPool();
  #halvedAt = -Infinity;

  /** Makes an empty pool. */
  constructor(
    { endpoint, maxPoolConnections, timeout, limitRate, backoff, meter }:
      HttpConnectionsOptions,
  ) {
    this.#endpoint = endpoint;
    this.#poolSize = maxPoolConnections;
    // Other runtimes have one pool for all, and the semaphore bounds its connections.
    this.#slots = new AdaptiveSemaphore(maxPoolConnections);
    this.#seconds = timeout;
    this.#backoff = backoff;
    this.#meter = meter;
    if (limitRate !== undefined) {
      this.#rate = new RateLimit(limitRate);
    }
  }

  /** How many connections there may be now: fewer after the service has asked to slow down. */
  get limit(): number {
    return this.#slots.limit;
  }

  /** Closes all connections. */
  close(): void {
    this.#opened?.client?.close();
  }

  /** Offers a connection's slot to others; see {@linkcode AdaptiveSemaphore.offer}. */
  offer(giveBack: () => void): () => void {
    return this.#slots.offer(giveBack);
  }

  /**
   * Sends a request whose answer is an object.
   *
   * @throws {HttpFailure} If the answer is not a success.
   */
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

  /**
   * Sends a request whose answer is an XML document, or has no body.
   *
   * @param root The name of the document's root element; `undefined` where there is no body.
   * @throws {HttpFailure} If the answer is not a success, or another document.
   */
  async fetchDocument(
    sendable: Sendable,
    root: string | undefined,
    signal?: AbortSignal,
  ): Promise<HttpDocument> {
    const { request, status, headers, body, pause } = await this.#fetch(
      sendable,
      signal,
    );
    const text = await readText(body, MAX_DOCUMENT_BYTES, "refuse");
    if (root === undefined) {
      // Some services call nothing a web page.
      if (text !== "") assertNoWebPage(request, { status, headers });
      return { headers, text };
    }
    assertDocument(
      request,
      status,
      text,
      root,
      () => this.#readFailure(request, { status, headers }, text, pause),
    );
    return { headers, text };
  }

  /** Sends a request, and resolves with a success. */
  async #fetch(
    sendable: Sendable,
    signal?: AbortSignal,
  ): Promise<HttpAnswer & { request: Request; pause: number }> {
    const release = await this.#slots.take(signal);
    const pause = await this.#enter(release, signal);
    const { bodySize = 0 } = sendable instanceof Request ? {} : sendable;
    const seconds = this.#seconds + Math.ceil(bodySize / MIN_UPLOAD_RATE);
    const closed = this.#meter?.open();
    const exchange = new Exchange({
      idleLimit: seconds * 1000,
      signal,
      release() {
        closed?.();
        release();
      },
    });
    const fail = (cause: unknown): never => {
      exchange.end();
      signal?.throwIfAborted();
      const url = sendable instanceof Request ? undefined : sendable.url;
      const to = url ?? this.#endpoint;
      throw this.#toFailure(cause, to, exchange, seconds);
    };

    let request: Request, response: Response;
    try {
      exchange.idle.start();
      ({ request, response } = sendable instanceof Request
        ? await this.#sendOwn(sendable, exchange.signal)
        : await sendable.send(exchange.signal));
      exchange.idle.stop();
    } catch (cause) {
      const canPass = !exchange.signal.aborted && !isNotCapable(cause) &&
        describeConnection({ cause }).canPass;
      if (canPass) this.#backoff?.failed(pause, CONNECTION_BACKOFF);
      return fail(cause);
    }

    const { ok, status, headers } = response;
    if (ok) this.#backoff?.succeeded(pause);
    const onEnd = () => {
      if (ok) this.#slots.grow();
      exchange.end();
    };
    const body = response.body && new ResponseBody(response.body, {
      exchange,
      buffers: this.#buffers,
      rate: this.#rate,
      meter: this.#meter,
      signal,
      onEnd,
      fail,
    });
    if (body === null) onEnd();
    if (!ok) {
      const text = body === null ? "" : await this.#readError(body);
      throw this.#readFailure(request, response, text, pause);
    }
    return { status, headers, body: body ?? EMPTY_BODY, request, pause };
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

  /** What made an exchange fail. */
  #toFailure(
    cause: unknown,
    to: URL,
    exchange: Exchange,
    seconds: number,
  ): unknown {
    if (cause instanceof HttpFailure || isNotCapable(cause)) return cause;
    const proxy = findProxy(to);
    return new HttpFailure(
      exchange.isTimedOut ? { kind: "timed-out", seconds, proxy } : {
        kind: "connection",
        cause,
        host: to.host,
        proxy,
        certificates: this.#opened?.certificates,
      },
    );
  }

  /** An error's text: worth no more bytes, and no more time, however slowly it comes. */
  async #readError(body: HttpBody): Promise<string> {
    const timer = setTimeout(() => body.cancel(), this.#seconds * 1000);
    return await readText(body, MAX_ERROR_BYTES, "cut")
      .catch(() => "").finally(() => clearTimeout(timer));
  }

  /** Reads an answer that is not a success, and pauses or slows down where it asks for that. */
  #readFailure(
    request: Request,
    response: Pick<Response, "status" | "headers">,
    body: string,
    pause: number,
  ): HttpFailure {
    const failure = readFailure(request, response, body);
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
    if (isThrottle(failure)) this.#meter?.throttled();
    if (isThrottle(failure) && now - this.#halvedAt > HALVING_INTERVAL_MS) {
      this.#halvedAt = now;
      this.#slots.halve();
    }
    return failure;
  }
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
