import { FlatbedError } from "../../base/mod.ts";
import type { ApiError } from "./api_types.ts";

/** A request that cannot be answered, and why: handlers throw it, and what opens a mirror for them. */
export class RequestError extends Error {
  override name = "RequestError";

  /**
   * Makes the error.
   *
   * @param status The HTTP status.
   * @param code What programs can switch over.
   * @param message A sentence for people.
   */
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Answers with a value in JSON.
 *
 * @param value The value.
 * @param status The HTTP status.
 */
export function json(value: unknown, status = 200): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: { "content-type": "application/json; charset=utf-8" },
  });
}

/** The status of each kind of error that is not the server's fault. */
const STATUS: Readonly<Record<string, number>> = {
  "not-found": 404,
  "mirror-busy": 409,
  "too-large": 413,
  "access-denied": 502,
  credentials: 502,
  throttled: 503,
};

/**
 * Answers with an error: never with a stack trace.
 *
 * @param error What was thrown.
 * @param explain An error in the words of the command line.
 */
export function errorAnswer(
  error: unknown,
  explain: (error: unknown) => string,
): Response {
  if (error instanceof RequestError) {
    return json(errorBody(error.code, error.message), error.status);
  }
  const code = codeOf(error);
  const isArgument = error instanceof TypeError || error instanceof RangeError;
  const status = isArgument ? 400 : STATUS[code] ?? 500;
  return json(errorBody(code, explain(error)), status);
}

/** What programs can switch over, of any error. */
export function codeOf(error: unknown): string {
  if (error instanceof FlatbedError || error instanceof RequestError) {
    return error.code;
  }
  if (error instanceof TypeError || error instanceof RangeError) {
    return "bad-request";
  }
  return "failed";
}

function errorBody(code: string, message: string): ApiError {
  return { error: { code, message } };
}
