import { delay } from "@std/async/delay";
import { RequestError } from "./answers.ts";

/** The most that a body may hold, in bytes. */
const MOST = 1_000_000;
/** How long a body may take to arrive, in milliseconds. */
const PATIENCE = 10_000;

/**
 * Reads the JSON of a request's body.
 *
 * @param request The request.
 * @param patience How long it may take to arrive, in milliseconds.
 * @returns The value.
 * @throws {RequestError} If it is too large, too slow, or no JSON.
 */
export async function readBody(
  request: Request,
  patience = PATIENCE,
): Promise<unknown> {
  const reader = request.body?.getReader();
  const tooSlow = new AbortController();
  const timeOut = delay(patience, { signal: tooSlow.signal })
    .then(() => {
      throw new RequestError(
        408,
        "timed-out",
        "The request's body is too slow",
      );
    });
  timeOut.catch(() => {});
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "", bytes = 0;
  try {
    while (reader !== undefined) {
      const { value, done } = await Promise.race([reader.read(), timeOut]);
      if (done) break;
      bytes += value.length;
      if (bytes > MOST) {
        throw new RequestError(
          413,
          "too-large",
          "The request's body is larger than 1 MB",
        );
      }
      text += decoder.decode(value, { stream: true });
    }
    return JSON.parse(text + decoder.decode());
  } catch (error) {
    reader?.cancel().catch(() => {});
    if (error instanceof RequestError) throw error;
    throw new RequestError(400, "bad-request", "The request's body is no JSON");
  } finally {
    tooSlow.abort();
  }
}
