import {
  createServer,
  type IncomingMessage,
  request as send,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";

/** A request on its way to a service. */
export interface PassingRequest {
  /** S3's name for it, such as `UploadPart`; its method where it does not matter. */
  operation: string;
  /** The object's key, decoded. */
  key: string;
  /** The number of the part. */
  part: number | undefined;
}

/** A request that came, and what became of it. */
export interface PassedRequest extends PassingRequest {
  /** The status of the answer that the client had, if it had one. */
  status: number | undefined;
}

/** What becomes of a request that does not just pass. */
export type Interference =
  /** The service never sees it, and this is the answer. */
  | { answer: number; body: string }
  /** The connection ends in the middle of the request's body, on both sides. */
  | "cut"
  /** The service does it and answers, and the connection ends before the answer. */
  | "lose answer"
  /** Likewise; this is called when the service has done it, and before the connection ends. */
  | { whenDone: () => void };

/** Decides about a request before it passes; `undefined` lets it. */
export type Interfering = (
  request: PassingRequest,
) => Interference | undefined | Promise<Interference | undefined>;

/** What S3 answers where somebody asks too often. */
export const SLOW_DOWN: Interference = {
  answer: 503,
  body: errorXml("SlowDown", "Please reduce your request rate."),
};

/** What S3 answers where something fails after it has begun to answer with a success. */
export const ERROR_IN_SUCCESS: Interference = {
  answer: 200,
  body: errorXml(
    "InternalError",
    "We encountered an internal error. Please try again.",
  ),
};

function errorXml(code: string, message: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message><RequestId>4442587FB7D0A2F9</RequestId></Error>`;
}

/**
 * A proxy in front of an S3 service. It passes requests on as they are, with their `Host`,
 * so that their signatures hold, and answers likewise; but for those that are interfered with.
 */
export class S3Proxy {
  readonly #server = createServer((request, response) => {
    this.#take(request, response).catch(() => response.destroy());
  });
  readonly #target: URL;
  /** Decides about the next requests. */
  interfere: Interfering = () => undefined;
  /** What came, in the order of its end. */
  readonly requests: PassedRequest[] = [];

  private constructor(target: string) {
    this.#target = new URL(target);
  }

  /** Starts one; `target` is the address of the service. */
  static async start(target: string): Promise<S3Proxy> {
    const proxy = new S3Proxy(target);
    await new Promise<void>((resolve) =>
      proxy.#server.listen(0, "127.0.0.1", resolve)
    );
    return proxy;
  }

  /** Where it answers. */
  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  /** Interferes with so many requests of an operation, after as many others of it. */
  fail(
    operation: string,
    interference: Interference,
    { skip = 0, times = 1, key = "" }: {
      skip?: number;
      times?: number;
      /** What the object's key ends with. */
      key?: string;
    } = {},
  ): void {
    let seen = 0;
    this.interfere = (request) => {
      const isMeant = request.operation === operation &&
        request.key.endsWith(key);
      if (!isMeant) return;
      const number = seen++;
      return number >= skip && number < skip + times ? interference : undefined;
    };
  }

  async #take(request: IncomingMessage, response: ServerResponse) {
    const passing = describe(request);
    const note = (status?: number) =>
      this.requests.push({ ...passing, status });
    const interference = await this.interfere(passing);
    if (interference === "cut") {
      return await this.#cut(request, response).finally(() => note());
    }
    const body = await readAll(request);
    if (typeof interference === "object" && "answer" in interference) {
      const { answer, body } = interference;
      note(answer);
      response.writeHead(answer, { "content-type": "application/xml" });
      response.end(body);
      return;
    }
    const upstream = this.#open(request);
    const arrives = answerOf(upstream);
    upstream.end(body);
    const answer = await arrives;
    const bytes = await readAll(answer);
    if (interference !== undefined) {
      if (interference !== "lose answer") interference.whenDone();
      note();
      response.destroy();
      return;
    }
    const { statusCode = 502, rawHeaders } = answer;
    note(statusCode);
    response.writeHead(statusCode, withoutLength(rawHeaders));
    response.end(bytes);
  }

  /** Passes on the beginning of a body, and hangs up. */
  async #cut(request: IncomingMessage, response: ServerResponse) {
    const upstream = this.#open(request);
    const ended = answerOf(upstream).catch(() => {});
    for await (const bytes of request) {
      await new Promise((resolve) => upstream.write(bytes, resolve));
      break;
    }
    upstream.destroy();
    response.destroy();
    await ended;
  }

  /** A request to the service, as it came. */
  #open({ method = "GET", url: path = "/", headers }: IncomingMessage) {
    const { hostname, port } = this.#target;
    return send({ hostname, port, method, path, headers, agent: false });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Names that an answer's body gets anew: it is whole here. */
function withoutLength(rawHeaders: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const [name = "", value = ""] = rawHeaders.slice(at, at + 2);
    if (/^(transfer-encoding|connection)$/i.test(name)) continue;
    kept.push(name, value);
  }
  return kept;
}

function answerOf(
  request: ReturnType<typeof send>,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on("response", resolve).on("error", reject);
    request.on("close", () => reject(new Error("no answer")));
  });
}

async function readAll(from: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for await (const bytes of from) pieces.push(new Uint8Array(bytes));
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}

function describe(
  { method = "", url = "/", headers }: IncomingMessage,
): PassingRequest {
  const { pathname, searchParams: query } = new URL(url, "http://any");
  const number = query.get("partNumber");
  return {
    operation: operationOf(method, query, "x-amz-copy-source" in headers),
    key: decodeURIComponent(pathname.split("/").slice(2).join("/")),
    part: number === null ? undefined : Number(number),
  };
}

function operationOf(
  method: string,
  query: URLSearchParams,
  isCopy: boolean,
): string {
  switch (method) {
    case "POST":
      if (query.has("uploads")) return "CreateMultipartUpload";
      return query.has("uploadId") ? "CompleteMultipartUpload" : method;
    case "PUT":
      if (query.has("partNumber")) {
        return isCopy ? "UploadPartCopy" : "UploadPart";
      }
      return isCopy ? "CopyObject" : "PutObject";
    default:
      return method;
  }
}
