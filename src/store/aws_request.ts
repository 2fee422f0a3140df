import { Readable } from "node:stream";
import { plainText } from "../base/mod.ts";
import type { AwsClient } from "./aws_client.ts";
import { HttpFailure } from "./http_failure.ts";
import type { Outgoing, Sent } from "./sendable.ts";

/** What the SDK sends, as its request handlers take it. */
interface SdkRequest {
  method: string;
  protocol: string;
  hostname: string;
  port?: number;
  path: string;
  query?: Record<string, string | string[] | null>;
  headers: Record<string, string>;
}

/** What its request handlers answer. */
interface SdkResponse {
  statusCode: number;
  headers: Record<string, string>;
  body?: unknown;
}

/** A step next to the SDK's request handler. */
type Middleware = (
  next: (args: { request: SdkRequest }) => Promise<{ response: SdkResponse }>,
) => (args: { request: SdkRequest }) => Promise<never>;

/** Carries the answer past the steps of the SDK that would read it. */
class Taken extends Error {
  constructor(readonly request: SdkRequest, readonly response: SdkResponse) {
    super("The answer was taken");
  }
}

/**
 * A command that an AWS SDK client signs and sends: with its credentials, its region, its
 * endpoint and its middleware. The answer is taken before the SDK reads it, so that
 * retries, timeouts, errors and documents are handled as those of our own requests.
 */
export class AwsRequest implements Outgoing {
  readonly #client: AwsClient;
  readonly #command: object;
  readonly bodySize: number;
  url: URL | undefined;

  /** Makes a request of a command, which can be sent once, with a body of so many bytes. */
  constructor(client: AwsClient, command: object, bodySize = 0) {
    this.bodySize = bodySize;
    this.#client = client;
    this.#command = command;
    const take: Middleware = (next) => async (args) => {
      this.url = urlOf(args.request);
      const { response } = await next(args);
      throw new Taken(args.request, response);
    };
    // The commands' stacks differ in types that do not matter here.
    const { middlewareStack } = command as {
      middlewareStack: { add(middleware: Middleware, options: object): void };
    };
    middlewareStack.add(take, {
      step: "deserialize",
      priority: "low", // next to the request handler
      name: "flatbedTakeAnswer",
    });
  }

  async send(signal: AbortSignal): Promise<Sent> {
    try {
      await (this.#client as {
        send(command: object, options: object): unknown;
      }).send(this.#command, { abortSignal: signal });
    } catch (error) {
      if (!(error instanceof Taken)) throw this.#explain(error, signal);
      const { request, response } = error;
      return {
        request: new Request(urlOf(request), {
          method: request.method,
          headers: request.headers,
        }),
        response: toResponse(response),
      };
    }
    throw new HttpFailure({
      kind: "client",
      reason: "the S3Client answered without asking the service",
      isCredentials: false,
    });
  }

  /** What fails before the request handler is asked is the client's own failure. */
  #explain(error: unknown, signal: AbortSignal): unknown {
    if (this.url !== undefined || signal.aborted) return error;
    const { name, message } = error instanceof Error
      ? error
      : new Error(String(error));
    return new HttpFailure({
      kind: "client",
      reason: plainText(message),
      isCredentials: name === "CredentialsProviderError",
    });
  }
}

function urlOf({ protocol, hostname, port, path, query }: SdkRequest): URL {
  const url = new URL(`${protocol}//${hostname}${port ? `:${port}` : ""}`);
  url.pathname = path;
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const one of [value].flat()) url.searchParams.append(name, one ?? "");
  }
  return url;
}

/** Statuses whose answers have no body. */
const STATUSES_WITHOUT_BODY: readonly number[] = [101, 204, 205, 304];

function toResponse({ statusCode, headers, body }: SdkResponse): Response {
  const hasBody = body !== undefined &&
    !STATUSES_WITHOUT_BODY.includes(statusCode);
  return new Response(hasBody ? toBytes(body) : null, {
    status: statusCode,
    headers,
  });
}

/** A body as a stream of bytes, whichever request handler it comes from. */
function toBytes(body: unknown): BodyInit {
  return body instanceof Readable
    ? toByteStream(body)
    : body as ReadableStream<Uint8Array> | Blob | string;
}

/** Node's stream as one that can read into the caller's buffer, as fetch's bodies can. */
function toByteStream(readable: Readable): ReadableStream<Uint8Array> {
  const chunks = readable.iterator() as AsyncIterator<Uint8Array>;
  return new ReadableStream({
    type: "bytes",
    async pull(controller) {
      const { value, done } = await chunks.next();
      if (!done) return controller.enqueue(new Uint8Array(value));
      controller.close();
      controller.byobRequest?.respond(0);
    },
    cancel() {
      readable.destroy();
    },
  });
}
