import { toLayout } from "../../catalog/mod.ts";
import {
  type Answer,
  parseTarget,
  type RequestTarget,
  S3Error,
  xmlAnswer,
} from "../../service/mod.ts";
import { aborted, type BodyLimit, makeBody } from "./body.ts";
import type { RequestRecord } from "./request_record.ts";
import type { AnswerFault } from "./fault.ts";
import type { FaultPlan } from "./fault_plan.ts";
import type { DemoRoute } from "./route.ts";

/** S3's usual code and message of each status that a fault may answer with. */
const STATUS_ERRORS: Readonly<
  Record<number, readonly [code: string, message: string]>
> = {
  400: ["InvalidRequest", "The request is not valid."],
  403: ["AccessDenied", "Access Denied"],
  404: ["NoSuchKey", "The specified key does not exist."],
  408: [
    "RequestTimeout",
    "Your socket connection to the server was not read from or written to within the timeout period.",
  ],
  412: [
    "PreconditionFailed",
    "At least one of the pre-conditions you specified did not hold",
  ],
  429: ["TooManyRequests", "Please reduce your request rate."],
  500: [
    "InternalError",
    "We encountered an internal error. Please try again.",
  ],
  502: ["BadGateway", "The gateway got no valid answer."],
  503: ["SlowDown", "Please reduce your request rate."],
  504: ["GatewayTimeout", "The gateway got no answer in time."],
};

/** One request, its answer, and the record of both. */
export class Exchange {
  readonly #request: Request;
  readonly #ending: AbortSignal;
  readonly #requestId: string;
  /** Of a request that has ended nothing can be read any more. */
  readonly #method: string;
  readonly #range: string | undefined;
  #target: RequestTarget | undefined;
  #route: DemoRoute | undefined;
  #fault: AnswerFault | undefined;
  #status = 0;
  #errorCode: string | undefined;
  #bytesSent = 0;
  #bytesAnnounced = 0;
  #error: unknown;
  readonly #now: () => Date;

  /** Begins with a request; `ending` is aborted where the service shuts down. */
  constructor(request: Request, ending: AbortSignal, now: () => Date) {
    this.#now = now;
    this.#request = request;
    this.#ending = ending;
    this.#method = request.method;
    this.#range = request.headers.get("range") ?? undefined;
    this.#requestId = crypto.getRandomValues(new Uint8Array(8)).toHex()
      .toUpperCase();
  }

  /** What became of the request; `completed` says whether the connection took the answer. */
  record(completed: boolean): RequestRecord {
    return {
      requestId: this.#requestId,
      method: this.#method,
      operation: this.#route?.name,
      bucket: this.#target?.bucket ?? "",
      key: this.#target?.key ?? "",
      query: Object.fromEntries(this.#target?.query ?? []),
      range: this.#range,
      status: this.#status,
      errorCode: this.#errorCode,
      fault: this.#fault?.kind,
      bytesSent: this.#bytesSent,
      completed: completed && this.#bytesSent === this.#bytesAnnounced,
      error: this.#error,
    };
  }

  /** Answers the request. Errors become answers; faults are applied. */
  async answer(
    methods: readonly string[],
    route: (target: RequestTarget) => DemoRoute | Promise<DemoRoute>,
    faults: FaultPlan,
    change: (key: string) => void,
  ): Promise<Response> {
    const method = this.#method;
    let answer: Answer;
    try {
      if (!methods.includes(method)) {
        throw new S3Error(
          405,
          "MethodNotAllowed",
          "The specified method is not allowed against this resource.",
          {
            fields: { Method: method },
            headers: { allow: methods.join(", ") },
          },
        );
      }
      this.#target = parseTarget(this.#request.url);
      this.#route = await route(this.#target);
      const { operation, subject } = this.#route;
      if (operation !== undefined) {
        this.#fault = faults.take(
          { method, operation, key: subject },
          () => change(toLayout(subject, "live")),
        );
      }
      await this.#beforeAnswer();
      answer = await this.#route.answer();
    } catch (error) {
      answer = this.#errorAnswer(error);
    }
    return await this.#respond(answer);
  }

  /** Applies the faults that leave no answer, or another one. */
  async #beforeAnswer(): Promise<void> {
    const fault = this.#fault;
    if (fault?.kind === "stall" && fault.after === "headers") {
      await Promise.race([
        aborted(this.#ending),
        aborted(this.#request.signal),
      ]);
    }
    if (fault?.kind === "forbidden") {
      throw new S3Error(403, "AccessDenied", "Access Denied");
    }
    if (fault?.kind === "status") {
      const [code, message] = STATUS_ERRORS[fault.status] ??
        [`Status${fault.status}`, "The demo service was told to answer this."];
      throw new S3Error(fault.status, fault.code ?? code, message, {
        headers: fault.retryAfter === undefined
          ? {}
          : { "retry-after": String(fault.retryAfter) },
      });
    }
  }

  #errorAnswer(error: unknown): Answer {
    if (!(error instanceof S3Error)) {
      this.#error = error;
      error = new S3Error(500, "InternalError", "The demo service failed", {});
    }
    const { code, headers, status } = error as S3Error;
    this.#errorCode = code;
    return xmlAnswer(
      status,
      (error as S3Error).toXml(this.#target?.rawPath ?? "", this.#requestId),
      headers,
    );
  }

  async #respond(answer: Answer): Promise<Response> {
    this.#status = answer.status;
    const { headers, size, start, status } = answer;
    headers.set("server", "FlatbedDemo");
    headers.set("date", this.#now().toUTCString());
    headers.set("x-amz-request-id", this.#requestId);
    headers.set("x-amz-id-2", this.#requestId);
    headers.set("x-flatbed-demo", "made-up data");
    // Deno would compress XML otherwise, and weaken the ETag.
    headers.set("cache-control", "no-transform");
    if (status === 304 || status === 204) {
      return new Response(null, { status, headers });
    }

    const { length, limit } = bodyFault(this.#fault, size);
    const isHead = this.#method === "HEAD";
    if (isHead && this.#errorCode !== undefined) {
      headers.delete("content-type");
      return new Response(null, { status, headers });
    }
    headers.set("content-length", String(isHead ? size : length));
    if (isHead || answer.read === undefined) {
      return new Response(null, { status, headers });
    }
    this.#bytesAnnounced = length;
    const flipAt = this.#fault?.kind === "flip-bit"
      ? (this.#fault.at ?? start + (size >> 1)) - start
      : undefined;
    const body = makeBody(await answer.read(), {
      limit,
      flipAt,
      signal: this.#ending,
      onBytes: (count) => this.#bytesSent += count,
      onError: (error) => this.#error = error,
    });
    return new Response(body, { status, headers });
  }
}

/** What a fault makes of a body: the length that is announced, and where it stops. */
function bodyFault(
  fault: AnswerFault | undefined,
  size: number,
): { length: number; limit?: BodyLimit } {
  const limit = (after: number, then: BodyLimit["then"]) =>
    after < size ? { after, then } : undefined;
  switch (fault?.kind) {
    case "drop":
      return { length: size, limit: limit(fault.after ?? 0, "break") };
    case "stall":
      return fault.after === "headers"
        ? { length: size }
        : { length: size, limit: limit(fault.after ?? 0, "stall") };
    case "truncate": {
      const after = fault.after ?? 0;
      return { length: Math.min(size, after), limit: limit(after, "end") };
    }
    case "wrong-length":
      return { length: size + (fault.by ?? 1) };
    default:
      return { length: size };
  }
}
