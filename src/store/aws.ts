import type {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from "@aws-sdk/client-s3";
import { Readable } from "node:stream";
import { plainText } from "../base/mod.ts";
import type { AwsClient } from "./aws_client.ts";
import { openClient } from "./http_client.ts";
import { HttpFailure } from "./http_failure.ts";
import { loadPackage } from "./load_package.ts";
import type { Outgoing, RequestMaker, Sent } from "./sendable.ts";

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

type Command = GetObjectCommand | HeadObjectCommand | ListObjectsV2Command;

/**
 * Requests that an AWS SDK client signs and sends: with its credentials, which it renews,
 * its region, its endpoint and its middleware. What comes back is taken as it is, so that
 * retries, silence, errors and listings are the same as with the project's own requests.
 */
export class AwsRequests implements RequestMaker {
  readonly #client: S3Client;
  readonly #sdk: typeof import("@aws-sdk/client-s3");

  private constructor(
    client: S3Client,
    sdk: typeof import("@aws-sdk/client-s3"),
  ) {
    this.#client = client;
    this.#sdk = sdk;
  }

  /** Loads the SDK, to ask through a client, which stays its owner's. */
  static async load(client: AwsClient): Promise<AwsRequests> {
    return new AwsRequests(
      client as S3Client,
      await loadPackage("@aws-sdk/client-s3"),
    );
  }

  /** A request for an object. */
  object(
    method: "GET" | "HEAD",
    bucket: string,
    key: string,
    headers: Record<string, string>,
  ): Outgoing {
    const input = {
      Bucket: bucket,
      Key: key,
      ...(headers.range && { Range: headers.range }),
      ...(headers["if-match"] && { IfMatch: headers["if-match"] }),
    };
    return new AwsOutgoing(
      this.#client,
      method === "HEAD"
        ? new this.#sdk.HeadObjectCommand(input)
        : new this.#sdk.GetObjectCommand(input),
    );
  }

  /** A request for a page of a bucket's listing. */
  listing(bucket: string, query: Record<string, string>): Outgoing {
    return new AwsOutgoing(
      this.#client,
      new this.#sdk.ListObjectsV2Command({
        Bucket: bucket,
        Prefix: query.prefix,
        MaxKeys: Number(query["max-keys"]),
        ContinuationToken: query["continuation-token"],
        Delimiter: query.delimiter,
      }),
    );
  }
}

/** Where a client's requests go to, where it was told; `undefined` where AWS itself is asked. */
export async function endpointOf(client: AwsClient): Promise<URL | undefined> {
  const endpoint = await (client as S3Client).config.endpoint?.();
  if (endpoint === undefined) return undefined;
  const { protocol, hostname, port, path } = endpoint;
  return new URL(`${protocol}//${hostname}${port ? `:${port}` : ""}${path}`);
}

/** Takes the answer on its way to the SDK, which would read it. */
class Taken extends Error {
  constructor(readonly request: SdkRequest, readonly response: SdkResponse) {
    super("The answer was taken");
  }
}

class AwsOutgoing implements Outgoing {
  readonly #client: S3Client;
  readonly #command: Command;
  url: URL | undefined;

  constructor(client: S3Client, command: Command) {
    this.#client = client;
    this.#command = command;
    const take: Middleware = (next) => async (args) => {
      this.url = urlOf(args.request);
      const { response } = await next(args);
      throw new Taken(args.request, response);
    };
    // The commands' stacks differ in types that this one does not look at.
    const { middlewareStack } = command as unknown as {
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
      await this.#client.send(this.#command as GetObjectCommand, {
        abortSignal: signal,
      });
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
const WITHOUT_BODY: readonly number[] = [101, 204, 205, 304];

function toResponse({ statusCode, headers, body }: SdkResponse): Response {
  const hasBody = body !== undefined && !WITHOUT_BODY.includes(statusCode);
  return new Response(hasBody ? toBytes(body) : null, {
    status: statusCode,
    headers,
  });
}

/** A body as a stream of bytes, whichever request handler it comes from. */
function toBytes(body: unknown): BodyInit {
  if (body instanceof Readable) {
    return toByteStream(body);
  }
  return body as ReadableStream<Uint8Array> | Blob | string;
}

/** Node's stream as one that reads into memory which is used again, as fetch's bodies are. */
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

/** What {@linkcode makeAwsClient} needs to know. */
export interface AwsClientOptions {
  /** The service's address. */
  endpoint: URL;
  /** The region that requests are signed for. */
  region: string;
  /** The profile of the AWS configuration, where it is not the usual one. */
  profile?: string | undefined;
  /** How many connections are kept open. */
  poolSize: number;
}

/**
 * Makes a client with the credentials that AWS's own tools would use: of the environment,
 * a profile, single sign-on, a role, a web identity, a container or an instance. It sends
 * as the project's own requests are sent, and asks for paths, not hosts, of buckets.
 */
export async function makeAwsClient(
  { endpoint, region, profile, poolSize }: AwsClientOptions,
): Promise<S3Client> {
  const [{ S3Client }, { FetchHttpHandler }] = await Promise.all([
    loadPackage("@aws-sdk/client-s3"),
    loadPackage("@smithy/fetch-http-handler"),
  ]);
  let client: Deno.HttpClient | undefined;
  return new S3Client({
    endpoint: endpoint.href,
    region,
    forcePathStyle: true,
    maxAttempts: 1, // trying again is done by whoever asks
    ...(profile !== undefined && { profile }),
    requestHandler: new FetchHttpHandler({
      requestInit: () => ({
        client: client ??= openClient(endpoint, poolSize).client,
        redirect: "manual", // a signature is made for one host
      }),
    }),
  });
}
