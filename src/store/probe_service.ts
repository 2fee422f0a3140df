import { HttpConnections } from "./http_connections.ts";
import { HttpFailure } from "./http_failure.ts";
import { toRequestError } from "./request_error.ts";

/** The result of {@linkcode probeService}. */
export interface ServiceProbe {
  /** The HTTP status of the answer. */
  status: number;
  /** Whether the answer looks like one of an S3 service. */
  isS3: boolean;
  /** How far the service's clock is ahead of this machine's, in milliseconds; `undefined` where it does not say. */
  clockAhead: number | undefined;
}

/**
 * Sends one unsigned request to a service: to see whether it can be reached, whether it
 * is an S3 service, and what time it has. A refusal is an answer too.
 *
 * @throws {TransferError} If the connection fails.
 * @throws {TimedOutError} If no byte arrives for `timeout` seconds.
 * @throws {ServiceError} If something other than the service answers, or the service has an outage.
 * @throws {unknown} The signal's reason, if it is aborted.
 */
export async function probeService(
  endpoint: URL,
  bucket: string,
  timeout: number,
  signal?: AbortSignal,
): Promise<ServiceProbe> {
  const connections = new HttpConnections({
    endpoint,
    maxPoolConnections: 1,
    timeout,
  });
  const url = `${endpoint.href.replace(/\/+$/, "")}/${bucket}/flatbed`;
  try {
    const { status, headers, body } = await connections.fetchObject(
      new Request(url),
      signal,
    );
    body.cancel();
    const ahead = Date.parse(headers.get("date") ?? "") - Date.now();
    return {
      status,
      isS3: headers.has("x-amz-request-id"),
      clockAhead: Number.isNaN(ahead) ? undefined : ahead,
    };
  } catch (error) {
    if (!(error instanceof HttpFailure)) throw error;
    const { details } = error;
    const isRefusal = details.kind === "status" && details.status < 500 &&
      (details.status >= 400 || details.shownCode !== undefined);
    if (!isRefusal) {
      throw toRequestError(error, {
        verb: "reach",
        bucket: endpoint.href,
        key: "",
      });
    }
    const { status, shownCode, clockAhead } = details;
    return { status, isS3: shownCode !== undefined, clockAhead };
  } finally {
    connections.close();
  }
}
