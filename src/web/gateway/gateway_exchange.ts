import {
  type AccessKey,
  type Answer,
  parseTarget,
  type ReadableBucket,
  type RequestTarget,
  type Route,
  routeRead,
  S3Error,
  verifySignature,
  xmlAnswer,
} from "../../service/mod.ts";
import { CopyChangedError } from "./file_body.ts";
import type { GatewayRecord } from "./request_record.ts";

/** How often a request is answered anew whose file was replaced between two steps. */
const TRIES = 5;

/** What a gateway's requests share. */
export interface GatewayService {
  /** What is served. */
  readonly bucket: ReadableBucket;
  /** The access keys. */
  readonly keys: readonly AccessKey[];
  /** The clock. */
  readonly now: () => Date;
  /** How many bytes of a stream were handed over. */
  readonly sentOf: (stream: unknown) => number;
  /** Is told what went wrong on this machine. */
  readonly onError: (error: unknown) => void;
}

/** One request to a gateway, and its answer. */
export class GatewayExchange {
  readonly #request: Request;
  readonly #service: GatewayService;
  readonly #requestId: string;
  readonly #time: Date;
  readonly #began = performance.now();
  /** Of a request that has ended nothing can be read any more. */
  readonly #method: string;
  readonly #range: string | undefined;
  #target: RequestTarget | undefined;
  #route: Route | undefined;
  #accessKeyId = "";
  #status = 0;
  #errorCode: string | undefined;
  #size = 0;
  #body: unknown;

  /** Begins with a request. */
  constructor(request: Request, service: GatewayService) {
    this.#request = request;
    this.#service = service;
    this.#time = service.now();
    this.#method = request.method;
    this.#range = request.headers.get("range") ?? undefined;
    this.#requestId = crypto.getRandomValues(new Uint8Array(8)).toHex()
      .toUpperCase();
  }

  /** What became of the request; `isCompleted` says whether the connection took the answer. */
  record(remote: string, isCompleted: boolean): GatewayRecord {
    const bytesSent = this.#body instanceof Uint8Array
      ? this.#body.length
      : this.#service.sentOf(this.#body);
    const { name = "", subject } = this.#route ?? {};
    return {
      time: this.#time,
      remote,
      accessKeyId: this.#accessKeyId,
      method: this.#method,
      operation: name,
      path: this.#target?.rawPath ?? "",
      ...(name.startsWith("ListObjects") && { prefix: subject ?? "" }),
      ...(this.#range !== undefined && { range: this.#range }),
      status: this.#status,
      ...(this.#errorCode !== undefined && { errorCode: this.#errorCode }),
      bytesSent,
      isWhole: isCompleted && bytesSent === this.#size,
      elapsed: Math.round(performance.now() - this.#began),
    };
  }

  /** Answers the request. Errors become answers. */
  async answer(): Promise<Response> {
    try {
      const route = this.#route = this.#find();
      for (let tries = 1;; tries++) {
        try {
          return await this.#respond(await route.answer());
        } catch (error) {
          if (!(error instanceof CopyChangedError)) throw error;
          if (tries === TRIES) throw slowDown();
        }
      }
    } catch (error) {
      return await this.#respond(this.#errorAnswer(error));
    }
  }

  /** Finds out what is asked for, by whom, and whether that can be had. */
  #find(): Route {
    const { url, headers } = this.#request;
    const method = this.#method;
    const target = this.#target = parseTarget(url);
    const { keys, now, bucket } = this.#service;
    const signed = { method, target, headers: withHost(headers, url) };
    const rules = { keys, now: now(), takesNoHash: true };
    this.#accessKeyId = verifySignature(signed, rules).accessKeyId;
    if (method === "GET" || method === "HEAD") return routeRead(signed, bucket);
    if (["PUT", "POST", "DELETE"].includes(method)) {
      throw new S3Error(
        403,
        "AccessDenied",
        "Access Denied: this is a mirror, which can only be read",
      );
    }
    throw new S3Error(
      405,
      "MethodNotAllowed",
      "The specified method is not allowed against this resource.",
      { fields: { Method: method }, headers: { allow: "GET, HEAD" } },
    );
  }

  #errorAnswer(error: unknown): Answer {
    const known = asS3Error(error);
    if (known === undefined) this.#service.onError(error);
    const { status, code, headers, message, fields } = known ?? new S3Error(
      500,
      "InternalError",
      "The gateway could not read the mirror. Its operator finds the reason in its messages.",
    );
    this.#errorCode = code;
    return xmlAnswer(
      status,
      new S3Error(status, code, message, { fields })
        .toXml(this.#target?.rawPath ?? "", this.#requestId),
      headers,
    );
  }

  async #respond(answer: Answer): Promise<Response> {
    const { status, headers, size, bytes } = answer;
    headers.set("server", "Flatbed");
    headers.set("x-amz-request-id", this.#requestId);
    headers.set("x-amz-id-2", this.#requestId);
    // Deno would compress text otherwise, and weaken the ETag.
    const cache = headers.get("cache-control");
    headers.set(
      "cache-control",
      cache === null ? "no-transform" : `${cache}, no-transform`,
    );
    const isHead = this.#method === "HEAD";
    const body = isHead || status === 304
      ? undefined
      : bytes ?? await answer.read?.();
    this.#body = body;
    this.#size = body === undefined ? 0 : size;
    this.#status = status;
    if (isHead && this.#errorCode !== undefined) headers.delete("content-type");
    else if (status !== 304) headers.set("content-length", String(size));
    return new Response(
      body === undefined || body instanceof Uint8Array ||
        body instanceof ReadableStream
        ? body
        : ReadableStream.from(body),
      { status, headers },
    );
  }
}

/** The headers with the host, which HTTP/2 has in the URL. */
function withHost(headers: Headers, url: string): Headers {
  if (headers.has("host")) return headers;
  const complete = new Headers(headers);
  complete.set("host", url.split("/", 3)[2] ?? "");
  return complete;
}

/** The answer to an error, if it is one that a client is told. */
function asS3Error(error: unknown): S3Error | undefined {
  if (error instanceof S3Error) return error;
  const isFull = error instanceof Error && "code" in error &&
    (error.code === "EMFILE" || error.code === "ENFILE");
  return isFull ? slowDown() : undefined;
}

function slowDown(): S3Error {
  return new S3Error(503, "SlowDown", "Please reduce your request rate.", {
    headers: { "retry-after": "1" },
  });
}
